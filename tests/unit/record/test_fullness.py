from __future__ import annotations

import pytest

from record.database import Space
from record.fullness import fullness

GIB = 1024**3


@pytest.mark.parametrize(
    ("space", "limit", "level"),
    [
        (Space(7 * GIB, 100 * GIB), 10 * GIB, "fine"),
        (Space(8 * GIB, 100 * GIB), 10 * GIB, "warn"),
        (Space(10 * GIB, 100 * GIB), 10 * GIB, "full"),
        (Space(10 * GIB, 100 * GIB), None, "fine"),
        (Space(1 * GIB, 4 * GIB), None, "warn"),
        (Space(1 * GIB, GIB // 4), 10 * GIB, "full"),
        (Space(8 * GIB, GIB // 4), 10 * GIB, "full"),
        (Space(10 * GIB, GIB // 4), 10 * GIB, "full"),
        (Space(10 * GIB, None), None, "fine"),
    ],
)
def test_level_follows_the_limit_and_the_disk(space: Space, limit: int | None, level: str) -> None:
    assert fullness(space, limit).level == level


def test_a_warning_states_the_remedy() -> None:
    assert fullness(Space(9 * GIB, None), 10 * GIB).why == (
        "the record takes 9.0 GiB of 10.0 GiB: run `relist record prune`"
    )
    assert "100.0 MiB left" in fullness(Space(0, 100 * 1024**2)).why
