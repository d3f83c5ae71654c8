"""The query of a direct request is what the standard library would write."""

from __future__ import annotations

from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from tiktok_shop.direct import query_text


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))))
def test_any_query_is_encoded_as_by_urlencode(query: dict[str, str]) -> None:
    assert query_text(query) == urlencode(query)


def test_a_cipher_is_encoded() -> None:
    assert (
        query_text({"shop_cipher": "GCP_a+b/c==", "version": "202309"})
        == "shop_cipher=GCP_a%2Bb%2Fc%3D%3D&version=202309"
    )
