"""The data of an edit that the rollout needs, and the keys of its levels. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

import orjson

MAX_FIELDS = 64
MAX_DECISIONS = 8
LONGEST_KEY = 200
_PART = re.compile(r"[^/\s\x00-\x1f]{1,80}")

OWN_LEAF = "own_leaf"
"""The rule of an edit that keeps the product's category. A rejection does no harm: the old listing stays live."""
UNDO = "undo"
"""The rule of the decision of an edit that undoes a cause."""
EVERY_MARKET = "*"
"""Replaces the market in the key of a decision in all markets."""


class InvalidEdit(ValueError):
    """A part of the edit cannot be used in a key. The message names the part."""


@lru_cache(maxsize=4096)  # every edit names dozens of fields, and all edits name the same
def _is_part(value: str) -> bool:
    return _PART.fullmatch(value) is not None


def _part(value: str, what: str) -> str:
    if not _is_part(value):
        raise InvalidEdit(f"{what} must be 1 to 80 characters without spaces and slashes, not {value[:100]!r}")
    return value


@lru_cache(maxsize=1024)  # the products of a leaf have few different sets of fields
def _check_fields(fields: frozenset[str]) -> None:
    if len(fields) > MAX_FIELDS:
        raise InvalidEdit(f"an edit may name at most {MAX_FIELDS} fields, not {len(fields)}")
    for name in fields:
        _part(name, "a field")


@lru_cache(maxsize=1024)
def _in_order(fields: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(fields))


def content_version(content: Any) -> str:
    """A short hash of a mapping row, an answer or a rule, so that a changed one is a new decision with its own test."""
    return blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that can be wrong for many products: a mapping row, a split, an attribute rule or an answer."""

    rule: str
    """The kind: `mapping`, `split`, `recommended`, `attribute_rule` or `answers`."""
    version: str
    """`content_version` of the decision's source."""
    source: str = ""
    """The old category, or the attribute that is filled in."""
    target: str = ""
    """The new leaf, or the value."""

    def __post_init__(self) -> None:
        _part(self.rule, "the rule")
        _part(self.version, "the content version")
        for value in (self.source, self.target):
            if value:
                _part(value, "the source or target of a decision")


