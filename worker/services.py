"""The services for jobs, built once in the worker's composition root."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypedDict

from catalogue.cache import CatalogueCache
from catalogue.deleted_products import DeletedProducts
from catalogue.habits import ObservedHabits
from catalogue.known_values import KnownValues
from catalogue.recommender import RecommenderTests
from catalogue.refusals import RefusalStore
from config.markets import Closed, Markets
from facts.operator_file import MeasuredFacts
from http_server.clock_check import clock_problem
from model.shop import Shop
from record.plans import Plans
from record.record import Record
from redis_client.connect import AnyRedis
from relisting.attribute_rules import AttributeRules
from relisting.mapping import CategoryMapping
from rollout.service import Rollout
from shop_queue.earlier_decisions import EarlierDecisions
from shop_queue.shop_registry import ShopRegistry
from tiktok_shop.call_permits import Purpose
from tiktok_shop.shop_client import ShopClient
from tiktok_shop.transport import Transport
from token_store.tokens import AccountCredentials, TokenStore
from worker.asked_again import AskedAgain
from worker.begun_runs import BegunRuns
from worker.cancelled_runs import CancelledRuns
from worker.config_files import WatchedFile, attribute_rules_file, facts_file, mapping_file
from worker.daily_quotas import DailyQuotas
from worker.edit_ledger import EditLedger
from worker.engine.call_permits import JobPermits
from worker.engine.results import StopWorker
from worker.held_edits import HeldEdits
from worker.live_listings import LiveListings
from worker.pending_audits import PendingAudits
from worker.shared_questions import SharedQuestions
from worker.shop_authorisation import ShopAuthorisation
from worker.unknown_codes import UnknownCodes

SHOP_CACHE_SECONDS = 5.0


class MarketClosed(Exception):
    """The shop's market is not on the v2 tree yet."""

    def __init__(self, closed: Closed) -> None:
        super().__init__(closed.reason)
        self.reason, self.seconds = closed.reason, closed.seconds


class RedisStores(TypedDict):
    """The services that need only Redis."""

    shops: ShopRegistry
    catalogue: CatalogueCache
    plans: Plans
    refusals: RefusalStore
    deleted: DeletedProducts
    habits: ObservedHabits
    known_values: KnownValues
    recommender: RecommenderTests
    decisions: EarlierDecisions


def redis_stores(redis: AnyRedis) -> RedisStores:
    return {
        "shops": ShopRegistry(redis),
        "catalogue": CatalogueCache(redis),
        "plans": Plans(redis),
        "refusals": RefusalStore(redis),
        "deleted": DeletedProducts(redis),
        "habits": ObservedHabits(redis),
        "known_values": KnownValues(redis),
        "recommender": RecommenderTests(redis),
        "decisions": EarlierDecisions(redis),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    transport: Transport
    tokens: TokenStore
    shops: ShopRegistry
    catalogue: CatalogueCache
    record: Record
    plans: Plans
    refusals: RefusalStore
    deleted: DeletedProducts
    habits: ObservedHabits
    decisions: EarlierDecisions
    recommender: RecommenderTests | None = None
    """Measures the platform's recommendations; with None they stay unproven."""
    known_values: KnownValues | None = None
    """Learns from products whose values are known, and proposes values for others; None proposes nothing."""
    asked_again: AskedAgain | None = None
    """Processes products again once their proposals are certified; None leaves that to `relist retry`."""
    autofill_risk: float = 0.0
    """Largest share of wrong values among those filled in without asking; 0 = propose only."""
    markets: Markets = field(default_factory=Markets)
    mapping: WatchedFile[CategoryMapping] = field(default_factory=lambda: mapping_file(None))
    attribute_rules: WatchedFile[AttributeRules] = field(default_factory=lambda: attribute_rules_file(None))
    allowed_fields: frozenset[str] = field(default_factory=frozenset)
    """Unknown product fields that the operator permits an edit to drop."""
    facts: WatchedFile[MeasuredFacts] = field(default_factory=lambda: facts_file(None))
    """The platform's behaviour, as measured by the operator or by default."""
    edits: EditLedger = field(default_factory=EditLedger)
    begun_runs: BegunRuns = field(default_factory=BegunRuns)
    held: HeldEdits = field(default_factory=HeldEdits)
    cancelled: CancelledRuns | None = None
    """Asked before each edit is sent; None = no check."""
    live_listings: LiveListings = field(default_factory=LiveListings)
    pending_audits: PendingAudits = field(default_factory=PendingAudits)
    authorisation: ShopAuthorisation | None = None
    """Checks that a shop's tokens belong to it; None disables the check."""
    rollout: Rollout | None = None
    """Holds edits until read-backs and audits show that they are safe; None disables the rollout."""
    unknown_codes: UnknownCodes = field(default_factory=UnknownCodes)
    quotas: DailyQuotas = field(default_factory=DailyQuotas)
    audit_poll_seconds: float = 3600.0
    upgrade_poll_seconds: float = 300.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """Current platform time. Compare platform timestamps with this, since the local clock may be wrong."""
    _cached_shops: dict[str, tuple[float, Shop]] = field(default_factory=dict)
    _questions: SharedQuestions[Shop] = field(default_factory=SharedQuestions)

    async def shop(self, shop_id: str) -> Shop:
        """The registered shop, at most `SHOP_CACHE_SECONDS` old. Raises UnknownShop."""
        at, shop = self._cached_shops.get(shop_id, (0.0, None))
        if shop is None or time.monotonic() - at > SHOP_CACHE_SECONDS:
            shop = await self._questions.ask(shop_id, lambda: self.shops.get(shop_id))
            self._cached_shops[shop_id] = (time.monotonic(), shop)
        return shop

    async def client_for(
        self, shop_id: str, permits: JobPermits, purpose: Purpose | None = None
    ) -> tuple[Shop, ShopClient]:
        """The shop and its client, whose requests are counted for `purpose`; None = the purpose of each endpoint.

        Raises UnknownShop, MarketClosed, ShopNotAuthorised, TikTokShopError, StopWorker.
        """
        if problem := clock_problem(time.time(), self.transport.now(), "the platform"):
            raise StopWorker(problem)
        shop = await self.shop(shop_id)
        if closed := self.markets.closed(shop_id, shop.region, self.now()):
            raise MarketClosed(closed)
        transport, credentials = self.transport.of_app(shop.app), AccountCredentials(self.tokens, shop.account)
        client = ShopClient(transport, credentials, shop.cipher, permits, purpose=purpose)
        if self.authorisation is not None:
            await self.authorisation.check(shop, client)
        return shop, client
