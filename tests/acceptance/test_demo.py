"""The demo in real processes, judged by the simulator's ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from demo.local_fleet import CommandResult
from tests.support.command_here import relist_here
from tests.support.relist_command import relist


def test_demo_moves_fleet_without_loss_or_damage() -> None:
    done = relist("demo", "--shops", "2", "--products", "60", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    books = report["books"]
    assert report["finished"]
    assert (report["lost"], books["damaged"], books["in_audit"], books["edited_more_than_once"]) == (0, 0, 0, 0)
    assert (
        books["moved"]
        + books["born_on_v2"]
        + sum(report["outcomes"].get(name, 0) for name in ("needs_input", "rejected", "failed", "waiting"))
        + report["deleted"]
        == books["products"]
    )
    assert books["moved"] > 0.7 * books["products"]
    assert report["outcomes"].get("failed", 0) == 0
    assert report["calls"]["edit_product"] == books["edits_accepted"], "no edit is sent that the platform refuses"


SETTINGS = {"RELIST_APP_KEY": "k", "RELIST_APP_SECRET": "s", "RELIST_TOKEN_KEY": "k" * 16}


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("worker",), {}, "RELIST_APP_KEY is not set"),
        (("status",), {**SETTINGS, "RELIST_REDIS_URL": "unix:///nowhere.sock"}, "Is RELIST_REDIS_URL right?"),
        (("status",), {**SETTINGS, "RELIST_REDIS_URL": "ftp://x"}, "RELIST_REDIS_URL: must start with"),
    ],
)
def test_problems_are_one_line(arguments: tuple[str, ...], environment: dict[str, str], said: str) -> None:
    done = relist_here(*arguments, environment=environment)
    assert done.code == 1
    assert done.err.startswith("Error: ")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_shops_and_files_from_the_command_line(redis_url: str, tmp_path: Path) -> None:
    def run(*arguments: str) -> CommandResult:
        environment = {**SETTINGS, "RELIST_REDIS_URL": redis_url, "RELIST_JOURNAL_DIR": str(tmp_path)}
        return relist_here(*arguments, environment=environment)

    shop = ("--shop-id", "7494", "--cipher", "ROW_x", "--region", "us")
    tokens = ("--access-token", "A", "--refresh-token", "R", "--access-expires", "1", "--refresh-expires", "2")
    assert run("shops", "add", *shop, *tokens).code == 0
    listed = json.loads(run("shops", "list", "--json").out)
    assert [(each["shop_id"], each["region"], each["state"]) for each in listed] == [("7494", "US", "active")]
    file = tmp_path / "products.csv"
    file.write_text("shop_id,product_id,category_id\n7494,1,\n7494,x,\n999,2,\n7494,3,853000\n")
    done = run("enqueue", "file", str(file))
    assert done.code == 1
    assert "2 products enqueued" in done.out
    assert "row 3: product_id" in done.err
    assert "row 4: shop_id: shop 999 is not known" in done.err
    assert run("shops", "pause", "7494").code == 0
    assert json.loads(run("shops", "list", "--json").out)[0]["state"] == "paused"
    refused = run("shops", "remove", "7494")
    assert refused.code == 1
    assert "2 queued jobs" in refused.err
    assert run("shops", "pause", "404").code == 1
