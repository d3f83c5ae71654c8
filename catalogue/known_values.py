"""Keeps what is known about the values of each leaf's attributes: examples to learn from, and tests of proposals.

Per region and leaf there are three Redis hashes, which expire as a whole after `LIFE_SECONDS` without a new example:

- `examples`: product -> features and values, for the first `MOST_EXAMPLES`; further ones, up to `MOST_TESTED`, are only
  tests and have an empty text;
- `tests`: how often proposals of which score were right and wrong. Tests on products whose value was known and checks
  of people's answers are counted apart;
- `checked`: which answers of people were counted, so that a repeated one counts once.

The attribute's tests in all leaves of the region are in one more hash. A worker reads a leaf at most once in
`REFRESH_SECONDS`. A leaf with `MOST_TESTED` products costs no more writes, so that the cost of a product does not grow.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

import orjson

from proposals.leaf_index import LeafIndex, leaf_index
from proposals.risk import BUCKETS, Tally, bucket
from proposals.siblings import ValueModel
from proposals.words import market_languages
from redis_client.connect import AnyRedis
from tiktok_shop.catalogue import Attribute

MOST_EXAMPLES = 400
"""Products of a leaf from which the models learn, about 100 kB; more would cost CPU and hardly help."""
MOST_TESTED = 2_000
"""Products of a leaf that are tests. A bound of 1 % needs 299 without an error, and 1,049 with five."""
MOST_CHECKS = 5_000
"""Answers of people that are counted per leaf."""
MOST_TEST_FIELDS = 20_000
LIFE_SECONDS = 30 * 86_400
RENEW_EVERY = 50
"""Products of a leaf after which the hashes' life is renewed, and their size checked, again."""
REFRESH_SECONDS = 30.0
FULL_REFRESH_SECONDS = 600.0
"""A leaf that has all its examples changes only by checks."""
MOST_LEAVES = 100
"""Leaves that a worker keeps in memory."""
LONGEST_FEATURE, MOST_FEATURES = 40, 80

TestKind = Literal["known", "check"]
"""`known`: the product had the value already. `check`: a person answered."""


_Tallies = dict[tuple[str, str], Tally]
"""(kind, attribute id) -> tests."""


@dataclass(frozen=True, slots=True)
class ProposalTest:
    """One proposal compared with the right value."""

    attribute_id: str
    score: float
    is_wrong: bool
    kind: TestKind


@dataclass(slots=True)
class KnownLeaf:
    """Examples and tests of one leaf."""

    index: LeafIndex
    attributes: tuple[Attribute, ...]
    models: dict[str, ValueModel] = field(default_factory=dict)
    """Attribute id -> model."""
    products: set[str] = field(default_factory=set)
    tests: _Tallies = field(default_factory=dict)
    """Tests in this leaf."""
    region_tests: _Tallies = field(default_factory=dict)
    """The same in all leaves of the region."""
    read_at: float = 0.0

    @property
    def is_full(self) -> bool:
        return len(self.products) >= MOST_TESTED

    @property
    def life_seconds(self) -> float:
        return FULL_REFRESH_SECONDS if self.is_full else REFRESH_SECONDS

    def levels(self, attribute_id: str) -> list[Tally]:
        """All tests of the attribute: in this leaf, then in all leaves."""
        return [_both(self.tests, attribute_id), _both(self.region_tests, attribute_id)]

    def checks(self, attribute_id: str) -> Tally:
        return self.tests.get(("check", attribute_id), Tally())


