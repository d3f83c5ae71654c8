"""How often somebody may try a token: a bucket for each address and one for all, in constant memory. Pure."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

PER_ADDRESS = 10
"""Wrong tokens at once; then one in `SECONDS_EACH`."""
SECONDS_EACH = 6.0
IN_ALL = 300
SECONDS_EACH_IN_ALL = 0.2
MOST_ADDRESSES = 1000


@dataclass(slots=True)
class _Bucket:
    """Full at first; a try takes one out, and time puts them back."""

    left: float
    at: float


class LoginAttempts:
    """`now` is any clock that never goes back, in seconds."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, _Bucket] = OrderedDict()
        self._all = _Bucket(IN_ALL, 0.0)

    def wait_seconds(self, address: str | None, now: float) -> int:
        """0 when a try is allowed; else after how many seconds one is."""
        mine = self._addresses.get(_network(address))
        waits = [_wait(self._all, now, IN_ALL, SECONDS_EACH_IN_ALL)]
        if mine is not None:
            waits.append(_wait(mine, now, PER_ADDRESS, SECONDS_EACH))
        return math.ceil(max(waits))

    def failed(self, address: str | None, now: float) -> None:
        network = _network(address)
        mine = self._addresses.setdefault(network, _Bucket(PER_ADDRESS, now))
        self._addresses.move_to_end(network)
        _take(mine, now, PER_ADDRESS, SECONDS_EACH)
        _take(self._all, now, IN_ALL, SECONDS_EACH_IN_ALL)
        if len(self._addresses) > MOST_ADDRESSES:
            self._addresses.popitem(last=False)


def _refill(bucket: _Bucket, now: float, most: int, seconds_each: float) -> None:
    bucket.left = min(most, bucket.left + (now - bucket.at) / seconds_each)
    bucket.at = now


def _wait(bucket: _Bucket, now: float, most: int, seconds_each: float) -> float:
    _refill(bucket, now, most, seconds_each)
    return max(0.0, (1 - bucket.left) * seconds_each)


def _take(bucket: _Bucket, now: float, most: int, seconds_each: float) -> None:
    _refill(bucket, now, most, seconds_each)
    bucket.left -= 1


def _network(address: str | None) -> str:
    """An IPv6 client has 2**64 addresses, so they count as one."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((known, 64), strict=False))
