"""Keeps in Redis what is known about the attribute values of each leaf.

Per region and leaf there are three hashes, which expire as a whole after `LIFE_SECONDS` without a new example:

- `examples`: product -> features and values, for the first `MAX_EXAMPLES`; further ones, up to `MAX_TESTED`, serve
only as tests and have an empty text;
- `tests`: how often proposals were right and wrong, by score. Tests on products whose value was known and checks
of people's answers are counted separately;
- `checked`: the answers of people already counted, so that a repeated one counts once.

Another hash counts the attribute's tests in all leaves of the region.

Learning must cost a complete product next to nothing. The worker keeps its example until there are `BATCH` of them, or
until the first question, and then writes them in a few round trips. Examples not yet written when a worker dies are
lost, which makes proposals only slightly worse. A leaf with `MAX_TESTED` products costs nothing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import orjson

from catalogue.known_leaf import KnownLeaf, ProposalTest, Tallies, example, short_name, stated_tests, tallies_of
from proposals.leaf_index import leaf_index
from proposals.propose import UNSTATED
from proposals.risk import Tally
from proposals.words import market_languages
from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from tiktok_shop.catalogue import Attribute

MAX_EXAMPLES = 400
"""Products of a leaf from which the models learn, about 100 kB; more would cost CPU and hardly help."""
MAX_TESTED = 2_000
"""Maximum number of products of a leaf used as tests. A bound of 1 % needs 299 tests without an error, or 1,049 with
five.
"""
MAX_CHECKS = 5_000
"""Maximum number of people's answers counted per leaf."""
MAX_TEST_FIELDS = 20_000
LIFE_SECONDS = 30 * 86_400
REFRESH_SECONDS, FULL_SECONDS = 30.0, 600.0
"""Age after which a worker rereads a leaf and may learn again in one that was full."""
REGION_SECONDS = 120.0
MAX_LEAVES = 200
"""Maximum number of leaves that a worker keeps in memory."""
BATCH, MAX_WAITING = 200, 1_000
"""Number of examples written together, and the most kept while Redis fails."""
LONGEST_FEATURE, MAX_FEATURES = 60, 120

Leaf = tuple[str, str]
"""Region and category id."""


@dataclass(frozen=True, slots=True)
class _Learned:
    leaf: Leaf
    name: str
    features: tuple[str, ...]
    values: Mapping[str, str]
    tests: tuple[ProposalTest, ...]


