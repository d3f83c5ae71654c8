"""Every operation of the platform that is simulated: its path, its versions, and what it answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from simulator.edit_rules import Refusal, check_listing, check_version
from simulator.trees import attributes_of, rules_of

if TYPE_CHECKING:
    from simulator.server import Call

WINDOW = 10_000


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str
    path: str
    run: Callable[[Call], dict[str, Any]]
    versions: tuple[str, ...] = ("202309",)
    writes: bool = False
    takes_cipher: bool = True


def authorized_shops(call: Call) -> dict[str, Any]:
    shop = call.shop
    return {"shops": [{"id": shop.shop_id, "name": f"Shop {shop.number}", "region": shop.region,
                       "seller_type": "LOCAL", "cipher": shop.cipher, "code": f"SIM{shop.number}"}]}  # fmt: skip


def get_categories(call: Call) -> dict[str, Any]:
    if call.query("category_version") != "v2":
        raise Refusal(12052217, "category_version v1 is not supported any more, use v2")
    return {
        "categories": [
            {"id": node.id, "parent_id": node.parent, "local_name": node.name, "is_leaf": node.leaf,
             "permission_statuses": list(node.permissions)}
            for node in call.world.trees.v2.values()
        ]
    }  # fmt: skip


def get_rules(call: Call) -> dict[str, Any]:
    check_version(call.world.trees, call.path("category"), call.query("category_version") or None)
    return rules_of(call.world.options.seed, call.path("category"))


def get_attributes(call: Call) -> dict[str, Any]:
    check_version(call.world.trees, call.path("category"), call.query("category_version") or None)
    return {"attributes": attributes_of(call.world.options.seed, call.path("category"))}


def get_brands(call: Call) -> dict[str, Any]:
    authorized = call.shop.authorized_brands
    if call.query("category_id"):
        check_version(call.world.trees, call.query("category_id"), call.query("category_version") or None)
    brands = [
        {
            **brand,
            "authorized_status": "AUTHORIZED" if brand["id"] in authorized else "UNAUTHORIEZD",
            **({"brand_status": "AVAILABLE"} if brand["id"] in authorized and call.query("category_id") else {}),
        }
        for brand in call.world.brands
        if call.query("brand_name").lower() in brand["name"].lower()
    ]
    if call.query("is_authorized"):
        brands = [
            each
            for each in brands
            if (each["authorized_status"] == "AUTHORIZED") == (call.query("is_authorized") == "true")
        ]
    first, size = int(call.query("page_token") or 0), _page_size(call)
    following = str(first + size) if first + size < len(brands) else ""
    return {"brands": brands[first : first + size], "total_count": len(brands), "next_page_token": following}


def recommend_category(call: Call) -> dict[str, Any]:
    """Knows the right answer from the title most of the time; has none, or another, now and then."""
    title = str(call.body.get("product_title") or "")
    if not title:
        raise Refusal(36009004, "product_title is required")
    if call.body.get("category_version") != "v2":
        raise Refusal(12052217, "category_version v1 is not supported any more, use v2")
    trees, random = call.world.trees, Random(title)
    named = [node for node in trees.v2.values() if node.leaf and node.name in title]
    if not named or random.random() < 0.1:
        raise Refusal(12019064, "no matching category")
    best = max(named, key=lambda node: (len(node.name), node.id))
    if random.random() < 0.05:
        best = random.choice([node for node in trees.v2.values() if node.leaf])
    path = [
        {"id": each["id"], "name": each["local_name"], "is_leaf": each["is_leaf"], "level": level + 1,
         "permission_statuses": ["AVAILABLE"]}
        for level, each in enumerate(trees.chain(best.id, trees.v2))
    ]  # fmt: skip
    return {"leaf_category_id": best.id, "categories": path}


def get_product(call: Call) -> dict[str, Any]:
    world, shop = call.world, call.shop
    index = world.index_of(shop, call.path("product"))
    listing = shop.touched.get(index)
    product = dict(world.look(shop, index))
    if listing is not None and listing.pending is not None:
        if call.query("return_under_review_version") == "true":
            return listing.pending
        product["audit"] = {"status": "AUDITING"}
    elif call.query("return_under_review_version") == "true":
        raise Refusal(12052547, "there is no version under review")
    return product


def search_products(call: Call) -> dict[str, Any]:
    world, shop, body = call.world, call.shop, call.body
    first_time, last_time = int(body.get("update_time_ge") or 0), int(body.get("update_time_le") or 2**40)
    version = body.get("category_version")
    if version not in (None, "v1", "v2"):
        raise Refusal(36009004, "category_version is invalid")

    def matches(index: int) -> bool:
        if version is not None and world.on_v2(shop, index) != (version == "v2"):
            return False
        return first_time <= world.update_time(shop, index) <= last_time

    token, size = call.query("page_token"), _page_size(call)
    shown, _, begin = token.partition(":")
    index, already = int(begin or 0), int(shown or 0)
    if already >= WINDOW:
        raise Refusal(12052180, "the search window is limited to 10000 results")
    found: list[int] = []
    while index < shop.products and len(found) < size:
        if matches(index):
            found.append(index)
        index += 1
    total = already + len(found) + sum(matches(each) for each in range(index, shop.products)) if not token else 0
    products = []
    for each in found:
        product = world.look(shop, each)
        keys = ("id", "title", "status", "create_time", "update_time", "audit")
        products.append(
            {name: product[name] for name in keys} | {"skus": [{"id": sku["id"]} for sku in product["skus"]]}
        )
    following = f"{already + len(found)}:{index}" if index < shop.products and found else ""
    return {"total_count": total, "products": products, "next_page_token": following}


def edit_product(call: Call) -> dict[str, Any]:
    listing, warnings = call.world.edit(call.shop, call.path("product"), call.body)
    call.server.audits.submit(call.shop, listing)
    skus = [{"id": sku.get("id"), "seller_sku": sku.get("seller_sku", "")} for sku in call.body["skus"]]
    answer: dict[str, Any] = {"product_id": call.path("product"), "skus": skus, "audit": {"status": "AUDITING"}}
    if warnings:
        answer["warnings"] = [{"message": each} for each in warnings]
    return answer


def listing_check(call: Call) -> dict[str, Any]:
    try:
        check_listing(call.world.options.seed, call.world.trees, call.body, call.shop.authorized_brands)
    except Refusal as refusal:
        return {"check_result": "FAILED", "fail_reasons": [{"code": refusal.code, "message": refusal.message}]}
    return {"check_result": "PASS", "fail_reasons": []}


def upgrade_task(call: Call) -> dict[str, Any]:
    """The platform moves what it can by itself; here everything whose leaf lives on."""
    world, shop = call.world, call.shop
    for index in range(shop.products):
        product = world.look(shop, index)
        leaf = product["category_chains"][-1]["id"]
        if not world.on_v2(shop, index) and leaf in world.trees.v2 and world.trees.v2[leaf].leaf:
            listing = world.touch(shop, index)
            listing.live = {**listing.live, "category_chains": world.trees.chain(leaf, world.trees.v2)}
            listing.live["update_time"] = int(time.time())
            listing.on_v2 = True
    return {}


def activate(call: Call) -> dict[str, Any]:
    errors = []
    for identity in call.body.get("product_ids") or []:
        try:
            listing = call.world.touch(call.shop, call.world.index_of(call.shop, str(identity)))
        except Refusal as refusal:
            detail = {"product_id": str(identity), "extra_errors": []}
            errors.append({"code": refusal.code, "message": refusal.message, "detail": detail})
            continue
        status = "ACTIVATE" if call.request.path.endswith("/activate") else "SELLER_DEACTIVATED"
        listing.live = {**listing.live, "status": status, "product_status": status}
    return {"errors": errors}


def upload_image(call: Call) -> dict[str, Any]:
    uri = f"tos-simulated-us/{call.world.random.getrandbits(64):016x}"
    return {
        "uri": uri,
        "url": f"https://simulated.invalid/{uri}",
        "width": 600,
        "height": 600,
        "use_case": "MAIN_IMAGE",
    }


def _page_size(call: Call) -> int:
    size = call.query("page_size")
    if not size.isdigit() or not 1 <= int(size) <= 100:
        raise Refusal(36009004, "page_size must be between 1 and 100")
    return int(size)


OPERATIONS = (
    Operation("authorized_shops", "GET", "/authorization/{version}/shops", authorized_shops, takes_cipher=False),
    Operation("get_categories", "GET", "/product/{version}/categories", get_categories),
    Operation("recommend_category", "POST", "/product/{version}/categories/recommend", recommend_category),
    Operation("get_category_rules", "GET", "/product/{version}/categories/{{category}}/rules", get_rules),
    Operation("get_attributes", "GET", "/product/{version}/categories/{{category}}/attributes", get_attributes),
    Operation("get_brands", "GET", "/product/{version}/brands", get_brands),
    Operation("search_products", "POST", "/product/{version}/products/search", search_products, ("202502", "202312", "202309")),
    Operation("listing_check", "POST", "/product/{version}/products/listing_check", listing_check, writes=True),
    Operation("activate_products", "POST", "/product/{version}/products/activate", activate, writes=True),
    Operation("deactivate_products", "POST", "/product/{version}/products/deactivate", activate, writes=True),
    Operation("category_upgrade_task", "POST", "/product/{version}/products/category_upgrade_task", upgrade_task, ("202407",), True),
    Operation("upload_image", "POST", "/product/{version}/images/upload", upload_image, writes=True, takes_cipher=False),
    Operation("get_product", "GET", "/product/{version}/products/{{product}}", get_product),
    Operation("edit_product", "PUT", "/product/{version}/products/{{product}}", edit_product, ("202509", "202309"), True),
)  # fmt: skip