class KnownValues:
    """Methods raise RedisError."""

    def __init__(self, redis: AnyRedis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._leaves: OrderedDict[tuple[str, str], KnownLeaf] = OrderedDict()
        self._regions: dict[str, tuple[float, _Tallies]] = {}

    async def leaf(self, region: str, category_id: str, attributes: tuple[Attribute, ...]) -> KnownLeaf:
        known = self._leaves.get((region, category_id))
        if known is None or known.attributes != attributes or self._clock() - known.read_at > known.life_seconds:
            if known is not None:
                known.read_at = self._clock()  # Concurrent jobs use the old one instead of reading it as well.
            known = await self._read(region, category_id, attributes, known)
            self._leaves[(region, category_id)] = known
        self._leaves.move_to_end((region, category_id))
        if len(self._leaves) > MOST_LEAVES:
            self._leaves.popitem(last=False)
        return known

    async def learn(
        self,
        region: str,
        category_id: str,
        product: str,
        features: Iterable[str],
        values: Mapping[str, str],
        tests: Iterable[ProposalTest],
    ) -> None:
        """Adds a product once; `values` are attribute id -> value id. Tests of a product already known are dropped."""
        known = self._leaves.get((region, category_id))
        name = _name(product)
        if known is not None and (known.is_full or name in known.products):
            return
        key = _key(region, category_id, "examples")
        kept = [feature[:LONGEST_FEATURE] for feature in features][:MOST_FEATURES]
        number = int(await self._redis.execute_command("HLEN", key))
        if number >= MOST_TESTED:
            return
        is_example = number < MOST_EXAMPLES
        example = orjson.dumps({"features": kept, "values": dict(values)}) if is_example else b""
        is_new = await self._redis.execute_command("HSETNX", key, name, example)
        if not is_new:
            return
        renews = number % RENEW_EVERY == 0
        if renews:
            await self._redis.execute_command("EXPIRE", key, LIFE_SECONDS)
        if known is not None:
            known.products.add(name)
            if is_example:
                _learn(known, kept, values)
        await self._count(region, category_id, tests, known, renews=renews)

    async def checked(self, region: str, category_id: str, product: str, tests: Iterable[ProposalTest]) -> None:
        """Counts people's answers, each once, however often it is sent."""
        key = _key(region, category_id, "checked")
        new = []
        for test in tests:
            if int(await self._redis.execute_command("HLEN", key)) >= MOST_CHECKS:
                break
            if await self._redis.execute_command("HSETNX", key, _name(f"{product}/{test.attribute_id}"), 1):
                new.append(test)
        if new:
            await self._redis.execute_command("EXPIRE", key, LIFE_SECONDS)
            await self._count(region, category_id, new, self._leaves.get((region, category_id)), renews=True)

    async def _count(
        self, region: str, category_id: str, tests: Iterable[ProposalTest], known: KnownLeaf | None, *, renews: bool
    ) -> None:
        counted = list(tests)
        if counted:
            keys = (_key(region, category_id, "tests"), _key(region, "all", "tests"))
            await asyncio.gather(*(self._count_in(key, counted, renews=renews) for key in keys))
        if known is None:
            return
        for test in counted:
            for tallies in (known.tests, known.region_tests):
                tallies.setdefault((test.kind, test.attribute_id), Tally()).add(test.score, test.is_wrong)

    async def _count_in(self, key: str, tests: Sequence[ProposalTest], *, renews: bool) -> None:
        if renews and int(await self._redis.execute_command("HLEN", key)) > MOST_TEST_FIELDS:
            return
        for test in tests:
            name = orjson.dumps(
                [test.kind, test.attribute_id, bucket(test.score), "wrong" if test.is_wrong else "right"]
            )
            await self._redis.execute_command("HINCRBY", key, name, 1)
        if renews:
            await self._redis.execute_command("EXPIRE", key, LIFE_SECONDS)

    async def _read(
        self, region: str, category_id: str, attributes: tuple[Attribute, ...], before: KnownLeaf | None
    ) -> KnownLeaf:
        same = before is not None and before.attributes == attributes
        index = before.index if before is not None and same else leaf_index(attributes, market_languages(region))
        known = KnownLeaf(index, attributes, read_at=self._clock())
        for name, raw in sorted((await self._hash(_key(region, category_id, "examples"))).items()):
            known.products.add(name.decode("utf-8", "replace"))
            if (example := _example(raw)) is not None:
                _learn(known, *example)
        known.tests = _tallies(await self._hash(_key(region, category_id, "tests")))
        known.region_tests = await self._region(region)
        return known

    async def _region(self, region: str) -> _Tallies:
        at, tallies = self._regions.get(region, (0.0, None))
        if tallies is None or self._clock() - at > REFRESH_SECONDS:
            tallies = _tallies(await self._hash(_key(region, "all", "tests")))
            self._regions[region] = (self._clock(), tallies)
        return tallies

    async def _hash(self, key: str) -> dict[bytes, bytes]:
        raw = await self._redis.execute_command("HGETALL", key)
        pairs = raw.items() if isinstance(raw, Mapping) else zip(raw[::2], raw[1::2], strict=True)
        return {bytes(name): bytes(value) for name, value in pairs}


def _learn(known: KnownLeaf, features: Iterable[str], values: Mapping[str, str]) -> None:
    kept = list(features)
    for attribute_id, value_id in values.items():
        own = [feature for feature in kept if not feature.startswith(f"{attribute_id}=")]
        known.models.setdefault(attribute_id, ValueModel()).learn(own, value_id)


def _example(raw: bytes) -> tuple[list[str], dict[str, str]] | None:
    """None for a product that is only a test, and for an example that another release may have written."""
    if not raw:
        return None
    try:
        stored: Any = orjson.loads(raw)
        return [str(each) for each in stored["features"]], {str(k): str(v) for k, v in stored["values"].items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None


def _tallies(stored: Mapping[bytes, bytes]) -> _Tallies:
    found: _Tallies = {}
    for name, count in stored.items():
        match orjson.loads(name):
            case [str(kind), str(attribute_id), int(place), str(result)] if 0 <= place < BUCKETS:
                tally = found.setdefault((kind, attribute_id), Tally())
                tally.tests[place] += int(count)
                tally.wrong[place] += int(count) * (result == "wrong")
    return found


def _both(tallies: _Tallies, attribute_id: str) -> Tally:
    known, checks = tallies.get(("known", attribute_id), Tally()), tallies.get(("check", attribute_id), Tally())
    return known.plus(checks)


def _name(product: str) -> str:
    """A short name that does not show whose product it is."""
    return blake2b(product.encode(), digest_size=9).hexdigest()


def _key(region: str, category_id: str, kind: str) -> str:
    return f"relist:catalogue:{region}:{category_id}:{kind}"
