"""Encodes a record as its version, a space, and JSON without default values. Pure."""

from __future__ import annotations

from typing import Any

import orjson

from rollout.cohort import Cohort
from rollout.keys import FLEET, GROUPS
from rollout.policy import POLICIES
from rollout.records import InAudit, LevelRecord, RolloutState, StopCause

LONGEST_RECORD = 1_000_000
THE_FLEET = "the fleet"


class CorruptRecord(Exception):
    """A record in Redis cannot be read by this version. The message names it and the remedy."""

    def __init__(self, key: str, why: object) -> None:
        delete = f"DEL '{FLEET}'" if key == THE_FLEET else f"HDEL '{GROUPS}' '{key}'"
        super().__init__(
            f"the rollout's record of {key} in Redis cannot be read ({why}): restore it, or start it again "
            f"with `redis-cli {delete}`"
        )


def encode_group(group: LevelRecord, now: int) -> bytes:
    """Encodes the group with the next version and the current time."""
    cohort = group.cohort
    fields = {
        "u": now,
        "c": group.clean,
        "l": group.looking,
        "a": {product: [each.shop_id, each.sent, int(each.rejected)] for product, each in group.auditing.items()},
        "p": group.passes,
        "r": group.rejections,
        "n": group.unknown,
        "b": group.best,
        "o": group.filled,
        "s": round(group.score, 6),
        "t": group.since,
        "g": group.against,
        "k": group.accepted,
        "e": group.examples,
        "f": group.fields,
        "q": group.asked,
        "d": {name: round(score, 6) for name, score in group.changed.items()},
        "m": [cohort.number, cohort.since, cohort.joined, cohort.durations, cohort.median]
        if cohort.joined or cohort.median
        else 0,
        "i": group.gated,
        "w": group.rises,
        "x": group.overdue,
    }
    body = orjson.dumps({name: value for name, value in fields.items() if value})
    return b"%d %b" % (group.version + 1, body)


def decode_group(key: str, record: bytes | None) -> LevelRecord:
    """Returns an empty group if there is no record. Raises CorruptRecord."""
    if record is None:
        return LevelRecord()
    try:
        version, value = _split(record)
        return LevelRecord(
            version, int(value.get("u", 0)), int(value.get("c", 0)),
            {str(product): int(since) for product, since in value.get("l", {}).items()},
            {str(product): InAudit(str(shop), int(sent), bool(rejected))
             for product, (shop, sent, rejected) in value.get("a", {}).items()},
            int(value.get("p", 0)), int(value.get("r", 0)), int(value.get("n", 0)), int(value.get("b", 0)),
            int(value.get("o", 0)), float(value.get("s", 0)), int(value.get("t", 0)),
            {str(other): int(count) for other, count in value.get("g", {}).items()},
            float(value.get("k", 0)), [str(each) for each in value.get("e", [])],
            {str(name): int(at) for name, at in value.get("f", {}).items()},
            {str(name): (str(product), int(at)) for name, (product, at) in value.get("q", {}).items()},
            {str(name): float(score) for name, score in value.get("d", {}).items()},
            _cohort(value.get("m")),
            {str(leaf): (int(count), int(at)) for leaf, (count, at) in value.get("i", {}).items()},
            {str(each): int(passes) for each, passes in value.get("w", {}).items()},
            [str(product) for product in value.get("x", [])],
        )  # fmt: skip
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise CorruptRecord(key, error) from None


def encode_fleet(fleet: RolloutState) -> bytes:
    """Encodes the fleet with the next version."""
    causes = [
        [each.key, each.since, each.why, each.by, each.examples, each.rate, each.under, each.alert_only, each.probing,
         each.undo_asked]
        for each in fleet.causes.values()
    ]  # fmt: skip
    body = {"causes": causes, "voided": fleet.voided, "accepted": fleet.accepted, "runs": fleet.runs}
    return b"%d %b" % (fleet.version + 1, orjson.dumps(body))


def decode_fleet(record: bytes | None) -> RolloutState:
    """Raises CorruptRecord."""
    if record is None:
        return RolloutState()
    try:
        version, value = _split(record)
        causes = [StopCause(*each) for each in value["causes"]]
        runs = {str(run): policy for run, policy in value["runs"].items() if policy in POLICIES}
        voided, accepted = ({str(k): int(v) for k, v in value[name].items()} for name in ("voided", "accepted"))
        return RolloutState(version, {each.key: each for each in causes}, voided, accepted, runs)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise CorruptRecord(THE_FLEET, error) from None


def _split(record: bytes) -> tuple[int, dict[str, Any]]:
    if len(record) > LONGEST_RECORD:
        raise ValueError(f"{len(record)} bytes are too many")
    version, _, body = record.partition(b" ")
    value = orjson.loads(body)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return int(version), value


def _cohort(value: Any) -> Cohort:
    if not value:
        return Cohort()
    number, since, joined, durations, median = value
    return Cohort(int(number), int(since), int(joined), [int(each) for each in durations], int(median))
