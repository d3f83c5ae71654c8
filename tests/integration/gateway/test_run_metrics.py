"""Progress of runs: counted from the record by one gateway, with bounded labels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from redis.asyncio import Redis

from gateway.run_metrics import LONGEST_NAME, MAX_RUNS, RunMetrics, RunProgress, run_families
from model.product_state import ProductStateName
from record.opening import open_record
from record.state import Run, StateChange

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def values(families: Iterable[Metric], name: str) -> dict[tuple[str, ...], float]:
    found = [sample for each in families for sample in each.samples if sample.name == name]
    return {tuple(sample.labels.values()): sample.value for sample in found}


async def test_newest_runs_are_counted_by_one_gateway(redis: Redis, tmp_path: Path) -> None:
    record = open_record("", tmp_path)
    for number in range(MAX_RUNS + 5):
        await record.begin_run(Run(f"run-{number}", NOON + timedelta(minutes=number), "relist"))
    newest = f"run-{MAX_RUNS + 4}"
    states: dict[str, ProductStateName] = {"1": "relisted", "2": "needs_input", "3": "in_audit", "4": "waiting"}
    await record.set_states(StateChange(NOON, "74", product, state, run_id=newest) for product, state in states.items())
    first, second = CollectorRegistry(), CollectorRegistry()
    counting, other = RunMetrics(record, redis, first, "g1"), RunMetrics(record, redis, second, "g2")
    assert await counting.refresh()
    assert not await other.refresh(), "the first gateway holds the lock"
    products = values(first.collect(), "relist_run_products")
    assert {name for name, _, _ in products} == {f"run-{number}" for number in range(5, MAX_RUNS + 5)}
    assert {part: number for (name, _, part), number in products.items() if name == newest} == {
        "for_machines": 2,
        "for_people": 1,
        "on_v2": 1,
        "gone": 0,
    }
    assert values(first.collect(), "relist_run_started_timestamp_seconds")[newest, "relist"] > NOON.timestamp()
    assert values(second.collect(), "relist_run_products") == {}
    await record.close()


def test_names_and_number_of_runs_are_bounded() -> None:
    runs = [Run(f"{'x' * 300}{number}", NOON, "relist") for number in range(100)]
    families = list(run_families([RunProgress(run, {"queued": 1}) for run in runs]))
    ((name, _, part), number), *_ = values(families, "relist_run_products").items()
    assert (len(name), part, number) == (LONGEST_NAME, "for_machines", MAX_RUNS), "equal names are added up"
