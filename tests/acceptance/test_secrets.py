"""A fleet writes no token or secret in plain text: everything it wrote is searched."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from demo.local_fleet import APP_SECRET, LocalFleet
from tests.support.conservation import search_all, until_done, until_moved
from tests.support.record_entries import stored_edits


async def everything_in_redis(fleet: LocalFleet) -> bytes:
    found = []
    async for key in fleet.redis.scan_iter("*"):
        dumped = await fleet.redis.execute_command("DUMP", key)
        found.append(key + b"\n" + (dumped or b""))
    return b"\n".join(found)


@pytest.mark.slow
async def test_no_secret_in_logs_metrics_outcomes_or_redis(tmp_path: Path) -> None:
    settings = {"log_level": "DEBUG", "log_format": "json", "audit_poll_seconds": "1"}
    log = tmp_path / "log"
    async with LocalFleet(("--shops", "3", "--products", "150"), settings, log_file=log) as fleet:
        shops = await fleet.add_shops()
        async with fleet.http.get(f"{fleet.platform.address}/simulator/shops") as answer:
            sold = orjson.loads(await answer.read())
        tokens = {each[name] for each in sold for name in ("access_token", "refresh_token")}
        worker = await fleet.start_worker()
        await search_all(fleet)
        await until_moved(fleet, 20)
        # Faults that could leak a secret: a dead token, malformed responses, an outage, a stack trace.
        await fleet.fault(shop_id=shops[0], token_dead=True)
        await fleet.fault(error_share=0.2, malformed_share=0.2)
        await until_moved(fleet, 60)
        await fleet.fault(error_share=0.0, malformed_share=0.0)
        await fleet.fault(shop_id=shops[0], token_dead=False)
        for shop in shops:
            await fleet.command("shops", "resume", shop)
        await until_done(fleet)
        written = {"logs": log.read_bytes(), "redis": await everything_in_redis(fleet)}
        for name, port in (("worker metrics", worker.address), ("gateway metrics", fleet.gateway.address)):
            async with fleet.http.get(f"http://127.0.0.1:{port}/metrics") as answer:
                written[name] = await answer.read()
        written["record"] = repr(stored_edits(fleet.directory / "journal")).encode()
        written["record"] += (fleet.directory / "journal" / "record.sqlite3").read_bytes()
        secrets = {APP_SECRET, fleet.environment["RELIST_TOKEN_KEY"], *tokens}
    assert b"job_done" in written["logs"], "an empty log would prove nothing"
    assert all(len(each) > 1000 for each in written.values())
    found = {(where, secret[:8]) for where, text in written.items() for secret in secrets if secret.encode() in text}
    assert not found