@dataclass(frozen=True)
class Edit:
    """An edit that waits for admission. It has no slots, because its keys are cached. Raises InvalidEdit."""

    shop_id: str
    product_id: str
    """The product id, or the external id of a product that has not been created yet."""
    market: str
    """The region of the shop, for instance `MX`."""
    release: str
    """The version of this service and of its platform facts."""
    leaf: str
    """The v2 leaf of the edited product."""
    decisions: tuple[Decision, ...] = ()
    """Empty for a product that keeps its leaf and its attributes."""
    fields: frozenset[str] = frozenset()
    """Paths of the product's fields that the edit carries or changes (`read_back.carried_fields`)."""
    run_id: str = ""
    undoes: str = ""
    """The cause whose edits this edit undoes; that cause does not hold it. Its decision has the rule `undo`."""

    def __post_init__(self) -> None:
        for value, what in ((self.market, "the market"), (self.release, "the release"), (self.leaf, "the leaf")):
            _part(value, what)
        _part(self.shop_id, "the shop id")
        if not self.product_id or len(self.product_id) > 200:
            raise InvalidEdit("the product id must be 1 to 200 characters")
        _check_fields(self.fields)
        if self.undoes:
            check_key(self.undoes)
            if not self.decisions:
                raise InvalidEdit("an edit that undoes a cause must name a decision of the rule `undo`")
        if len(self.decisions) > MAX_DECISIONS:
            raise InvalidEdit(f"an edit may name at most {MAX_DECISIONS} decisions, not {len(self.decisions)}")

    @property
    def product(self) -> str:
        """The product's key in windows."""
        return f"{self.shop_id}/{self.product_id}"

    @property
    def release_key(self) -> str:
        return f"release/{self.release}"

    @property
    def release_market_key(self) -> str:
        return f"release/{self.release}/{self.market}"

    @property
    def market_key(self) -> str:
        return f"market/{self.market}"

    @property
    def leaf_key(self) -> str:
        return f"leaf/{self.market}/{self.leaf}"

    @cached_property
    def rule_keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f"rule/{self.market}/{each.rule}" for each in self.decisions))

    @cached_property
    def decision_keys(self) -> tuple[str, ...]:
        return tuple(decision_key(self.market, each) for each in self.decisions)

    @cached_property
    def shared_keys(self) -> Mapping[str, str]:
        """Key of a decision in this market -> its key in all markets. An undo is a decision of its market only."""
        return {
            decision_key(self.market, each): decision_key(EVERY_MARKET, each)
            for each in self.decisions
            if each.rule != UNDO
        }

    @property
    def gate_keys(self) -> tuple[str, ...]:
        """The decisions whose audits gate the edit."""
        return (*self.decision_keys, *self.shared_keys.values())

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of all levels, widest first."""
        return (self.release_key, self.release_market_key, self.market_key, *self.rule_keys, *self.shared_keys.values(),
                *self.decision_keys, self.leaf_key)  # fmt: skip

    def field_key(self, name: str) -> str:
        """The key of this field in the edit's leaf."""
        return f"field/{name}/{self.market}/{self.leaf}"

    def to_json(self) -> dict[str, Any]:
        """The JSON form for the state of a waiting job."""
        return {
            "shop_id": self.shop_id,
            "product_id": self.product_id,
            "market": self.market,
            "release": self.release,
            "leaf": self.leaf,
            "decisions": [[each.rule, each.version, each.source, each.target] for each in self.decisions],
            "fields": list(_in_order(self.fields)),
            "run_id": self.run_id,
            "undoes": self.undoes,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Edit:
        """Raises InvalidEdit."""
        try:
            return cls(
                value["shop_id"], value["product_id"], value["market"], value["release"], value["leaf"],
                tuple(Decision(*each) for each in value["decisions"]), frozenset(value["fields"]), value["run_id"],
                value["undoes"],
            )  # fmt: skip
        except (KeyError, TypeError) as error:
            raise InvalidEdit(f"a stored edit is incomplete: {error}") from None


def shared_key(key: str) -> str | None:
    """The key in all markets of a decision's key in one market; None for other keys."""
    parts = key.split("/", 2)
    return f"decision/{EVERY_MARKET}/{parts[2]}" if _is_of_a_market(parts) else None


def is_in_one_market(key: str, shared: str) -> bool:
    """Whether `key` is the decision of `shared`, a key in all markets, in one market."""
    return shared_key(key) == shared


def _is_of_a_market(parts: Sequence[str]) -> bool:
    is_decision = len(parts) == 3 and parts[0] == "decision" and parts[1] != EVERY_MARKET
    return is_decision and not parts[2].startswith(f"{UNDO}/")


def decision_key(market: str, decision: Decision) -> str:
    key = f"decision/{market}/{decision.rule}/{decision.source or '*'}>{decision.target or '*'}/{decision.version}"
    if len(key) > LONGEST_KEY:
        raise InvalidEdit(f"the key of a decision is longer than {LONGEST_KEY} characters: {key[:80]}...")
    return key


KINDS: Mapping[str, tuple[int, ...]] = {
    "release": (2, 3), "market": (2,), "rule": (3,), "decision": (5,), "leaf": (3,), "field": (2, 4),
}  # fmt: skip
"""The first word of a key -> the allowed numbers of parts."""


def check_key(key: str) -> str:
    """Checks and returns a key that an operator entered. Raises InvalidEdit."""
    parts: Sequence[str] = key.split("/")
    if len(parts) not in KINDS.get(parts[0], ()) or len(key) > LONGEST_KEY or not all(map(_PART.fullmatch, parts)):
        forms = "release/VERSION[/MARKET], market/MARKET, rule/MARKET/RULE, leaf/MARKET/LEAF, field/NAME[/MARKET/LEAF]"
        raise InvalidEdit(f"{key[:100]!r} is not a level; use {forms}, or a decision from `relist rollout list`")
    return key
