"""Decides the sense of a value in Thai and Japanese text, which has no spaces between words. Pure."""

from __future__ import annotations

from proposals import cues
from proposals.attribute_index import AttributeIndex
from proposals.context import TASTES, Sense
from proposals.expressions import expression_around
from proposals.modifiers import RUN_LOOKS_BEFORE, RUN_LOOKS_BEHIND, RUN_OTHERS_BEHIND, RUN_TREATMENTS_BEFORE, SUBSTANCES
from proposals.things import texts_after, texts_before

PURPOSE_REACH = 5
"""Letters within which `用` after `の` makes the value describe another thing: `木の床専用`."""
THAI_LIQUID = "น้ำยา"
"""A chemical for treating the thing named after it."""
CLASSIFIERS = ("ผ้า", "สี")
"""Thai words for cloth and colour, which may precede the name of one."""
THAI_BELT = "เข็มขัด"
"""Ends like the word for polishing."""
THAI_COLOUR = "สี"
LINKS = ("の", "を")
"""Japanese particles between a substance and its treatment."""


def run_sense(run: str, start: int, end: int, attribute: AttributeIndex, value: int, after: str) -> Sense:
    """As `sense_of`; `after` is the word after the run."""
    before, behind = run[:start].replace(THAI_BELT, "-"), run[end:] + after
    if not run[start:end].startswith(CLASSIFIERS):
        before = before.removesuffix("ผ้า")
    if before.endswith(cues.RUN_NEGATIONS_BEFORE) or behind.startswith(cues.RUN_NEGATIONS_BEHIND):
        return Sense.DENIED
    is_worked = value in attribute.worked and (
        behind.startswith(texts_after("tool")) or before.endswith(texts_before("tool"))
    )
    if is_worked or expression_around(run, start, end) or _is_other(run[start:end], before, behind, attribute.kind):
        return Sense.OTHER
    is_purpose = not attribute.takes_purposes and value not in attribute.persons and _is_purpose(before, behind)
    return Sense.OTHER if is_purpose else Sense.STATED


def _is_other(name: str, before: str, behind: str, kind: str) -> bool:
    """Whether the words only describe another thing, as in `context.is_modifier`."""
    if behind.startswith(RUN_OTHERS_BEHIND.get(kind, ())):
        return True
    if kind == "flavour":
        return before.endswith((*texts_before("utensil"), *texts_before("gadget"))) or behind.startswith(
            (*texts_after("utensil"), *texts_after("gadget"))
        )
    if kind in SUBSTANCES:
        if THAI_LIQUID in before or before.startswith(RUN_TREATMENTS_BEFORE):
            return True
        treated = behind[1:] if behind.startswith(LINKS) else behind
        return before.endswith(
            (*RUN_LOOKS_BEFORE, *RUN_TREATMENTS_BEFORE, *texts_before("care"))
        ) or treated.startswith((*RUN_LOOKS_BEHIND, *texts_after("care")))
    if kind in TASTES:
        return before.endswith(texts_before("utensil")) or behind.startswith(texts_after("utensil"))
    if kind == "colour" and THAI_COLOUR not in (name[:2], before[-2:]):  # The word for colour leaves no doubt.
        food = texts_before("food")
        return before.endswith(food) or before.startswith(food) or behind.startswith(texts_after("food"))
    return False


def _is_purpose(before: str, behind: str) -> bool:
    return (
        before.endswith(cues.RUN_PURPOSES_BEFORE)
        or behind.startswith(cues.RUN_PURPOSES_BEHIND)
        or (behind[1:2] == "用" and behind[0] not in cues.RUN_PERSONS)
        or (behind.startswith("の") and "用" in behind[2 : 2 + PURPOSE_REACH])
    )
