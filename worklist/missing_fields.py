"""Derives from a blocked product the questions an operator or seller must answer. Pure.

A *question* may concern many products; a *missing field* is one product's empty cell for that question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

import orjson

from model.blocked_product import BlockedProduct
from worklist.field_answers import FIELDS, FORMS, FieldKind
from worklist.version_tokens import version_token

QuestionKind = Literal["category", "brand", "attribute", "correct"] | FieldKind
WORKLIST_OUTCOMES = frozenset({"needs_input", "rejected"})
"""Failed products are excluded: they need `relist retry`, not an answer."""
PLAN_CODES = frozenset({"changed_since_plan", "plan_outdated"})
"""An outdated plan must be written again with `relist plan`; an answer does not help."""
MUST_BE_EMPTY = "12052183"
DONE = "done"
"""The answer that confirms a correction made by hand."""
LEAF_WANTED = " Write the ID of a v2 leaf category."
INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    label: str
    """Shown in the sheet and typed as the answer: the name, with the ID if two choices share a name."""


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    kind: QuestionKind
    text: str
    """The prompt, in words a seller understands."""
    name: str
    """The attribute or field the answer is for."""
    codes: tuple[str, ...]
    attribute_id: str = ""
    """For a certificate, its ID."""
    category: str = ""
    choices: tuple[Choice, ...] = ()
    open: bool = False
    """Whether answers other than the choices are allowed."""
    multiple: bool = False
    """Whether several values, separated by `;`, are allowed."""
    number: bool = False
    actor: str = "seller"


@dataclass(frozen=True, slots=True)
class ProposedAnswer:
    """The answer that the service proposes for one product."""

    label: str
    """The value as it would be typed."""
    chance: float
    """Chance of being right, from 0 to 1."""
    why: str
    """The source and the words it was read from, such as `title: cotton`."""


@dataclass(frozen=True, slots=True)
class MissingField:
    shop_id: str
    product_id: str
    title: str
    question: Question = field(repr=False)
    version_token: str
    """Changes when the product is processed again or the question is answered (version_tokens.py)."""
    proposed: ProposedAnswer | None = None
    kept: str = ""
    """The latest answer: it waits for the product's other answers or for a worker."""


def open_fields_of(product: BlockedProduct) -> list[MissingField]:
    """The missing fields without a kept answer.

    If every field has one, all count as missing: the job that should have used them was never enqueued.
    """
    missing = missing_fields_of(product)
    return [each for each in missing if not each.kept] or missing


def missing_fields_of(product: BlockedProduct) -> list[MissingField]:
    """Return one missing field per required action, answered or not; none for a product for which no answer helps."""
    if product.outcome not in WORKLIST_OUTCOMES or not product.can_be_retried or PLAN_CODES & set(product.codes):
        return []
    by_target: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for reason in product.reasons or ({"code": "unknown", "message": "The outcome has no reason."},):
        by_target.setdefault(_target(reason), []).append(reason)
    found = []
    for (kind, _), reasons in by_target.items():
        question = _question(product, kind, reasons)
        kept = str(product.kept.get(question.key, {}).get("text") or "")
        token = version_token(product.shop_id, product.product_id, question.key, product.at, kept)
        proposed = _proposed(question, reasons[0])
        found.append(MissingField(product.shop_id, product.product_id, product.title, question, token, proposed, kept))
    return found


def _target(reason: Mapping[str, Any]) -> tuple[QuestionKind, str]:
    """Return the kind and subject of a reason. One cell answers all reasons with the same target."""
    if reason.get("attribute_id") and reason.get("code") != MUST_BE_EMPTY:
        return "attribute", str(reason["attribute_id"])
    if reason.get("field") == "category_id":
        return "category", ""
    if reason.get("field") == "brand_id":
        return "brand", ""
    if kind := _field_kind(reason):
        return kind, _certificate_id(reason)
    return "correct", f"{reason.get('code')} {reason.get('field') or ''}"


def _field_kind(reason: Mapping[str, Any]) -> FieldKind | None:
    """Return the kind of answer that corrects the field of this reason, or None if only people can correct it."""
    kind = FIELDS.get(str(reason.get("field") or "").partition(".")[0])
    return None if kind == "certificate" and not _certificate_id(reason) else kind


