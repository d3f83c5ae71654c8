"""The dashboards are generated, every panel has a description, and every metric exists."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from config.grafana.build import files
from tests.support.promql import DASHBOARDS, ROOT, dashboards, known_names, metric_names, panels

PANELS = list(panels())
DATASOURCE = ROOT / "config/grafana/provisioning/datasources/prometheus.yml"


def test_dashboards_are_generated() -> None:
    assert {path: path.read_text() for path in DASHBOARDS.glob("*.json")} == files(), "run `make generated`"


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=[name for name, _ in PANELS])
def test_panels_have_description_unit_and_known_metrics(name: str, panel: dict[str, Any]) -> None:
    (provisioned,) = yaml.safe_load(DATASOURCE.read_text())["datasources"]
    assert len(panel["description"]) > 3
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"] == panel["datasource"] == {"type": "prometheus", "uid": provisioned["uid"]}
        assert metric_names(target["expr"]), "a query asks for at least one metric"
        assert metric_names(target["expr"]) <= known_names()
        assert "irate(" not in target["expr"]
        for function in ("rate(", "increase("):
            for part in target["expr"].split(function)[1:]:
                assert "[$__rate_interval]" in part or "[$__range]" in part, "the range follows the zoom"


@pytest.mark.parametrize("file", sorted(dashboards()))
def test_panels_do_not_overlap_and_ids_are_unique(file: str) -> None:
    taken: set[tuple[int, int]] = set()
    every = dashboards()[file]["panels"]
    for panel in every:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in every}) == len(every)
    assert dashboards()[file]["uid"] == file.removesuffix(".json")


def test_every_operator_metric_is_on_a_dashboard() -> None:
    shown = {name for _, panel in PANELS for target in panel["targets"] for name in metric_names(target["expr"])}
    rested = {
        name for name in known_names() if name.startswith("relist_") and not name.endswith(("_sum", "_count"))
    } - shown
    assert rested == {
        "relist_deadline_timestamp_seconds",  # through relist:deadline_slack_seconds
        "relist_job_timeout_seconds",  # for the alert JobRunningTooLong
    }


def test_runbooks_name_existing_panels() -> None:
    titles = {panel["title"] for _, panel in PANELS}
    quoted = {
        (page.name, title)
        for page in (ROOT / "docs/runbooks").glob("*.md")
        for title in re.findall(r'"([A-Z][^"]+)"', page.read_text())
    }
    assert quoted
    assert not [each for each in quoted if each[1] not in titles]
