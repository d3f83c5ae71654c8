"""Every form that acts, used by keyboard: the route of the form -> what a person does and what the page then says.

tests/integration/web_ui/test_actions.py fails for a form that is missing here.
"""

from __future__ import annotations

import csv
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.web_ui_fleet import OTHER_SHOP, PRODUCT, SHOP, plan_content
from tests.support.web_ui_here import OPERATOR_TOKEN

if TYPE_CHECKING:
    from playwright.async_api import Page

QUESTIONS = "/questions/{key}"


async def sign_out(page: Page, address: str, _: Path) -> str:
    await page.goto(address)
    await page.get_by_role("button", name="Sign out").press("Enter")
    return "Sign in"


async def sign_in(page: Page, address: str, directory: Path) -> str:
    await sign_out(page, address, directory)
    await page.get_by_label("Token").fill(OPERATOR_TOKEN)
    await page.get_by_label("Token").press("Enter")
    return "Will we make it?"


async def pause_one(page: Page, address: str, _: Path) -> str:
    await page.goto(f"{address}/shops/{SHOP}")
    await page.get_by_role("button", name="Pause this shop").press("Enter")
    return "Paused: no more requests"


async def resume_one(page: Page, address: str, directory: Path) -> str:
    await pause_one(page, address, directory)
    await page.get_by_role("button", name="Resume this shop").press("Enter")
    return "Active again"


async def pause_all(page: Page, address: str, _: Path) -> str:
    await page.goto(f"{address}/shops")
    await page.get_by_role("link", name="Pause all …").press("Enter")
    await page.get_by_role("button", name="Pause all shops").press("Enter")
    return "Paused: no more requests"


async def resume_chosen(page: Page, address: str, directory: Path) -> str:
    await pause_all(page, address, directory)
    await page.get_by_label("Choose Blue Harbour").press("Space")
    await page.get_by_role("button", name="Resume chosen shops …").press("Enter")
    await page.get_by_role("button", name="Resume chosen shops").press("Enter")
    return "Active again"


async def retry(page: Page, address: str, _: Path) -> str:
    await page.goto(address)
    await page.get_by_role("link", name="Retry … products with reason 12052208").press("Enter")
    await page.get_by_role("button", name="Retry").press("Enter")
    return "queued again"


async def cancel_shop(page: Page, address: str, _: Path) -> str:
    await page.goto(f"{address}/shops/{SHOP}")
    await page.get_by_role("link", name="Cancel what is queued …").press("Enter")
    await page.get_by_role("button", name="Cancel it").press("Enter")
    return "cancelled"


async def _ask_about_ticked(page: Page, address: str) -> None:
    await page.goto(f"{address}/questions")
    await page.get_by_role("link", name="Fabric").press("Enter")
    await page.get_by_label("Choose Canvas bag 3").press("Space")
    await page.get_by_role("button", name="Accept the ticked proposals …").press("Enter")


async def check_proposals(page: Page, address: str, _: Path) -> str:
    await _ask_about_ticked(page, address)
    return "1 proposal is accepted."


async def accept_proposals(page: Page, address: str, _: Path) -> str:
    await _ask_about_ticked(page, address)
    await page.get_by_role("button", name="Give the answer").press("Enter")
    return "1 answer given: 1 product queued again"


async def take_back(page: Page, address: str, directory: Path) -> str:
    await accept_proposals(page, address, directory)
    await page.get_by_role("button", name="Take the answer back").press("Enter")
    return "The answer is taken back"


async def put_aside(page: Page, address: str, _: Path) -> str:
    await page.goto(f"{address}/questions")
    await page.get_by_role("link", name="Fabric").press("Enter")
    await page.get_by_role("button", name="Put this question aside").press("Enter")
    return "The question is put aside"


async def bring_back(page: Page, address: str, directory: Path) -> str:
    await put_aside(page, address, directory)
    await page.goto(f"{address}/questions?show=skipped")
    await page.get_by_role("link", name="Fabric").press("Enter")
    await page.get_by_role("button", name="Put it back into the list").press("Enter")
    return "The question is back in the list"


