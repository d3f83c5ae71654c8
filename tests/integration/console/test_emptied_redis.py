"""An emptied Redis is named by doctor, and no command adds shops to it, which would make it look complete."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command_here import fleet_command
from tests.support.conservation import search_all, until_done
from tests.support.fleet_here import fleet_here


async def test_no_shop_is_added_before_the_rebuild(tmp_path: Path) -> None:
    async with fleet_here(1, "--shops", "1", "--products", "2") as fleet:
        await search_all(fleet)
        await until_done(fleet)
        async with fleet.http.get(f"{fleet.platform.address}/simulator/shops") as reply:
            (tmp_path / "tokens.json").write_text(await reply.text())
        await fleet.redis.flushall()
        found = json.loads((await fleet_command(fleet, "doctor", "--offline", "--json")).out)
        (lost,) = [each for each in found if each["cause"] == "redis_emptied"]
        assert (lost["verdict"], lost["what"]) == ("failure", "Redis data")
        assert lost["fix"].startswith("relist record rebuild")
        assert "mixed_versions" not in {each["cause"] for each in found}
        connect = ("shops", "connect", str(tmp_path / "tokens.json"))
        refused = await fleet_command(fleet, *connect)
        assert refused.code == 1
        assert "Redis was emptied" in refused.err
        assert "relist record rebuild" in refused.err
        assert (await fleet_command(fleet, "record", "rebuild")).code == 0
        connected = await fleet_command(fleet, *connect)
        assert connected.code == 0, connected.err
        assert "redis_emptied" not in (await fleet_command(fleet, "doctor", "--offline", "--json")).out
