"""The doctor on a whole fleet."""

from __future__ import annotations

import json

from console.local_fleet import running_fleet


async def test_the_doctor_looks_at_a_running_fleet() -> None:
    async with running_fleet(1, "--shops", "2", "--products", "10") as fleet:
        ended = await fleet.command("doctor", "--json")
        found = {finding["what"]: finding for finding in json.loads(ended.out)}
        assert ended.code == 0, [each for each in found.values() if each["verdict"] == "failure"]
        assert found["API clock"]["verdict"] == "ok"
        assert found["workers"]["found"] == "1 alive"
        assert found["Redis persistence"]["verdict"] == "warning"
        assert all(finding["fix"] for finding in found.values() if finding["verdict"] != "ok")
        text = await fleet.command("doctor")
        assert "ok    API:" in text.out
        for secret in ("simulated-secret", "TTP_sim", "ROW_sim"):
            assert secret not in text.out + text.err + ended.out

        fleet.environment["RELIST_TOKEN_KEY"] = "another key of the right length"
        wrong = await fleet.command("doctor")
        assert wrong.code == 1
        assert "RELIST_TOKEN_KEY" in wrong.out
