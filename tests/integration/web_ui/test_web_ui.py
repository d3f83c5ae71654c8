"""The web UI over HTTP: login, forms, pages and actions."""

from __future__ import annotations

import html
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientSession, FormData
from openpyxl import load_workbook
from redis.asyncio import Redis

from model.job import Job
from model.shop import Shop
from record.entry import NewEdit, NewEvent
from record.opening import open_record
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry
from tests.support.blocked_records import BRAND, MATERIAL, block
from tests.support.web_ui_here import csrf, sign_in, text_of, visitor_of, web_ui_server
from web_ui import upload
from web_ui.access.identity import AccessOptions
from web_ui.access.login_throttle import ADDRESS_BURST, ADDRESS_REFILL_SECONDS

AT = "2026-11-24T05:00:00+00:00"
MOMENT = datetime.fromisoformat(AT)
TOKEN = "a token of some length"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@asynccontextmanager
async def web_ui_at(redis: Redis, access: AccessOptions, journal: Path) -> AsyncIterator[ClientSession]:
    """Serve the web UI and yield an HTTP session with a cookie jar."""
    record = open_record("", journal)
    async with web_ui_server(redis, access, record) as address, visitor_of(address) as session:
        yield session
    await record.close()


async def recorded(journal: Path, edit: NewEdit, answer: dict[str, Any] | None = None) -> None:
    record = open_record("", journal)
    number = await record.append(edit)
    if answer is not None:
        await record.append_event(NewEvent(number, MOMENT, "answered", answer))
    await record.close()


@pytest.fixture
async def visitor(redis: Redis, tmp_path: Path) -> AsyncIterator[ClientSession]:
    async with web_ui_at(redis, AccessOptions(TOKEN), tmp_path) as session:
        yield session


@pytest.fixture
async def browser(visitor: ClientSession) -> ClientSession:
    """A signed-in session; the fleet has not been read yet."""
    await sign_in(visitor, TOKEN)
    return visitor


@pytest.mark.parametrize(
    "path", ["/", "/questions", "/rollout", "/shops/7", "/shops/7/products/1", "/worklist.xlsx", "/worklist.csv"]
)
async def test_pages_require_login(redis: Redis, visitor: ClientSession, path: str) -> None:
    await block(redis, "7", "1", MATERIAL)
    async with visitor.get(path, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["location"]) == (303, "/login")
        assert await answer.text() == ""


@pytest.mark.parametrize("path", ["/shops/7/pause", "/shops/7/resume", "/rollout/undo", "/worklist", "/logout"])
async def test_actions_require_login(redis: Redis, visitor: ClientSession, path: str) -> None:
    await block(redis, "7", "1", MATERIAL)
    async with visitor.post(path, data={"csrf": await csrf(visitor, "/login")}) as answer:
        assert answer.status == 403
    assert await redis.hget(lane_keys("7").control, "state") is None


async def test_login_needs_the_token_and_sets_a_safe_cookie(visitor: ClientSession) -> None:
    wrong = {"token": TOKEN[:-1], "csrf": await csrf(visitor, "/login")}
    async with visitor.post("/login", data=wrong) as answer:
        assert answer.status == 403
        assert "Wrong token" in await answer.text()
    right = {"token": TOKEN, "csrf": await csrf(visitor, "/login")}
    async with visitor.post("/login", data=right, allow_redirects=False) as answer:
        assert answer.status == 303
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert TOKEN not in cookie
    async with visitor.post("/login", data=right, allow_redirects=False) as answer:
        assert answer.status == 403, "the form of the session before the login is no longer valid"
    signed_in = cookie.split(";")[0]
    async with visitor.get("/", allow_redirects=False) as answer:
        address = answer.url.origin()
    copied = ClientSession(address, headers={"cookie": signed_in}, cookie_jar=aiohttp.DummyCookieJar())
    async with copied, copied.get("/", allow_redirects=False) as answer:
        assert answer.status == 200, "a session belongs to its cookie"
    async with visitor.post("/logout", data={"csrf": await csrf(visitor)}) as answer:
        assert answer.url.path == "/login"
    async with (
        ClientSession(address, headers={"cookie": signed_in}, cookie_jar=aiohttp.DummyCookieJar()) as thief,
        thief.get("/", allow_redirects=False) as answer,
    ):
        assert answer.status == 303, "a copied cookie is worthless after signing out"


