"""The processes register exactly the metrics of the table."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from config.metrics.series import process_series
from config.metrics.table import METRICS
from gateway.run_metrics import RunMetrics
from monitoring.fleet_metrics import FleetMetrics
from producers.intake import Intake
from producers.webhooks import WebhookReceiver
from record.opening import open_record
from tiktok_shop.transport import Transport
from token_store.cipher import TokenCipher
from tracing.start import start_tracing
from worker.guarded_observers import GuardedObservers
from worker.metrics import WorkerMetrics
from worker.record_size import RecordSize


async def test_registered_metrics_match_the_table(redis: Redis, tmp_path: Path) -> None:
    worker, gateway = CollectorRegistry(), CollectorRegistry()
    for registry in (worker, gateway):
        process_series(registry)
        start_tracing("relist", registry, {})
    worker.register(GuardedObservers(WorkerMetrics(worker)))
    RecordSize(open_record("", tmp_path), worker)
    Intake(redis, "c", gateway)
    WebhookReceiver({"": ("k", "s")}, redis, gateway)
    fleet = FleetMetrics(
        redis,
        gateway,
        TokenCipher("k" * 16),
        Transport("http://a", "http://a", "k", "s"),
        lease_seconds=30,
        max_shops=300,
        deadlines={},
    )
    RunMetrics(open_record("", tmp_path), redis, gateway, "g1")
    await fleet.scan()
    await fleet.refresh()
    for registry, source in ((worker, "worker"), (gateway, "gateway")):
        registered = {
            (family.name + ("_total" if family.type == "counter" else ""), family.type, family.documentation)
            for family in registry.collect()
            if not family.name.startswith("process_")
        }
        assert registered == {
            (metric.name, metric.kind, metric.help) for metric in METRICS if metric.source in (source, "both")
        }
