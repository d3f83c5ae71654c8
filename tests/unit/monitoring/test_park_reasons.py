"""Every reason for which the service parks a shop has a label."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitoring.park_reasons import OTHER, PARK_LABELS, park_label
from tiktok_shop import errors
from worker.engine.results import Park
from worker.error_policy import result_of

NOW = datetime(2026, 11, 27, tzinfo=UTC)
PARKING = (
    (errors.QuotaExceeded, "quota"),
    (errors.HourlyQuotaExceeded, "quota"),
    (errors.AuthFailed, "token"),
    (errors.InvalidAppCredentials, "app_credentials"),
    (errors.UnknownApp, "app_credentials"),
    (errors.TokensUnavailable, "token_service"),
    (errors.ShopBlocked, "seller"),
)


@pytest.mark.parametrize(("error", "label"), PARKING)
def test_reasons_of_the_error_policy_have_labels(error: type[errors.TikTokShopError], label: str) -> None:
    result = result_of(error("details of the platform"), NOW)
    assert isinstance(result, Park)
    assert park_label(result.reason) == label


@pytest.mark.parametrize(("code", "label"), [(36009033, "allow_list"), (105005, "scope")])
def test_refusals_that_are_not_the_tokens_have_their_own_label(code: int, label: str) -> None:
    result = result_of(errors.make_error(code, "refused", 403, "get_product", "r"), NOW)
    assert isinstance(result, Park)
    assert park_label(result.reason) == label
    assert "token" not in result.reason


def test_every_error_that_parks_is_in_the_list() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    parking = set()
    for each in classes:
        if issubclass(each, errors.TikTokShopError) and isinstance(result_of(each("x"), NOW), Park):
            parking.add(park_label(result_of(each("x"), NOW).reason))  # type: ignore[union-attr]
    assert OTHER not in parking


@pytest.mark.parametrize("reason", ["", "stocktaking", "a text of the platform: " + "x" * 500])
def test_unknown_reasons_are_other(reason: str) -> None:
    assert park_label(reason) == OTHER
    assert OTHER in PARK_LABELS
