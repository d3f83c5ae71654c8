"""Segments and widths of bar charts."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from web_ui.charts import stacked, widths

counts = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 10**9), max_size=6)


@given(counts)
def test_segments_fill_the_bar(parts: dict[str, int]) -> None:
    segments = stacked(parts)
    assert [segment.name for segment in segments] == [name for name, count in parts.items() if count]
    if segments:
        assert abs(sum(segment.width for segment in segments) - 100) < 0.01
        assert segments[0].start == 0
    for before, after in itertools.pairwise(segments):
        assert abs(before.start + before.width - after.start) < 0.01


def test_largest_count_has_full_width() -> None:
    assert widths([5, 10, 0]) == [50.0, 100.0, 0.0]
    assert widths([0]) == [0.0]
    assert widths([]) == []
