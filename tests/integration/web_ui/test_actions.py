"""Every action of the web UI: its confirmation page, its effect (at most once), and its entry in the log."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ClientSession, FormData, web
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from http_server.health import health_application
from model.job import Job
from model.shop import Shop
from producers.plan_file import entry_line, header_line
from record.entry import NewEdit, NewEvent
from record.opening import open_record
from record.record import Record
from record.state import Run
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.blocked_records import BRAND, MATERIAL, block
from tests.support.browser_actions import ACTIONS
from tests.support.web_ui_here import (
    TOKENS,
    VIEWER_TOKEN,
    confirmed,
    csrf,
    fields_of,
    log_of,
    plain,
    shown,
    sign_in,
    text_of,
    visitor_of,
    web_ui_server,
)
from web_ui.actions.rollout_actions import ACTIONS as ROLLOUT
from web_ui.app import WebUI

AT = datetime(2026, 11, 24, 5, tzinfo=UTC)
VALUES = {"shop_id": "7", "product_id": "1", "key": "g" + "0" * 16, "plan_id": "0" * 24}


def routes(redis: Redis, record: Record) -> list[str]:
    """The routes of all forms that act, from the application itself."""

    async def ready() -> str:
        return ""

    app = health_application(CollectorRegistry(), ready)
    WebUI(redis, TOKENS, record).add_to(app)
    forms = [route for route in app.router.routes() if route.method == "POST" and isinstance(route, web.ResourceRoute)]
    paths = [route.resource.canonical for route in forms]
    each = [path.replace("{action}", name) for path in paths for name in ROLLOUT.split("|") if "{action}" in path]
    return [path for path in paths if "{action}" not in path] + each


async def test_every_action_is_done_in_a_browser(redis: Redis, record: Record) -> None:
    assert sorted(ACTIONS) == sorted(routes(redis, record))


async def test_no_action_without_role_session_or_csrf_token(redis: Redis, record: Record, address: str) -> None:
    await block(redis, "7", "1", MATERIAL)
    paths = [path.format(**VALUES) for path in routes(redis, record) if path not in ("/login", "/logout")]
    async with visitor_of(address) as stranger, visitor_of(address) as viewer, visitor_of(address) as operator:
        await sign_in(viewer, VIEWER_TOKEN)
        await sign_in(operator)
        token, strange, own = await csrf(viewer), await csrf(stranger, "/login"), await csrf(operator)
        for path in paths:
            for session, given, headers in (
                (stranger, strange, {}),
                (viewer, token, {}),
                (operator, token, {}),
                (operator, "", {}),
                (operator, own, {"Sec-Fetch-Site": "cross-site"}),
                (operator, own, {"Origin": "https://elsewhere.example"}),
                (operator, own, {"Origin": "null"}),
            ):
                form = FormData(default_to_multipart=path in ("/worklist", "/plans"))
                form.add_field("csrf", given)
                form.add_field("all", "1")
                async with session.post(path, data=form, headers=headers, allow_redirects=False) as answer:
                    assert answer.status == 403, (path, answer.status)
    assert await record.actions() == []
    assert await redis.hget(lane_keys("7").control, "state") is None  # type: ignore[misc]


async def test_several_shops_and_all_are_paused_and_resumed(redis: Redis, record: Record, ana: ClientSession) -> None:
    for shop_id in ("7", "8", "9"):
        await block(redis, shop_id, "1", MATERIAL)
    data = [("csrf", await csrf(ana)), ("shop", "7"), ("shop", "9"), ("shop", "404")]
    async with ana.post("/shops/pause", data=data) as answer:
        asked = await answer.text()
    assert "2 shops will send no more requests. 0 queued jobs will wait until you resume." in plain(asked)
    assert await log_of(record) == [], "asking changes nothing"
    async with ana.post("/shops/pause", data=fields_of(asked)) as answer:
        assert "Paused: no more requests" in await answer.text()
    states = [await redis.hget(lane_keys(shop).control, "state") for shop in ("7", "8", "9")]  # type: ignore[misc]
    assert states == [b"paused", None, b"paused"]
    asked, _ = await confirmed(ana, "/shops/resume", "/shops/resume")
    assert "2 shops will send requests" in asked
    states = [await redis.hget(lane_keys(shop).control, "state") for shop in ("7", "8", "9")]  # type: ignore[misc]
    assert states == [b"active", None, b"active"], "shop 8 was active all the time"
    async with ana.post("/shops/pause", data={"csrf": await csrf(ana)}) as answer:
        assert answer.status == 422
    assert await log_of(record) == [("Ana", "shops_paused"), ("Ana", "shops_resumed")]


async def test_retry_by_reason_shows_the_number_and_works_once(
    redis: Redis, record: Record, ana: ClientSession
) -> None:
    await block(redis, "7", "1", BRAND)
    await block(redis, "7", "2", MATERIAL)
    await block(redis, "8", "3", BRAND)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("8", "3"))])
    page = await text_of(ana, "/retry?reason=12052208")
    assert "1 product of 2 shops is queued again" in plain(page)
    assert "1 product is queued already" in plain(page)
    for _ in range(2):
        async with ana.post("/retry", data=fields_of(page)) as answer:
            assert "queued again" in await answer.text()
    assert await redis.hkeys(lane_keys("7").jobs) == [b"1"]  # type: ignore[misc]
    assert await log_of(record) == [("Ana", "products_retried")], "the same form acts once"


async def test_a_browser_gets_a_refusal_as_a_page_with_a_way_back(ana: ClientSession) -> None:
    form, browser = {"csrf": await csrf(ana)}, {"Accept": "text/html,*/*;q=0.8"}
    async with ana.post("/shops/pause", data=form, headers=browser) as answer:
        page = await answer.text()
        assert (answer.status, answer.content_type) == (422, "text/html")
        assert "Content-Security-Policy" in answer.headers
    assert "Choose at least one shop." in plain(page)
    assert '<a class="button" href="/shops">Back to Shops</a>' in page
    async with ana.get("/shops/%3Cb%3E", headers=browser) as answer:
        assert answer.status == 404
    async with ana.get("/retry", params={"outcome": "<b>", "shop": "<i>"}, headers=browser) as answer:
        assert (answer.status, "<i>" in await answer.text()) == (422, False)
    async with ana.get("/cancel", params={"shop": "<i>x"}, headers=browser) as answer:
        assert (answer.status, "shop &lt;i&gt;x is not known" in await answer.text()) == (404, True)
    async with ana.post("/shops/pause", data=form) as answer:
        assert await answer.text() == "Choose at least one shop.\n", "programs get the text"


async def test_a_run_is_cancelled_after_asking(redis: Redis, record: Record, ana: ClientSession) -> None:
    await ShopRegistry(redis).add(Shop("7", "c", "US", "7"))
    await LaneProducer(redis).enqueue(
        [EnqueueRequest(Job("7", "1", run_id="spring")), EnqueueRequest(Job("7", "2", run_id="other"))]
    )
    await record.begin_run(Run("spring", AT, "relist"))
    asked, done = await confirmed(ana, "/cancel?run=spring", "/cancel")
    assert "1 queued job of run spring ends as failed" in asked
    assert "have been cancelled" in done
    assert await redis.hkeys(lane_keys("7").jobs) == [b"2"]  # type: ignore[misc]
    assert "Nothing is queued" in await shown(ana, "/cancel?run=spring")
    assert await log_of(record) == [("Ana", "work_cancelled")]


async def test_a_run_is_undone_after_a_count_and_once(redis: Redis, record: Record, ana: ClientSession) -> None:
    await ShopRegistry(redis).add(Shop("7", "c", "US", "7"))
    before, body = {"id": "11", "title": "A jar"}, {"category_id": "700001"}
    number = await record.append(NewEdit(AT, "7", "11", "relist", "spring", "mapping", body, before))
    await record.append_event(NewEvent(number, AT, "answered", {"outcome": "in_audit"}))
    page = await text_of(ana, "/undo?run=spring")
    assert "1 product changed by run spring is restored" in plain(page)
    for _ in range(2):
        async with ana.post("/undo", data=fields_of(page)) as answer:
            assert answer.status == 200
    assert await redis.hkeys(lane_keys("7").jobs) == [b"undo:11"]  # type: ignore[misc]
    assert [run.run_id for run in await record.runs()] == ["undo-spring-1"]
    assert await log_of(record) == [("Ana", "edits_undone")]


async def test_an_undo_without_edits_gives_a_notice_and_logs_nothing(
    redis: Redis, record: Record, ana: ClientSession
) -> None:
    await ShopRegistry(redis).add(Shop("7", "c", "US", "7"))
    async with ana.post("/undo", data={"csrf": await csrf(ana), "intent": "i1", "shop": "7"}) as answer:
        assert answer.status == 200
        assert "Nothing was undone: no edit of it took effect." in plain(await answer.text())
    async with ana.post("/undo", data={"csrf": await csrf(ana), "intent": "i2", "run": "spring"}) as answer:
        assert answer.status == 200
        assert "Nothing was undone" in plain(await answer.text())
    assert await log_of(record) == []


async def test_a_plan_is_uploaded_shown_and_applied_once(redis: Redis, record: Record, ana: ClientSession) -> None:
    await ShopRegistry(redis).add(Shop("7", "c", "US", "7"))
    entry = {
        "shop_id": "7",
        "product_id": "11",
        "title": "A jar",
        "ready": True,
        "category_id": "700001",
        "rule": "mapping",
        "changes": ["category: 1 → 700001"],
        "plan": {"product": "a" * 20, "edit": "b" * 20},
    }
    content = header_line("spring", "2026-11-24", 1) + entry_line(entry, "spring", 1)
    form = FormData()
    form.add_field("csrf", await csrf(ana))
    form.add_field("file", content, filename="plan.jsonl")
    async with ana.post("/plans", data=form) as answer:
        page, path = plain(await answer.text()), answer.url.path
    assert "1 product of 1 in 1 shop can be edited" in page
    assert "category: 1 → 700001" in page
    asked = await text_of(ana, f"{path}/apply")
    assert "1 product in 1 shop is edited exactly as planned" in plain(asked)
    forms = [fields_of(asked), fields_of(asked), fields_of(await text_of(ana, f"{path}/apply"))]

    async def apply(form: dict[str, str]) -> None:
        async with ana.post(f"{path}/apply", data=form) as answer:
            assert answer.status in (200, 404)

    # The same form twice, and at the same time another one that was opened before.
    await asyncio.gather(*map(apply, forms))
    assert await redis.hkeys(lane_keys("7").jobs) == [b"11"]  # type: ignore[misc]
    assert "It was applied at" in await shown(ana, f"{path}/apply")
    assert await log_of(record) == [("Ana", "plan_applied")]
    damaged = FormData()
    damaged.add_field("csrf", await csrf(ana))
    damaged.add_field("file", content.replace(b"700001", b"700002"), filename="plan.jsonl")
    async with ana.post("/plans", data=damaged) as answer:
        assert answer.status == 422
        assert "was changed after" in await answer.text()


async def test_reports_are_downloaded(redis: Redis, record: Record, ana: ClientSession) -> None:
    await ShopRegistry(redis).add(Shop("7", "c", "US", "7"))
    number = await record.append(NewEdit(AT, "7", "11", "relist", "spring", "mapping", {}, {"title": "A jar"}))
    await record.append_event(NewEvent(number, AT, "answered", {"outcome": "relisted"}))
    for kind in ("html", "csv", "json"):
        async with ana.get(f"/reports/download?run=spring&format={kind}") as answer:
            assert answer.status == 200
            assert "attachment" in answer.headers["Content-Disposition"]
            assert "A jar" in await answer.text()
    async with ana.get("/reports/download") as answer:
        assert answer.status == 422
    async with ana.get("/reports/download?shop=7494000000000000009") as answer:
        assert answer.status == 404
        assert await answer.text() == "The record has no product of shop 7494000000000000009. Check the id.\n"


async def test_an_action_that_cannot_be_logged_is_not_carried_out(redis: Redis, tmp_path: Path) -> None:
    await block(redis, "7", "1", MATERIAL)
    (tmp_path / "file").write_text("")
    unusable = open_record("", tmp_path / "file" / "journal")
    async with web_ui_server(redis, TOKENS, unusable) as address, visitor_of(address) as session:
        await sign_in(session)
        async with session.post("/shops/7/pause", data={"csrf": await csrf(session)}) as answer:
            assert answer.status == 503
            assert "cannot be used" in await answer.text() or "record" in await answer.text()
    assert await redis.hget(lane_keys("7").control, "state") is None  # type: ignore[misc]
    await unusable.close()
