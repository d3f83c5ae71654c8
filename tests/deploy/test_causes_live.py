"""Each cause, provoked in a running fleet, is named by the alerts, the web UI and doctor, and inhibits its symptoms."""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.settings import SettingsError
from monitoring import shop_inspection
from monitoring.fleet_metrics import FleetMetrics
from shop_queue.worker_versions import note_version
from tests.support.command_here import fleet_command
from tests.support.conservation import search_all
from tests.support.fleet_here import FleetHere
from tests.support.live_alerts import LiveAlerts, live_alerts
from tests.support.seller import deauthorise
from tests.support.small_disk import fill, small_disk

pytestmark = pytest.mark.slow

ALWAYS = frozenset({"PeopleAtRisk", "DeadlineAtRisk", "WebhookDeliveryLate", "RecordFillingUp"})
"""Alerts whose thresholds of days and gigabytes this small, young fleet reaches."""
SECONDS = 90.0


@dataclass(slots=True)
class Site:
    """One fleet and what the test has prepared for it."""

    fleet: FleetHere
    shops: list[str]
    mapping: Path
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cause:
    provoke: Callable[[Site], Awaitable[None]]
    fires: frozenset[str]
    page: str
    """Text of the section "What is stuck?"."""
    doctor: str
    inhibits: frozenset[str] = frozenset()
    worker: bool = True
    """Whether a worker runs before the cause is provoked."""
    settings: dict[str, str] = field(default_factory=dict)
    """Settings of the worker."""
    doctors_settings: bool = False
    """Whether doctor runs with them too."""
    on_small_disk: bool = False
    """Whether the record has a separate disk."""


async def outage(site: Site) -> None:
    await site.fleet.fault(outage=True)
    await search_all(site.fleet)


async def allow_list(site: Site) -> None:
    await site.fleet.fault(caller_refused=True)
    await search_all(site.fleet)


async def search(site: Site) -> None:
    await search_all(site.fleet)


async def dead_token(site: Site) -> None:
    await site.fleet.fault(shop_id=site.shops[0], token_dead=True)
    await search_all(site.fleet)


async def revoked(site: Site) -> None:
    await deauthorise(site.fleet, site.shops[0])


async def inactive(site: Site) -> None:
    await site.fleet.fault(shop_id=site.shops[0], inactive="shop")
    await search_all(site.fleet)


async def scope(site: Site) -> None:
    await site.fleet.fault(shop_id=site.shops[0], scopes=["seller.authorization.info"])
    await search_all(site.fleet)


async def replica(site: Site) -> None:
    await site.fleet.redis.execute_command("REPLICAOF", "127.0.0.1", "1")


