"""`relist doctor` reports a fleet without a gateway."""

from __future__ import annotations

import pytest

from config.settings import Settings
from console.diagnosis.gateway import gateway_finding

REQUIRED = {"app_key": "k", "app_secret": "s", "token_key": "t" * 16}


@pytest.mark.parametrize(
    ("options", "fix"),
    [
        ({}, "start one: relist gateway"),
        ({"bind_host": "0.0.0.0", "page_token": "p" * 16}, "start one: relist gateway"),
        (
            {"bind_host": "0.0.0.0"},
            "set RELIST_PAGE_TOKEN, because RELIST_BIND_HOST is open to other machines; then start one: relist gateway",
        ),
    ],
)
def test_a_missing_gateway_is_named_with_what_keeps_it_from_starting(options: dict[str, str], fix: str) -> None:
    settings = Settings.model_validate({**REQUIRED, **options})
    found = gateway_finding(False, settings)
    assert (found.verdict, found.cause, found.fix) == ("warning", "no_gateway", fix)
    assert gateway_finding(True, settings).verdict == "ok"
