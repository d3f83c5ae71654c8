"""A profile is attributed to the parts of the whole job."""

from __future__ import annotations

import pytest

from benchmarks.breakdown import OTHER, ROOT, parts_of

LIBRARY = f"{ROOT}/.venv/lib/python3.11/site-packages"
PYTHON = "/usr/lib/python3.11"


def stack(*places: str) -> str:
    return ";".join(f"function ({place}:1)" for place in places)


@pytest.mark.parametrize(
    ("places", "part"),
    [
        ((f"{PYTHON}/asyncio/events.py", f"{ROOT}/relisting/plan.py"), "decisions"),
        ((f"{ROOT}/relisting/plan.py", f"{PYTHON}/copy.py"), "decisions"),
        ((f"{ROOT}/catalogue/cache.py", f"{ROOT}/redis_client/scripts.py", f"{LIBRARY}/redis/client.py"), "look-ups"),
        ((f"{ROOT}/shop_queue/consumer.py", f"{ROOT}/redis_client/scripts.py"), "queue"),
        ((f"{ROOT}/worker/jobs/relist.py", f"{LIBRARY}/aiohttp/client.py"), "HTTP"),
        ((f"{PYTHON}/threading.py", f"{PYTHON}/concurrent/futures/thread.py"), "record"),
        ((f"{PYTHON}/asyncio/base_events.py", f"{PYTHON}/selectors.py"), "the event loop"),
        (("unknown",), OTHER),
    ],
)
def test_a_sample_belongs_to_the_innermost_part(places: tuple[str, ...], part: str) -> None:
    assert parts_of(f"{stack(*places)} 3") == pytest.approx({**parts_of(""), part: 1.0})


def test_shares_add_up() -> None:
    stacks = f"{stack(f'{ROOT}/record/record.py')} 1\n{stack(f'{ROOT}/worker/metrics.py')} 3"
    shares = parts_of(stacks)
    assert (shares["record"], shares["logs and metrics"]) == (0.25, 0.75)
    assert sum(shares.values()) == pytest.approx(1)
