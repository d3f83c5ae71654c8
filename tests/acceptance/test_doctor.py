"""`relist doctor` on a running fleet, with wrong settings, and without Redis."""

from __future__ import annotations

import json

from tests.support.command_here import fleet_command
from tests.support.fleet_here import fleet_here
from tests.support.live_workers import until_workers


async def test_doctor_checks_a_running_fleet_and_its_settings() -> None:
    async with fleet_here(1, "--shops", "2", "--products", "10") as fleet:
        await until_workers(fleet, 1)
        ended = await fleet_command(fleet, "doctor", "--json")
        found = {finding["what"]: finding for finding in json.loads(ended.out)}
        assert ended.code == 0, [each for each in found.values() if each["verdict"] == "failure"]
        assert found["API clock"]["verdict"] == "ok"
        assert found["workers"]["found"] == "1 alive"
        assert found["Redis persistence"]["verdict"] == "warning"
        assert all(finding["fix"] for finding in found.values() if finding["verdict"] != "ok")
        text = await fleet_command(fleet, "doctor")
        assert "ok    API:" in text.out
        for secret in ("simulated-secret", "TTP_sim", "ROW_sim"):
            assert secret not in text.out + text.err + ended.out

        other_key = {"RELIST_TOKEN_KEY": "another key of the right length"}
        wrong = await fleet_command(fleet, "doctor", environment=other_key)
        assert wrong.code == 1
        assert "RELIST_TOKEN_KEY" in wrong.out

        wrong = await fleet_command(
            fleet, "doctor", environment={"RELIST_TOKEN_KEY": "short", "RELIST_MAX_JOBS": "many"}
        )
        assert wrong.code == 1
        assert "FAIL  settings: RELIST_TOKEN_KEY: must have at least 16 characters" in wrong.out
        assert "FAIL  settings: RELIST_MAX_JOBS: must be a valid integer" in wrong.out
        assert "many" not in wrong.out
        nowhere = {"RELIST_REDIS_URL": "redis://:of-the-tests@127.0.0.1:1/0"}
        away = await fleet_command(fleet, "doctor", environment=nowhere)
        assert away.code == 1
        assert "FAIL  Redis: Redis at 127.0.0.1:1/0 cannot be used: Connection refused" in away.out
        assert "ok    API:" in away.out, "checks that do not need Redis still run"
        assert "of-the-tests" not in away.out + away.err
        other = await fleet_command(fleet, "status", environment=nowhere)
        assert other.err == (
            "Error: Redis at 127.0.0.1:1/0 cannot be used: Connection refused. Is RELIST_REDIS_URL right?\n"
        )
