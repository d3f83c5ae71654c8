"""Each class of error has one result, and no fault of the platform ends a product."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from model.job import Job
from model.job_state import PlanFingerprint, RelistState, state_of
from model.outcome import Outcome, Reason
from tiktok_shop import errors
from worker.engine.results import Done, Park, Result, Retry, Snooze, Wait
from worker.error_policy import HOURLY_QUOTA_SECONDS, LOCKED_SECONDS, THROTTLED_SECONDS, locked, result_of

NOW = datetime(2026, 11, 24, 23, 30, 0, 500_000, tzinfo=UTC)


def throttled(retry_after: float | None) -> errors.Throttled:
    error = errors.Throttled("too many")
    error.retry_after = retry_after
    return error


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (throttled(None), Snooze(THROTTLED_SECONDS, "throttled")),
        (throttled(7.5), Snooze(7.5, "throttled")),
        (errors.QuotaExceeded("quota"), Park("the shop's daily quota is used up", 31 * 60 - 0.5)),
        (
            errors.ProductNotFound("not in this shop", code=12052048, request_id="r"),
            Done(Outcome("gone", request_id="r", reasons=(Reason("12052048", "not in this shop", "operator"),))),
        ),
        (
            errors.ProductProblem("Title invalid", code=12052700, request_id="r", field="title"),
            Done(
                Outcome(
                    "needs_input",
                    request_id="r",
                    reasons=(Reason("12052700", "Title invalid", "seller", "title"),),
                )
            ),
        ),
    ],
)
def test_result_of_each_error_class(error: errors.TikTokShopError, result: Result) -> None:
    assert result_of(error, NOW) == result


def test_refused_token_and_blocked_seller_park_for_an_hour() -> None:
    dead, blocked = result_of(errors.AuthFailed("expired"), NOW), result_of(errors.ShopBlocked("deactivated"), NOW)
    assert isinstance(dead, Park)
    assert isinstance(blocked, Park)
    assert ("expired" in dead.reason, dead.seconds) == (True, 3600.0)
    assert ("deactivated" in blocked.reason, blocked.seconds) == (True, 3600.0)


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (errors.Transient("no answer"), True),
        (errors.Transient("bad gateway", http_status=502), True),
        (errors.Transient("error", code=36009003, http_status=200), True),
        (errors.NonApiResponse("HTTP 403 without an envelope", http_status=403), True),
        (errors.MalformedResponse("half an answer"), False),
        (errors.StaleCatalogue("the tree has changed", code=12052104), False),
    ],
)
def test_only_missing_responses_and_5xx_are_an_outage(error: errors.TikTokShopError, outage: bool) -> None:
    retry = result_of(error, NOW)
    assert isinstance(retry, Retry)
    assert retry.outage is outage
    assert retry.code == str(error.code or "transient")


def test_bad_request_fails_for_the_operator() -> None:
    failed = result_of(errors.BadRequest("no such path", code=36009009, request_id="r"), NOW)
    assert isinstance(failed, Done)
    assert (failed.outcome.outcome, failed.outcome.request_id) == ("failed", "r")
    assert [(reason.code, reason.actor) for reason in failed.outcome.reasons] == [("36009009", "operator")]


def test_refused_app_credentials_park_the_shop() -> None:
    parked = result_of(errors.InvalidAppCredentials("bad signature", code=106001), NOW)
    assert isinstance(parked, Park)
    assert parked.seconds == 60.0
    assert "RELIST_APP_KEY" in parked.reason


def test_a_parked_shop_names_its_app() -> None:
    wrong = errors.InvalidAppCredentials("bad signature", code=106001)
    wrong.app = "brands"
    parked = result_of(wrong, NOW)
    assert isinstance(parked, Park)
    assert parked.reason.endswith("check [brands] in RELIST_APPS_FILE")
    refused = errors.make_error(36009033, "not on the allow list", 403, "get_product", "r")
    refused.app = "brands"
    parked = result_of(refused, NOW)
    assert isinstance(parked, Park)
    assert "app brands" in parked.reason


def test_an_app_that_a_worker_lacks_is_not_blamed_on_the_platform() -> None:
    parked = result_of(errors.UnknownApp("app 'brands' is not in RELIST_APPS_FILE"), NOW)
    assert isinstance(parked, Park)
    assert parked.reason.startswith("a worker lacks the app (app 'brands' is not in RELIST_APPS_FILE): add it there")


def test_wrong_cipher_asks_for_the_right_cipher() -> None:
    parked = result_of(errors.make_error(36009004, "Invalid shop_cipher", 400, "get_product", "r"), NOW)
    assert isinstance(parked, Park)
    assert "cipher" in parked.reason
    assert "authorise the app again" not in parked.reason


def test_inactive_shop_parks_with_the_inactive_party() -> None:
    parked = result_of(errors.make_error(36009043, "shop is inactive", 401, "get_product", "r"), NOW)
    assert isinstance(parked, Park)
    assert "shop is inactive" in parked.reason
    assert "activate the shop in Seller Center" in parked.reason
    assert "authorise" not in parked.reason


def test_sandbox_quota_waits_within_the_hour() -> None:
    error = errors.make_error(36009037, "quota", 429, "get_product", "r")
    assert isinstance(error, errors.HourlyQuotaExceeded)
    assert result_of(error, NOW) == Park("the sandbox shop's hourly quota is used up", HOURLY_QUOTA_SECONDS)
    error.retry_after = 40.0
    assert result_of(error, NOW) == Park("the sandbox shop's hourly quota is used up", 40.0)


def test_unknown_authorisation_error_names_the_file() -> None:
    parked = result_of(errors.make_error(99, "something new", 403, "get_product", "r"), NOW)
    assert isinstance(parked, Park)
    assert "code 99" in parked.reason
    assert "RELIST_ERROR_CODES_FILE" in parked.reason


def test_locked_product_waits_then_needs_input() -> None:
    lock = errors.ProductLocked("an auction is running", code=12052371, request_id="r")
    first = locked(Job("7", "1", state=RelistState(plan=PlanFingerprint("p", "e"))), lock, NOW)
    assert isinstance(first, Wait)
    assert (first.seconds, first.job.attempts) == (LOCKED_SECONDS, 0)
    assert state_of(first.job.state, RelistState).plan == PlanFingerprint("p", "e")
    again = locked(first.job, lock, NOW + timedelta(hours=23))
    assert isinstance(again, Wait)
    last = locked(again.job, lock, NOW + timedelta(hours=24))
    assert isinstance(last, Done)
    assert last.outcome.outcome == "needs_input"
    (reason,) = last.outcome.reasons
    assert (reason.code, reason.actor) == ("12052371", "seller")
    assert "an auction is running" in reason.message
