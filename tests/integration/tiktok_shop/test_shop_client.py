"""ShopClient over a real connection: requests sent, retries, and errors raised."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from tests.support.scripted_platform import Platform, Reply, running_platform
from tiktok_shop import errors
from tiktok_shop.response_body import SMALL_RESPONSE_BYTES
from tiktok_shop.shop_client import ShopClient, authorized_shops
from tiktok_shop.signing import sign_request
from tiktok_shop.transport import Transport

SECRET = "app-secret"
CIPHER = "ROW_cipher"


@dataclass(slots=True)
class FixedTokens:
    current: str = "token-1"
    refreshes: int = 0

    async def access_token(self) -> str:
        return self.current

    async def refreshed(self, expired: str) -> str:
        self.refreshes += 1
        self.current = f"token-{self.refreshes + 1}"
        return self.current


@dataclass(slots=True)
class CountingPermits:
    again: int = 0
    """Number of throttled requests that may be sent again."""
    acquired: list[str] = field(default_factory=list)
    reports: list[tuple[str, bool, float | None]] = field(default_factory=list)

    async def acquire(self, access: str) -> None:
        self.acquired.append(access)

    def report(self, access: str, throttled: bool, retry_after: float | None) -> bool:
        self.reports.append((access, throttled, retry_after))
        self.again -= throttled
        return throttled and self.again >= 0


@dataclass(slots=True)
class Setup:
    platform: Platform
    tokens: FixedTokens
    permits: CountingPermits
    client: ShopClient
    transport: Transport


@pytest.fixture
async def shop() -> AsyncIterator[Setup]:
    async with running_platform() as platform:
        transport = Transport(platform.url, platform.url, "app-key", SECRET, read_seconds=0.3, total_seconds=5)
        async with transport:
            tokens, permits = FixedTokens(), CountingPermits()
            yield Setup(platform, tokens, permits, ShopClient(transport, tokens, CIPHER, permits), transport)


PRODUCT = {
    "id": "1",
    "title": "T",
    "status": "ACTIVATE",
    "skus": [{"id": "2"}],
    "category_chains": [{"id": "3", "is_leaf": True}],
}
TREE = {"categories": [{"id": "3", "parent_id": "0", "local_name": "Jars", "is_leaf": True}]}
CREATED = {"product_id": "9", "skus": []}
V2 = {"category_version": "v2"}
Call = Callable[[ShopClient], Awaitable[Any]]


@pytest.mark.parametrize(
    ("call", "reply", "method", "path", "access", "query", "body"),
    [
        (lambda c: c.get_product("1"), PRODUCT, "GET", "/product/202309/products/1", "read", {}, None),
        (
            lambda c: c.search_products({"category_version": "V1"}, "next"),
            {},
            "POST",
            "/product/202502/products/search",
            "read",
            {"page_size": "100", "page_token": "next"},
            {"category_version": "v1"},
        ),
        (
            lambda c: c.edit_product("1", {"title": "T"}),
            {},
            "PUT",
            "/product/202509/products/1",
            "write",
            {},
            {"title": "T", **V2},
        ),
        (
            lambda c: c.create_product({"title": "T", "idempotency_key": "k"}),
            CREATED,
            "POST",
            "/product/202309/products",
            "write",
            {},
            {"title": "T", "idempotency_key": "k", **V2},
        ),
        (
            lambda c: c.deactivate(["1"]),
            {},
            "POST",
            "/product/202309/products/deactivate",
            "write",
            {},
            {"product_ids": ["1"]},
        ),
        (
            lambda c: c.listing_check({"title": "T"}),
            {},
            "POST",
            "/product/202309/products/listing_check",
            "write",
            {"is_diagnosis_required": "true"},
            {"title": "T", **V2},
        ),
        (
            lambda c: c.category_upgrade_task(),
            {},
            "POST",
            "/product/202407/products/category_upgrade_task",
            "write",
            {},
            None,
        ),
        (lambda c: c.get_webhooks(), {}, "GET", "/event/202309/webhooks", "read", {}, None),
        (
            lambda c: c.set_webhook("PRODUCT_STATUS_CHANGE", "https://x.example/webhooks/tiktok"),
            {},
            "PUT",
            "/event/202309/webhooks",
            "write",
            {},
            {"event_type": "PRODUCT_STATUS_CHANGE", "address": "https://x.example/webhooks/tiktok"},
        ),
        (lambda c: c.get_categories(), TREE, "GET", "/product/202309/categories", "read", V2, None),
        (
            lambda c: c.recommend_category({"product_title": "T"}),
            {},
            "POST",
            "/product/202309/categories/recommend",
            "read",
            {},
            {"product_title": "T", **V2},
        ),
        (
            lambda c: c.get_category_rules("853000"),
            {},
            "GET",
            "/product/202309/categories/853000/rules",
            "read",
            V2,
            None,
        ),
        (
            lambda c: c.get_attributes("853000"),
            {},
            "GET",
            "/product/202309/categories/853000/attributes",
            "read",
            V2,
            None,
        ),
        (
            lambda c: c.get_brands("853000", is_authorized=True, brand_name="a+b &c"),
            {},
            "GET",
            "/product/202309/brands",
            "read",
            {"page_size": "100", "category_id": "853000", "is_authorized": "true", "brand_name": "a+b &c", **V2},
            None,
        ),
    ],
)
async def test_operation_sends_the_documented_request(
    shop: Setup,
    call: Call,
    reply: dict[str, Any],
    method: str,
    path: str,
    access: str,
    query: dict[str, str],
    body: dict[str, Any] | None,
) -> None:
    shop.platform.replies.append(Reply(reply))
    await call(shop.client)
    (sent,) = shop.platform.received
    assert (sent.method, sent.path, sent.body, sent.token) == (method, path, body, "token-1")
    query_sent = dict(sent.query)
    signature = query_sent.pop("sign")
    assert signature == sign_request(SECRET, path, query_sent, sent.raw)
    assert (query_sent.pop("app_key"), query_sent.pop("timestamp").isdigit(), query_sent.pop("shop_cipher")) == (
        "app-key",
        True,
        CIPHER,
    )
    assert query_sent == query
    assert sent.content_type == "application/json"
    assert shop.permits.acquired == [access]
    assert shop.permits.reports == [(access, False, None)]


async def test_authorized_shops_take_no_cipher(shop: Setup) -> None:
    shop.platform.replies.append(Reply({"shops": [{"id": 7494, "name": "N", "region": "US", "cipher": "ROW_x"}]}))
    (found,) = await authorized_shops(shop.transport, "token-1")
    assert (found.id, found.cipher) == ("7494", "ROW_x")
    assert shop.platform.received[0].path == "/authorization/202309/shops"
    assert "shop_cipher" not in shop.platform.received[0].query


async def test_image_upload_is_unsigned_form_data(shop: Setup) -> None:
    shop.platform.replies.append(Reply({"uri": "tos/1", "url": "https://x", "width": 600, "height": 600}))
    image = await shop.client.upload_image(b"\x89PNG", "CERTIFICATION_IMAGE", "c.png")
    assert image.uri == "tos/1"
    (sent,) = shop.platform.received
    assert sent.content_type.startswith("multipart/form-data")
    assert b"CERTIFICATION_IMAGE" in sent.raw
    assert "shop_cipher" not in sent.query
    assert sent.query["sign"] == sign_request(SECRET, sent.path, sent.query, sent.raw, multipart=True)


async def test_brands_are_read_to_the_last_page(shop: Setup) -> None:
    pages = [{"brands": [{"id": str(n)}], "next_page_token": token} for n, token in enumerate(("a", "b", ""))]
    shop.platform.replies.extend(Reply(page) for page in pages)
    assert [brand.id for brand in (await shop.client.get_brands()).brands] == ["0", "1", "2"]
    assert [sent.query.get("page_token") for sent in shop.platform.received] == [None, "a", "b"]


async def test_expired_token_is_refreshed_once(shop: Setup) -> None:
    expired = Reply(code=105002, message="Access token is expired")
    shop.platform.replies.extend([expired, Reply(PRODUCT)])
    await shop.client.get_product("1")
    assert [sent.token for sent in shop.platform.received] == ["token-1", "token-2"]
    shop.platform.replies.extend([expired, expired])
    with pytest.raises(errors.AuthFailed):
        await shop.client.get_product("1")
    assert shop.tokens.refreshes == 2


async def test_wrong_clock_is_corrected_by_the_first_response(shop: Setup) -> None:
    async with Transport(
        shop.platform.url, shop.platform.url, "app-key", SECRET, clock=lambda: time.time() - 3600
    ) as transport:
        client = ShopClient(transport, shop.tokens, CIPHER, shop.permits)
        shop.platform.replies.extend([Reply(code=36009004, message="timestamp is expired", status=400), Reply(PRODUCT)])
        await client.get_product("1")
    first, second = (int(sent.query["timestamp"]) for sent in shop.platform.received)
    assert second - first == pytest.approx(3600, abs=5)
    assert second == pytest.approx(time.time(), abs=30)


async def test_second_rejected_timestamp_is_an_error(shop: Setup) -> None:
    shop.platform.replies.extend([Reply(code=36009004, message="timestamp is expired", status=400)] * 2)
    with pytest.raises(errors.ClockSkewed):
        await shop.client.get_product("1")
    assert len(shop.platform.received) == 2


async def test_throttled_request_is_repeated_while_permitted(shop: Setup) -> None:
    shop.permits.again = 2
    throttled = Reply(code=36009002, message="too many requests", status=429, headers={"retry-after": "3"})
    shop.platform.replies.extend([throttled, throttled, Reply(PRODUCT)])
    await shop.client.get_product("1")
    assert shop.permits.reports == [("read", True, 3.0), ("read", True, 3.0), ("read", False, None)]
    shop.permits.again = 0
    shop.platform.replies.append(throttled)
    with pytest.raises(errors.Throttled) as raised:
        await shop.client.get_product("1")
    assert raised.value.retry_after == 3.0


async def test_each_repetition_has_its_own_signature(shop: Setup) -> None:
    shop.permits.again = 1
    shop.platform.replies.extend([Reply(code=36009002, status=429), Reply(PRODUCT)])
    await shop.client.get_product("1")
    for sent in shop.platform.received:
        assert sent.query["sign"] == sign_request(SECRET, sent.path, sent.query, sent.raw)


async def test_error_carries_code_request_id_and_endpoint(shop: Setup) -> None:
    shop.platform.replies.append(Reply(code=12052208, message="brand not authorized, access_token=TTP_secret"))
    with pytest.raises(errors.ProductProblem) as problem:
        await shop.client.edit_product("1", {"title": "T"})
    error = problem.value
    assert (error.code, error.request_id, error.endpoint, error.http_status) == (12052208, "req-1", "edit_product", 200)
    assert "TTP_secret" not in str(error)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(drop=True),
        Reply(hang=True),
        Reply(raw=b"<html>502</html>", status=502),
        Reply(raw=b"<html>hello</html>"),
        Reply(raw=b'{"code": 0, "data": {"product_id"'),
        Reply(raw=b""),
        Reply(data=["a", "list"]),
        Reply(status=302, headers={"location": "http://127.0.0.1:1/"}, raw=b""),
        Reply(raw=b" " * (SMALL_RESPONSE_BYTES + 1)),
    ],
    ids=["reset", "silence", "html-502", "html-200", "cut", "empty", "list", "redirect", "huge"],
)
async def test_unusable_response_to_a_write_is_transient(shop: Setup, reply: Reply) -> None:
    shop.platform.replies.append(reply)
    with pytest.raises(errors.Transient) as problem:
        await shop.client.edit_product("1", {"title": "T"})
    assert problem.value.outcome_unknown
    assert len(shop.platform.received) == 1, "nothing is sent twice, and no redirect is followed"


async def test_failed_read_has_a_known_outcome(shop: Setup) -> None:
    shop.platform.replies.append(Reply(drop=True))
    with pytest.raises(errors.Transient) as problem:
        await shop.client.get_product("1")
    assert not problem.value.outcome_unknown


async def test_refused_connection_has_a_known_outcome() -> None:
    async with running_platform() as platform:
        dead = platform.url
    async with Transport(dead, dead, "app-key", SECRET) as transport:
        client = ShopClient(transport, FixedTokens(), CIPHER)
        with pytest.raises(errors.Transient) as problem:
            await client.edit_product("1", {"title": "T"})
    assert not problem.value.outcome_unknown


async def test_signature_covers_the_sent_bytes(shop: Setup) -> None:
    body = {"title": "Zoë’s 100 % cotton + wool 🧶", "nested": {"b": [1, 2], "a": None}}
    await shop.client.edit_product("1", body)
    (sent,) = shop.platform.received
    assert orjson.loads(sent.raw) == {**body, **V2}
    assert sent.query["sign"] == sign_request(SECRET, sent.path, sent.query, sent.raw)
    assert sent.query["sign"] == sent.query["sign"].lower()
