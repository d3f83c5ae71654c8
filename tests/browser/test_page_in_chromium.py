"""The web UI in a browser; `RELIST_SCREENSHOTS=docs/images` takes the screenshots of the docs."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from playwright.async_api import Browser, expect
from redis.asyncio import Redis

from record.record import Record
from rollout.operations import RolloutOperations
from shop_queue.keys import lane_keys
from tests.support.blocked_records import MATERIAL, WEIGHT, block
from tests.support.browser_fleet import HOSTILE
from tests.support.browser_visit import PATIENCE_MS, PHONE, Visit, opened, signed_in
from tests.support.web_ui_fleet import CAUSE, PRODUCT, SHOP, full_fleet, plan_content
from tests.support.web_ui_here import OPERATOR_TOKEN, VIEWER_TOKEN

pytestmark = pytest.mark.slow


async def test_wrong_token_then_sign_in_see_the_overview_and_sign_out(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await opened(chromium, address)
    page = visit.page
    await page.get_by_label("Token").fill("not the token")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_have_text("Wrong token.")
    # The browser itself logs the 403 of the wrong token.
    visit.trouble.clear()
    await visit.picture("page-login")
    await page.get_by_label("Token").fill(OPERATOR_TOKEN)
    await page.get_by_label("Your name").fill("Ana")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Will we make it?")).to_be_visible()
    await expect(page.locator("#next").get_by_role("link", name="Material").first).to_be_visible()
    assert await page.locator("svg.bar rect.relisted").first.evaluate("rect => rect.getBoundingClientRect().width") > 20
    coloured = await page.locator("rect.relisted").first.evaluate("rect => getComputedStyle(rect).fill")
    assert coloured == "rgb(47, 158, 91)", "the style sheet applies"
    await visit.picture("page-overview", whole=True)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert visit.trouble == []
    assert visit.hosts == {address.removeprefix("http://")}, "no request leaves the machine"


async def test_viewer_sees_no_buttons(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address, VIEWER_TOKEN)
    for path in ("/shops", f"/shops/{SHOP}", "/questions", "/plans", f"/shops/{SHOP}/products/{PRODUCT}"):
        await visit.page.goto(address + path)
        names = [await each.inner_text() for each in await visit.page.get_by_role("button").all()]
        assert set(names) <= {"Sign out", "Show"}, path
    await visit.page.goto(f"{address}/cancel?run=spring")
    await expect(visit.page.get_by_text("You may look but not act")).to_be_visible()
    assert await visit.page.get_by_role("button", name="Cancel it").count() == 0


async def test_shops_are_found_paused_and_resumed(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address)
    page = visit.page
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Shops").click()
    await expect(page.get_by_role("row")).to_have_count(7)
    await visit.picture("page-shops")
    await page.get_by_label("Find").fill("blue")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_role("row")).to_have_count(2)
    await page.get_by_label("Choose Blue Harbour").check()
    await page.get_by_role("button", name="Pause chosen shops …").click()
    await expect(page.get_by_text("1 shop will send no more requests.")).to_be_visible()
    await page.get_by_role("button", name="Pause chosen shops").click()
    await expect(page.get_by_role("status")).to_contain_text("Paused")
    assert await redis.hget(lane_keys(SHOP).control, "state") == b"paused"
    await page.get_by_role("link", name="Blue Harbour").click()
    await visit.picture("page-shop")
    await page.get_by_role("button", name="Resume this shop").click()
    await expect(page.get_by_role("status")).to_contain_text("Active again")
    await page.goto(f"{address}/shops")
    await page.get_by_role("link", name="Pause all …").click()
    await page.get_by_role("button", name="Pause all shops").click()
    await expect(page.get_by_role("status")).to_contain_text("Paused")
    states = {await redis.hget(lane_keys(str(int(SHOP) + place)).control, "state") for place in range(6)}
    assert states == {b"paused"}
    assert visit.trouble == []


async def test_a_question_is_answered_for_all_and_taken_back(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address)
    page = visit.page
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Questions").click()
    await visit.picture("page-questions")
    await page.get_by_role("link", name="Fabric").click()
    await visit.picture("page-question")
    await page.get_by_label("Answer for all of them").select_option("Wool")
    await page.get_by_role("button", name="See what this answer does").click()
    await expect(page.get_by_text("3 products get the answer")).to_be_visible()
    await visit.picture("page-confirm")
    await page.get_by_role("button", name="Give the answer").click()
    await expect(page.get_by_role("status")).to_contain_text("3 products queued again")
    await page.get_by_role("button", name="Take the answer back").click()
    await expect(page.get_by_role("status")).to_contain_text("Answers are taken back")
    await page.get_by_role("link", name="Fabric").click()
    await page.get_by_role("button", name="Accept the 2 sure proposals").click()
    await expect(page.get_by_text("2 proposals are accepted")).to_be_visible()
    await page.get_by_role("button", name="Give the answer").click()
    await expect(page.get_by_role("status")).to_contain_text("2 products queued again")
    await page.get_by_role("link", name="Next question").click()
    await page.get_by_role("link", name="Fabric").click()
    await page.get_by_role("button", name="Put this question aside").click()
    await expect(page.get_by_role("link", name="Fabric")).to_have_count(0)
    assert visit.trouble == []


async def test_one_product_is_answered_and_its_text_escaped(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address)
    page = visit.page
    await page.goto(f"{address}/products")
    await page.get_by_label("Find").fill(PRODUCT)
    await page.get_by_role("button", name="Show").click()
    await visit.picture("page-products")
    await page.get_by_role("link", name=HOSTILE).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    for summary in await page.locator("summary").all():
        await summary.click()
    await expect(page.get_by_text('"category_version": "v2"')).to_be_visible()
    assert await page.title() != "owned"
    assert await page.locator("img").count() == 0
    # If escaping ever fails, the browser must still refuse to run the script.
    await page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"document.title=1\">')")
    await page.wait_for_function("document.querySelector('img').complete")
    assert await page.title() != "1"
    assert any("Content Security Policy" in each and "inline" in each for each in visit.trouble)
    await page.get_by_label("Answer").select_option("Cotton")
    await page.get_by_role("button", name="Give this answer").click()
    await expect(page.get_by_role("status")).to_contain_text("the product is queued again")
    await page.get_by_role("button", name="Take the answer back").click()
    await expect(page.get_by_role("status")).to_contain_text("taken back")
    await page.goto(f"{address}/shops/{SHOP}/products/1729000000000000005")
    await expect(page.get_by_role("heading", name="Before and after the last edit")).to_be_visible()
    await visit.picture("page-product", whole=True)


async def test_a_product_keeps_an_answer_until_the_last_one_on_a_phone(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    await block(redis, SHOP, "1729000000000000900", MATERIAL, WEIGHT, title="Linen pillow")
    visit = await signed_in(chromium, address, viewport=PHONE)
    page = visit.page
    await page.goto(f"{address}/shops/{SHOP}/products/1729000000000000900")
    await page.get_by_role("group", name="Material").get_by_label("Answer").select_option("Wool")
    await page.get_by_role("button", name="Give these answers").click()
    await expect(page.get_by_role("status")).to_contain_text("The answer is kept")
    await expect(page.get_by_role("group", name="Material")).to_contain_text("Answered: Wool")
    assert await visit.violations() == []
    assert not await visit.is_too_wide()
    await page.get_by_role("button", name="Take all answers back").click()
    await expect(page.get_by_text("Answered: Wool")).to_have_count(0)
    await page.get_by_role("group", name="Material").get_by_label("Answer").select_option("Cotton")
    await page.get_by_role("button", name="Give these answers").click()
    await page.get_by_role("group", name="Fill weight").get_by_label("Answer").fill("12")
    await page.get_by_role("button", name="Give these answers").click()
    await expect(page.get_by_role("status")).to_contain_text("the product is queued again")
    assert visit.trouble == []


async def test_retry_cancel_and_undo_ask_first(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address)
    page = visit.page
    await page.get_by_role("link", name="Retry … products with reason 12052208").click()
    await page.get_by_role("button", name="Retry").click()
    await expect(page.get_by_role("status")).to_contain_text("queued again")
    await page.goto(f"{address}/runs")
    await page.get_by_role("link", name="spring").click()
    await page.get_by_role("link", name="Cancel this run …").click()
    await expect(page.get_by_text("queued jobs of run spring end as failed")).to_be_visible()
    await page.get_by_role("button", name="Cancel it").click()
    await expect(page.get_by_role("status")).to_contain_text("cancelled")
    await page.get_by_role("link", name="Undo this run …").click()
    await expect(page.get_by_text("products changed by run spring are restored")).to_be_visible()
    await page.get_by_role("button", name="Undo these edits").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Run undo-spring-1")
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Activity").click()
    for order in ("products retried", "work cancelled", "edits undone"):
        await expect(page.get_by_role("cell", name=order)).to_be_visible()
    await visit.picture("page-activity")
    assert visit.trouble == []


async def test_rollout_causes_are_released_stopped_accepted_and_undone(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address)
    page = visit.page
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Rollout").click()
    await visit.picture("page-rollout")

    async def decide(link: str, button: str, says: str) -> None:
        await page.get_by_role("link", name=link).first.click()
        await page.get_by_role("button", name=button).click()
        await expect(page.get_by_role("status")).to_contain_text(says)

    await decide("Undo its edits …", "Undo", "are being taken back")
    await decide("Accept …", "Accept", "is accepted")
    await page.get_by_label("Level").fill("market/MX")
    await page.get_by_role("button", name="See what this stops").click()
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_role("status")).to_contain_text("is stopped")
    await decide("Release …", "Release", "is released")
    assert await RolloutOperations(redis).causes() == ()
    assert any(CAUSE in str(each.about) for each in await record.actions())
    assert visit.trouble == []


async def test_a_plan_is_uploaded_and_applied(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    file = tmp_path / "autumn.jsonl"
    file.write_bytes(plan_content())
    visit = await signed_in(chromium, address)
    page = visit.page
    await page.get_by_role("navigation", name="Main").get_by_role("link", name="Plans").click()
    await page.get_by_label("Plan file").set_input_files(file)
    await page.get_by_role("button", name="Upload").click()
    await expect(page.get_by_text("category: Jars (600001) → 700001")).to_be_visible()
    await visit.picture("page-plan")
    await page.get_by_role("link", name="Apply this plan …").click()
    await page.get_by_role("button", name="Apply the plan").click()
    await expect(page.get_by_text("Applied at")).to_be_visible()
    assert await redis.hexists(lane_keys(SHOP).jobs, "1729000000000000011")
    await page.get_by_role("button", name="Remove it from this list").click()
    await expect(page.get_by_text("No plan waits")).to_be_visible()
    async with page.expect_download() as download:
        await page.goto(f"{address}/reports")
        await page.get_by_label("Run").select_option("spring")
        await page.get_by_role("button", name="Download").click()
    assert "Linen shirt" in Path(await (await download.value).path()).read_text()
    assert visit.trouble == []


def column_of(sheet: Worksheet, title: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == title)


async def test_a_worklist_is_filled_in_and_uploaded(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address)
    page = visit.page
    await page.goto(f"{address}/worklist")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download XLSX").click()
    file = tmp_path / "worklist.xlsx"
    await (await download.value).save_as(file)
    book = load_workbook(file)
    gaps = book["Gaps by value"]
    row = next(
        row for row in range(2, gaps.max_row + 1) if gaps.cell(row, column_of(gaps, "attribute")).value == "Material"
    )
    unlocked = gaps.cell(row, column_of(gaps, "unlocks products")).value
    gaps.cell(row, column_of(gaps, "answer for all"), "Cotton")
    products = book["Products"]
    products.cell(products.max_row, column_of(products, "answer"), "no answer to this")
    book.save(file)
    await page.get_by_label("Filled-in worklist").set_input_files(file)
    await page.get_by_role("button", name="Upload").click()
    await expect(page.get_by_role("status")).to_contain_text(f"{unlocked} products requeued, 1 row rejected")
    await visit.picture("page-imported")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download the rejected rows").click()
    refused = tmp_path / "refused.xlsx"
    await (await download.value).save_as(refused)
    sheet = load_workbook(refused)["Products"]
    assert sheet.cell(2, column_of(sheet, "answer")).value == "no answer to this"
    assert "write done once the product is corrected" in str(
        sheet.cell(2, column_of(sheet, "why it was refused")).value
    )
    assert visit.trouble == []


async def test_updates_keep_focus_selection_scroll_and_open_details(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    visit = await signed_in(chromium, address)
    page = visit.page
    await page.evaluate("window.still_here = true")
    link = page.locator("#next").get_by_role("link", name="Material").first
    await link.focus()
    await page.evaluate("window.scrollTo(0, 300)")
    await page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
    scrolled = await page.evaluate("window.scrollY")
    await redis.hset(lane_keys(SHOP).states, "relisted", 1_234_567)
    drawn = page.locator("#progress rect.relisted title", has_text="1,23")
    await expect(drawn).to_have_count(1, timeout=PATIENCE_MS)
    assert await page.evaluate("window.still_here"), "the page was not reloaded"
    assert await page.evaluate("document.activeElement.textContent") == "Material"
    assert await page.evaluate("window.scrollY") == scrolled
    assert await page.evaluate("getSelection().toString()") == "Overview"
    assert visit.trouble == []


async def test_everything_works_without_javascript(
    redis: Redis, record: Record, chromium: Browser, address: str, tmp_path: Path
) -> None:
    await full_fleet(redis, record, tmp_path)
    context = await chromium.new_context(java_script_enabled=False)
    visit = Visit(await context.new_page())
    page = visit.page
    await page.goto(address)
    await page.get_by_label("Token").fill(OPERATOR_TOKEN)
    await page.get_by_role("button", name="Sign in").click()
    await page.goto(f"{address}/shops/{SHOP}")
    await page.get_by_role("button", name="Pause this shop").click()
    await expect(page.get_by_role("status")).to_contain_text("Paused")
    await page.goto(f"{address}/questions")
    await page.get_by_role("link", name="Fabric").click()
    await page.get_by_label("Answer for all of them").select_option("Wool")
    await page.get_by_role("button", name="See what this answer does").click()
    await page.get_by_role("button", name="Give the answer").click()
    await expect(page.get_by_role("status")).to_contain_text("3 products queued again")
    await context.close()
