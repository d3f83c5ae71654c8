"""`relist doctor` names each cause once, with the remedy, after the cause was provoked in a real fleet."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from config.settings import SettingsError
from console.commands.doctor import check_versions
from console.diagnosis.clocks import judge_platform_clock
from shop_queue.worker_versions import note_version, read_versions
from tests.support.command_here import fleet_command
from tests.support.conservation import search_all
from tests.support.fleet_here import FleetHere
from tests.support.live_workers import until_workers
from tests.support.seller import deauthorise, simulated_shops, until_parked
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from token_store.tokens import Tokens, TokenStore

TOKEN_FIELDS = ("access_token", "refresh_token", "access_expires", "refresh_expires")


async def findings(
    fleet: FleetHere, *options: str, environment: Mapping[str, str] | None = None, code: int = 1
) -> list[dict[str, Any]]:
    ended = await fleet_command(fleet, "doctor", "--json", *options, environment=environment)
    assert ended.code == code, ended.out + ended.err
    found: list[dict[str, Any]] = json.loads(ended.out)
    assert all(each["fix"] for each in found if each["verdict"] != "ok")
    return found


def causes(found: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Cause -> shops, without the warnings of every young fleet."""
    young = (("webhooks", "warning"), ("no_worker", "warning"))
    named = [each for each in found if each["cause"] and (each["cause"], each["verdict"]) not in young]
    assert len({each["cause"] for each in named}) == len(named), "one line for each cause"
    return {each["cause"]: each["shops"] for each in named}


async def expire(fleet: FleetHere, shop_id: str) -> None:
    """Store the shop's authorisation as one that ended a day ago."""
    past = int(time.time()) - 86_400
    await store_tokens(fleet, shop_id, access_expires=past, refresh_expires=past)


async def store_tokens(fleet: FleetHere, shop_id: str, **change: int) -> None:
    """Store the shop's tokens with other expiries."""
    (shop,) = (each for each in await simulated_shops(fleet) if each["shop_id"] == shop_id)
    address, key = fleet.platform.address, fleet.environment["RELIST_TOKEN_KEY"]
    store = TokenStore(fleet.redis, TokenCipher(key), Transport(address, address, "k", ""))
    await store.save(shop["account"], Tokens(**{**{name: shop[name] for name in TOKEN_FIELDS}, **change}))


async def test_causes_of_the_app_and_the_network_are_named_once() -> None:
    async with FleetHere(("--shops", "60", "--products", "60", "--unlimited")) as fleet:
        shops = await fleet.add_shops()
        assert causes(await findings(fleet, code=0)) == {}
        for setting, value, cause in (
            ("APP_SECRET", "another secret", "app_secret"),
            ("APP_KEY", "another-key", "app_key"),
            ("TOKEN_KEY", "another key of the right length", "token_key"),
        ):
            found = await findings(fleet, environment={f"RELIST_{setting}": value})
            assert causes(found) == {cause: shops}, setting
        await fleet.fault(caller_refused=True)
        found = await findings(fleet)
        assert causes(found) == {"allow_list": shops}
        await fleet.fault(caller_refused=False, outage=True)
        assert causes(await findings(fleet)).keys() == {"platform"}
        await fleet.fault(outage=False)
        nowhere = {"RELIST_API_URL": "http://127.0.0.1:1", "RELIST_AUTH_URL": "http://127.0.0.1:1"}
        assert causes(await findings(fleet, environment=nowhere)) == {"network": []}
        unknown = {"RELIST_API_URL": "https://a.invalid", "RELIST_AUTH_URL": "https://a.invalid"}
        assert causes(await findings(fleet, environment=unknown)) == {"network": []}


