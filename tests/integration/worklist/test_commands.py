"""The commands `relist worklist`, `relist retry` and `relist status --reasons`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from redis.asyncio import Redis

from console.main import main
from shop_queue.keys import lane_keys
from tests.support.blocked_records import BRAND, MATERIAL, block

Run = Callable[..., Any]


@pytest.fixture
def relist(redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run commands in a thread, because each starts its own event loop."""
    import asyncio

    monkeypatch.chdir(tmp_path)
    for name, value in {"REDIS_URL": redis_url, "APP_KEY": "k", "APP_SECRET": "s", "TOKEN_KEY": "k" * 16}.items():
        monkeypatch.setenv(f"RELIST_{name}", value)

    async def run(*arguments: str, standard_input: bytes = b"") -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, list(arguments), input=standard_input)

    return run


async def test_exported_answers_are_imported(redis: Redis, relist: Run, tmp_path: Path) -> None:
    await block(redis, "7", "1729592969712207008", MATERIAL)
    await block(redis, "8", "2", MATERIAL)
    await block(redis, "8", "3", MATERIAL, outcome="failed")
    done = await relist("worklist", "export", "gaps.xlsx")
    assert done.exit_code == 0, done.output
    assert "2 missing fields of 2 products" in done.output
    assert "1 blocked product cannot be answered" in done.output
    book = load_workbook(tmp_path / "gaps.xlsx")
    book["Products"]["H2"] = "Wool"
    book["Products"]["H3"] = "Steel"
    book.save(tmp_path / "gaps.xlsx")
    again = await relist("worklist", "export", "gaps.xlsx")
    assert again.exit_code == 1
    assert "gaps.xlsx has 2 cells filled in by someone" in again.output
    checked = await relist("worklist", "import", "gaps.xlsx", "--check", "--refused", "nowhere/refused.xlsx")
    assert checked.exit_code == 1
    assert "imported" in checked.stdout, "the result is reported even if the refused rows cannot be written"
    assert "nowhere/refused.xlsx cannot be written" in checked.stderr
    done = await relist("worklist", "import", "gaps.xlsx", "--refused", "refused.xlsx")
    assert done.exit_code == 1
    assert "1 answer imported: 1 product requeued" in done.output
    assert "Products, row 3: 'Steel' is not one of the allowed values (Cotton; Wool)" in done.output
    assert await redis.hkeys(lane_keys("7").jobs) == [b"1729592969712207008"]
    assert await redis.hlen(lane_keys("8").jobs) == 0
    refused = load_workbook(tmp_path / "refused.xlsx")
    (row,) = refused["Products"].iter_rows(min_row=2, values_only=True)
    assert row[:2] == ("8", "2")
    assert "'Steel' is not one of the allowed values" in row[-1]
    refused["Products"]["H2"] = "Cotton"
    refused.save(tmp_path / "refused.xlsx")
    assert (await relist("worklist", "import", "refused.xlsx")).exit_code == 0
    assert await redis.hkeys(lane_keys("8").jobs) == [b"2"]
    assert (await relist("worklist", "export", "gaps.xlsx", "--replace")).exit_code == 0


async def test_read_only_container_uses_standard_streams(redis: Redis, relist: Run, tmp_path: Path) -> None:
    await block(redis, "7", "1", MATERIAL)
    tmp_path.chmod(0o500)
    exported = await relist("worklist", "export", "-")
    assert exported.exit_code == 0, exported.output
    rows = list(csv.DictReader(exported.stdout_bytes.decode("utf-8-sig").splitlines()))
    assert len(rows) == 1
    assert "1 missing field of 1 product written" in exported.stderr
    text = ",".join(rows[0]) + "\n" + ",".join(f'"{each}"' for each in {**rows[0], "answer": "Wool"}.values())
    imported = await relist("worklist", "import", "-", "--json", standard_input=text.encode())
    assert json.loads(imported.stdout)["queued"] == 1, imported.output
    assert await redis.hkeys(lane_keys("7").jobs) == [b"1"]
    refused = await relist("worklist", "export", "-", "--json")
    assert refused.exit_code == 2


