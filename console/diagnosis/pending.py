"""Reports consents whose tokens are kept, because the platform did not list their shops."""

from __future__ import annotations

from collections.abc import Sequence

from redis.exceptions import NoPermissionError

from authorisation.pending import pending_accounts
from console.diagnosis.finding import Finding, warning
from console.formatting import pluralize
from redis_client.connect import AnyRedis

MAX_NAMED = 5


async def check_pending(redis: AnyRedis) -> list[Finding]:
    """Return no finding if this command's Redis user may not read the names. Raises RedisError."""
    try:
        return pending_finding(await pending_accounts(redis))
    except NoPermissionError:
        return []


def pending_finding(names: Sequence[str]) -> list[Finding]:
    """`names`: see `pending_accounts`. Pure."""
    if not names:
        return []
    commands = "; ".join(f"relist shops connect --resume {name}" for name in names[:MAX_NAMED])
    more = f"; and {len(names) - MAX_NAMED:,} more" if len(names) > MAX_NAMED else ""
    found = f"{pluralize(len(names), 'consent')} not completed: the platform did not list the shops"
    return [warning("shops", found, f"{commands}{more}", "pending_consent")]
