"""The right states of products and their counts: lua/product_values.lua and lua/products.lua, written again."""

from __future__ import annotations

from collections import Counter

import orjson

RELIST, UNDO, AUDIT, LAST, DRAFT = range(5)
SLOTS = {"undo": UNDO, "audit": AUDIT}
NO_PRODUCT = ("upgrade", "canary", "heartbeat")
JOBS = {"R": "running", "A": "in_audit", "W": "waiting", "Q": "queued"}
"""In the order of their weight."""
ENDS = {"n": "needs_input", "r": "relisted", "v": "already_v2", "j": "rejected", "f": "failed", "g": "gone"}
CHARACTERS = {name: character for character, name in ENDS.items()}
FOR_PEOPLE = ("needs_input", "rejected", "failed")

Hash = dict[bytes, bytes]


def product_of(job: bytes) -> tuple[bytes, int] | None:
    """The product of a job, and the place of its character."""
    kind, colon, product = job.partition(b":")
    if colon and kind.isalpha():
        slot = SLOTS.get(kind.decode())
        return (product, slot) if slot is not None else None
    return None if job.decode() in NO_PRODUCT else (job, RELIST)


def is_real(payload: bytes, dry_run_field: bytes) -> bool:
    if b'"' + dry_run_field + b'":true' not in payload:
        return True
    return orjson.loads(payload).get(dry_run_field.decode()) is not True


def has_job(value: bytes | None, slot: int) -> bool:
    return bool(value) and value[slot : slot + 1] != b"-"  # type: ignore[index]


class ModelOfProducts:
    """Collects the changes of one script call, and applies them at its end."""

    def __init__(self, products: Hash, states: Hash, day: int) -> None:
        self._products, self._states, self._day = products, states, day
        self._latest: dict[bytes, str] = {}

    def change(self, job: bytes, how: str, character: str) -> None:
        if (found := product_of(job)) is not None:
            self.change_slot(*found, how, character)

    def change_slot(self, product: bytes, slot: int, how: str, character: str) -> None:
        value = self._latest.get(product, self._products.get(product, b"").decode())
        self._latest[product] = _changed(value, slot, how, character)

    def go_back(self, job: bytes) -> None:
        found = product_of(job)
        if found is not None and found[1] != AUDIT:
            self.change_slot(*found, "go_on", "Q")

    def finish(self, job: bytes, how: str, outcome: str) -> None:
        self.change(job, how, CHARACTERS.get(outcome, ""))

    def store(self) -> None:
        moves = Counter[str]()
        answered = 0
        for product, new in self._latest.items():
            old = self._products.get(product, b"").decode()
            if not new or new == old:
                continue
            before, after = _state(old), _state(new)
            for value, state, number in ((old, before, -1), (new, after, 1)):
                if state:
                    moves[state] += number
                    moves["draft:" + state] += number * (value[DRAFT] == "D")
            answered += before in FOR_PEOPLE and bool(after) and after not in FOR_PEOPLE
            if after:
                self._products[product] = new.encode()
            else:
                self._products.pop(product, None)
        moves[f"answered:{self._day}"] += answered
        for name, number in moves.items():
            if number:
                key = name.encode()
                self._states[key] = b"%d" % (int(self._states.get(key, b"0")) + number)


def _changed(value: str, slot: int, how: str, character: str) -> str:
    is_busy = has_job(value.encode(), slot)
    if how == "enter" or (how == "appear" and not is_busy) or (how == "mark" and value):
        return _put(value, slot, character)
    if how == "appear" or not is_busy or how == "mark":
        return value
    if how == "go_on":
        return _put(value, slot, character)
    value = _put(value, slot, ("A" if slot == AUDIT else "Q") if how == "repeat" else "-")
    return _put(value, LAST, character) if character else value


def _put(value: str, slot: int, character: str) -> str:
    value = value or "-----"
    return value[:slot] + character + value[slot + 1 :]


def _state(value: str) -> str:
    busy = next((state for character, state in JOBS.items() if character in value), "")
    return busy or ENDS.get(value[LAST : LAST + 1], "")
