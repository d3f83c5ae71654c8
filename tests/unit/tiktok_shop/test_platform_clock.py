"""The platform's time, learned from its answers."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from tiktok_shop.platform_clock import PlatformClock

HERE = 1_800_000_000.0


@pytest.mark.parametrize(("apart", "offset"), [(0, 0), (4, 0), (-4, 0), (600, 600), (-600, -600)])
def test_only_a_clock_that_is_off_is_set(apart: float, offset: float) -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(formatdate(HERE + apart, usegmt=True))
    assert clock.now() == HERE + offset


@pytest.mark.parametrize("apart", [0, 4, -4, 600, -600])
def test_the_platforms_moments_are_compared_with_its_own_clock(apart: int) -> None:
    here = [HERE + 0.7]
    clock = PlatformClock(lambda: here[0])
    assert clock.moment() == HERE
    clock.observe(formatdate(HERE + apart, usegmt=True))
    assert clock.moment() == HERE + apart
    here[0] += 2.5
    assert clock.moment() == HERE + apart + 2


def test_a_moment_goes_by_no_header_that_lies() -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(formatdate(HERE + 900, usegmt=True))
    clock.refused(clock.offset)
    assert clock.moment() == HERE


def test_a_clock_that_was_put_right_is_believed_again() -> None:
    moment = [HERE - 600]
    clock = PlatformClock(lambda: moment[0])
    clock.observe(formatdate(HERE, usegmt=True))
    moment[0] = HERE + 1
    clock.observe(formatdate(HERE + 1, usegmt=True))
    assert clock.now() == HERE + 1


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2026"])
def test_a_date_that_is_none_changes_nothing(date: str | None) -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(date)
    assert clock.now() == HERE


def test_a_header_that_lies_is_not_believed_once_the_platform_has_refused_its_time() -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(formatdate(HERE + 900, usegmt=True))
    clock.refused(clock.offset)
    clock.observe(formatdate(HERE + 901, usegmt=True))
    assert clock.now() == HERE


def test_this_machines_clock_is_not_believed_once_the_platform_has_refused_it() -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(formatdate(HERE + 900, usegmt=True))
    clock.refused(900.0)
    clock.observe(formatdate(HERE + 600, usegmt=True))
    clock.refused(0.0)
    assert clock.now() == HERE + 600


def test_many_requests_that_were_on_their_way_are_one_refusal() -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(formatdate(HERE + 900, usegmt=True))
    for _ in range(4):
        clock.refused(900.0)
    assert clock.now() == HERE
