"""Product attributes: required always or by a condition, empty when none holds, fixed, custom and numeric values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from simulator.refusal import Refusal
from simulator.rules.submission import Submission
from simulator.rules.texts import CHINESE, has_bad_format

_NUMBER = re.compile(r"\d+(\.\d+)?")


def attribute_problems(submission: Submission) -> Iterator[Refusal]:
    given = submission.body.get("product_attributes") or []
    known = {each["id"]: each for each in submission.attributes if each["type"] == "PRODUCT_PROPERTY"}
    if any(not each.get("id") for each in given):
        yield Refusal(12052241, "an attribute has no id")
    if any(count > 1 for count in Counter(each.get("id") for each in given).values()):
        yield Refusal(12052254, "an attribute id is repeated")
    values = submission.product_values
    for identity, own in values.items():
        if identity not in known:
            yield Refusal(12052240, f"attribute {identity} does not belong to the category")
        else:
            yield from _values(known[identity], own)
    for identity, attribute in known.items():
        conditions = attribute.get("requirement_conditions")
        holds = submission.condition_holds(conditions)
        if values.get(identity):
            if conditions and not holds and not attribute["is_requried"]:
                yield Refusal(12052183, f"{attribute['name']} must be empty with these attributes")
        elif attribute["is_requried"]:
            yield Refusal(12052104, f"{attribute['name']} is required")
        elif holds:
            yield Refusal(12052182, f"{attribute['name']} is required with these attributes")


def _values(attribute: dict[str, Any], given: list[dict[str, Any]]) -> Iterator[Refusal]:
    name = attribute["name"]
    if len(given) > 1 and not attribute["is_multiple_selection"]:
        yield Refusal(12052246, f"{name} takes one value")
    ids = [value["id"] for value in given if value.get("id")]
    names = [value["name"] for value in given if not value.get("id") and value.get("name")]
    if len(ids) != len(set(ids)):
        yield Refusal(12052253, f"a value of {name} is repeated")
    if len(names) != len(set(names)):
        yield Refusal(12052251, f"a value of {name} is repeated")
    known = {value["id"] for value in attribute["values"]}
    for value in given:
        if value.get("id"):
            # The id wins over the name. A custom value gets an id of its own once it is stored.
            if value["id"] not in known and not attribute["is_customizable"]:
                yield Refusal(12052529, f"{name} has no value {value['id']}")
        elif not value.get("name"):
            yield Refusal(12052248, f"a value of {name} has neither id nor name")
        elif not attribute["is_customizable"]:
            yield Refusal(12052247, f"{name} takes no custom value")
        else:
            yield from _custom(attribute, str(value["name"]))


def _custom(attribute: dict[str, Any], text: str) -> Iterator[Refusal]:
    name = attribute["name"]
    if len(text) > 2000:
        yield Refusal(12052249, f"a value of {name} is too long")
    if CHINESE.search(text):
        yield Refusal(12052250, f"a value of {name} contains Chinese")
    elif has_bad_format(text):
        yield Refusal(12052935, f"a value of {name} breaks the format rules")
    if attribute.get("value_data_format") == "POSITIVE_INT_OR_DECIMAL" and (
        not _NUMBER.fullmatch(text) or float(text) == 0
    ):
        yield Refusal(12052256, f"{name} must be a positive number")
