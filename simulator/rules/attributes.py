"""Rules for product attributes: required, conditional, fixed, custom and numeric values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from simulator.api_error import ApiError
from simulator.rules.submission import Submission
from simulator.rules.texts import CHINESE, has_bad_format

_NUMBER = re.compile(r"\d+(\.\d+)?")


def attribute_problems(submission: Submission) -> Iterator[ApiError]:
    given = submission.body.get("product_attributes") or []
    known = {each["id"]: each for each in submission.attributes if each["type"] == "PRODUCT_PROPERTY"}
    if any(not each.get("id") for each in given):
        yield ApiError(12052241, "an attribute has no id")
    if not submission.is_draft and any(count > 1 for count in Counter(each.get("id") for each in given).values()):
        yield ApiError(12052254, "an attribute id is repeated")
    values = submission.product_values
    for identity, own in values.items():
        if identity not in known:
            yield ApiError(12052240, f"attribute {identity} does not belong to the category")
        else:
            yield from _values(known[identity], own, _stored(submission, identity))
    for identity, attribute in known.items():
        conditions = attribute.get("requirement_conditions")
        holds = submission.condition_holds(conditions)
        if values.get(identity):
            if conditions and not holds and not attribute["is_requried"]:
                yield ApiError(12052183, f"{attribute['name']} must be empty with these attributes")
        elif submission.is_draft:
            continue
        elif attribute["is_requried"]:
            yield ApiError(12052104, f"{attribute['name']} is required")
        elif holds:
            yield ApiError(12052182, f"{attribute['name']} is required with these attributes")


def _stored(submission: Submission, identity: str) -> set[str]:
    """Ids of values that the live product may keep (fact: legacy_values)."""
    if not submission.options.accepts_legacy_values:
        return set()
    held = (submission.before or {}).get("product_attributes") or ()
    return {str(value.get("id")) for each in held if each["id"] == identity for value in each["values"]}


def _values(attribute: dict[str, Any], given: list[dict[str, Any]], stored: set[str]) -> Iterator[ApiError]:
    name = attribute["name"]
    if len(given) > 1 and not attribute["is_multiple_selection"]:
        yield ApiError(12052246, f"{name} takes one value")
    ids = [value["id"] for value in given if value.get("id")]
    names = [value["name"] for value in given if not value.get("id") and value.get("name")]
    if len(ids) != len(set(ids)):
        yield ApiError(12052253, f"a value of {name} is repeated")
    if len(names) != len(set(names)):
        yield ApiError(12052251, f"a value of {name} is repeated")
    known = {value["id"] for value in attribute["values"]} | stored
    for value in given:
        if value.get("id"):
            # The id takes precedence over the name. A stored custom value has an id too.
            if value["id"] not in known and not attribute["is_customizable"]:
                yield ApiError(12052529, f"{name} has no value {value['id']}")
        elif not value.get("name"):
            yield ApiError(12052248, f"a value of {name} has neither id nor name")
        elif not attribute["is_customizable"]:
            yield ApiError(12052247, f"{name} takes no custom value")
        else:
            yield from _custom(attribute, str(value["name"]))


def _custom(attribute: dict[str, Any], text: str) -> Iterator[ApiError]:
    name = attribute["name"]
    if len(text) > 2000:
        yield ApiError(12052249, f"a value of {name} is too long")
    if CHINESE.search(text):
        yield ApiError(12052250, f"a value of {name} contains Chinese")
    elif has_bad_format(text):
        yield ApiError(12052935, f"a value of {name} breaks the format rules")
    if attribute.get("value_data_format") == "POSITIVE_INT_OR_DECIMAL" and (
        not _NUMBER.fullmatch(text) or float(text) == 0
    ):
        yield ApiError(12052256, f"{name} must be a positive number")
