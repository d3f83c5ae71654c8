"""New listings and the platform's own upgrade."""

from __future__ import annotations

import asyncio
import struct
import zlib
from typing import Any

import orjson
import pytest

from demo.local_fleet import APP_KEY, APP_SECRET, LocalFleet, running_fleet
from shop_queue.keys import INTAKE, INTAKE_REJECTED, OUTCOMES, lane_keys
from tests.support.conservation import until_done, waiting_products
from tests.support.fleet_here import fleet_here
from tiktok_shop.shop_client import ShopClient
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import AccountCredentials, TokenStore


def png(width: int, height: int) -> bytes:
    """A black PNG image of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def new_product(fleet: LocalFleet) -> tuple[str, dict[str, Any]]:
    """A shop, and a feeder's job that lists a product there: the first open leaf with its required attributes."""
    async with fleet.http.get(f"{fleet.platform.address}/simulator/shops") as answer:
        shop = orjson.loads(await answer.read())[0]
    address = fleet.platform.address
    async with Transport(address, address, APP_KEY, APP_SECRET) as transport:
        store = TokenStore(fleet.redis, TokenCipher(fleet.environment["RELIST_TOKEN_KEY"]), transport)
        client = ShopClient(transport, AccountCredentials(store, shop["shop_id"]), shop["cipher"])
        for category in await client.get_categories():
            if not category.is_leaf or "AVAILABLE" not in category.permission_statuses:
                continue
            rules = await client.get_category_rules(category.id)
            if rules.size_chart_required or any(each.is_required for each in rules.certifications):
                continue
            attributes = [
                {"id": each.id, "values": [{"id": each.values[0].id}]}
                for each in await client.get_attributes(category.id)
                if each.is_required and each.type == "PRODUCT_PROPERTY"
            ]
            break
        image = await client.upload_image(png(600, 600))
    price = {"amount": "9.50", "currency": "USD"}
    stock = [{"warehouse_id": shop["warehouse_ids"][0], "quantity": 3}]
    return shop["shop_id"], {
        "title": "A jar of clear glass that holds a litre",
        "description": "<p>Holds a litre.</p>",
        "category_id": category.id,
        "main_images": [{"uri": image.uri}],
        "product_attributes": attributes,
        "package_weight": {"value": "1", "unit": "KILOGRAM"},
        "package_dimensions": {"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER"},
        "skus": [{"seller_sku": "jar-1", "price": price, "inventory": stock}],
    }


async def outcomes(fleet: LocalFleet, until: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(60):
        while True:
            reported = [orjson.loads(fields[b"outcome"]) for _, fields in await fleet.redis.xrange(OUTCOMES)]
            if any(each["outcome"] == until for each in reported):
                return reported
            await asyncio.sleep(0.1)


async def test_a_product_fed_twice_is_listed_once() -> None:
    async with fleet_here(1, "--shops", "1", "--products", "10", audit_poll_seconds="1") as fleet:
        shop_id, product = await new_product(fleet)
        job = {"kind": "list", "shop_id": shop_id, "external_id": "erp-1", "product": product, "trace_id": "t"}
        # The response to the first creation is lost.
        await fleet.fault(reset_share=1.0, only=["create_product"])
        await fleet.redis.xadd(INTAKE, {"job": orjson.dumps(job)})
        async with asyncio.timeout(30):
            while not (await fleet.books())["total"]["created"]:
                await asyncio.sleep(0.05)
        await fleet.fault(reset_share=0.0, only=[])
        first, *_ = await outcomes(fleet, "in_audit")
        await until_done(fleet)
        await fleet.redis.xadd(INTAKE, {"job": orjson.dumps({**job, "trace_id": "again"})})
        async with asyncio.timeout(30):
            while not any(each["trace_id"] == "again" for each in await outcomes(fleet, "in_audit")):
                await asyncio.sleep(0.1)
        await until_done(fleet)
        reported = await outcomes(fleet, "relisted")
        assert (await fleet.books())["total"]["created"] == 1
        assert {each["product_id"] for each in reported} == {first["product_id"]}
        assert await fleet.redis.xlen(INTAKE_REJECTED) == 0


@pytest.mark.slow
async def test_upgrade_then_relist_the_rest() -> None:
    settings = {"upgrade_poll_seconds": "0.5", "audit_poll_seconds": "1"}
    async with running_fleet(1, "--shops", "1", "--products", "100", **settings) as fleet:
        enqueued = await fleet.command("upgrade", "--json")
        assert orjson.loads(enqueued.out) == {"enqueued": 1, "running_already": 0}
        async with asyncio.timeout(60):
            while not (await fleet.books())["total"]["edits_accepted"]:
                await asyncio.sleep(0.2)
        await asyncio.sleep(1)
        # Products younger than a day wait for a search a day later; everything else ends now.
        async with asyncio.timeout(90):
            while not await only_the_late_search_is_left(fleet):
                await asyncio.sleep(0.2)
        books = (await fleet.books())["total"]
        assert books["upgraded"] > 50
        assert books["edits_accepted"] > 0
        assert (books["damaged"], books["in_audit"]) == (0, 0)


async def only_the_late_search_is_left(fleet: LocalFleet) -> bool:
    """Also left are products that wait for the platform or the seller."""
    jobs = await fleet.redis.hkeys(lane_keys("7494000000000000001").jobs)
    return {job.decode() for job in jobs} - await waiting_products(fleet) <= {"search:upgrade:young"}