async def test_login_throttle_also_blocks_the_right_token(visitor: ClientSession) -> None:
    wrong = {"token": "x" * 20, "csrf": await csrf(visitor, "/login")}
    for _ in range(ADDRESS_BURST):
        async with visitor.post("/login", data=wrong) as answer:
            assert answer.status == 403
    for token in ("x" * 20, TOKEN):
        async with visitor.post("/login", data={**wrong, "token": token}) as answer:
            assert answer.status == 429
            assert 0 < int(answer.headers["Retry-After"]) <= ADDRESS_REFILL_SECONDS
            assert "Too many wrong tokens" in await answer.text()
    async with visitor.get("/login") as answer:
        assert answer.status == 200


async def test_cookie_is_secure_behind_tls(visitor: ClientSession) -> None:
    async with visitor.get("/login", headers={"X-Forwarded-Proto": "https"}) as answer:
        assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "path", ["/", "/login", "/shops/7", "/shops/404", "/assets/page.css", "/assets/page.js", "/activity"]
)
async def test_every_response_has_a_strict_csp(redis: Redis, browser: ClientSession, path: str) -> None:
    await block(redis, "7", "1", MATERIAL)
    async with browser.get(path, allow_redirects=False) as answer:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script(?! src=\"/)|\sstyle=|\son\w+=|https?://", await answer.text())


async def test_form_without_csrf_token_is_refused(redis: Redis, browser: ClientSession) -> None:
    await block(redis, "7", "1", MATERIAL)
    for data in ({}, {"csrf": "0" * 64}):
        async with browser.post("/shops/7/pause", data=data) as answer:
            assert answer.status == 403
    async with browser.post("/worklist", data=worklist_form("wrong", b"x")) as answer:
        assert answer.status == 403
    assert await redis.hget(lane_keys("7").control, "state") is None


async def test_shop_is_paused_and_resumed(redis: Redis, browser: ClientSession) -> None:
    await block(redis, "7", "1", MATERIAL)
    async with browser.post("/shops/7/pause", data={"csrf": await csrf(browser)}) as answer:
        shown = await answer.text()
        assert "Paused: no more requests are sent" in shown
        assert "Resume this shop" in shown
    assert await redis.hmget(lane_keys("7").control, "state", "reason") == [
        b"paused",
        b"paused in the web UI by operator",
    ]
    async with browser.post("/shops/7/resume", data={"csrf": await csrf(browser)}) as answer:
        assert "Active again" in await answer.text()
    assert await redis.hget(lane_keys("7").control, "state") == b"active"
    async with browser.post("/shops/404/pause", data={"csrf": await csrf(browser)}) as answer:
        assert answer.status == 404
    assert not await redis.exists(lane_keys("404").control)


async def test_overview_shows_counts_and_unlocked_products(redis: Redis, browser: ClientSession) -> None:
    await block(redis, "7", "1", MATERIAL)
    await block(redis, "8", "2", MATERIAL)
    await block(redis, "8", "3", BRAND, outcome="rejected")
    await redis.hset(lane_keys("7").states, mapping={"relisted": 1234, "already_v2": 10, "needs_input": 1})
    await redis.hset(lane_keys("8").states, mapping={"needs_input": 1, "rejected": 1})
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "9"))])
    shown = html.unescape(re.sub(r"<[^>]+>", " ", await text_of(browser, "/")))
    shown = " ".join(shown.split())
    assert (
        "1,234 relisted 10 already on v2 0 in audit 0 running 1 queued 0 waiting for the platform 2 needs input"
        " 1 rejected 0 failed 0 deleted 1,248 products known, 4 left on v1."
    ) in shown
    assert "Material Clothes > Shirts > T-Shirts Material is required in this category. 2 of 2 in 2 shops" in shown
    assert "12052208 rejected" in shown
    found = await text_of(browser, "/shops?find=shop+8")
    assert "/shops/8" in found
    assert "/shops/7" not in found


