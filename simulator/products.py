"""Products made from the seed when somebody looks; a million cost nothing until then."""

from __future__ import annotations

from random import Random
from typing import Any

from simulator.trees import MATERIALS, Trees, attributes_of

FIRST_PRODUCT = 1729000000000000000
SHOP_STRIDE = 10_000_000
EPOCH = 1_700_000_000
ALREADY_ON_V2 = 0.03


def product_id(shop_number: int, index: int) -> str:
    return str(FIRST_PRODUCT + shop_number * SHOP_STRIDE + index)


def is_born_on_v2(seed: int, identity: str) -> bool:
    return Random(f"v2:{seed}:{identity}").random() < ALREADY_ON_V2


def updated_at(index: int) -> int:
    return EPOCH + index * 60


def make_product(seed: int, trees: Trees, shop_number: int, index: int) -> dict[str, Any]:
    """In the shape of Get Product. About one in ten needs a person before it can move."""
    identity = product_id(shop_number, index)
    random = Random(f"product:{seed}:{identity}")
    category = random.choice(trees.v1_leaves)
    split = trees.splits.get(category)
    wanted = random.choice(split) if split else category
    if is_born_on_v2(seed, identity):
        while category not in trees.v2 or not trees.v2[category].leaf:
            category = random.choice(trees.v1_leaves)
        wanted = category
    name = trees.v2[wanted].name if wanted in trees.v2 else trees.v1[category].name
    tree = trees.v2 if is_born_on_v2(seed, identity) else trees.v1
    product: dict[str, Any] = {
        "id": identity,
        "title": f"{random.choice(('Fine', 'Sturdy', 'Light', 'Classic'))} {name} for every day, set {index}",
        "description": f"<p>{name}, made to last. Article {index}.</p>",
        "status": "ACTIVATE",
        "product_status": "ACTIVATE",
        "audit": {"status": "APPROVED"},
        "create_time": EPOCH,
        "update_time": updated_at(index),
        "category_chains": trees.chain(category, tree),
        "main_images": [_image(random) for _ in range(random.randint(1, 4))],
        "product_attributes": _attributes(seed, wanted if wanted in trees.v2 else category, random),
        "package_weight": {"value": "1.32", "unit": "KILOGRAM"},
        "has_draft": False,
        "skus": _skus(identity, random),
    }
    if random.random() < 0.98:
        product["package_dimensions"] = {"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER"}
    optional: dict[str, Any] = {
        "brand": {"id": str(7082427311584340000 + random.randrange(30)), "name": "Brand"},
        "is_cod_allowed": True,
        "external_product_id": f"erp-{index}",
        "delivery_options": [{"id": "1729592969712203232", "name": "SEND_BY_SELLER", "is_available": True}],
        "manufacturer_ids": ["172959296971220002"],
        "responsible_person_ids": ["172959296971220003"],
        "minimum_order_quantity": 1,
        "search_terms": ["sturdy", "everyday"],
        "key_product_features": ["Made to last"],
        "shipping_insurance_requirement": "OPTIONAL",
        "size_chart": {"image": _image(random)},
        "video": {"id": f"v09e40f40000c{random.getrandbits(40)}", "url": "https://simulated.invalid/video"},
        "is_pre_owned": False,
        "certifications": [{"id": "7001", "title": "Safety certificate", "images": [_image(random)]}],
    }
    for field, value in optional.items():
        if random.random() < (0.25 if field == "brand" else 0.6):
            product[field] = value
    if split and random.random() < 0.8:
        product["recommended_categories"] = [{"id": wanted, "local_name": name}]
    return product


def _image(random: Random) -> dict[str, Any]:
    uri = f"tos-simulated-us/{random.getrandbits(64):016x}"
    return {"uri": uri, "urls": [f"https://simulated.invalid/{uri}"], "thumb_urls": [], "width": 600, "height": 600}


def _attributes(seed: int, category: str, random: Random) -> list[dict[str, Any]]:
    given = []
    for attribute in attributes_of(seed, category):
        if attribute["type"] != "PRODUCT_PROPERTY" or "requirement_conditions" in attribute:
            continue
        filled = 0.97 if attribute["name"] == "Material" else 0.5
        if attribute["name"] in ("Battery included", "Quantity per pack") or random.random() > filled:
            continue
        values = attribute["values"] or [{"name": "4"}]
        given.append({"id": attribute["id"], "name": attribute["name"], "values": [dict(random.choice(values))]})
    if random.random() < 0.1:
        given.append({"id": "990001", "name": "Old property", "values": [{"id": "1", "name": MATERIALS[0]}]})
    return given


def _skus(identity: str, random: Random) -> list[dict[str, Any]]:
    skus = []
    for number, color in enumerate(("Red", "Blue", "Black")[: random.randint(1, 3)]):
        sku: dict[str, Any] = {
            "id": str(int(identity) + 500_000_000_000_000 + number),
            "seller_sku": f"{color}-{identity[-6:]}",
            "price": {"currency": "USD", "tax_exclusive_price": "11.90", "sale_price": "11.90"},
            "inventory": [{"warehouse_id": "7068517275539719942", "quantity": random.randint(1, 900)}],
            "sales_attributes": [
                {"id": "100009", "name": "Color", "value_id": f"1000090{number}", "value_name": color}
            ],
        }
        if random.random() < 0.5:
            sku["sales_attributes"][0]["sku_img"] = _image(random)
        if random.random() < 0.3:
            sku["identifier_code"] = {"code": f"{random.randrange(10**13):014d}", "type": "GTIN"}
            sku["external_sku_id"] = f"erp-{identity[-6:]}-{number}"
        skus.append(sku)
    return skus