async def test_each_app_with_a_wrong_secret_is_a_cause(tmp_path: Path) -> None:
    (tmp_path / "other.secret").write_text("simulated-secret-2")
    apps = tmp_path / "apps.toml"
    apps.write_text('[other]\napp_key = "simulated-key-2"\napp_secret_file = "other.secret"\n')
    async with FleetHere(("--shops", "2", "--products", "2", "--apps", "2"), {"apps_file": str(apps)}) as fleet:
        first, second = await simulated_shops(fleet)
        for shop, app in ((first, ""), (second, "other")):
            file = tmp_path / "tokens.json"
            file.write_text(json.dumps({name: shop[name] for name in TOKEN_FIELDS}))
            wrong = await fleet_command(fleet, "shops", "connect", str(file), "--app", "" if app else "other")
            assert wrong.code == 1
            assert "if these tokens belong to another app, name it with --app" in wrong.err
            done = await fleet_command(fleet, "shops", "connect", str(file), "--app", app)
            assert done.code == 0, done.err
        (tmp_path / "other.secret").write_text("wrong")
        found = await findings(fleet, environment={"RELIST_APP_SECRET": "wrong"})
        named = {each["fix"].rpartition(" to ")[2]: each["shops"] for each in found if each["cause"] == "app_secret"}
        assert named == {
            "RELIST_APP_KEY and RELIST_APP_SECRET": [first["shop_id"]],
            "[other] in RELIST_APPS_FILE": [second["shop_id"]],
        }


async def test_tokens_of_a_spent_code_survive_a_missing_entry_of_the_allow_list(tmp_path: Path) -> None:
    async with FleetHere(("--shops", "1", "--products", "1")) as fleet:
        (shop,) = await simulated_shops(fleet)
        await fleet.fault(caller_refused=True)
        kept = await fleet_command(fleet, "shops", "connect", "--code", shop["auth_code"])
        assert "allow list (36009033)" in kept.err
        name = kept.err.split()[-1]
        (tmp_path / "tokens.json").write_text(json.dumps({each: shop[each] for each in TOKEN_FIELDS}))
        again = await fleet_command(fleet, "shops", "connect", str(tmp_path / "tokens.json"))
        assert "--resume" not in again.err, "the operator has these tokens"
        await fleet.fault(caller_refused=False)
        (waits,) = (each for each in await findings(fleet, code=0) if each["cause"] == "pending_consent")
        assert waits["fix"] == f"relist shops connect --resume {name}"
        resumed = await fleet_command(fleet, "shops", "connect", "--resume", name)
        assert resumed.code == 0, resumed.err
        assert [key async for key in fleet.redis.scan_iter("*pending*")] == []


async def test_a_failing_refresh_is_not_reported_of_shops_with_valid_tokens() -> None:
    async with FleetHere(("--shops", "4", "--products", "4", "--unlimited")) as fleet:
        shops = await fleet.add_shops()
        await store_tokens(fleet, shops[0], access_expires=int(time.time()) - 60)
        await store_tokens(fleet, shops[1], access_expires=int(time.time()) - 60)
        await fleet.fault(refresh_answer="error")
        await fleet.fault(shop_id=shops[3], inactive="shop")
        assert causes(await findings(fleet)) == {"token_service": shops[:2], "inactive_shop": [shops[3]]}


async def test_causes_of_single_shops_are_named_with_their_shops() -> None:
    async with FleetHere(("--shops", "5", "--products", "5", "--unlimited")) as fleet:
        shops = await fleet.add_shops()
        await fleet.fault(shop_id=shops[0], inactive="shop")
        await fleet.fault(shop_id=shops[1], scopes=["seller.authorization.info"])
        await deauthorise(fleet, shops[2])
        await expire(fleet, shops[3])
        found = await findings(fleet)
        named = causes(found)
        assert named["inactive_shop"] == [shops[0]]
        assert named["missing_scope"] == [shops[1]]
        assert named["revoked_consent"] == [shops[2]]
        assert named["expired"] == [shops[3]]
        assert named.keys() == {"inactive_shop", "missing_scope", "revoked_consent", "expired"}
        (fine,) = (each for each in found if each["what"] == "shops" and each["verdict"] == "ok")
        assert fine["found"].startswith("1 of 5 shops are authorised and active")
        text = await fleet_command(fleet, "doctor")
        line = f"the shop or its seller is inactive: the shop is inactive (36009043) (1 of 5 shops): {shops[0]}"
        assert f"FAIL  shops: {line}\n" in text.out


async def test_shops_that_a_cause_has_parked_are_not_reported_again() -> None:
    async with FleetHere(("--shops", "3", "--products", "3", "--unlimited")) as fleet:
        shops = await fleet.add_shops()
        wrong = {"RELIST_APP_SECRET": "another secret"}
        await fleet.start_worker(environment=wrong)
        await search_all(fleet)
        for shop_id in shops:
            await until_parked(fleet, shop_id)
        found = await findings(fleet, environment=wrong)
        assert [each["cause"] for each in found if each["verdict"] == "failure"] == ["app_secret"]
        assert not any("stalled" in each["what"] for each in found)
        corrected = await findings(fleet)
        (stalled,) = (each for each in corrected if "stalled" in each["what"])
        assert stalled["what"] == "3 shops stalled", "one line, although each shop's request has its own ID"
        resumed = await fleet_command(fleet, "shops", "resume", "--parked")
        assert resumed.out == "3 shops active\n"