async def full_redis(site: Site) -> None:
    used = (await site.fleet.redis.info("memory"))["used_memory"]  # type: ignore[union-attr]
    await site.fleet.redis.execute_command("CONFIG", "SET", "maxmemory", str(used // 2))


async def broken_mapping(site: Site) -> None:
    site.mapping.write_text("not,a,table\n1,2,3\n")


async def refused_start(site: Site) -> None:
    await broken_mapping(site)
    await search_all(site.fleet)
    with pytest.raises(SettingsError, match="RELIST_MAPPING_FILE"):
        await site.fleet.start_worker(environment=site.environment)


async def stopped_rollout(site: Site) -> None:
    ended = await fleet_command(site.fleet, "rollout", "stop", "market/US")
    assert ended.code == 0, ended.err
    await search_all(site.fleet)


async def full_record(site: Site) -> None:
    fill(Path(site.fleet.environment["RELIST_JOURNAL_DIR"]))
    await search_all(site.fleet)


async def other_version(site: Site) -> None:
    await note_version(site.fleet.redis, "another", "0.0.1")
    await site.fleet.redis.execute_command("ZADD", "{relist:shops:ready}:workers", 10**15, "another")


IN_SHOP, MAPPING = frozenset({"ShopParked", "ShopProblem"}), {"RELIST_MAPPING_FILE": "{mapping}"}
CAUSES = {
    "platform down": Cause(
        outage,
        frozenset({"PlatformDown"}),
        "The platform does not respond to 1 of 1 worker since",
        "no response to 1 of 1 worker since",
        frozenset({"ApiDown"}),
    ),
    "wrong secret": Cause(
        search,
        frozenset({"ShopsParked"}),
        "the platform refuses the app",
        "the app secret is wrong",
        settings={"RELIST_APP_SECRET": "another secret"},
        doctors_settings=True,
    ),
    "allow list": Cause(
        allow_list,
        frozenset({"ShopProblem"}),
        "is not on the app's allow list (36009033)",
        "is not on the app's allow list (36009033)",
        frozenset({"ShopsParked"}),
    ),
    "dead token": Cause(dead_token, IN_SHOP, "the refresh token is refused", "the refresh token is refused"),
    "revoked consent": Cause(revoked, IN_SHOP, "the consent was revoked", "the consent was revoked"),
    "inactive shop": Cause(inactive, IN_SHOP, "the shop is inactive (36009043)", "the shop is inactive (36009043)"),
    "missing scope": Cause(scope, IN_SHOP, "a permission is missing", "a permission is missing"),
    "replica": Cause(replica, frozenset({"RedisDown"}), "Redis is a replica", "point RELIST_REDIS_URL at the primary"),
    "full Redis": Cause(full_redis, frozenset({"RedisDown"}), "Redis is full", "Redis is full"),
    "no worker": Cause(
        search,
        frozenset({"WorkersMissing"}),
        "No worker is alive",
        "none is alive, with 3 jobs waiting",
        frozenset({"NoProgress", "WorkerDown"}),
        worker=False,
    ),
    "refused start": Cause(
        refused_start,
        frozenset({"WorkersMissing", "WorkerProblem"}),
        "did not start at",
        "the column `from` is missing",
        frozenset({"NoProgress", "WorkerDown"}),
        worker=False,
        settings=MAPPING,
    ),
    "broken mapping": Cause(
        broken_mapping,
        frozenset({"WorkerProblem"}),
        "its previous version stays in use",
        "the column `from` is missing",
        settings=MAPPING,
    ),
    "full record": Cause(
        full_record,
        frozenset({"WorkerProblem"}),
        "the record",
        "free disk space; edits wait until then",
        frozenset({"ShopsParked"}),
        on_small_disk=True,
    ),
    "stopped rollout": Cause(
        stopped_rollout, frozenset({"RolloutStopped"}), "market/US : stopped by an operator", "rollout: market/US"
    ),
    "mixed versions": Cause(other_version, frozenset({"MixedVersions"}), "Workers run 2 versions", "versions: mixed"),
}


@asynccontextmanager
async def site_of(cause: Cause, tmp_path: Path) -> AsyncIterator[tuple[Site, LiveAlerts]]:
    mapping = tmp_path / "mapping.csv"
    mapping.write_text("shop,from,to\n")
    environment = {name: value.format(mapping=mapping) for name, value in cause.settings.items()}
    directory = tmp_path / "journal"
    async with contextlib.AsyncExitStack() as stack:
        if cause.on_small_disk:
            stack.enter_context(small_disk(directory, "2m"))
        options = ("--shops", "3", "--products", "60", "--unlimited")
        fleet = FleetHere(options, {"journal_dir": str(directory)}, append_only=True)
        await stack.enter_async_context(fleet)
        site = Site(fleet, await fleet.add_shops(), mapping, environment)
        hook = "https://relist.example.com/webhooks/tiktok"
        assert (await fleet_command(fleet, "webhooks", "set", hook)).code == 0
        if cause.worker:
            await fleet.start_worker(environment=environment)
        # Port 1 is a worker that is down.
        workers = [f"127.0.0.1:{each.address}" for each in fleet.workers] or ["127.0.0.1:1"]
        targets = {"relist-gateway": [f"127.0.0.1:{fleet.gateway.address}"], "relist-worker": workers}
        yield site, stack.enter_context(live_alerts(tmp_path / "monitoring", targets))


async def stuck(fleet: FleetHere) -> str:
    async with fleet.http.get(f"http://127.0.0.1:{fleet.gateway.address}/") as answer:
        section = re.search(r'<section[^>]*id="stuck".*?</section>', await answer.text(), re.DOTALL)
    assert section is not None
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", section.group()).split()))


@pytest.mark.parametrize("name", CAUSES)
async def test_cause_is_named_everywhere_and_inhibits_its_symptoms(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cause = CAUSES[name]
    for name in ("FIRST_SECONDS", "INTERVAL_SECONDS", "AGAIN_SECONDS", "POLL_SECONDS"):
        monkeypatch.setattr(shop_inspection, name, 2.0)
    monkeypatch.setitem(FleetMetrics.__init__.__kwdefaults__, "interval_seconds", 1.0)  # type: ignore[arg-type]
    async with site_of(cause, tmp_path) as (site, alerts):
        await cause.provoke(site)
        fires: set[str] = set()
        inhibited: set[str] = set()
        page = ""
        try:
            async with asyncio.timeout(SECONDS):
                while fires != cause.fires or not inhibited >= cause.inhibits or cause.page not in page:
                    await asyncio.sleep(0.5)
                    now = alerts.now()
                    fires = {name for name, held in now.items() if not held and name not in ALWAYS}
                    inhibited = {name for name, held in now.items() if held}
                    page = await stuck(site.fleet)
        except TimeoutError:
            pytest.fail(f"alerts {fires}, inhibited {inhibited}; page: {page}")
        ended = await fleet_command(
            site.fleet, "doctor", environment=site.environment if cause.doctors_settings else None
        )
        assert cause.doctor in ended.out
