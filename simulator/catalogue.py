"""The requirements of a category: attributes, rules and brands, in the platform's shape and spelling."""

from __future__ import annotations

from random import Random
from typing import Any

from simulator.options import SimulatorOptions
from simulator.profile import Profile

FIRST_BRAND = 7082427311584340000
CERTIFICATIONS = {"7001": "Safety certificate", "7002": "Material test"}
MATERIALS = ("Cotton", "Wool", "Steel", "Glass", "Oak", "Leather", "Plastic", "Silicone")
MATERIAL, SEASON, BATTERY, CAPACITY = "100000", "100001", "100002", "100003"
OCCASION, ORIGIN, STYLE, COLOR, SIZE = "100005", "100007", "100008", "100009", "100010"
VOLUME, MANUFACTURE_DATE = "100011", "100012"
FIRST_ATTRIBUTE, FIRST_OLD_ATTRIBUTE = 100000, 200000
RENUMBERED = frozenset({SEASON, OCCASION, STYLE})
"""Attributes whose id differs on the old tree, so that they match only by name."""
BRANDS = 30


class Catalogue:
    """Builds the requirements of a category on first use and keeps them; their number is bounded by the tree."""

    def __init__(self, options: SimulatorOptions, profile: Profile) -> None:
        self.options, self._profile = options, profile
        self._attributes: dict[str, list[dict[str, Any]]] = {}
        self._old_attributes: dict[str, list[dict[str, Any]]] = {}
        self._rules: dict[str, dict[str, Any]] = {}
        self.brands: list[dict[str, Any]] = [
            {"id": str(FIRST_BRAND + number), "name": f"Brand {number}", "is_t1_brand": number < 3}
            for number in range(BRANDS)
        ]
        self.brand_of = {str(brand["id"]): brand for brand in self.brands}
        self.brand_owner: dict[str, str] = {}
        """Custom brand id -> name of the account that created it; other accounts do not see the brand."""

    def attributes(self, category_id: str) -> list[dict[str, Any]]:
        if category_id not in self._attributes:
            self._attributes[category_id] = _attributes(self.options.seed, category_id, self._profile)
        return self._attributes[category_id]

    def publish(self, category_id: str, attributes: list[dict[str, Any]]) -> None:
        """Replaces the attributes of a category; products keep their values."""
        self.old_attributes(category_id)
        self._attributes[category_id] = attributes

    def old_attributes(self, category_id: str) -> list[dict[str, Any]]:
        """The attributes of the v1 tree: the same names, some with other ids."""
        if category_id not in self._old_attributes:
            renumbers_material = Random(f"old:{self.options.seed}:{category_id}").random() < 0.25
            self._old_attributes[category_id] = [
                _renumbered(each)
                if each["id"] in RENUMBERED or (renumbers_material and each["id"] == MATERIAL)
                else each
                for each in self.attributes(category_id)
            ]
        return self._old_attributes[category_id]

    def add_brand(self, name: str, owner: str) -> str:
        """Adds a custom brand and returns its id."""
        brand = {"id": str(FIRST_BRAND + len(self.brands)), "name": name, "is_t1_brand": False}
        self.brands.append(brand)
        self.brand_of[str(brand["id"])] = brand
        self.brand_owner[str(brand["id"])] = owner
        return str(brand["id"])

    def rules(self, category_id: str) -> dict[str, Any]:
        if category_id not in self._rules:
            self._rules[category_id] = _rules(self.options, category_id)
        return self._rules[category_id]

    def brand_is_available(self, brand_id: str, category_id: str) -> bool:
        share = self.options.unavailable_brand_share
        return not share or Random(f"brand:{self.options.seed}:{brand_id}:{category_id}").random() >= share


