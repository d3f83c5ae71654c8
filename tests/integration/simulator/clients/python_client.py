"""Runs every operation that the client `tiktok-shop-api` shares with the simulator, in the client's environment.

Standard input: the plan of test_public_clients.py. Standard output: code, message and data by operation.
"""

import json
import sys
from typing import Any

from tiktok_shop_api import TikTokShop, TikTokShopAuth, TikTokShopError
from tiktok_shop_api.generated import models

plan = json.load(sys.stdin)
results: dict[str, Any] = {}


def step(name: str, call: Any) -> Any:
    try:
        answer = call()
    except TikTokShopError as error:
        results[name] = {"code": error.code, "message": str(error)}
        return {}
    data = answer.to_dict().get("data") if hasattr(answer, "to_dict") else {}
    results[name] = {"code": 0, "data": data}
    return data or {}


def send(name: str, operation: Any, model: str, /, *arguments: Any, **content: Any) -> Any:
    """Sends a request with `content` as the body, as a model of the client."""
    body = getattr(models, model).from_dict(content)
    return step(name, lambda: operation(*arguments, body=body))


auth = TikTokShopAuth(plan["app_key"], plan["app_secret"], base_url=plan["url"])
tokens = auth.exchange_code(plan["auth_code"])
tokens = auth.refresh(tokens.refresh_token)
results["token"] = {"code": 0, "data": {"access_token": tokens.access_token}}
client = TikTokShop(plan["app_key"], plan["app_secret"], access_token=tokens.access_token, base_url=plan["url"])
shops = step("authorized_shops", client.authorization.get_authorized_shops)
shop = client.with_shop(shop_cipher=shops["shops"][0]["cipher"])
products, v2, leaf, product = shop.products, "v2", plan["leaf"], plan["product"]

step("get_categories", lambda: products.get_categories(category_version=v2))
step("get_rules", lambda: products.get_category_rules(leaf, category_version=v2))
step("get_attributes", lambda: products.get_category_attributes(leaf, category_version=v2))
step("get_brands", lambda: products.get_brands(page_size=20, category_version=v2, is_authorized=True))
send("recommend", products.recommend_category, "RecommendCategoryRequest", **plan["recommend"])
step("prerequisites", products.check_listing_prerequisites)
send("listing_check", products.check_product_listing, "CheckProductListingRequest", **plan["create"])
every = models.SearchProductsRequest.from_dict({"status": "ALL"})
step("search", lambda: products.search_products(page_size=10, body=every))
step("get_product", lambda: products.get_product(product))
created = send("create", products.create_product, "CreateProductRequest", **plan["create"])
send("edit", products.edit_product, "EditProductRequest", product, **plan["edit"])
send("partial_edit", products.partial_edit_product, "PartialEditProductRequest", product, **plan["partial"])
send("update_price", products.update_price, "UpdatePriceRequest", product, **plan["prices"])
send("update_inventory", products.update_inventory, "UpdateInventoryRequest", product, **plan["stock"])
send("search_inventory", products.inventory_search, "InventorySearchRequest", product_ids=[product])
send("deactivate", products.deactivate_products, "DeactivateProductsRequest", product_ids=[product])
send("activate", products.activate_products, "ActivateProductsRequest", product_ids=[product])
send("delete", products.delete_products, "DeleteProductsRequest", product_ids=[created["product_id"]])
send("recover", products.recover_products, "RecoverProductsRequest", product_ids=[created["product_id"]])
send("custom_brand", products.create_custom_brands, "CreateCustomBrandsRequest", name="Python brand")
step("diagnoses", lambda: products.get_product_diagnoses(product_ids=[product]))
send("put_webhook", shop.event.update_shop_webhook, "UpdateShopWebhookRequest", **plan["webhook"])
step("get_webhooks", shop.event.get_shop_webhooks)
step("active_shops", client.seller.get_active_shops)
step("warehouses", shop.logistics.get_warehouse_list)
json.dump(results, sys.stdout)
