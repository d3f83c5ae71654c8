"""Orders of people that still apply, from the action log: paused shops, limits, and stopped rollouts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from record.action_log import Action, read_actions
from record.database import Database

ROWS_AT_ONCE = 1_000
NO_REASON = "paused before Redis was emptied"


@dataclass(slots=True)
class StandingOrders:
    paused: dict[str, str] = field(default_factory=dict)
    """Shop -> the reason."""
    limits: dict[str, float] = field(default_factory=dict)
    """Shop -> requests per second."""
    stopped: dict[str, str] = field(default_factory=dict)
    """Cause of the rollout -> the reason."""
    unnamed: int = 0
    """Shops that were paused in one action with more shops than an entry of the log names."""

    def apply(self, action: Action) -> None:
        """Applies one action; call it with the oldest first. Entries that were changed by hand are skipped."""
        about = action.about
        shops = [str(each) for each in _list(about.get("shops"))]
        match action.name:
            case "shops_paused":
                self.paused.update(dict.fromkeys(shops, str(about.get("reason") or NO_REASON)))
                count = about.get("count")
                self.unnamed += max(0, count - len(shops)) if isinstance(count, int) else 0
            case "shops_resumed":
                for shop_id in shops:
                    self.paused.pop(shop_id, None)
            case "shop_limited":
                limit, shop_id = about.get("per_second"), str(about.get("shop") or "")
                self.limits.pop(shop_id, None)
                if isinstance(limit, int | float) and limit > 0:
                    self.limits[shop_id] = float(limit)
            case "rollout_stop" | "rollout_undo":
                self.stopped[str(about.get("cause") or "")] = str(about.get("why") or "stopped by an operator")
            case "rollout_release" | "rollout_accept":
                self.stopped.pop(str(about.get("cause") or ""), None)


async def standing_orders(database: Database) -> StandingOrders:
    """Raises RecordUnavailable, DamagedStore."""
    newest_first = [action async for action in _all(database)]
    orders = StandingOrders()
    for action in reversed(newest_first):
        orders.apply(action)
    return orders


async def _all(database: Database) -> AsyncIterator[Action]:
    before: int | None = None
    while actions := await read_actions(database, before=before, limit=ROWS_AT_ONCE):
        for action in actions:
            if action.name.startswith(("shop", "rollout_")):
                yield action
        before = actions[-1].id


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