async def test_csv_of_one_shop_and_reason_round_trips(redis: Redis, relist: Run, tmp_path: Path) -> None:
    await block(redis, "7", "1", MATERIAL)
    await block(redis, "8", "2", MATERIAL)
    await block(redis, "8", "3", BRAND)
    done = await relist("worklist", "export", "gaps.csv", "--shop", "8", "--reason", "12052208", "--json")
    report = json.loads(done.stdout)
    assert (report["rows"], report["products"], report["rows_left_out"]) == (1, 1, 0)
    assert report["questions"][0]["unlocks"] == 1
    with (tmp_path / "gaps.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["answer"] = "done"
    with (tmp_path / "gaps.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    done = await relist("worklist", "import", "gaps.csv", "--check", "--json")
    assert json.loads(done.stdout) == {
        "queued": 0,
        "complete": 1,
        "dry_runs": 0,
        "answers": 1,
        "unanswered_rows": 0,
        "incomplete_products": 0,
        "problems": [],
    }
    assert await redis.hlen(lane_keys("8").jobs) == 0
    assert (await relist("worklist", "import", "gaps.csv")).exit_code == 0
    assert await redis.hkeys(lane_keys("8").jobs) == [b"3"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("worklist", "export", "gaps.pdf"), "must end in .xlsx or .csv"),
        (("worklist", "export", "gaps.csv", "--shop", "404"), "shop 404 is not known"),
        (("worklist", "export", "no/such/place.csv"), "cannot be written"),
        (("worklist", "export", "full.xlsx"), "full.xlsx cannot be written: No space left on device"),
        (("worklist", "import", "none.csv"), "does not exist"),
        (("worklist", "import", "other.csv", "--refused", "refused.csv"), "refused.csv: the name must end in .xlsx"),
        (("worklist", "import", "other.csv"), "the column shop is missing"),
        (("retry",), "choose what to retry"),
        (("retry", "--outcome", "relisted"), "Invalid value"),
        (("retry", "--reason", "x", "--shop", "404"), "shop 404 is not known"),
        (("status", "--reasons", "--watch"), "cannot be combined with --watch"),
    ],
)
async def test_usage_errors_are_reported_in_one_line(
    redis: Redis, relist: Run, tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    await block(redis, "7", "1", MATERIAL)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "full.xlsx").symlink_to("/dev/full")
    done = await relist(*arguments)
    assert done.exit_code != 0
    assert expected in done.output
    assert isinstance(done.exception, SystemExit)


async def test_status_and_retry_by_reason(redis: Redis, relist: Run) -> None:
    await block(redis, "7", "1", BRAND, MATERIAL)
    await block(redis, "8", "2", BRAND)
    await block(redis, "8", "3", MATERIAL, outcome="rejected")
    shown = json.loads((await relist("status", "--reasons", "--json")).stdout)["reasons"]
    counted = {(each["outcome"], each["code"]): (each["products"], each["shops"]) for each in shown}
    assert counted == {
        ("needs_input", "12052208"): (2, 2),
        ("needs_input", "12052104"): (1, 1),
        ("rejected", "12052104"): (1, 1),
    }
    assert shown[0]["code"] == "12052208"
    assert "Acme" in (await relist("status", "--reasons")).output
    done = await relist("retry", "--reason", "12052208", "--shop", "7", "--json")
    assert json.loads(done.stdout) == {"queued": 1, "already_queued": 0, "dry_runs": 0, "not_kept": 0}
    done = await relist("retry", "--reason", "12052208")
    assert "1 product requeued, 1 already queued" in done.output
    assert await redis.hkeys(lane_keys("8").jobs) == [b"2"]
