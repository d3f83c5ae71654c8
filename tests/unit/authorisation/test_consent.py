"""Consent addresses and pasted codes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from authorisation.consent import BadCode, consent_address, pasted_code
from config.apps import AppSettings

SETTINGS: Any = SimpleNamespace(auth_url="https://auth.tiktok-shops.com", consent_url="")


def test_consent_page_depends_on_service_id_and_region() -> None:
    named = AppSettings("k", "s", "77")
    assert consent_address(SETTINGS, named, "st") == (
        "https://services.tiktokshop.com/open/authorize?service_id=77&state=st"
    )
    assert consent_address(SETTINGS, named, "st", "us").startswith("https://services.us.tiktokshop.com/open/authorize?")
    assert consent_address(SETTINGS, AppSettings("k", "s"), "st") == (
        "https://auth.tiktok-shops.com/oauth/authorize?app_key=k&state=st"
    )


@pytest.mark.parametrize(
    ("text", "code", "state"),
    [
        (" TTA_1\n", "TTA_1", ""),
        ("https://a.example/cb?code=TTA_1&state=s", "TTA_1", "s"),
        ("code=TTA_1&state=s", "TTA_1", "s"),
        ("https://a.example/cb?auth_code=TTA%2B1", "TTA+1", ""),
    ],
)
def test_code_is_found_in_pasted_text(text: str, code: str, state: str) -> None:
    pasted = pasted_code(text)
    assert (pasted.code, pasted.state) == (code, state)


@pytest.mark.parametrize("text", ["", "two words", "https://a.example/cb?state=s", "x" * 3000, "TTÄ"])
def test_other_texts_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(BadCode) as refused:
        pasted_code(text)
    assert not text or text not in str(refused.value)
