"""Builds reasons for outcomes and checks text against the platform's format rules."""

from __future__ import annotations

import re

from model.outcome import Actor, AllowedValue, AnswerForm, Reason
from relisting.validate.codes import Code
from tiktok_shop.catalogue import Attribute

MAX_VALUES_SHOWN = 100
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
CONTROL_IN_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""As CONTROL, without line breaks and tabs."""
HTML_ESCAPE = re.compile(r"&(?:[a-zA-Z]{2,10}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
TEN_REPEATS = re.compile(r"(.)\1{9}", re.DOTALL)
EMOJI = re.compile(
    "[\U0001f000-\U0001faff\ufe0f\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1"
    "\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728"
    "\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55]"
)
"""Characters displayed as emoji by default and the emoji variation selector; not ™, ° and ★."""


def reason(
    code: Code, field: str, message: str, *, attribute: Attribute | None = None, actor: Actor = "seller"
) -> Reason:
    if attribute is None:
        return Reason(code.value, message, actor, field)
    allowed = tuple(AllowedValue(value.id, value.name) for value in attribute.values[:MAX_VALUES_SHOWN])
    return Reason(code.value, message, actor, field, attribute.id, allowed, answer_form(attribute))


def answer_form(attribute: Attribute) -> AnswerForm:
    """The form of a seller's answer. A measure is entered with its unit."""
    return AnswerForm(
        attribute.name,
        custom=attribute.is_customizable or bool(attribute.metric_standards),
        several=attribute.is_multiple_selection,
        number=attribute.value_format == "POSITIVE_INT_OR_DECIMAL" and not attribute.metric_standards,
        more_values=len(attribute.values) > MAX_VALUES_SHOWN,
    )


def has_chinese(text: str, region: str) -> bool:
    """Whether the text has Han characters; always False for Japan, where they are normal."""
    return region != "JP" and HAN.search(text) is not None


def format_problem(text: str) -> str:
    """The broken format rule (12052931-35) of a title, name or value, as a predicate; empty if none is broken."""
    if HTML_ESCAPE.search(text):
        return "contains an HTML escape such as &amp;"
    if EMOJI.search(text):
        return "contains an emoji"
    if CONTROL.search(text):
        return "contains a line break, tab or another control character"
    if TEN_REPEATS.search(text):
        return "repeats one character more than nine times"
    if text and not any(letter.isalnum() for letter in text):
        return "has neither letters nor digits"
    return ""
