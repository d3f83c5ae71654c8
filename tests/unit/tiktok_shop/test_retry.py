"""RetryBudget: which failures a call may be sent again after, and how often."""

from __future__ import annotations

import pytest

from tiktok_shop import errors
from tiktok_shop.call_permits import Access
from tiktok_shop.retry import MAX_FAILURE_SECONDS, READ_PAUSES, RetryBudget


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (errors.AccessTokenRefused("expired", code=105002), "refresh"),
        (errors.ClockSkewed("timestamp", code=36009004), "resend"),
    ],
)
def test_token_and_signature_are_renewed_once(error: errors.TikTokShopError, step: str) -> None:
    budget = RetryBudget("write")
    assert [budget.next_step(error, 0.0) for _ in range(2)] == [step, "fail"]


@pytest.mark.parametrize(
    "error",
    [
        errors.Transient("HTTP 502", http_status=502),
        errors.NonApiResponse("HTTP 200 without an envelope", http_status=200),
    ],
)
def test_read_is_repeated_after_pauses(error: errors.TikTokShopError) -> None:
    budget, pauses = RetryBudget("read"), []
    while budget.next_step(error, 0.1) == "pause":
        pauses.append(budget.pause_seconds)
    assert len(pauses) == len(READ_PAUSES)
    assert all(longest / 2 <= pause <= longest for pause, longest in zip(pauses, READ_PAUSES, strict=True))


@pytest.mark.parametrize(
    ("access", "error", "seconds"),
    [
        ("write", errors.Transient("HTTP 502"), 0.1),
        ("read", errors.Transient("HTTP 502"), MAX_FAILURE_SECONDS),
        ("read", errors.MalformedResponse("skus are missing"), 0.1),
        ("read", errors.ProductProblem("title", code=12052051), 0.1),
        ("read", errors.AuthFailed("other", code=105005), 0.1),
        ("read", errors.InvalidShopCipher("cipher", code=36009004), 0.1),
    ],
)
def test_other_failures_are_final(access: Access, error: errors.TikTokShopError, seconds: float) -> None:
    assert RetryBudget(access).next_step(error, seconds) == "fail"