async def test_seller_text_is_escaped(redis: Redis, browser: ClientSession, tmp_path: Path) -> None:
    reason = {**MATERIAL, "message": HOSTILE, "code": HOSTILE, "allowed_values": [{"id": "1", "name": HOSTILE}]}
    await block(redis, "7", "1", {**reason, "form": {"name": HOSTILE}}, title=HOSTILE, category_path=HOSTILE)
    await ShopRegistry(redis).add(Shop("7", "c", HOSTILE, "7", HOSTILE))
    await recorded(
        tmp_path, NewEdit(MOMENT, "7", "1", HOSTILE, HOSTILE, HOSTILE, {"title": HOSTILE}, {"title": HOSTILE})
    )
    for path in ("/", "/shops/7", "/shops/7/products/1", f"/?find={HOSTILE}"):
        shown = await text_of(browser, path)
        assert "alert(1)" in html.unescape(shown)
        assert "<script>" not in shown
        assert "<img" not in shown


async def test_product_page_shows_its_history(redis: Redis, browser: ClientSession, tmp_path: Path) -> None:
    await block(redis, "7", "1", MATERIAL, title="A blue shirt")
    await LaneProducer(redis).enqueue(
        [EnqueueRequest(Job("7", "1", run_id="again")), EnqueueRequest(Job("7", "audit:1", "audit"), 60)]
    )
    edit, before, evidence = {"category_id": "853000"}, {"title": "A blue shirt"}, {"path": "Clothes > Shirts"}
    entry = NewEdit(MOMENT, "7", "1", "relist", "again", "own_leaf", edit, before, evidence=evidence)
    await recorded(tmp_path, entry, {"outcome": "in_audit", "request_id": "req-1"})
    shown = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", await text_of(browser, "/shops/7/products/1"))).split())
    assert "A blue shirt" in shown
    assert "needs input since 2026-11-24 05:00 UTC" in shown
    assert "2 allowed values Cotton; Wool" in shown
    assert "relist job, waiting; 0 failed attempts; run again" in shown
    assert "audit job, delayed" in shown
    assert "category chosen by rule own leaf" in shown
    assert "answered: in audit , request req-1" in shown
    assert '"category_id": "853000"' in shown
    other = await text_of(browser, "/shops/7/products/2")
    assert "Queued jobs None." in " ".join(re.sub(r"<[^>]+>", " ", other).split())
    assert "No entries." in other


def worklist_form(token: str, content: bytes) -> FormData:
    form = FormData()
    form.add_field("csrf", token)
    form.add_field("file", content, filename="worklist.xlsx")
    return form


async def test_worklist_is_downloaded_and_uploaded(redis: Redis, browser: ClientSession) -> None:
    await block(redis, "7", "1", MATERIAL)
    await block(redis, "8", "2", MATERIAL)
    async with browser.get("/worklist.xlsx") as answer:
        assert answer.content_disposition is not None
        assert str(answer.content_disposition.filename).endswith(".xlsx")
        book = load_workbook(io.BytesIO(await answer.read()))
    book["Products"]["H2"] = "Wool"
    book["Products"]["H3"] = "Steel"
    filled = io.BytesIO()
    book.save(filled)
    async with browser.post("/worklist", data=worklist_form(await csrf(browser), filled.getvalue())) as answer:
        shown = html.unescape(await answer.text())
    assert "1 answer imported: 1 product requeued, 1 row rejected" in shown
    assert "'Steel' is not one of the allowed values" in shown
    assert await redis.hkeys(lane_keys("7").jobs) == [b"1"]
    async with browser.get("/worklist.csv?shop=8") as answer:
        assert (await answer.read()).startswith(b"\xef\xbb\xbfshop,product")
    async with browser.get("/worklist.csv?shop=404") as answer:
        assert answer.status == 404


