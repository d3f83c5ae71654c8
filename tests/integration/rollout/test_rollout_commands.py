"""`relist rollout` as an operator types it, against a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from console.main import main

KEY = "decision/MX/mapping/600001>700001/abc"


@pytest.fixture
def relist(redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("RELIST_REDIS_URL", redis_url)
    monkeypatch.setenv("RELIST_APP_KEY", "key")
    monkeypatch.setenv("RELIST_APP_SECRET", "secret-of-a-test")
    monkeypatch.setenv("RELIST_TOKEN_KEY", "token-key-of-a-test")
    monkeypatch.setenv("RELIST_JOURNAL_DIR", str(tmp_path))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["rollout", *arguments])

    return run


def test_nothing_is_stopped_at_first(relist) -> None:  # type: ignore[no-untyped-def]
    listed = relist("list")
    assert (listed.exit_code, listed.output) == (0, "nothing is stopped\n")
    assert json.loads(relist("list", "--json").output) == {"causes": [], "levels": {}, "runs": {}}


def test_a_stop_is_listed_shown_and_released(relist) -> None:  # type: ignore[no-untyped-def]
    stopped = relist("stop", KEY, "--why", "wrong leaf")
    assert stopped.stdout == f"{KEY}: stopped\n"
    assert f"no edit of {KEY} has been sent yet: is this the cause you mean?" in stopped.stderr
    listed = relist("list").output
    assert KEY in listed
    assert "wrong leaf" in listed
    assert "operator" in listed
    shown = relist("show", KEY)
    assert shown.exit_code == 0
    assert "wrong leaf" in shown.output
    assert json.loads(relist("show", KEY, "--json").output)["cause"]["why"] == "wrong leaf"
    assert relist("release", KEY).output == f"{KEY}: released\n"
    assert relist("list").output == "nothing is stopped\n"


def test_accept_and_probe_end_with_the_cause(relist) -> None:  # type: ignore[no-untyped-def]
    relist("stop", "field/title")
    assert json.loads(relist("probe", "field/title", "--json").output)["probing"] is True
    assert relist("accept", "field/title").output == "field/title: accepted\n"


@pytest.mark.parametrize("action", ["release", "accept", "probe", "show"])
def test_an_unknown_cause_is_refused_with_what_to_do(relist, action: str) -> None:  # type: ignore[no-untyped-def]
    refused = relist(action, "market/MX")
    assert refused.exit_code == 1
    assert "market/MX is not stopped: `relist rollout list` shows all causes" in refused.output


def test_a_malformed_key_is_refused(relist) -> None:  # type: ignore[no-untyped-def]
    refused = relist("stop", "everything")
    assert refused.exit_code == 1
    assert "is not a level" in refused.output


def test_a_run_gets_a_policy_and_loses_it(relist) -> None:  # type: ignore[no-untyped-def]
    relist("run-policy", "spring", "careful")
    assert json.loads(relist("list", "--json").output)["runs"] == {"spring": "careful"}
    relist("run-policy", "spring", "default")
    assert json.loads(relist("list", "--json").output)["runs"] == {}


def test_prune_reports_its_count(relist) -> None:  # type: ignore[no-untyped-def]
    assert json.loads(relist("prune", "--json").output) == {"forgotten": 0}


def plan_file(folder: Path, *fields: str) -> str:
    lines: list[dict[str, Any]] = [{"plan": 1, "run_id": "x"}]
    known = {"ready": True, "category_id": "7", "rule": "mapping", "old_category": "6"}
    lines += [{**known, "shop_id": f"s{n % 2}", "fields": fields} for n in range(60)]
    lines.append({"ready": False})
    path = folder / "plan.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return str(path)


def test_simulate_compares_the_policies_for_a_plan(relist, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = relist("simulate", plan_file(tmp_path, "title"), "--audit-minutes", "10", "--json")
    assert done.exit_code == 0, done.output
    body = json.loads(done.output)
    assert (body["products"], body["audit_median_seconds"]) == (60, 600)
    off, normal, careful = body["policies"]
    assert [each["policy"] for each in (off, normal, careful)] == ["off", "normal", "careful"]
    assert off["products_held"] == 0 < normal["products_held"]
    assert "95 % final" in relist("simulate", plan_file(tmp_path), "--audit-minutes", "10").output


def test_simulate_counts_the_looks_at_fields_that_the_plan_names(relist, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    of_an_earlier_release = relist("simulate", plan_file(tmp_path), "--audit-minutes", "10")
    assert "their read-backs are not counted: plan again" in of_an_earlier_release.stderr
    done = relist("simulate", plan_file(tmp_path, "title", "skus.seller_sku"), "--audit-minutes", "10")
    assert done.exit_code == 0
    assert "plan again" not in done.stderr


def test_simulate_needs_a_measured_audit_or_an_option(relist, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused = relist("simulate", plan_file(tmp_path))
    assert refused.exit_code == 1
    assert "pass --audit-minutes" in refused.output


def test_simulate_names_a_plan_without_edits(relist, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "none").write_text('{"plan": 3, "lines": 1}\n{"ready": false}\n')
    refused = relist("simulate", str(tmp_path / "none"), "--audit-minutes", "1")
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: the plan has no edit to send, so its rollout costs nothing\n",
    )


def test_simulate_refuses_a_line_that_is_not_a_plan(relist, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "bad").write_text('{"plan": 1}\nnot json\n')
    refused = relist("simulate", str(tmp_path / "bad"), "--audit-minutes", "1")
    assert refused.exit_code == 1
    assert "line 2 is not a plan line" in refused.output
