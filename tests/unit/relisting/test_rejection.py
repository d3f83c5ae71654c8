"""The platform's reasons for a failed audit, in documented and other shapes."""

from __future__ import annotations

from typing import Any

import pytest

from relisting.rejection import LONGEST_TEXT, MAX_TEXTS, rejection_texts
from tiktok_shop.product_shape import malformed_field


@pytest.mark.parametrize(
    ("reasons", "texts"),
    [
        (None, ()),
        ([], ()),
        ("", ()),
        ([{"position": "image", "reasons": ["Blurred"], "suggestions": ["Take another", "Use light"]}],
         ("Blurred (Take another; Use light)",)),
        ([{"reasons": ["Blurred", "Too small"], "suggestions": None}], ("Blurred", "Too small")),
        ([{"reasons": "One text", "suggestions": "One advice"}], ("One text (One advice)",)),
        ("Plain text", ("Plain text",)),
        (["One", "Two", "One"], ("One", "Two")),
        ({"reasons": ["In an object"]}, ("In an object",)),
        ([None, 12052104, {"reasons": [None, {}, " "]}, {"suggestions": ["Only advice"]}], ("12052104",)),
    ],
)  # fmt: skip
def test_reasons_of_any_shape_are_read(reasons: Any, texts: tuple[str, ...]) -> None:
    product = {"audit_failed_reasons": reasons}
    assert rejection_texts(product) == texts
    assert malformed_field(product) == "", "such a product can still be edited and undone"


def test_the_reasons_of_an_outcome_are_bounded() -> None:
    reasons = [{"reasons": [f"{number} " + "x" * 20_000], "suggestions": ["y" * 20_000]} for number in range(100)]
    texts = rejection_texts({"audit_failed_reasons": reasons})
    assert len(texts) == MAX_TEXTS
    assert {len(text) for text in texts} == {LONGEST_TEXT}
    assert texts[0].startswith("0 xxx")
    assert texts[0].endswith("…")