async def test_uploads_are_bounded_and_garbage_is_reported(
    redis: Redis, browser: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await csrf(browser)
    async with browser.post("/worklist", data=worklist_form(token, b"PK garbage")) as answer:
        assert answer.status == 422
        assert "Nothing was imported" in await answer.text()
    monkeypatch.setattr(upload, "MAX_UPLOAD_BYTES", 100_000)
    async with browser.post("/worklist", data=worklist_form(token, b"x" * 200_000)) as answer:
        assert answer.status == 413
    async with browser.post("/worklist", data={"csrf": token}) as answer:
        assert answer.status == 400
    no_file = FormData(default_to_multipart=True)
    no_file.add_field("csrf", token)
    async with browser.post("/worklist", data=no_file) as answer:
        assert answer.status == 400


BROKEN_FORMS = [
    ("multipart/form-data; boundary=x", b"--x\r\n\xf2: \x00\r\nno header\r\n\r\na\r\n--x--"),
    ("multipart/form-data; boundary=x", b'--x\r\ncontent-disposition: form-data; name="csrf"\r\n\r\na'),
    ("multipart/form-data; boundary=x", b"--x--"),
    ("multipart/form-data", b"--x--"),
    ("multipart/form-data; boundary=" + "x" * 200, b"y"),
    ("multipart/mixed; boundary=x", b"--x\r\ncontent-type: multipart/mixed; boundary=y\r\n\r\n--y\r\n" * 50),
    ("application/x-www-form-urlencoded; charset=nonsense", b"csrf=1"),
    ("application/x-www-form-urlencoded", b"csrf=%ff\xff\x00"),
    ("application/x-www-form-urlencoded", b"&".join(b"csrf=1" for _ in range(5000))),
    ("text/plain", b"csrf"),
]


@pytest.mark.parametrize("path", ["/worklist", "/login", "/logout", "/shops/7/pause"])
async def test_malformed_forms_are_refused(redis: Redis, browser: ClientSession, path: str) -> None:
    await block(redis, "7", "1", MATERIAL)
    for content_type, body in BROKEN_FORMS:
        async with browser.post(path, data=body, headers={"content-type": content_type}) as answer:
            assert answer.status in (400, 403, 413), (content_type, body, await answer.text())
    assert await redis.hget(lane_keys("7").control, "state") is None


async def test_without_a_token_only_loopback_hosts_are_served(redis: Redis, tmp_path: Path) -> None:
    await block(redis, "7", "1", MATERIAL)
    async with web_ui_at(redis, AccessOptions(), tmp_path) as session:
        assert "open to everyone on this machine" in await text_of(session, "/")
        async with session.post("/shops/7/pause", data={"csrf": await csrf(session)}) as answer:
            assert answer.status == 200
        async with session.get("/", headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403
        for host in ("localhost:8080", "[::1]:8080"):
            async with session.get("/", headers={"Host": host}) as answer:
                assert answer.status == 200


async def test_health_is_public_and_redis_outage_answers_503(
    redis: Redis, visitor: ClientSession, tmp_path: Path
) -> None:
    assert await text_of(visitor, "/healthz") == "ok\n"
    away = Redis(unix_socket_path=str(tmp_path / "none.sock"))
    async with web_ui_at(away, AccessOptions(), tmp_path) as session, session.get("/") as answer:
        assert answer.status == 503
        assert "Redis does not answer" in await answer.text()
    await away.aclose()
