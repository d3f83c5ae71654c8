"""Generates products from the seed on demand, so that a million products need no memory in advance."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from simulator.catalogue import (
    BATTERY,
    BRANDS,
    CAPACITY,
    MANUFACTURE_DATE,
    MATERIALS,
    VOLUME,
    Catalogue,
)
from simulator.media import image, image_uri
from simulator.oddities import add_oddities
from simulator.optional_fields import add_optional_fields
from simulator.profile import Profile
from simulator.reviews import IDENTITY
from simulator.sellers import Seller
from simulator.skus import FIRST_PRODUCT, make_skus
from simulator.traits import Traits
from simulator.trees import Trees

SHOP_STRIDE = 10_000_000
EPOCH = 1_700_000_000
SPACING = 60
"""Seconds between the update times of two neighbouring products."""


@dataclass(frozen=True, slots=True)
class Source:
    """The inputs from which products are generated."""

    seed: int
    started_at: int
    trees: Trees
    catalogue: Catalogue
    profile: Profile


def product_id(shop_number: int, index: int) -> str:
    return str(FIRST_PRODUCT + shop_number * SHOP_STRIDE + index)


def changed_at(source: Source, traits: Traits, index: int) -> int:
    """The `update_time` of an unchanged product."""
    return EPOCH + index * SPACING if traits.age_seconds is None else source.started_at - traits.age_seconds


def created_at(source: Source, traits: Traits) -> int:
    return EPOCH if traits.age_seconds is None else source.started_at - traits.age_seconds


def make_product(source: Source, seller: Seller, traits: Traits, index: int) -> dict[str, Any]:
    """A product in the shape of Get Product. In the demo about one in ten needs an operator before it can move."""
    identity = product_id(seller.number, index)
    random = Random(f"product:{source.seed}:{identity}")
    category, wanted, name = _category(source.trees, traits, random)
    leaf, wording = wanted if wanted in source.trees.v2 else category, source.profile.wording
    product: dict[str, Any] = {
        "id": identity,
        "title": wording.title.format(adjective=random.choice(wording.adjectives), name=name, index=index),
        "description": _description(wording.description.format(name=name, index=index), random),
        "status": traits.detail_status,
        "product_status": "INITIAL" if traits.status in ("FAILED", "PENDING") else traits.detail_status,
        "audit": {"status": traits.audit_status},
        "create_time": created_at(source, traits),
        "update_time": changed_at(source, traits, index),
        "category_chains": source.trees.chain(category, source.trees.v2 if traits.born_on_v2 else source.trees.v1),
        "main_images": [image(image_uri(random.getrandbits(64))) for _ in range(random.randint(1, 4))],
        "product_attributes": _attributes(source, leaf, traits, random),
        "package_weight": {"value": "1.32", "unit": "KILOGRAM"},
        "has_draft": traits.status == "ACTIVATE" and random.random() < 0.02,
        "skus": make_skus(identity, seller, random),
    }
    if traits.kyc_pending:
        product["audit"]["pre_approved_reasons"] = [IDENTITY]
    if traits.status == "FAILED":
        product["audit_failed_reasons"] = [
            {
                "listing_platform": "TIKTOK_SHOP",
                "position": "product",
                "reasons": ["violate listing rules"],
                "suggestions": ["Please check the listing rules and resubmit."],
            }
        ]
    if random.random() >= source.profile.oddities.dimensions_missing_share:
        product["package_dimensions"] = {"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER"}
    _state_material(product, source, leaf)
    # Custom brands follow the generated ones, and no generated product has one.
    add_optional_fields(product, source.catalogue.brands[:BRANDS], seller, index, random)
    if category in source.trees.splits and not traits.born_on_v2 and random.random() < 0.8:
        product["recommended_categories"] = [{"id": wanted, "local_name": f"\t\n{name}"}]
    add_oddities(product, traits, source.catalogue.attributes(leaf), source.profile.oddities, source.seed)
    return product


def under_review(product: dict[str, Any], traits: Traits) -> dict[str, Any]:
    """The version submitted before the simulation began: the same product, or one with the seller's change."""
    version = {**product, "audit": {"status": "APPROVED"}}
    if traits.seller_edit:
        version["title"] = f"{product['title']}, new edition"
        version["description"] = f"{product['description']}<p>New edition.</p>"
        version["search_terms"] = ["new", "edition"]
    return version


def _category(trees: Trees, traits: Traits, random: Random) -> tuple[str, str, str]:
    """The product's category, and the ID and name of the right category."""
    category = random.choice(trees.v1_leaves)
    while traits.born_on_v2 and not (category in trees.v2 and trees.v2[category].leaf):
        category = random.choice(trees.v1_leaves)
    split = trees.splits.get(category)
    wanted = random.choice(split) if split else category
    return category, wanted, (trees.v2.get(wanted) or trees.v1[category]).name


def _description(sentence: str, random: Random) -> str:
    text = f"<p>{sentence}</p>"
    if random.random() < 0.1:
        uri = image_uri(random.getrandbits(64))
        text += (
            f'\n<ul> \n  <li>Washable</li>\n</ul> \n<img src="{image(uri)["urls"][0]}" width="100" height="100" />\n'
        )
    return text


def _state_material(product: dict[str, Any], source: Source, leaf: str) -> None:
    """Says in the description what the product is made of. Uses separate random numbers, so that other worlds stay the
    same.
    """
    wording, random = source.profile.wording, Random(f"material:{source.seed}:{product['id']}")
    if not wording.materials or random.random() >= wording.materials_share:
        return
    material = source.catalogue.attributes(leaf)[0]
    given = [each["values"] for each in product["product_attributes"] if each["name"] == material["name"]]
    value = given[0][0] if given else random.choice(material["values"])
    product["description"] += f"<p>{random.choice(wording.materials).format(value=value['name'].lower())}</p>"


def _attributes(source: Source, leaf: str, traits: Traits, random: Random) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = []
    catalogue, missing = source.catalogue, source.profile.oddities.material_missing_share
    material = catalogue.attributes(leaf)[0]["name"]
    battery = "" if random.random() < 0.7 else ("Yes" if random.random() < 0.2 else "No")
    for attribute in catalogue.attributes(leaf) if traits.born_on_v2 else catalogue.old_attributes(leaf):
        identity, name = attribute["id"], attribute["name"]
        if attribute["type"] != "PRODUCT_PROPERTY" or identity in (VOLUME, MANUFACTURE_DATE):
            continue
        values: list[dict[str, str]] = []
        if identity == BATTERY:
            values = [value for value in attribute["values"] if value["name"] == battery]
        elif identity == CAPACITY:
            # The old tree did not require this field, but some sellers filled it in.
            share = {"Yes": 1.0 if traits.born_on_v2 else 0.8, "No": 0.0 if traits.born_on_v2 else 0.05}.get(
                battery, 0.0
            )
            values = [{"id": "7082427311584350001", "name": "2000 mAh"}] if random.random() < share else []
        elif random.random() < (0.5 if name != material else 1.0 if traits.born_on_v2 else 1 - missing):
            choices = attribute["values"] or [{"name": "4"}]
            values = random.sample(choices, 2 if attribute["is_multiple_selection"] and random.random() < 0.3 else 1)
        if values:
            given.append({"id": identity, "name": name, "values": [dict(value) for value in values]})
    if not traits.born_on_v2 and random.random() < 0.1:
        given.append({"id": "990001", "name": "Old property", "values": [{"id": "1", "name": MATERIALS[0]}]})
    return given
