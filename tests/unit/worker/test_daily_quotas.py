"""A used-up daily quota parks a shop in parts, between which its audits are followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from worker.daily_quotas import FOLLOW_AUDITS_SECONDS, MAX_ASIDE, DailyQuotas
from worker.engine.results import Park, StepAside

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
UNTIL_MIDNIGHT = Park("the shop's daily quota is used up", 12 * 3600 + 60)


def test_an_unused_quota_parks_nothing() -> None:
    assert DailyQuotas().still_used_up("7000", NOON) is None


def test_a_park_is_short_and_says_when_edits_continue() -> None:
    parked = DailyQuotas().used_up("7000", UNTIL_MIDNIGHT, NOON)
    assert parked.seconds == FOLLOW_AUDITS_SECONDS
    assert parked.reason.endswith("edits continue after 2026-11-30 00:01 UTC, audits are followed meanwhile")


def test_edits_step_aside_and_park_the_shop_again_until_the_quota_is_renewed() -> None:
    quotas, now, seconds = DailyQuotas(), NOON, 0.0
    result: Park | StepAside | None = quotas.used_up("7000", UNTIL_MIDNIGHT, now)
    aside = 0
    while result is not None:
        if isinstance(result, Park):
            assert result.seconds is not None
            seconds += result.seconds
            now += timedelta(seconds=result.seconds)
            aside = 0
        else:
            aside += 1
        assert aside <= MAX_ASIDE
        assert quotas.still_used_up("7001", now) is None
        result = quotas.still_used_up("7000", now)
    assert seconds == UNTIL_MIDNIGHT.seconds
    assert quotas.still_used_up("7000", now) is None


def test_an_operator_who_resumes_the_shop_is_believed() -> None:
    quotas = DailyQuotas()
    quotas.used_up("7000", UNTIL_MIDNIGHT, NOON)
    assert quotas.still_used_up("7000", NOON + timedelta(seconds=5)) is None


def test_edits_refused_together_do_not_prolong_the_park() -> None:
    quotas = DailyQuotas()
    first = quotas.used_up("7000", UNTIL_MIDNIGHT, NOON)
    later = quotas.used_up("7000", UNTIL_MIDNIGHT, NOON + timedelta(seconds=2))
    assert (first.seconds, later.seconds) == (FOLLOW_AUDITS_SECONDS, FOLLOW_AUDITS_SECONDS - 2)
    assert quotas.still_used_up("7000", NOON + timedelta(seconds=FOLLOW_AUDITS_SECONDS)) is not None
