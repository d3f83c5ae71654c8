"""PlatformClock follows the Date header of responses."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from tiktok_shop.platform_clock import PlatformClock

HERE = 1_800_000_000.0


@pytest.mark.parametrize(("apart", "offset"), [(0, 0), (4, 0), (-4, 0), (600, 600), (-600, -600)])
def test_only_large_clock_differences_are_corrected(apart: float, offset: float) -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(formatdate(HERE + apart, usegmt=True))
    assert clock.now() == HERE + offset


@pytest.mark.parametrize("apart", [0, 4, -4, 600, -600])
def test_timestamp_follows_the_platforms_clock(apart: int) -> None:
    here = [HERE + 0.7]
    clock = PlatformClock(lambda: here[0])
    assert clock.timestamp() == HERE
    clock.observe(formatdate(HERE + apart, usegmt=True))
    assert clock.timestamp() == HERE + apart
    here[0] += 2.5
    assert clock.timestamp() == HERE + apart + 2


def test_timestamp_ignores_a_rejected_header() -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(formatdate(HERE + 900, usegmt=True))
    clock.reject(clock.offset)
    assert clock.timestamp() == HERE


def test_offset_ends_when_the_local_clock_is_corrected() -> None:
    moment = [HERE - 600]
    clock = PlatformClock(lambda: moment[0])
    clock.observe(formatdate(HERE, usegmt=True))
    moment[0] = HERE + 1
    clock.observe(formatdate(HERE + 1, usegmt=True))
    assert clock.now() == HERE + 1


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2026"])
def test_malformed_date_is_ignored(date: str | None) -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(date)
    assert clock.now() == HERE


def test_rejected_header_time_falls_back_to_local_clock() -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(formatdate(HERE + 900, usegmt=True))
    clock.reject(clock.offset)
    clock.observe(formatdate(HERE + 901, usegmt=True))
    assert clock.now() == HERE


def test_rejected_local_time_falls_back_to_header() -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(formatdate(HERE + 900, usegmt=True))
    clock.reject(900.0)
    clock.observe(formatdate(HERE + 600, usegmt=True))
    clock.reject(0.0)
    assert clock.now() == HERE + 600


def test_concurrent_rejections_switch_the_clock_once() -> None:
    clock = PlatformClock(lambda: HERE)
    clock.observe(formatdate(HERE + 900, usegmt=True))
    for _ in range(4):
        clock.reject(900.0)
    assert clock.now() == HERE
