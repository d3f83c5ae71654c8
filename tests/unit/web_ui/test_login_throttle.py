"""The login throttle."""

from __future__ import annotations

from web_ui.access.login_throttle import (
    ADDRESS_BURST,
    ADDRESS_REFILL_SECONDS,
    MAX_ADDRESSES,
    TOTAL_BURST,
    LoginThrottle,
)


def test_address_has_a_burst_of_attempts_then_a_slow_refill() -> None:
    attempts = LoginThrottle()
    for _ in range(ADDRESS_BURST):
        assert attempts.wait_seconds("10.0.0.1", 100.0) == 0
        attempts.failed("10.0.0.1", 100.0)
    assert attempts.wait_seconds("10.0.0.1", 100.0) == ADDRESS_REFILL_SECONDS
    assert attempts.wait_seconds("10.0.0.1", 100.5) == ADDRESS_REFILL_SECONDS
    assert attempts.wait_seconds("10.0.0.2", 100.0) == 0, "another one"
    assert attempts.wait_seconds("10.0.0.1", 100.0 + ADDRESS_REFILL_SECONDS) == 0
    attempts.failed("10.0.0.1", 100.0 + ADDRESS_REFILL_SECONDS)
    assert attempts.wait_seconds("10.0.0.1", 100.0 + ADDRESS_REFILL_SECONDS) == ADDRESS_REFILL_SECONDS


def test_many_addresses_share_one_limit_in_constant_memory() -> None:
    attempts = LoginThrottle()
    tried = 0
    for number in range(10 * MAX_ADDRESSES):
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        if attempts.wait_seconds(address, 5.0) == 0:
            attempts.failed(address, 5.0)
            tried += 1
    assert tried == TOTAL_BURST
    assert len(attempts._addresses) <= MAX_ADDRESSES
    for second in range(10_000):
        attempts.failed(f"10.9.{second >> 8}.{second & 255}", 10.0 + second)
    assert len(attempts._addresses) == MAX_ADDRESSES


def test_ipv6_network_counts_as_one_address() -> None:
    attempts = LoginThrottle()
    for number in range(ADDRESS_BURST):
        attempts.failed(f"2001:db8::{number:x}", 0.0)
    assert attempts.wait_seconds("2001:db8::ffff", 0.0) > 0
    assert attempts.wait_seconds("2001:db8:1::1", 0.0) == 0


def test_missing_address_is_throttled_as_one() -> None:
    attempts = LoginThrottle()
    for _ in range(ADDRESS_BURST):
        attempts.failed(None, 0.0)
    assert attempts.wait_seconds(None, 0.0) > 0
    assert attempts.wait_seconds("not an address", 0.0) == 0
