"""Which errors count as an outage for the circuit breaker."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tiktok_shop import errors
from worker.engine.results import Retry
from worker.error_policy import result_of

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "is_outage"),
    [
        (errors.Transient("connection throttled"), True),
        (errors.Transient("HTTP 503", http_status=503), True),
        (errors.Transient("internal error", code=36009003, http_status=500), True),
        (errors.MalformedResponse("HTTP 502 without an envelope", http_status=502), True),
        (errors.Transient("try again", code=36009007, http_status=200), True),
        (errors.NonApiResponse("HTTP 200 without an envelope", http_status=200), True),
        (errors.NonApiResponse("HTTP 403 without an envelope", http_status=403), True),
        (errors.MalformedResponse("data is no object", http_status=200), False),
        (errors.MalformedResponse("a token is missing in the response"), False),
        (errors.StaleCatalogue("the tree has changed", code=12052217), False),
    ],
)
def test_only_missing_responses_and_server_errors_are_outages(error: errors.TikTokShopError, is_outage: bool) -> None:
    result = result_of(error, NOW)
    assert isinstance(result, Retry)
    assert result.outage == is_outage
