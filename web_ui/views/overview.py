"""The overview: whether the deadlines will be met, what is stuck, and what people should do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from aiohttp import web

from monitoring.explanations import without_symptoms
from monitoring.fleet import ShopStats
from monitoring.park_reasons import shared_reason
from monitoring.shop_forecasts import ShopForecast
from monitoring.shop_inspection import read_problems
from redis_client.write_obstacle import write_obstacle
from web_ui.access.session import Session
from web_ui.progress import total_parts
from web_ui.services import WebServices

SHOWN_QUESTIONS, SHOWN_REASONS, SHOWN_LATE, SHOWN_SHOPS = 5, 6, 5, 5
URGENT = ("date past", "late", "waits for people", "no pace")


@dataclass(frozen=True, slots=True)
class MarketForecast:
    """The shops of one region, and whether they will finish before v1 ends there."""

    region: str
    v1_ends: date | None
    shops: int
    left: int
    at_risk: int
    """Shops that will be late or cannot be forecast."""
    finish: datetime | None
    """When the last shop finishes at the current speed; None = unknown."""
    waits_for_people: bool
    """Whether products wait for people who have not answered lately, so that their speed is unknown."""


@dataclass(frozen=True, slots=True)
class HaltedShops:
    """Halted shops, by state and reason."""

    state: str
    reason: str
    shops: tuple[ShopStats, ...]
    left: int


def add_overview(app: web.Application, services: WebServices) -> None:
    async def overview(request: web.Request, session: Session) -> web.StreamResponse:
        fleet, forecasts, questions = await services.fleet(), await services.forecasts(), await services.questions()
        problems, stalled = without_symptoms(await read_problems(services.redis), fleet)
        causes = [each for each in await services.rollout.causes() if not each.under and not each.alert_only]
        late = [each for each in forecasts.shops if each.forecast.verdict in URGENT]
        return services.templates.page(
            "overview.html",
            request,
            session,
            fleet=fleet,
            redis_obstacle=await write_obstacle(services.redis),
            moment_of=lambda seconds: datetime.fromtimestamp(seconds, UTC),
            parts=total_parts(fleet),
            markets=markets_of(forecasts.shops),
            late=late[:SHOWN_LATE],
            late_total=len(late),
            idle_jobs=0 if fleet.workers else sum(each.queued for each in fleet.shops),
            standstills=standstills(stalled),
            problems=problems,
            shop_of={each.shop_id: each for each in fleet.shops},
            causes=causes,
            questions=questions,
            asked=questions.ranked[:SHOWN_QUESTIONS] if questions else [],
            reasons=questions.reasons[:SHOWN_REASONS] if questions else [],
            days=_days,
        )

    app.router.add_get("/", services.guard.show(overview))


def markets_of(shops: Sequence[ShopForecast]) -> list[MarketForecast]:
    """The market that ends first comes first. Pure."""
    by_region: dict[str, list[ShopForecast]] = defaultdict(list)
    for each in shops:
        by_region[each.stats.shop.region].append(each)
    found = [_market(region, group) for region, group in by_region.items()]
    return sorted(found, key=lambda each: (each.v1_ends or date.max, each.region))


def standstills(shops: Sequence[ShopStats]) -> list[HaltedShops]:
    """The reason that holds the most products comes first. Pure."""
    groups: dict[tuple[str, str], list[ShopStats]] = defaultdict(list)
    for each in shops:
        if each.state != "active":
            groups[each.state, shared_reason(each.reason)].append(each)
    found = [HaltedShops(*key, tuple(group), sum(each.lane.left for each in group)) for key, group in groups.items()]
    return sorted(found, key=lambda each: (-each.left, -len(each.shops), each.reason))


def _market(region: str, shops: Sequence[ShopForecast]) -> MarketForecast:
    ends = [each.forecast.finish for each in shops if each.left.products]
    finish = None if None in ends else max((end for end in ends if end is not None), default=None)
    waits = any(each.left.for_people and each.forecast.people_finish is None for each in shops)
    at_risk = sum(each.forecast.verdict in URGENT for each in shops)
    left = sum(each.left.products for each in shops)
    return MarketForecast(region, shops[0].v1_ends, len(shops), left, at_risk, finish, waits)


def _days(span: timedelta) -> str:
    return f"{span.days} days" if span.days > 1 else f"{int(span.total_seconds() // 3600)} h"
