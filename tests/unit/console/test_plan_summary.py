"""`relist plan` tells products that wait for people from those that no person can help."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from console.commands.plan import is_uneditable, summary


def entry(*actors: str, ready: bool = False) -> dict[str, Any]:
    return {"ready": ready, "reasons": [{"code": "x", "actor": actor} for actor in actors]}


@pytest.mark.parametrize(
    ("planned", "uneditable"),
    [
        (entry("platform"), True),
        (entry("platform", "seller"), False),
        (entry("operator"), False),
        (entry(), False),
        (entry(ready=True), False),
    ],
)
def test_only_the_platform_can_change_it(planned: dict[str, Any], uneditable: bool) -> None:
    assert is_uneditable(planned) == uneditable


def test_deleted_products_need_no_input() -> None:
    assert summary(Counter(ready=3, unready=5, uneditable=2), "moves.jsonl") == (
        "3 edits planned in moves.jsonl; 3 need input first; 2 cannot be edited now, such as deleted or frozen ones"
    )
    assert summary(Counter(ready=1), "moves.jsonl") == "1 edit planned in moves.jsonl; 0 need input first"
