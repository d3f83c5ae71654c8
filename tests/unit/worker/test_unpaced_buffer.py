"""The buffer of a shop without a rate limit follows the pace at which its jobs start."""

from __future__ import annotations

import pytest

from worker.engine.claims import (
    BUFFER_SECONDS,
    FIRST_UNPACED_SIZE,
    MAX_CLAIM_SIZE,
    MIN_UNPACED_BUFFER,
    unpaced_buffer_size,
)


@pytest.mark.parametrize(
    ("pace", "size"),
    [
        (None, FIRST_UNPACED_SIZE),
        (0.0, MIN_UNPACED_BUFFER),
        (1.0, MIN_UNPACED_BUFFER),
        (100 / BUFFER_SECONDS, 100),
        (1e9, MAX_CLAIM_SIZE),
    ],
)
def test_a_fast_shop_has_a_large_buffer_and_a_slow_one_leaves_few_jobs_to_a_successor(
    pace: float | None, size: int
) -> None:
    assert unpaced_buffer_size(pace) == size
