"""`relist shops connect` in a running fleet: consent page, callback, codes, files, several apps."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from shop_queue.shop_registry import ShopRegistry
from tests.support.command_here import fleet_command
from tests.support.fleet_here import FleetHere
from tests.support.seller import deauthorise, simulated_shops

pytestmark = pytest.mark.slow

TOGETHER = ("--shops", "4", "--products", "8", "--shops-per-authorization", "2")


async def agree(fleet: FleetHere, address: str, account: str) -> tuple[int, str]:
    """Open the consent page as a seller, agree, and follow the browser's redirect to the gateway."""
    async with fleet.http.get(address) as page:
        links = re.findall(r'href="([^"]+)"', (await page.text()).replace("&amp;", "&"))
    (link,) = (each for each in links if f"account={account}" in each)
    async with fleet.http.get(fleet.platform.address + link) as answer:
        return answer.status, await answer.text()


async def code_for(fleet: FleetHere, account: str) -> str:
    """A new authorisation code of this seller."""
    address = f"{fleet.platform.address}/simulator/consents?account={account}&state="
    async with fleet.http.get(address, allow_redirects=False) as answer:
        found = re.search(r"code=([^&]+)", answer.headers["location"])
    assert found is not None
    return found[1]


def token_response(shop: Mapping[str, Any]) -> dict[str, Any]:
    data = {
        "access_token": shop["access_token"],
        "access_token_expire_in": shop["access_expires"],
        "refresh_token": shop["refresh_token"],
        "refresh_token_expire_in": shop["refresh_expires"],
        "seller_base_region": shop["region"],
    }
    return {"code": 0, "message": "success", "data": data, "request_id": "r"}


async def test_gateway_connects_every_shop_of_a_consent() -> None:
    async with FleetHere(TOGETHER) as fleet:
        account = (await simulated_shops(fleet))[0]["account"]
        several = (await fleet_command(fleet, "shops", "connect", "--addresses", "3")).out.split()
        assert len(set(several)) == 3, "each address works once"
        waiting = await fleet_command(fleet, "shops", "connect", "--no-wait")
        address = waiting.out.strip()
        async with fleet.http.get(
            f"http://127.0.0.1:{fleet.gateway.address}/connect/callback?code=x&state=y"
        ) as forged:
            assert forged.status == 403
        status, text = await agree(fleet, address, account)
        assert status == 200, text
        assert "Shop 0" in text
        shops = await ShopRegistry(fleet.redis).all()
        assert [(each.name, each.account, each.unverified) for each in shops] == [
            ("Shop 0", account, False),
            ("Shop 1", account, False),
        ]
        status, text = await agree(fleet, address, account)
        assert status == 403, "a state works once"
        checked = await fleet_command(fleet, "doctor", "--json")
        assert checked.code == 0, checked.out


async def test_waiting_command_reports_the_shops_connected_by_the_gateway() -> None:
    async with FleetHere(TOGETHER) as fleet:
        account = (await simulated_shops(fleet))[2]["account"]
        process = await fleet.begin("shops", "connect")
        assert process.stdout is not None
        address = ""
        while "http" not in address:
            address = (await process.stdout.readline()).decode().strip()
        assert (await agree(fleet, address, account))[0] == 200
        out, _ = await process.communicate()
        assert process.returncode == 0
        assert b"(Shop 2, US) connected" in out


async def test_pasted_codes_connect_and_authorise_again() -> None:
    async with FleetHere(TOGETHER) as fleet:
        first = (await simulated_shops(fleet))[0]
        code = await code_for(fleet, first["account"])
        connected = await fleet_command(fleet, "shops", "connect", standard_input=code + "\n")
        assert connected.code == 0, connected.err
        assert "(Shop 1, US) connected" in connected.out
        spent = await fleet_command(fleet, "shops", "connect", "--code", code)
        assert spent.code == 1
        assert "already used, is wrong, or is older than 30 minutes" in spent.err
        foreign = await fleet_command(
            fleet, "shops", "connect", standard_input="https://a.example/?code=TTA_1&state=other\n"
        )
        assert "belongs to another consent" in foreign.err
        await deauthorise(fleet, first["shop_id"])
        refused = await fleet_command(fleet, "doctor")
        assert refused.code == 1
        address = f"https://a.example/back?code={await code_for(fleet, first['account'])}&state="
        again = await fleet_command(fleet, "shops", "connect", "--code", address, "--rate", "5", "--json")
        assert again.code == 0, again.err
        (consent,) = json.loads(again.out)["consents"]
        assert [(each["name"], each["is_new"]) for each in consent["shops"]] == [("Shop 0", False), ("Shop 1", False)]
        assert (await fleet_command(fleet, "doctor")).code == 0
        listed = json.loads((await fleet_command(fleet, "shops", "list", "--json")).out)
        assert {each["limit"] for each in listed} == {5.0}
        assert {each["state"] for each in listed} == {"active"}


