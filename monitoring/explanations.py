"""Shows each cause once: the findings of an inspection explain why shops are parked, and an outage explains both.
Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from authorisation.causes import NO_RESPONSE
from monitoring.fleet import Fleet, ShopStats
from monitoring.shop_inspection import ShopProblem


def without_symptoms(problems: Sequence[ShopProblem], fleet: Fleet) -> tuple[list[ShopProblem], list[ShopStats]]:
    """Return the problems, and the shops halted for a reason that none of them explains."""
    down = fleet.outage is not None
    shown = [each for each in problems if not (down and each.cause in NO_RESPONSE)]
    explained = {shop_id for each in shown if not each.is_warning for shop_id in each.shops}
    stalled = [
        each
        for each in fleet.shops
        if each.state != "active" and not (each.state == "parked" and each.shop_id in explained)
    ]
    return shown, stalled