def _certificate_id(reason: Mapping[str, Any]) -> str:
    """Return the ID of the certificate that the reason is about; empty if it names none or several."""
    allowed = [each for each in reason.get("allowed_values") or () if isinstance(each, dict)]
    return str(allowed[0].get("id") or "") if len(allowed) == 1 and reason.get("field") == "certifications" else ""


def _sentence(reason: Mapping[str, Any]) -> str:
    """Return the reason's message. The platform's own messages often lack a full stop."""
    text = str(reason.get("message") or reason.get("code") or "").rstrip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _question(product: BlockedProduct, kind: str, reasons: Sequence[Mapping[str, Any]]) -> Question:
    first = reasons[0]
    allowed = [each for each in first.get("allowed_values") or () if isinstance(each, dict)]
    codes = tuple(dict.fromkeys(str(reason.get("code") or "") for reason in reasons))
    text = " ".join(dict.fromkeys(_sentence(reason) for reason in reasons))
    category = product.category_path or product.category_id
    actor = str(first.get("actor") or "seller")
    is_ranked = any(each.get("score") is not None for each in allowed)
    # Each product ranks the values by its own chances, but all products share one question with one list.
    choices = _choices(sorted(allowed, key=lambda each: str(each.get("name"))) if is_ranked else allowed)
    ids = ["ranked"] if is_ranked else [choice.id for choice in choices]
    if kind == "attribute":
        attribute_id = str(first["attribute_id"])
        form = product.form_of(attribute_id)
        key = _key(kind, attribute_id, product.category_id, *ids)
        return Question(
            key,
            "attribute",
            text,
            str(form.get("name") or f"attribute {attribute_id}"),
            codes,
            attribute_id,
            category,
            choices,
            open=bool(form.get("custom") or form.get("more_values") or not choices),
            multiple=bool(form.get("several")),
            number=bool(form.get("number")) and not form.get("more_values"),
            actor=actor,
        )
    if kind == "category":
        text += " Choose one, or write the ID of another v2 leaf category." if choices else LEAF_WANTED
        return Question(_key(kind, text, *ids), "category", text, "category", codes, choices=choices, open=True)
    if kind == "brand":
        text += f" Write {DONE} once that is settled, or the ID of another brand."
        choices = (*choices, Choice(DONE, DONE))
        return Question(_key(kind, text), "brand", text, "brand", codes, "", category, choices, open=True, actor=actor)
    if (field_kind := _field_kind(first)) is not None:
        text += f" Write {FORMS[field_kind]}. Or correct it in Seller Center, then write {DONE}."
        name, subject = str(first["field"]).partition(".")[0], _certificate_id(first)
        return Question(
            _key(kind, subject, text, category),
            field_kind,
            text,
            str(allowed[0].get("name") or name) if subject else name.replace("_", " "),
            codes,
            subject,
            category,
            (Choice(DONE, DONE),),
            open=True,
            actor=actor,
        )
    text += f" Correct it, then write {DONE}."
    name = INDEX.sub("", str(first.get("field") or "")) or "product"
    key = _key(kind, name, text)
    return Question(key, "correct", text, name, codes, "", category, (Choice(DONE, DONE),), actor=actor)


def _proposed(question: Question, reason: Mapping[str, Any]) -> ProposedAnswer | None:
    """The first allowed value, if it has a score."""
    allowed = [each for each in reason.get("allowed_values") or () if isinstance(each, dict)]
    score = allowed[0].get("score") if allowed and question.kind in ("attribute", "category") else None
    if not isinstance(score, int | float) or isinstance(score, bool):
        return None
    labels = {choice.id: choice.label for choice in question.choices}
    source, words = str(allowed[0].get("source") or ""), str(allowed[0].get("words") or "")
    label = labels.get(str(allowed[0].get("id")), "")
    return ProposedAnswer(label, float(score), f"{source}: {words}" if words else source) if label else None


def _choices(allowed: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    names = [str(each.get("name") or each.get("id")) for each in allowed]
    folded = [name.casefold() for name in names]
    return tuple(
        Choice(str(each.get("id")), name if folded.count(name.casefold()) == 1 else f"{name} [{each.get('id')}]")
        for each, name in zip(allowed, names, strict=True)
    )


def _key(*parts: str) -> str:
    return "g" + sha256(orjson.dumps(parts)).hexdigest()[:16]
