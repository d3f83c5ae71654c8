"""Generates Grafana's JSON from short descriptions of dashboards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

DATASOURCE = {"type": "prometheus", "uid": "relist-prometheus"}
"""The uid is set in provisioning/datasources/prometheus.yml."""
COLUMNS = 24
HEIGHT = {"stat": 4, "timeseries": 8, "bargauge": 8, "table": 10}

Look = Literal["stat", "timeseries", "bargauge", "table"]


@dataclass(frozen=True, slots=True)
class Query:
    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    look: Look = "timeseries"
    width: int = 8
    bad_above: float | None = None
    """Threshold at which a value turns red."""
    bad_below: float | None = None
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class PanelRow:
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    uid: str
    title: str
    description: str
    rows: tuple[PanelRow, ...]
    variables: tuple[Variable, ...] = ()


def stat(title: str, description: str, unit: str, expr: str, **options: Any) -> Panel:
    return Panel(title, description, unit, (Query(expr),), "stat", width=options.pop("width", 4), **options)


def lines(title: str, description: str, unit: str, *queries: tuple[str, str], **options: Any) -> Panel:
    """Return a time series panel; each query is (expression, legend)."""
    return Panel(title, description, unit, tuple(Query(*each) for each in queries), **options)


def bars(title: str, description: str, unit: str, expr: str, legend: str, **options: Any) -> Panel:
    return Panel(title, description, unit, (Query(expr, legend),), "bargauge", **options)


def table(title: str, description: str, *columns: tuple[str, str], **options: Any) -> Panel:
    """Return a table with a row for each combination of labels; each column is (expression, heading)."""
    return Panel(title, description, "short", tuple(Query(*each) for each in columns), "table", width=24, **options)


def to_json(dashboard: Dashboard) -> dict[str, Any]:
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.description,
        "tags": ["relist"],
        "timezone": "browser",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "editable": False,
        "graphTooltip": 1,
        "links": [{"type": "dashboards", "tags": ["relist"], "title": "relist", "asDropdown": False}],
        "templating": {"list": [_variable(each) for each in dashboard.variables]},
        "panels": list(_panels(dashboard.rows)),
    }


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": variable.query, "refId": variable.name},
        "refresh": 2,
        "sort": 1,
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }


def _panels(rows: Sequence[PanelRow]) -> Iterator[dict[str, Any]]:
    number, y = 1, 0
    for row in rows:
        yield {"id": number, "type": "row", "title": row.title, "collapsed": False, "panels": [], **_at(0, y, 24, 1)}
        number, y, x, tallest = number + 1, y + 1, 0, 0
        for panel in row.panels:
            if x + panel.width > COLUMNS:
                y, x, tallest = y + tallest, 0, 0
            height = HEIGHT[panel.look]
            yield {"id": number, **_panel(panel), **_at(x, y, panel.width, height)}
            number, x, tallest = number + 1, x + panel.width, max(tallest, height)
        y += tallest


def _at(x: int, y: int, width: int, height: int) -> dict[str, Any]:
    return {"gridPos": {"x": x, "y": y, "w": width, "h": height}}


def _panel(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.bad_above is not None:
        steps.append({"color": "red", "value": panel.bad_above})
    if panel.bad_below is not None:
        steps = [{"color": "red", "value": None}, {"color": "green", "value": panel.bad_below}]
    custom: dict[str, Any] = {}
    if panel.look == "timeseries":
        custom = {"fillOpacity": 20 if panel.stacked else 5, "showPoints": "never"}
        custom["stacking"] = {"mode": "normal" if panel.stacked else "none"}
    instant = panel.look != "timeseries"
    targets = [
        {
            "refId": chr(ord("A") + index),
            "datasource": DATASOURCE,
            "expr": query.expr,
            "legendFormat": query.legend or panel.title,
            "instant": instant,
            "range": not instant,
            **({"format": "table"} if panel.look == "table" else {}),
        }
        for index, query in enumerate(panel.queries)
    ]
    return {
        "type": panel.look,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "targets": targets,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "custom": custom,
                "thresholds": {"mode": "absolute", "steps": steps},
                **({"color": {"mode": "palette-classic"}} if panel.look == "timeseries" else {}),
            },
            "overrides": [],
        },
        "options": _options(panel.look),
        **(_joined(panel) if panel.look == "table" else {}),
    }


def _joined(panel: Panel) -> dict[str, Any]:
    """Join the queries of a table by their labels and name the columns."""
    names = {f"Value #{chr(ord('A') + index)}": query.legend for index, query in enumerate(panel.queries)}
    return {
        "transformations": [
            {"id": "merge", "options": {}},
            {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": names}},
        ]
    }


def _options(look: Look) -> dict[str, Any]:
    last = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    if look == "timeseries":
        return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    if look == "stat":
        return {"reduceOptions": last, "colorMode": "value", "graphMode": "area"}
    if look == "table":
        footer = {"show": False, "reducer": ["sum"], "countRows": False}
        return {"showHeader": True, "cellHeight": "sm", "footer": footer}
    return {"reduceOptions": last, "orientation": "horizontal", "displayMode": "basic"}
