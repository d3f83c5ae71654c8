"""Limits failed sign-ins with a token bucket per address and one for all addresses, in constant memory. Pure."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

ADDRESS_BURST, ADDRESS_REFILL_SECONDS = 10, 6.0
"""The burst of failed attempts allowed to one address, and the time until one more is allowed."""
TOTAL_BURST, TOTAL_REFILL_SECONDS = 300, 0.2
MAX_ADDRESSES = 1000


@dataclass(slots=True)
class _Bucket:
    """A token bucket: full at first, emptied by attempts and refilled by time."""

    left: float
    at: float


class LoginThrottle:
    """`now` is the time of a monotonic clock in seconds."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, _Bucket] = OrderedDict()
        self._total = _Bucket(TOTAL_BURST, 0.0)

    def wait_seconds(self, address: str | None, now: float) -> int:
        """Return 0 if an attempt is allowed, otherwise the time until the next one."""
        bucket = self._addresses.get(_network(address))
        waits = [_wait(self._total, now, TOTAL_BURST, TOTAL_REFILL_SECONDS)]
        if bucket is not None:
            waits.append(_wait(bucket, now, ADDRESS_BURST, ADDRESS_REFILL_SECONDS))
        return math.ceil(max(waits))

    def failed(self, address: str | None, now: float) -> None:
        """Record a failed attempt."""
        network = _network(address)
        bucket = self._addresses.setdefault(network, _Bucket(ADDRESS_BURST, now))
        self._addresses.move_to_end(network)
        _take(bucket, now, ADDRESS_BURST, ADDRESS_REFILL_SECONDS)
        _take(self._total, now, TOTAL_BURST, TOTAL_REFILL_SECONDS)
        if len(self._addresses) > MAX_ADDRESSES:
            self._addresses.popitem(last=False)


def _refill(bucket: _Bucket, now: float, burst: int, refill_seconds: float) -> None:
    bucket.left = min(burst, bucket.left + (now - bucket.at) / refill_seconds)
    bucket.at = now


def _wait(bucket: _Bucket, now: float, burst: int, refill_seconds: float) -> float:
    _refill(bucket, now, burst, refill_seconds)
    return max(0.0, (1 - bucket.left) * refill_seconds)


def _take(bucket: _Bucket, now: float, burst: int, refill_seconds: float) -> None:
    _refill(bucket, now, burst, refill_seconds)
    bucket.left -= 1


def _network(address: str | None) -> str:
    """Return the address, or the /64 network of an IPv6 address, because one client can use all of it."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((known, 64), strict=False))