class KnownValues:
    """Methods raise RedisError."""

    def __init__(self, redis: AnyRedis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._leaves: OrderedDict[Leaf, KnownLeaf] = OrderedDict()
        self._regions: dict[str, tuple[float, Tallies, Tally]] = {}
        self._waiting: list[_Learned] = []
        self._products: dict[Leaf, int] = {}
        """Products learned per leaf when they were last counted."""
        self._full_since: dict[Leaf, float] = {}
        # Sizes of hashes when they were last written. A write returns them, so that the next one need not ask.
        self._stored: dict[Leaf, int] = {}
        self._test_fields: dict[str, int] = {}

    async def leaf(self, region: str, category_id: str, attributes: tuple[Attribute, ...]) -> KnownLeaf:
        at = (region, category_id)
        known = self._leaves.get(at)
        if known is None or known.attributes != attributes:
            await self.flush(at)
            index = leaf_index(attributes, market_languages(region))
            known = KnownLeaf(index, attributes, read_at=self._clock())
            await self._read(at, known)
            self._leaves[at] = known
        elif self._clock() - known.read_at > REFRESH_SECONDS:
            known.read_at = self._clock()  # Concurrent jobs use the old one instead of reading it as well.
            await self.flush(at)
            await self._read(at, known)
        self._leaves.move_to_end(at)
        if len(self._leaves) > MAX_LEAVES:
            self._leaves.popitem(last=False)
        return known

    def learned(self, region: str, category_id: str) -> int:
        """Number of the leaf's products learned from, as last counted; `MAX_TESTED` if no more are learned."""
        at = (region, category_id)
        if self._clock() - self._full_since.get(at, -FULL_SECONDS) < FULL_SECONDS:
            return MAX_TESTED
        return self._products.get(at, 0)

    def in_memory(self, region: str, category_id: str) -> KnownLeaf | None:
        """The leaf, if it is still in memory."""
        return self._leaves.get((region, category_id))

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
        at, name = (region, category_id), short_name(product)
        known = self._leaves.get(at)
        if self.learned(*at) >= MAX_TESTED or (known is not None and name in known.products):
            return
        kept = tuple([feature[:LONGEST_FEATURE] for feature in features][:MAX_FEATURES])
        each = _Learned(at, name, kept, values, tuple(tests))
        if known is not None:
            known.products.add(name)
            known.learn(kept, values)
            known.count(each.tests)
        self._waiting.append(each)
        self._products[at] = self._products.get(at, 0) + 1
        if len(self._waiting) >= BATCH:
            await self.flush()

    async def flush(self, leaf: Leaf | None = None) -> None:
        """Writes the waiting examples of this leaf, or of all leaves."""
        batch = [each for each in self._waiting if leaf in (None, each.leaf)]
        if not batch:
            return
        self._waiting = [each for each in self._waiting if leaf not in (None, each.leaf)]
        try:
            await self._write(batch)
        except Exception:
            self._waiting = (batch + self._waiting)[-MAX_WAITING:]
            raise

    async def _write(self, batch: list[_Learned]) -> None:
        leaves = list(dict.fromkeys(each.leaf for each in batch))
        if uncounted := [at for at in leaves if at not in self._stored]:
            counted = await in_pipelines(self._redis, [("HLEN", _key(*at, "examples")) for at in uncounted])
            self._stored.update(zip(uncounted, map(int, counted), strict=True))
        stored = {at: self._stored[at] for at in leaves}
        added: list[_Learned] = []
        commands: list[tuple[str, ...]] = []
        for each in batch:
            number = stored[each.leaf]
            if number >= MAX_TESTED:
                continue
            stored[each.leaf] = number + 1
            text = orjson.dumps({"features": each.features, "values": dict(each.values)}).decode()
            added.append(each)
            commands.append(("HSETNX", _key(*each.leaf, "examples"), each.name, text if number < MAX_EXAMPLES else ""))
        for at in leaves:
            commands += [("EXPIRE", _key(*at, "examples"), str(LIFE_SECONDS)), ("HLEN", _key(*at, "examples"))]
        replies = await in_pipelines(self._redis, commands)
        is_new, numbers = replies[: len(added)], replies[len(added) + 1 :: 2]
        for at, counted_again in zip(leaves, numbers, strict=True):
            number = self._products[at] = self._stored[at] = int(counted_again)
            if number >= MAX_TESTED:
                self._full_since[at] = self._clock()
        tests = [(each.leaf, test) for each, new in zip(added, is_new, strict=True) if new for test in each.tests]
        await self._count(tests)

    async def checked(self, region: str, category_id: str, product: str, tests: Iterable[ProposalTest]) -> None:
        """Counts each of people's answers once, however often it is sent."""
        key, new = _key(region, category_id, "checked"), []
        for test in tests:
            if int(await self._redis.execute_command("HLEN", key)) >= MAX_CHECKS:
                break
            name = short_name(f"{product}/{test.group.removesuffix(UNSTATED)}")
            if await self._redis.execute_command("HSETNX", key, name, 1):
                new.append(test)
        if new:
            await self._redis.execute_command("EXPIRE", key, LIFE_SECONDS)
            await self._count([((region, category_id), test) for test in new])
            if (known := self._leaves.get((region, category_id))) is not None:
                known.count(new)

    async def _count(self, tests: list[tuple[Leaf, ProposalTest]]) -> None:
        """Counts each test in its leaf and in its region."""
        fields: dict[str, list[str]] = {}
        for (region, category_id), test in tests:
            for key in (_key(region, category_id, "tests"), _key(region, "all", "tests")):
                fields.setdefault(key, []).append(test.field)
        if uncounted := [key for key in fields if key not in self._test_fields]:
            sizes = await in_pipelines(self._redis, [("HLEN", key) for key in uncounted])
            self._test_fields.update(zip(uncounted, map(int, sizes), strict=True))
        commands: list[tuple[str, ...]] = []
        for key, names in fields.items():
            if self._test_fields[key] <= MAX_TEST_FIELDS:
                commands += [("HINCRBY", key, name, "1") for name in names]
                commands.append(("EXPIRE", key, str(LIFE_SECONDS)))
            commands.append(("HLEN", key))
        replies = await in_pipelines(self._redis, commands)
        counted = [int(reply) for (name, *_), reply in zip(commands, replies, strict=True) if name == "HLEN"]
        self._test_fields.update(zip(fields, counted, strict=True))

    async def _read(self, at: Leaf, known: KnownLeaf) -> None:
        """Adds new examples to `known` and replaces its tests."""
        key = _key(*at, "examples")
        number, tests = await in_pipelines(self._redis, [("HLEN", key), ("HGETALL", _key(*at, "tests"))])
        self._products[at] = self._stored[at] = int(number)
        if int(number) > len(known.products):
            stored = _pairs(await self._redis.execute_command("HGETALL", key))
            for name, raw in sorted(stored.items()):
                product = name.decode("utf-8", "replace")
                if product not in known.products:
                    known.products.add(product)
                    if (each := example(raw)) is not None:
                        known.learn(*each)
        known.tests = tallies_of(_pairs(tests))
        known.region_tests, known.all_tests = await self._region(at[0])

    async def _region(self, region: str) -> tuple[Tallies, Tally]:
        """The tests in all leaves, by attribute and in total."""
        at, tallies, total = self._regions.get(region, (0.0, None, Tally()))
        if tallies is None or self._clock() - at > REGION_SECONDS:
            await self.flush()
            tallies = tallies_of(_pairs(await self._redis.execute_command("HGETALL", _key(region, "all", "tests"))))
            total = stated_tests(tallies)
            self._regions[region] = (self._clock(), tallies, total)
        return tallies, total


def _pairs(raw: object) -> dict[bytes, bytes]:
    if isinstance(raw, Mapping):
        return {bytes(name): bytes(value) for name, value in raw.items()}
    assert isinstance(raw, list)
    return {bytes(name): bytes(value) for name, value in zip(raw[::2], raw[1::2], strict=True)}


def _key(region: str, category_id: str, kind: str) -> str:
    return f"relist:catalogue:{region}:{category_id}:{kind}"