def _attributes(seed: int, category_id: str, profile: Profile) -> list[dict[str, Any]]:
    """About a dozen attributes of every kind: required, optional, conditional, sales, fixed, custom and with units."""
    names = profile.wording.attributes
    random = Random(f"attributes:{seed}:{category_id}")
    attributes: list[dict[str, Any]] = []

    def add(name: str, **fields: Any) -> dict[str, Any]:
        number = FIRST_ATTRIBUTE + len(attributes)
        values = fields.pop("values", ())
        attribute = {
            "id": str(number),
            "name": names.get(name, name),
            "type": fields.pop("type", "PRODUCT_PROPERTY"),
            "is_requried": fields.pop("required", False),
            "is_customizable": fields.pop("custom", False),
            "is_multiple_selection": fields.pop("several", False),
            "values": [{"id": str(number * 100 + i), "name": value} for i, value in enumerate(values)],
            **fields,
        }
        attributes.append(attribute)
        return attribute

    add("Material", values=MATERIALS, required=True)
    add("Season", values=("Spring", "Summer", "Autumn", "Winter"), several=True)
    battery = add("Battery included", values=("Yes", "No"))
    yes = {"condition_type": "VALUE_ID_MATCH", "attribute_id": battery["id"]}
    yes["attribute_value_id"] = battery["values"][0]["id"]
    add("Battery capacity", custom=True, requirement_conditions=[yes])
    add("Pattern", values=("Plain", "Dots", "Stripes"), custom=True)
    add("Occasion", values=("Birthday", "Wedding", "Daily"), several=True, custom=True)
    add("Quantity per pack", custom=True, value_data_format="POSITIVE_INT_OR_DECIMAL")
    add("Origin", values=("CN", "DE", "US", "VN"), required=random.random() < 0.03)
    add("Style", values=("Modern", "Classic"), custom=True)
    add("Color", values=("Red", "Blue", "Black"), custom=True, type="SALES_PROPERTY")
    add("Size", values=("S", "M", "L"), custom=True, type="SALES_PROPERTY")
    add("Net volume", custom=True, metric_standards=[_volume()])
    if profile.oddities.date_value_share:
        add("Manufacture date", custom=True)
    return attributes


def _volume() -> dict[str, Any]:
    limits = {"num_limit": {"min_value": "0", "max_value": "100000"}}
    module = {"id": "9101", "name": "Volume", "input_type": "INPUT", "data_types": ["DECIMAL"]}
    units = [{"id": "91011", "name": "ml"}, {"id": "91012", "name": "fl oz"}]
    return {"id": "910", "name": "Volume", "metric_value_modules": [{**module, "units": units, "value_limit": limits}]}


def _renumbered(attribute: dict[str, Any]) -> dict[str, Any]:
    number = int(attribute["id"]) - FIRST_ATTRIBUTE + FIRST_OLD_ATTRIBUTE
    values = [{"id": str(number * 100 + i), "name": each["name"]} for i, each in enumerate(attribute["values"])]
    return {**attribute, "id": str(number), "values": values}


def _rules(options: SimulatorOptions, category_id: str) -> dict[str, Any]:
    random = Random(f"rules:{options.seed}:{category_id}")
    needs_certificate, needs_chart = random.random() < 0.02, random.random() < 0.02
    needs_dimensions = random.random() < 0.3
    expires, of_battery = random.random() < 0.1, random.random() < 0.1
    test: dict[str, Any] = {"id": "7002", "name": CERTIFICATIONS["7002"], "is_required": False}
    if of_battery:
        value = {"attribute_id": BATTERY, "attribute_value_id": str(int(BATTERY) * 100)}
        test["requirement_conditions"] = [{"condition_type": "VALUE_ID_MATCH", **value}]
    return {
        "product_certifications": [
            {
                "id": "7001",
                "name": CERTIFICATIONS["7001"],
                "is_required": needs_certificate,
                "document_details": "Upload the certificate in the official local language.",
                "expiration_date": {"is_required": expires},
            },
            test,
        ],
        "size_chart": {
            "is_supported": needs_chart or random.random() >= options.size_chart_unsupported_share,
            "is_required": needs_chart,
        },
        "cod": {"is_supported": True},
        "package_dimension": {"is_required": needs_dimensions},
        "epr": {"is_required": False},
        "responsible_person": {"is_required": False},
        "manufacturer": {"is_required": False},
        "allowed_special_product_types": '"PRE_ORDER"',
        "fees": [{"type": "PFAND", "is_required": False}],
    }
