"""How often a token may be tried."""

from __future__ import annotations

from gateway.web.login_throttle import IN_ALL, MOST_ADDRESSES, PER_ADDRESS, SECONDS_EACH, LoginAttempts


def test_an_address_may_try_a_few_times_and_then_now_and_then() -> None:
    attempts = LoginAttempts()
    for _ in range(PER_ADDRESS):
        assert attempts.wait_seconds("10.0.0.1", 100.0) == 0
        attempts.failed("10.0.0.1", 100.0)
    assert attempts.wait_seconds("10.0.0.1", 100.0) == SECONDS_EACH
    assert attempts.wait_seconds("10.0.0.1", 100.5) == SECONDS_EACH
    assert attempts.wait_seconds("10.0.0.2", 100.0) == 0, "another one"
    assert attempts.wait_seconds("10.0.0.1", 100.0 + SECONDS_EACH) == 0
    attempts.failed("10.0.0.1", 100.0 + SECONDS_EACH)
    assert attempts.wait_seconds("10.0.0.1", 100.0 + SECONDS_EACH) == SECONDS_EACH


def test_many_addresses_are_held_up_together_and_remembered_in_constant_memory() -> None:
    attempts = LoginAttempts()
    tried = 0
    for number in range(10 * MOST_ADDRESSES):
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        if attempts.wait_seconds(address, 5.0) == 0:
            attempts.failed(address, 5.0)
            tried += 1
    assert tried == IN_ALL
    assert len(attempts._addresses) <= MOST_ADDRESSES
    for second in range(10_000):
        attempts.failed(f"10.9.{second >> 8}.{second & 255}", 10.0 + second)
    assert len(attempts._addresses) == MOST_ADDRESSES


def test_the_addresses_of_one_ipv6_network_are_one() -> None:
    attempts = LoginAttempts()
    for number in range(PER_ADDRESS):
        attempts.failed(f"2001:db8::{number:x}", 0.0)
    assert attempts.wait_seconds("2001:db8::ffff", 0.0) > 0
    assert attempts.wait_seconds("2001:db8:1::1", 0.0) == 0


def test_whoever_has_no_address_is_somebody_too() -> None:
    attempts = LoginAttempts()
    for _ in range(PER_ADDRESS):
        attempts.failed(None, 0.0)
    assert attempts.wait_seconds(None, 0.0) > 0
    assert attempts.wait_seconds("not an address", 0.0) == 0
