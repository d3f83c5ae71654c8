"""Checks a typed answer against its question and turns it into a hint for the job. Pure."""

from __future__ import annotations

import re
from typing import cast

from model.answered_fields import CERTIFICATE
from model.hint import Hint
from worklist.field_answers import FIELDS, FORMS, FieldKind, field_answer
from worklist.missing_fields import DONE, Question

FIELD_NAMES = {kind: name for name, kind in FIELDS.items()}

NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
NOTE = re.compile(r"\s*\([^()]*\)$")
MAX_ANSWER = 500
SHOWN_CHOICES = 5


class BadAnswer(ValueError):
    """An answer that cannot be used. `str()` states the problem and what is allowed."""


def parse_answer(question: Question, text: str) -> Hint:
    """Raises BadAnswer."""
    text = text.strip()
    if len(text) > MAX_ANSWER:
        raise BadAnswer(f"the answer has {len(text)} characters; the limit is {MAX_ANSWER}")
    if question.kind == "attribute":
        return Hint(attribute={"id": question.attribute_id, "values": _values(question, text)})
    if question.kind in FORMS and text.casefold() != DONE:
        return _field(question, text)
    if question.kind == "correct" or (text.casefold() == DONE and question.kind in ("brand", *FORMS)):
        if text.casefold() != DONE:
            raise BadAnswer(f"write {DONE} once the product is corrected; {text!r} is not an answer here")
        return Hint()
    chosen = _choice(question, text) or (text if text.isascii() and text.isdigit() else None)
    if chosen is None:
        if not question.choices:
            raise BadAnswer(f"{text!r} is not an ID, and nothing else is offered: write the ID of a {question.kind}")
        raise BadAnswer(f"{text!r} is neither an allowed value ({_some(question)}) nor an ID")
    return Hint(category_id=chosen) if question.kind == "category" else Hint(brand_id=chosen)


def _field(question: Question, text: str) -> Hint:
    kind = cast(FieldKind, question.kind)
    try:
        value = field_answer(kind, text)
    except ValueError as wrong:
        raise BadAnswer(f"{wrong}; or write {DONE} once it is corrected") from None
    name = CERTIFICATE + question.attribute_id if kind == "certificate" else FIELD_NAMES[kind]
    return Hint(fields={name: value})


def _values(question: Question, text: str) -> list[dict[str, str]]:
    whole = _choice(question, text)
    parts = [text] if whole is not None or not question.multiple else [part.strip() for part in text.split(";")]
    parts = list(dict.fromkeys(part for part in parts if part))
    if not parts:
        raise BadAnswer("the answer is empty")
    return [_value(question, part) for part in parts]


def _value(question: Question, text: str) -> dict[str, str]:
    chosen = _choice(question, text)
    if chosen is not None:
        return {"id": chosen}
    if not question.open:
        raise BadAnswer(f"{text!r} is not one of the allowed values ({_some(question)})")
    if question.number and not (NUMBER.fullmatch(text) and float(text)):
        raise BadAnswer(f"{text!r} is not a number above zero such as 12 or 0.5")
    return {"name": text}


def _choice(question: Question, text: str) -> str | None:
    folded = _folded(text)
    exact = [each.id for each in question.choices if folded == _folded(each.label) or text == each.id]
    # A category's label ends with a note such as "(the platform recommends it)", which people omit.
    without_note = [each.id for each in question.choices if folded == _folded(NOTE.sub("", each.label))]
    if exact or question.kind != "category":
        return exact[0] if exact else None
    return without_note[0] if len(set(without_note)) == 1 else None


def _folded(text: str) -> str:
    """Return text in lower case, without spaces around the steps of a path."""
    return re.sub(r"\s*>\s*", ">", " ".join(text.split())).casefold()


def _some(question: Question) -> str:
    labels = [choice.label for choice in question.choices]
    more = f"; and {len(labels) - SHOWN_CHOICES} more" if len(labels) > SHOWN_CHOICES else ""
    return "; ".join(labels[:SHOWN_CHOICES]) + more
