"""Any interleaving of feeds, sellers, reviews, audits, webhooks, undo and cancel preserves the sellers' data.

Hypothesis draws and shrinks the events of a world of the whole pipeline (README.md). The seller's fields are compared
at the end with what each seller has saved, using the simulator's own ledger.

    python -m tests.simulation.interleavings 25     # number of worlds
"""

from __future__ import annotations

import os
import sys

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulator.world import FIRST_SHOP
from tests.simulation.liveness import CALL_SECONDS
from tests.simulation.pipeline.plans import HORIZON, SELLER_KINDS
from tests.simulation.pipeline.worlds import PipelineWorld
from tests.simulation.plan import Event, Plan, Size
from tests.simulation.setup_once import prepare_process
from tests.simulation.worlds import run_world

MAX_EVENTS = 12
SHOPS = (str(FIRST_SHOP), str(FIRST_SHOP + 1))


def moments(first: float, last: float) -> st.SearchStrategy[float]:
    """Times in steps of the duration of a call, so that events fall between the steps of one edit."""
    return st.integers(int(first / CALL_SECONDS), int(last / CALL_SECONDS)).map(lambda step: step * CALL_SECONDS)


@st.composite
def events_of(draw: st.DrawFn, shops: tuple[str, ...]) -> Event:
    at, shop = draw(moments(0.0, HORIZON)), draw(st.sampled_from(shops))
    match draw(st.sampled_from(("seller", "seller", "feed", "undo", "cancel", "review", "lost", "late", "answer"))):
        case "seller":
            return Event(at, "seller", shop, what=draw(st.sampled_from(SELLER_KINDS)))
        case "feed":
            return Event(at, "feed_products", shop, what="again")
        case "undo":
            return Event(at, "undo", shop, number=draw(st.integers(1, 3)))
        case "cancel":
            return Event(at, "cancel", shop)
        case "review":
            return Event(at, "slow_audits", seconds=draw(st.sampled_from((0.5, 2.0))))
        case "lost":
            return Event(at, "lost_webhooks", seconds=draw(st.sampled_from((1.0, 3.0))))
        case "late":
            return Event(at, "late_webhooks", seconds=draw(st.sampled_from((1.0, 3.0))))
        case _:
            return Event(at, "lost_answer", shop, number=1)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    shops = SHOPS[: draw(st.integers(1, 2))]
    size = Size(
        workers=draw(st.integers(1, 2)),
        gateways=1,
        shops=shops,
        rate=50.0,
        products=draw(st.integers(1, 4)) * len(shops),
        rollout=draw(st.booleans()),
        rejects=draw(st.sampled_from((0.0, 0.3))),
    )
    drawn = draw(st.lists(events_of(shops), max_size=MAX_EVENTS))
    events = [*(Event(0.0, "feed_products", shop) for shop in shops), *drawn]
    return Plan(draw(st.integers(0, 1_000)), size, tuple(sorted(events, key=lambda event: event.at)))


def main(worlds: int) -> None:
    """Raises an ExceptionGroup or AssertionError with the smallest plan that breaks a promise."""
    prepare_process()

    @settings(
        max_examples=worlds,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(plans())
    def keeps_what_sellers_wrote(plan: Plan) -> None:
        report = run_world(plan, make=PipelineWorld)
        assert not report.problems, report.problems

    keeps_what_sellers_wrote()
    sys.stdout.write(f"{worlds} interleavings keep every promise\n")


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation.interleavings", *sys.argv[1:]],
            os.environ | {"PYTHONHASHSEED": "0"},
        )
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25)
