"""Knowledge about one leaf: examples to learn from, and tests of proposals. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

import orjson

from proposals.leaf_index import LeafIndex
from proposals.propose import UNSTATED
from proposals.reliability import Statement
from proposals.risk import BUCKETS, Tally, Verdict, bucket, decide
from proposals.siblings import ValueModel
from tiktok_shop.catalogue import Attribute

TestKind = Literal["known", "check"]
"""`known`: the product had the value already. `check`: a person answered."""

CATEGORY = "category"
"""ID of the pseudo-attribute whose values are the leaves of a split category."""

Tallies = dict[tuple[str, str], Tally]
"""(kind, group) -> tests."""


STATED = "stated:"
"""Prefix of a feature that stores an example's stated value of an attribute."""


def stated_feature(attribute_id: str, stated: Statement) -> str:
    return f"{STATED}{attribute_id}:{stated}"


@dataclass(frozen=True, slots=True)
class ProposalTest:
    """One proposal compared with the correct value."""

    group: str
    """ID of the attribute, or of the group of its proposals that are not stated in a text."""
    score: float
    is_wrong: bool
    kind: TestKind

    @property
    def field(self) -> str:
        """The hash field that counts such tests."""
        result = "wrong" if self.is_wrong else "right"
        return orjson.dumps([self.kind, self.group, bucket(self.score), result]).decode()


@dataclass(slots=True)
class KnownLeaf:
    """Examples and tests of one leaf."""

    index: LeafIndex
    attributes: tuple[Attribute, ...]
    models: dict[str, ValueModel] = field(default_factory=dict)
    """Attribute id -> model."""
    products: set[str] = field(default_factory=set)
    tests: Tallies = field(default_factory=dict)
    """Tests in this leaf."""
    region_tests: Tallies = field(default_factory=dict)
    """Tests in all leaves of the region."""
    all_tests: Tally = field(default_factory=Tally)
    """Tests of stated values of all attributes in all leaves of the region."""
    read_at: float = 0.0

    def verdict(self, group: str, risk: float) -> Verdict:
        """Whether values of this group may be filled in: by this leaf's tests, or by those of larger groups."""
        return decide(self.levels_to_borrow(group), risk)

    def levels(self, group: str) -> list[Tally]:
        """All tests of the group: in this leaf, then in all leaves."""
        return [_both(self.tests, group), _both(self.region_tests, group)]

    def levels_to_borrow(self, group: str) -> list[Tally]:
        """As `tests_of`, plus the tests of all attributes for stated values."""
        return self.levels(group) if group.endswith(UNSTATED) else [*self.levels(group), self.all_tests]

    def checks(self, group: str) -> Tally:
        return self.tests.get(("check", group), Tally())

    def learn(self, features: Iterable[str], values: Mapping[str, str]) -> None:
        kept, stated = _split(features)
        for attribute_id, value_id in values.items():
            own = [feature for feature in kept if not feature.startswith(f"{attribute_id}=")]
            self.models.setdefault(attribute_id, ValueModel()).learn(own, value_id, stated.get(attribute_id))

    def count(self, tests: Iterable[ProposalTest]) -> None:
        for test in tests:
            for tallies in (self.tests, self.region_tests):
                tallies.setdefault((test.kind, test.group), Tally()).add(test.score, test.is_wrong)


def _split(features: Iterable[str]) -> tuple[list[str], dict[str, Statement]]:
    """The features by which examples are compared, and the values stated in the texts: attribute ID -> statement."""
    compared: list[str] = []
    stated: dict[str, Statement] = {}
    for feature in features:
        if not feature.startswith(STATED):
            compared.append(feature)
            continue
        attribute_id, _, text = feature.removeprefix(STATED).partition(":")
        if (statement := Statement.parse(text)) is not None:
            stated[attribute_id] = statement
    return compared, stated


def example(raw: bytes) -> tuple[list[str], dict[str, str]] | None:
    """None for a product that serves only as a test, and for an example in another release's format."""
    if not raw:
        return None
    try:
        stored: Any = orjson.loads(raw)
        return [str(each) for each in stored["features"]], {str(k): str(v) for k, v in stored["values"].items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None


def tallies_of(stored: Mapping[bytes, bytes]) -> Tallies:
    """Skips fields in another release's format."""
    found: Tallies = {}
    for name, count in stored.items():
        match orjson.loads(name):
            case [str(kind), str(attribute_id), int(place), str(result)] if 0 <= place < BUCKETS:
                tally = found.setdefault((kind, attribute_id), Tally())
                tally.tests[place] += int(count)
                tally.wrong[place] += int(count) * (result == "wrong")
    return found


def short_name(product: str) -> str:
    """A short name that does not show whose product it is."""
    return blake2b(product.encode(), digest_size=9).hexdigest()


def stated_tests(tallies: Tallies) -> Tally:
    """The tests of stated values of all attributes."""
    total = Tally()
    for (_, group), tally in tallies.items():
        if group != CATEGORY and not group.endswith(UNSTATED):
            total = total.plus(tally)
    return total


def _both(tallies: Tallies, attribute_id: str) -> Tally:
    known, checks = tallies.get(("known", attribute_id), Tally()), tallies.get(("check", attribute_id), Tally())
    return known.plus(checks)
