"""What to do about an error of the platform: wait, try again, park the shop, ask a person, or give up. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shop_queue.outcome import Outcome, Reason
from tiktok_shop import errors
from worker.engine.results import Done, Park, Result, Retry, Snooze

THROTTLED_SECONDS = 2.0
LOCKED_SECONDS = 1800.0


def result_of(error: errors.TikTokShopError, now: datetime) -> Result:
    """The end of a job that met this error."""
    match error:
        case errors.Throttled():
            return Snooze(error.retry_after or THROTTLED_SECONDS, "throttled")
        case errors.Locked():
            return Snooze(LOCKED_SECONDS, f"locked: {error.message}")
        case errors.QuotaExceeded():
            return Park("the shop's daily quota is used up", _until_tomorrow(now))
        case errors.AuthFailed():
            return Park(f"the platform does not accept the shop's token: {error}")
        case errors.ShopBlocked():
            return Park(f"the seller's account can not list: {error}", 3600.0)
        case errors.Gone():
            return Done(Outcome("gone", request_id=error.request_id))
        case errors.Transient() | errors.StaleCatalogue():
            return Retry(str(error), str(error.code or "transient"), error.request_id, outage=_is_outage(error))
        case errors.ProductProblem():
            reason = Reason(str(error.code), error.message, "seller", error.field)
            return Done(Outcome("needs_input", request_id=error.request_id, reasons=(reason,)))
        case _:
            reason = Reason(str(error.code), str(error), "operator", error.field)
            return Done(Outcome("failed", request_id=error.request_id, reasons=(reason,)))


def _is_outage(error: errors.TikTokShopError) -> bool:
    """Whether the API seems to be down: no answer came at all, or a 5xx."""
    if error.http_status is None:
        return isinstance(error, errors.Transient) and not isinstance(error, errors.MalformedAnswer)
    return error.http_status >= 500


def _until_tomorrow(now: datetime) -> float:
    """Seconds until a minute past midnight UTC; when the platform's day begins is not documented."""
    midnight = (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
    return (midnight - now.astimezone(UTC)).total_seconds()
