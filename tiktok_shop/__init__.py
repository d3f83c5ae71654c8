"""A client for the TikTok Shop Open API: signing, transport, operations, errors and webhooks.

Of this project it imports only `facts`, the table of error codes, and it keeps no state outside the process.
README.md has an example.

Names are imported on first use: importing `tiktok_shop.errors` must not import an HTTP client.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktok_shop.call_permits import Access, CallObserver, CallPermits
    from tiktok_shop.catalogue import (
        Attribute,
        AttributeValue,
        AuthorizedShop,
        Brand,
        BrandList,
        Category,
        CategoryRules,
        Certification,
        RequirementCondition,
    )
    from tiktok_shop.catalogue_calls import Recommendation
    from tiktok_shop.errors import (
        AccessTokenRefused,
        AuthFailed,
        BadRequest,
        CategoryClosed,
        ClockSkewed,
        HourlyQuotaExceeded,
        InvalidAppCredentials,
        InvalidShopCipher,
        MalformedResponse,
        NonApiResponse,
        ProductLocked,
        ProductNotFound,
        ProductProblem,
        QuotaExceeded,
        ShopBlocked,
        StaleCatalogue,
        Throttled,
        TikTokShopError,
        TokensUnavailable,
        Transient,
    )
    from tiktok_shop.product_responses import EditResponse, ItemError, SearchPage
    from tiktok_shop.shop_calls import Credentials
    from tiktok_shop.shop_client import ShopClient, UploadedImage, authorized_shops
    from tiktok_shop.signing import sign_request, sign_webhook
    from tiktok_shop.transport import Transport
    from tiktok_shop.webhooks import Webhook, parse_webhook, verify_webhook

_MODULES = {
    "call_permits": ("Access", "CallObserver", "CallPermits"),
    "catalogue": (
        "Attribute",
        "AttributeValue",
        "AuthorizedShop",
        "Brand",
        "BrandList",
        "Category",
        "CategoryRules",
        "Certification",
        "RequirementCondition",
    ),
    "catalogue_calls": ("Recommendation",),
    "errors": (
        "AccessTokenRefused",
        "AuthFailed",
        "BadRequest",
        "CategoryClosed",
        "ClockSkewed",
        "HourlyQuotaExceeded",
        "InvalidAppCredentials",
        "InvalidShopCipher",
        "MalformedResponse",
        "NonApiResponse",
        "ProductLocked",
        "ProductNotFound",
        "ProductProblem",
        "QuotaExceeded",
        "ShopBlocked",
        "StaleCatalogue",
        "Throttled",
        "TikTokShopError",
        "TokensUnavailable",
        "Transient",
    ),
    "product_responses": ("EditResponse", "ItemError", "SearchPage"),
    "shop_calls": ("Credentials",),
    "shop_client": ("ShopClient", "UploadedImage", "authorized_shops"),
    "signing": ("sign_request", "sign_webhook"),
    "transport": ("Transport",),
    "webhooks": ("Webhook", "parse_webhook", "verify_webhook"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


__all__ = [
    "Access",
    "AccessTokenRefused",
    "Attribute",
    "AttributeValue",
    "AuthFailed",
    "AuthorizedShop",
    "BadRequest",
    "Brand",
    "BrandList",
    "CallObserver",
    "CallPermits",
    "Category",
    "CategoryClosed",
    "CategoryRules",
    "Certification",
    "ClockSkewed",
    "Credentials",
    "EditResponse",
    "HourlyQuotaExceeded",
    "InvalidAppCredentials",
    "InvalidShopCipher",
    "ItemError",
    "MalformedResponse",
    "NonApiResponse",
    "ProductLocked",
    "ProductNotFound",
    "ProductProblem",
    "QuotaExceeded",
    "Recommendation",
    "RequirementCondition",
    "SearchPage",
    "ShopBlocked",
    "ShopClient",
    "StaleCatalogue",
    "Throttled",
    "TikTokShopError",
    "TokensUnavailable",
    "Transient",
    "Transport",
    "UploadedImage",
    "Webhook",
    "authorized_shops",
    "parse_webhook",
    "sign_request",
    "sign_webhook",
    "verify_webhook",
]
