"""Assembles the web UI: access, pages and actions."""

from __future__ import annotations

from aiohttp import web

from config.markets import Markets
from record.record import Record
from redis_client.connect import AnyRedis
from web_ui.access.identity import AccessOptions
from web_ui.access.login import add_login
from web_ui.access.request_guard import Guard
from web_ui.access.session import Sessions
from web_ui.actions.answering import add_answering
from web_ui.actions.rollout_actions import add_rollout_actions
from web_ui.actions.shop_actions import add_shop_actions
from web_ui.actions.undoing import add_undoing
from web_ui.assets import add_assets
from web_ui.rendering import Templates
from web_ui.services import OpenClient, WebServices
from web_ui.views.activity import add_activity
from web_ui.views.overview import add_overview
from web_ui.views.plans import add_plans
from web_ui.views.product import add_product
from web_ui.views.products import add_products
from web_ui.views.questions import add_questions
from web_ui.views.reports import add_reports
from web_ui.views.rollout import add_rollout
from web_ui.views.runs import add_runs
from web_ui.views.shops import add_shops
from web_ui.worklists import add_worklists

NO_MARKETS = Markets()


class WebUI:
    """`add_to` mounts it at `/`; `close` ends its background tasks."""

    def __init__(
        self,
        redis: AnyRedis,
        access: AccessOptions,
        record: Record,
        *,
        markets: Markets = NO_MARKETS,
        lease_seconds: float = 30.0,
        outcomes_maxlen: int = 1_000_000,
        open_client: OpenClient | None = None,
    ) -> None:
        """`lease_seconds`: see `read_fleet`. Without `open_client` an undo is not checked on the platform."""
        self._sessions = Sessions(redis, access)
        self._templates = Templates(self._sessions)
        self._guard = Guard(self._sessions, self._templates)
        self._services = WebServices(
            redis,
            record,
            self._guard,
            self._templates,
            markets=markets,
            lease_seconds=lease_seconds,
            outcomes_maxlen=outcomes_maxlen,
            open_client=open_client,
        )

    def add_to(self, app: web.Application) -> None:
        """Add the routes. Call before the application starts."""
        add_assets(app)
        add_login(app, self._guard, self._sessions, self._templates)
        pages = (add_overview, add_shops, add_products, add_product, add_questions, add_runs, add_rollout, add_plans)
        actions = (add_shop_actions, add_answering, add_undoing, add_rollout_actions, add_worklists)
        for add in (*actions, *pages, add_reports, add_activity):
            add(app, self._services)

    async def close(self) -> None:
        await self._services.close()
