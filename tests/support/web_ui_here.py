"""The web UI on a real server, and visitors who are signed in."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import ClientSession
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from http_server.health import health_application, serve
from record.record import Record
from web_ui.access.identity import AccessOptions
from web_ui.app import WebUI

OPERATOR_TOKEN, VIEWER_TOKEN = "a token of some length", "another token, to look"
TOKENS = AccessOptions(OPERATOR_TOKEN, VIEWER_TOKEN)
OPEN = AccessOptions()


@asynccontextmanager
async def web_ui_server(redis: Redis, access: AccessOptions, record: Record, **options: Any) -> AsyncIterator[str]:
    """Serve the web UI and yield its address. `options`: see WebUI."""

    async def ready() -> str:
        return ""

    app = health_application(CollectorRegistry(), ready)
    web_ui = WebUI(redis, access, record, **options)
    web_ui.add_to(app)
    runner, port = await serve(app, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
        await web_ui.close()


@asynccontextmanager
async def visitor_of(address: str) -> AsyncIterator[ClientSession]:
    """A browser with its own cookie jar."""
    async with ClientSession(address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def sign_in(session: ClientSession, token: str = OPERATOR_TOKEN, name: str = "") -> None:
    given = {"token": token, "name": name, "csrf": await csrf(session, "/login")}
    async with session.post("/login", data=given, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["location"]) == (303, "/")


async def text_of(session: ClientSession, path: str) -> str:
    async with session.get(path) as answer:
        assert answer.status == 200, (path, answer.status, await answer.text())
        return await answer.text()


async def shown(session: ClientSession, path: str) -> str:
    """The text of a page without its tags."""
    return plain(await text_of(session, path))


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def csrf(session: ClientSession, path: str = "/plans") -> str:
    found = re.search(r'name="csrf" value="(\w+)"', await text_of(session, path))
    assert found is not None
    return found[1]


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of the last form of a page."""
    form = page[page.rindex("<form ") :]
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    return {html.unescape(name): html.unescape(value) for name, value in pairs}


async def confirmed(session: ClientSession, path: str, to: str) -> tuple[str, str]:
    """Open the page that asks, send its form, and return the text of both pages."""
    asked = await text_of(session, path)
    async with session.post(to, data=fields_of(asked)) as answer:
        assert answer.status == 200, await answer.text()
        return plain(asked), plain(await answer.text())


async def log_of(record: Record) -> list[tuple[str, str]]:
    """Who did what, the oldest first."""
    return [(each.actor, each.name) for each in reversed(await record.actions())]