async def accept_in_product(page: Page, address: str, _: Path) -> str:
    await page.goto(f"{address}/shops/{OTHER_SHOP}/products/1729000001000001")
    await page.get_by_label("Accept the proposal").press("Space")
    await page.get_by_role("button", name="Give this answer").press("Enter")
    return "the product is queued again"


async def undo_product(page: Page, address: str, _: Path) -> str:
    await page.goto(f"{address}/shops/{SHOP}/products/1729000000000000005")
    await page.get_by_role("link", name="Undo its edits …").press("Enter")
    await page.get_by_role("button", name="Undo these edits").press("Enter")
    return "The product is being restored"


async def _decide(page: Page, address: str, link: str, button: str) -> None:
    await page.goto(f"{address}/rollout")
    await page.get_by_role("link", name=link).first.press("Enter")
    await page.get_by_role("button", name=button).press("Enter")


async def rollout_undo(page: Page, address: str, _: Path) -> str:
    await _decide(page, address, "Undo its edits …", "Undo")
    return "are being taken back"


async def rollout_accept(page: Page, address: str, _: Path) -> str:
    await _decide(page, address, "Accept …", "Accept")
    return "is accepted"


async def rollout_release(page: Page, address: str, _: Path) -> str:
    await _decide(page, address, "Release …", "Release")
    return "is released"


async def rollout_stop(page: Page, address: str, _: Path) -> str:
    await page.goto(f"{address}/rollout")
    await page.get_by_label("Level").fill("market/MX")
    await page.get_by_role("button", name="See what this stops").press("Enter")
    await page.get_by_role("button", name="Stop").press("Enter")
    return "is stopped"


async def upload_plan(page: Page, address: str, directory: Path) -> str:
    file = directory / "autumn.jsonl"
    file.write_bytes(plan_content())
    await page.goto(f"{address}/plans")
    await page.get_by_label("Plan file").set_input_files(file)
    await page.get_by_role("button", name="Upload").press("Enter")
    return "1 product of 1 in 1 shop can be edited"


async def apply_plan(page: Page, address: str, directory: Path) -> str:
    await upload_plan(page, address, directory)
    await page.get_by_role("link", name="Apply this plan …").press("Enter")
    await page.get_by_role("button", name="Apply the plan").press("Enter")
    return "Applied"


async def remove_plan(page: Page, address: str, directory: Path) -> str:
    await upload_plan(page, address, directory)
    await page.get_by_role("button", name="Remove it from this list").press("Enter")
    return "No plan waits"


async def upload_worklist(page: Page, address: str, directory: Path) -> str:
    await page.goto(f"{address}/worklist")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download CSV").press("Enter")
    file = directory / "worklist.csv"
    await (await download.value).save_as(file)
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    for row in rows:
        if PRODUCT in row[rows[0].index("product")]:
            row[rows[0].index("answer")] = "Cotton"
    with file.open("w", newline="") as filled:
        csv.writer(filled).writerows(rows)
    await page.get_by_label("Filled-in worklist").set_input_files(file)
    await page.get_by_role("button", name="Upload").press("Enter")
    return "1 answer imported: 1 product requeued"


ACTIONS: dict[str, Callable[[Page, str, Path], Awaitable[str]]] = {
    "/login": sign_in,
    "/logout": sign_out,
    "/shops/{shop_id}/pause": pause_one,
    "/shops/{shop_id}/resume": resume_one,
    "/shops/pause": pause_all,
    "/shops/resume": resume_chosen,
    "/retry": retry,
    "/cancel": cancel_shop,
    f"{QUESTIONS}/check": check_proposals,
    f"{QUESTIONS}/answer": accept_proposals,
    f"{QUESTIONS}/skip": put_aside,
    f"{QUESTIONS}/unskip": bring_back,
    "/shops/{shop_id}/products/{product_id}/answer": accept_in_product,
    "/questions/take-back": take_back,
    "/undo": undo_product,
    "/rollout/undo": rollout_undo,
    "/rollout/accept": rollout_accept,
    "/rollout/release": rollout_release,
    "/rollout/stop": rollout_stop,
    "/plans": upload_plan,
    "/plans/{plan_id}/apply": apply_plan,
    "/plans/{plan_id}/remove": remove_plan,
    "/worklist": upload_worklist,
}
