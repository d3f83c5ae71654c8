"""Unusual properties that a profile adds to products: repeated attributes, zero sizes, grams, dates."""

from __future__ import annotations

from random import Random
from typing import Any

from simulator.catalogue import MANUFACTURE_DATE, SEASON
from simulator.profile import Oddities
from simulator.traits import Traits

ZERO = {"length": "0", "width": "0", "height": "0", "unit": "CENTIMETER"}
DATE_VALUE_ID = "7082427311584360000"


def add_oddities(
    product: dict[str, Any], traits: Traits, attributes: list[dict[str, Any]], oddities: Oddities, seed: int
) -> None:
    """Draws from a separate random generator, so that a profile without oddities leaves products unchanged."""
    random = Random(f"oddities:{seed}:{product['id']}")
    shares = {
        "repeat": oddities.repeated_attribute_share,
        "zero": oddities.zero_dimensions_share,
        "gram": oddities.gram_weight_share,
        "imperial": oddities.imperial_share,
        "date": oddities.date_value_share,
        "lack": oddities.draft_lacks_required_share if traits.status == "DRAFT" else 0.0,
    }
    drawn = {name for name, share in shares.items() if random.random() < share}
    given = product["product_attributes"]
    if "zero" in drawn:
        product["package_dimensions"] = dict(ZERO)
    if "gram" in drawn:
        product["package_weight"] = {"value": str(random.randint(20, 3000)), "unit": "GRAM"}
    if "imperial" in drawn:
        product["package_weight"] = {"value": f"{random.randint(5, 600) / 100:.2f}", "unit": "POUND"}
        product["package_dimensions"] = {"length": "6", "width": "6", "height": "1", "unit": "INCH"}
    if "date" in drawn:
        name = next(each["name"] for each in attributes if each["id"] == MANUFACTURE_DATE)
        day = f"{random.randint(1, 28):02d}/{random.randint(1, 12):02d}/{random.randint(2020, 2026)}"
        given.append({"id": MANUFACTURE_DATE, "name": name, "values": [{"id": DATE_VALUE_ID, "name": day}]})
    if "lack" in drawn:
        required = {each["name"] for each in attributes if each["is_requried"]}
        product["product_attributes"] = given = [each for each in given if each["name"] not in required]
    if "repeat" in drawn:
        _repeat(given, next(each["name"] for each in attributes if each["id"] == SEASON), attributes, random)


def _repeat(given: list[dict[str, Any]], name: str, attributes: list[dict[str, Any]], random: Random) -> None:
    """Splits the season into two entries with one value each, as seen in a real shop."""
    entry = next((each for each in given if each["name"] == name), None)
    if entry is None:
        season = next(each for each in attributes if each["name"] == name)
        first, second = random.sample(season["values"], 2)
        given.append({"id": season["id"], "name": name, "values": [dict(first)]})
        given.append({"id": season["id"], "name": name, "values": [dict(second)]})
        return
    value = entry["values"][0]
    other = int(value["id"]) + (1 if int(value["id"]) % 100 < 3 else -1)
    names = {int(each["id"]) % 100: each["name"] for each in _season_values(attributes, name)}
    entry["values"] = [value]
    given.append({**entry, "values": [{"id": str(other), "name": names[other % 100]}]})


def _season_values(attributes: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = next(each["values"] for each in attributes if each["name"] == name)
    return values