async def test_file_connects_many_shops_and_reports_failures(tmp_path: Path) -> None:
    async with FleetHere(("--shops", "12", "--products", "12")) as fleet:
        shops = await simulated_shops(fleet)
        lines = [json.dumps(token_response(each)) for each in shops[:8]]
        lines[3] = json.dumps({"code": 36004004, "message": "expired"})
        lines += [json.dumps({"auth_code": await code_for(fleet, each["account"])}) for each in shops[8:]]
        (tmp_path / "sellers.jsonl").write_text("\n".join(lines))
        done = await fleet_command(fleet, "shops", "connect", str(tmp_path / "sellers.jsonl"))
        assert done.code == 1
        assert "line 4: it is an error response from the platform (code 36004004: expired)" in done.err
        assert "11 shops connected, 1 entry failed" in done.out
        assert len(await ShopRegistry(fleet.redis).all()) == 11
        (tmp_path / "codes.csv").write_text(f"auth_code\n{await code_for(fleet, shops[3]['account'])}\n")
        assert (await fleet_command(fleet, "shops", "connect", str(tmp_path / "codes.csv"))).code == 0
        assert len(await ShopRegistry(fleet.redis).all()) == 12


async def test_tokens_survive_an_outage_after_the_exchange() -> None:
    async with FleetHere(("--shops", "1", "--products", "1")) as fleet:
        (shop,) = await simulated_shops(fleet)
        code = await code_for(fleet, shop["account"])
        await fleet.fault(error_share=1.0)
        kept = await fleet_command(fleet, "shops", "connect", "--code", code)
        assert kept.code == 1
        found = re.search(r"--resume (\S+)", kept.err)
        assert found is not None, kept.err
        await fleet.fault(error_share=0.0)
        # A change of the token key takes these tokens along.
        keys = {
            "RELIST_TOKEN_KEY": "the key that comes next",
            "RELIST_TOKEN_KEY_OTHER": fleet.environment["RELIST_TOKEN_KEY"],
        }
        rotated = await fleet_command(fleet, "tokens", "rotate", environment=keys)
        assert rotated.out.startswith("1 account re-encrypted"), rotated.out
        fleet.environment["RELIST_TOKEN_KEY"] = keys["RELIST_TOKEN_KEY"]
        resumed = await fleet_command(fleet, "shops", "connect", "--resume", found[1])
        assert resumed.code == 0, resumed.err
        assert [key async for key in fleet.redis.scan_iter("*pending*")] == []


async def test_shops_of_two_apps_work_in_one_fleet(tmp_path: Path) -> None:
    apps = tmp_path / "apps.toml"
    apps.write_text('[other]\napp_key = "simulated-key-2"\napp_secret = "simulated-secret-2"\nservice_id = "s"\n')
    settings = {"apps_file": str(apps)}
    async with FleetHere(("--shops", "2", "--products", "20", "--apps", "2"), settings) as fleet:
        first, second = await simulated_shops(fleet)
        for shop, app in ((first, ""), (second, "other")):
            code = await code_for(fleet, shop["account"])
            done = await fleet_command(fleet, "shops", "connect", "--code", code, "--app", app)
            assert done.code == 0, done.err
        wrong = await fleet_command(fleet, "shops", "connect", "--code", "TTA_x", "--app", "third")
        assert wrong.err == "Error: app 'third' is not in RELIST_APPS_FILE, which has other\n"
        checked = await fleet_command(fleet, "doctor")
        assert checked.code == 0, checked.out
        await fleet.start_worker()
        await fleet_command(fleet, "enqueue", "search")
        async with asyncio.timeout(60):
            while not all(shop["moved"] for shop in (await fleet.books())["shops"]):
                await asyncio.sleep(0.1)


async def test_offline_shop_is_verified_later() -> None:
    async with FleetHere(("--shops", "2", "--products", "2")) as fleet:
        first, second = await simulated_shops(fleet)
        for shop, cipher in ((first, first["cipher"]), (second, first["cipher"])):
            options = ("--shop-id", shop["shop_id"], "--cipher", cipher, "--region", "US", "--offline")
            piped = orjson.dumps(token_response(shop)).decode()
            assert (await fleet_command(fleet, "shops", "add", *options, standard_input=piped)).code == 0
        assert all(each.unverified for each in await ShopRegistry(fleet.redis).all())
        doubtful = await fleet_command(fleet, "doctor", "--offline")
        assert "never verified" in doubtful.out
        verified = await fleet_command(fleet, "shops", "verify")
        assert verified.code == 1
        assert f"shop {first['shop_id']} (Shop 0) is verified" in verified.out
        assert f"shop {second['shop_id']}: --cipher differs from the platform's" in verified.err
        assert [each.unverified for each in await ShopRegistry(fleet.redis).all()] == [False, True]
