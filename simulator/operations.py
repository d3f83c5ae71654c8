"""Every simulated operation: its path, versions, allowance and scope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from simulator.call import Call
from simulator.endpoints.account import (
    authorized_shops,
    delete_webhook,
    get_webhooks,
    prerequisites,
    put_webhook,
    upgrade_task,
)
from simulator.endpoints.batches import activate, deactivate, delete_products, recover_products
from simulator.endpoints.brands import create_brand, get_brands, suggest_brands
from simulator.endpoints.catalogue import (
    get_attributes,
    get_categories,
    get_rules,
    listing_schemas,
    recommend_category,
)
from simulator.endpoints.offers import search_inventory, update_inventory, update_prices
from simulator.endpoints.products import (
    create_product,
    diagnoses,
    edit_product,
    get_product,
    listing_check,
    partial_edit,
)
from simulator.endpoints.search import search_products
from simulator.endpoints.seller import active_shops, delivery_options, permissions, warehouses
from simulator.endpoints.uploads import upload_file, upload_image

READ, WRITE = "seller.product.basic", "seller.product.write"


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str
    path: str
    run: Callable[[Call], dict[str, Any] | Awaitable[dict[str, Any]]]
    versions: tuple[str, ...] = ("202309",)
    writes: bool = False
    takes_cipher: bool | None = True
    """None if it is optional."""
    scope: str = READ
    multipart: bool = False


OPERATIONS = (
    Operation("authorized_shops", "GET", "/authorization/{version}/shops", authorized_shops, takes_cipher=False, scope="seller.authorization.info"),
    Operation("get_categories", "GET", "/product/{version}/categories", get_categories),
    Operation("recommend_category", "POST", "/product/{version}/categories/recommend", recommend_category),
    Operation("get_category_rules", "GET", "/product/{version}/categories/{{category}}/rules", get_rules),
    Operation("get_attributes", "GET", "/product/{version}/categories/{{category}}/attributes", get_attributes),
    Operation("get_brands", "GET", "/product/{version}/brands", get_brands),
    Operation("create_brand", "POST", "/product/{version}/brands", create_brand, writes=True, takes_cipher=False, scope=WRITE),
    Operation("suggest_brands", "POST", "/product/{version}/brands/suggest", suggest_brands, ("202609",)),
    Operation("get_listing_schemas", "GET", "/product/{version}/listing_schemas", listing_schemas, ("202401", "202407"), takes_cipher=None),
    Operation("prerequisites", "GET", "/product/{version}/prerequisites", prerequisites, ("202312", "202309")),
    Operation("search_products", "POST", "/product/{version}/products/search", search_products, ("202502", "202312", "202309")),
    Operation("listing_check", "POST", "/product/{version}/products/listing_check", listing_check, writes=True),
    Operation("activate_products", "POST", "/product/{version}/products/activate", activate, writes=True, scope=WRITE),
    Operation("deactivate_products", "POST", "/product/{version}/products/deactivate", deactivate, writes=True, scope=WRITE),
    Operation("delete_products", "DELETE", "/product/{version}/products", delete_products, writes=True, scope=WRITE),
    Operation("recover_products", "POST", "/product/{version}/products/recover", recover_products, writes=True, scope=WRITE),
    Operation("update_prices", "POST", "/product/{version}/products/{{product}}/prices/update", update_prices, writes=True, scope=WRITE),
    Operation("update_inventory", "POST", "/product/{version}/products/{{product}}/inventory/update", update_inventory, writes=True, scope=WRITE),
    Operation("search_inventory", "POST", "/product/{version}/inventory/search", search_inventory),
    Operation("diagnoses", "GET", "/product/{version}/products/diagnoses", diagnoses, ("202405",)),
    Operation("category_upgrade_task", "POST", "/product/{version}/products/category_upgrade_task", upgrade_task, ("202407",), True, scope=WRITE),
    Operation("upload_image", "POST", "/product/{version}/images/upload", upload_image, writes=True, takes_cipher=False, scope=WRITE, multipart=True),
    Operation("upload_file", "POST", "/product/{version}/files/upload", upload_file, writes=True, takes_cipher=False, scope=WRITE, multipart=True),
    Operation("create_product", "POST", "/product/{version}/products", create_product, writes=True, scope=WRITE),
    Operation("get_product", "GET", "/product/{version}/products/{{product}}", get_product),
    Operation("edit_product", "PUT", "/product/{version}/products/{{product}}", edit_product, ("202509", "202309"), True, scope=WRITE),
    Operation("partial_edit", "POST", "/product/{version}/products/{{product}}/partial_edit", partial_edit, ("202509", "202309"), True, scope=WRITE),
    Operation("active_shops", "GET", "/seller/{version}/shops", active_shops, takes_cipher=False, scope="seller.shop.info"),
    Operation("seller_permissions", "GET", "/seller/{version}/permissions", permissions, takes_cipher=False, scope="seller.shop.info"),
    Operation("warehouses", "GET", "/logistics/{version}/warehouses", warehouses, scope="seller.shop.info"),
    Operation("delivery_options", "GET", "/logistics/{version}/warehouses/{{warehouse}}/delivery_options", delivery_options, scope="seller.shop.info"),
    Operation("put_webhook", "PUT", "/event/{version}/webhooks", put_webhook, writes=True, scope="seller.shop.info"),
    Operation("get_webhooks", "GET", "/event/{version}/webhooks", get_webhooks, scope="seller.shop.info"),
    Operation("delete_webhook", "DELETE", "/event/{version}/webhooks", delete_webhook, writes=True, scope="seller.shop.info"),
)  # fmt: skip