async def test_wrong_files_and_record_are_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("not,a,table\n1,2,3\n")
    full = tmp_path / "file"
    full.write_text("")
    async with FleetHere(("--shops", "1", "--products", "1")) as fleet:
        await fleet.add_shops()
        for name in ("mapping_file", "attribute_rules_file", "error_codes_file", "markets_file", "apps_file"):
            for value in (bad, tmp_path / "missing"):
                found = await findings(fleet, "--offline", environment={f"RELIST_{name.upper()}": str(value)})
                assert name in causes(found), (name, value)
        found = await findings(fleet, "--offline", environment={"RELIST_FACTS_FILE": str(tmp_path / "missing")})
        assert [each["what"] for each in found if each["verdict"] == "failure"] == ["facts file"]
        found = await findings(fleet, "--offline", environment={"RELIST_JOURNAL_DIR": str(full / "journal")})
        assert [each["what"] for each in found if each["verdict"] == "failure"] == ["record"]
        nowhere = {"RELIST_RECORD_URL": "postgresql://nobody@127.0.0.1:1/relist"}
        found = await findings(fleet, "--offline", environment=nowhere)
        assert [each["what"] for each in found if each["verdict"] == "failure"] == ["record"]


async def test_a_full_redis_and_a_wrong_policy_are_named() -> None:
    async with FleetHere(("--shops", "1", "--products", "1")) as fleet:
        await fleet.add_shops()
        await fleet.redis.execute_command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        found = await findings(fleet, "--offline")
        assert [each["what"] for each in found if each["verdict"] == "failure"] == ["Redis eviction"]
        (workers,) = (each for each in found if each["what"] == "workers")
        assert workers["fix"].startswith("fix the problem that keeps workers from starting")
        with pytest.raises(SettingsError, match="allkeys-lru"):
            await fleet.start_worker()
        await fleet.redis.execute_command("CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1")
        found = await findings(fleet, "--offline")
        assert "redis_full" in causes(found)
        (full,) = (each for each in found if each["cause"] == "redis_full")
        assert full["fix"] == "raise maxmemory"


async def test_missing_worker_rights_and_mixed_versions_are_named() -> None:
    async with FleetHere(("--shops", "1", "--products", "1")) as fleet:
        await fleet.add_shops()
        found = await findings(fleet, "--strict", code=2)
        assert [each["fix"] for each in found if each["what"] == "workers"] == ["start one: relist worker"]
        await search_all(fleet)
        assert causes(await findings(fleet)).keys() == {"no_worker"}, "work waits, so it is a failure"
        await fleet.start_worker()
        await until_workers(fleet, 1)
        assert "mixed_versions" not in causes(await findings(fleet, code=0))
        (worker,) = await read_versions(fleet.redis)
        await note_version(fleet.redis, worker, "0.0.1")
        assert "mixed_versions" in causes(await findings(fleet, code=0))
        await fleet.redis.execute_command("ACL", "SETUSER", "default", "-xtrim", "-publish")
        assert "redis_rights" in causes(await findings(fleet, code=0))


async def test_workers_that_a_wrong_file_keeps_from_starting_have_that_remedy(tmp_path: Path) -> None:
    async with FleetHere(("--shops", "1", "--products", "1")) as fleet:
        await fleet.add_shops()
        missing = {"RELIST_MAPPING_FILE": str(tmp_path / "missing.csv")}
        found = await findings(fleet, "--offline", environment=missing)
        (workers,) = (each for each in found if each["what"] == "workers")
        assert workers["fix"].startswith("fix the problem that keeps workers from starting")
        (file,) = (each for each in found if each["what"] == "mapping file")
        assert file["found"].count("missing.csv") == 1
        with pytest.raises(SettingsError, match=r"RELIST_MAPPING_FILE: .*missing\.csv cannot be read"):
            await fleet.start_worker(environment=missing)


def test_skewed_clock_is_a_failure_with_its_cause() -> None:
    assert judge_platform_clock("API clock", 400).cause == "clock"
    assert check_versions([]) == []
