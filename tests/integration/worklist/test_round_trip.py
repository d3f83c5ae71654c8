"""Worklists and retries against a real server."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook
from redis.asyncio import Redis

from console.replaced_file import replaced
from model.job import Job
from producers.retry import RetryFilter, retry_blocked
from shop_queue.blocked_products import blocked_of_shops, count_blocked, read_blocked, scan_blocked
from shop_queue.keys import lane_keys
from shop_queue.producer import EnqueueRequest, LaneProducer
from tests.support.blocked_records import BRAND, CATEGORY, MATERIAL, block, record
from worklist.collect import collect
from worklist.import_file import apply_answers, parse_file
from worklist.plan_import import ImportPlan
from worklist.sheet import AnsweredRow, Answers
from worklist.xlsx_file import write_xlsx


async def jobs_of(redis: Redis, shop_id: str) -> dict[str, Job]:
    payloads = await redis.hgetall(lane_keys(shop_id).jobs)
    return {name.decode(): Job.load(shop_id, name.decode(), payload) for name, payload in payloads.items()}


async def test_import_requeues_only_complete_products(redis: Redis) -> None:
    await block(redis, "7", "1", MATERIAL, hints={"category_id": "853000"})
    await block(redis, "7", "2", MATERIAL, CATEGORY)
    await block(redis, "8", "3", MATERIAL)
    found = await collect(redis, ["7", "8"])
    file = io.BytesIO()
    assert write_xlsx(found, file, 1000) == 4
    book = load_workbook(file)
    book["Gaps by value"]["E2"] = "Wool"
    filled = io.BytesIO()
    book.save(filled)
    answers = parse_file(filled.getvalue())
    checked = await apply_answers(redis, answers, check_only=True)
    assert len(checked.jobs) == 2
    assert await jobs_of(redis, "7") == {}
    plan = await apply_answers(redis, answers)
    assert plan.problems == []
    assert plan.incomplete == {("7", "2"): 1}
    wool = ({"id": "100392", "values": [{"id": "502"}]},)
    seven, eight = await jobs_of(redis, "7"), await jobs_of(redis, "8")
    assert seven.keys() == {"1"}
    assert (seven["1"].category_id, seven["1"].attributes, seven["1"].run_id) == ("853000", wool, "spring")
    assert eight["3"].attributes == wool
    assert await redis.zscore("relist:shops:ready", "7") is not None, "the shop is woken"


async def test_requeued_products_are_not_exported(redis: Redis) -> None:
    await block(redis, "7", "1", MATERIAL)
    await block(redis, "7", "2", MATERIAL)
    await LaneProducer(redis).enqueue([EnqueueRequest(Job("7", "1"))])
    found = await collect(redis, ["7"])
    assert [gap.product_id for gap in found.missing] == ["2"]


async def test_importing_a_file_twice_enqueues_once(redis: Redis) -> None:
    await block(redis, "7", "1", MATERIAL)
    (gap,) = (await collect(redis, ["7"])).missing
    answers = Answers([AnsweredRow("row 2", "7", "1", gap.question.key, gap.version_token, "Wool")])
    await apply_answers(redis, answers)
    again = await apply_answers(redis, answers)
    assert again.problems == []
    assert len(await jobs_of(redis, "7")) == 1
    assert await redis.llen(lane_keys("7").waiting) == 1


async def test_all_blocked_products_are_read_with_progress(redis: Redis) -> None:
    for shop, count in (("7", 1300), ("8", 0), ("9", 5)):
        for number in range(count):
            await block(redis, shop, str(number), MATERIAL)
    reported: list[tuple[int, int]] = []
    found = await collect(redis, ["7", "8", "9"], progress=lambda done, total: reported.append((done, total)))
    assert found.products == len(found.missing) == 1305
    assert reported[-1] == (1305, 1305)
    assert reported == sorted(reported)
    assert await count_blocked(redis, ["7", "8", "9"]) == {"7": 1300, "9": 5}
    bounded = await collect(redis, ["7", "9"], max_products=100)
    assert bounded.products + bounded.unread == 1305
    assert bounded.products < 1300


async def test_scan_yields_each_product_once_while_the_hash_grows(redis: Redis) -> None:
    for number in range(1000):
        await block(redis, "7", str(number), MATERIAL)
    seen: list[str] = []
    async for batch in scan_blocked(redis, "7"):
        seen += [product.product_id for product in batch]
        # Enough new products to make the server grow its table, so that HSCAN repeats parts.
        if len(seen) < 900:
            await redis.hset(lane_keys("7").blocked, mapping={f"new-{len(seen)}-{n}": "{}" for n in range(300)})
    assert len(seen) == len(set(seen))
    assert {str(number) for number in range(1000)} <= set(seen)


async def test_retry_selects_by_reason_and_keeps_hints(redis: Redis) -> None:
    await block(redis, "7", "1", BRAND, MATERIAL, hints={"brand_id": "9"})
    await block(redis, "7", "2", MATERIAL)
    await block(redis, "7", "3", BRAND, outcome="failed")
    await block(redis, "8", "4", BRAND, hints={"dry_run": True})
    await block(redis, "7", "list:sku-1", BRAND, kind="list")
    done = await retry_blocked(redis, ["7", "8"], RetryFilter(reason="12052208"))
    assert (done.queued, done.already_queued, done.dry_runs, done.not_kept) == (3, 0, 1, 1)
    seven = await jobs_of(redis, "7")
    assert seven.keys() == {"1", "3"}
    assert seven["1"].brand_id == "9"
    assert (await jobs_of(redis, "8"))["4"].dry_run
    again = await retry_blocked(redis, ["7", "8"], RetryFilter(outcome="failed"))
    assert (again.queued, again.already_queued) == (0, 1)
    live = await retry_blocked(redis, ["8"], RetryFilter(reason="12052208", outcome="needs_input"), live=True)
    assert live.already_queued == 1


async def test_records_are_returned_for_each_requested_product(redis: Redis) -> None:
    await block(redis, "7", "1", MATERIAL)
    records = await read_blocked(redis, [("8", "1"), ("7", "1")])
    assert records["8", "1"] is None
    assert records["7", "1"] is not None
    assert records["7", "1"].record["at"] == record()["at"]
    assert [total async for _, _, total in blocked_of_shops(redis, [])] == []


def test_failed_export_keeps_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "gaps.xlsx"
    file.write_text("answers of a week")

    def write_half() -> None:
        with replaced(file) as draft:
            draft.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_half()
    assert file.read_text() == "answers of a week"
    assert list(tmp_path.iterdir()) == [file]


async def test_an_answer_waits_for_the_last_one_which_may_come_in_another_file(redis: Redis) -> None:
    await block(redis, "7", "2", MATERIAL, CATEGORY)

    async def answer(name: str, text: str) -> ImportPlan:
        found = await collect(redis, ["7"])
        (field,) = [each for each in found.missing if each.question.name == name]
        row = AnsweredRow("row 2", "7", "2", field.question.key, field.version_token, text)
        return await apply_answers(redis, Answers(rows=[row]))

    assert (await answer("Material", "Wool")).incomplete == {("7", "2"): 1}
    assert await jobs_of(redis, "7") == {}
    (left,) = (await collect(redis, ["7"])).missing
    assert left.question.name == "category", "an answered question is not asked again"
    plan = await answer("category", "853000")
    assert (plan.problems, len(plan.jobs)) == ([], 1)
    job = (await jobs_of(redis, "7"))["2"]
    assert (job.category_id, job.attributes) == ("853000", ({"id": "100392", "values": [{"id": "502"}]},))


async def test_concurrent_answers_of_two_people_leave_no_product_behind(redis: Redis) -> None:
    await block(redis, "7", "2", MATERIAL, CATEGORY)
    found = await collect(redis, ["7"])
    texts = {"Material": "Wool", "category": "853000"}
    rows = [
        AnsweredRow("row", "7", "2", each.question.key, each.version_token, texts[each.question.name])
        for each in found.missing
    ]
    await asyncio.gather(*(apply_answers(redis, Answers(rows=[row])) for row in rows))
    job = (await jobs_of(redis, "7"))["2"]
    assert (job.category_id, len(job.attributes)) == ("853000", 1)


async def test_the_second_of_two_concurrent_answers_to_one_question_is_refused(redis: Redis) -> None:
    await block(redis, "7", "1", MATERIAL)
    await block(redis, "7", "2", MATERIAL, CATEGORY)
    found = [each for each in (await collect(redis, ["7"])).missing if each.question.name == "Material"]

    def answers(text: str) -> Answers:
        fields = [(each.product_id, each.question.key, each.version_token) for each in found]
        return Answers(rows=[AnsweredRow(f"row {number}", "7", number, *about, text) for number, *about in fields])

    plans = await asyncio.gather(*(apply_answers(redis, answers(text)) for text in ("Wool", "Cotton")))
    (job,) = (await jobs_of(redis, "7")).values()
    given = {"501": "Cotton", "502": "Wool"}[job.attributes[0]["values"][0]["id"]]
    assert sorted((plan.answers, len(plan.jobs), len(plan.incomplete)) for plan in plans) == [(0, 0, 0), (2, 1, 1)]
    problems = [str(each) for plan in plans for each in plan.problems]
    assert [each.partition(" in ")[0] for each in problems] == [
        f"row {number}: it was answered with {given!r}" for number in ("1", "2")
    ]
    late = await apply_answers(redis, answers("Cotton" if given == "Wool" else "Wool"))
    assert (late.answers, len(late.problems)) == (0, 2), "a form that was open all the time is refused as well"


async def test_a_repeated_import_enqueues_answers_that_were_kept_by_a_process_that_died(redis: Redis) -> None:
    await block(redis, "7", "1", MATERIAL)
    (missing,) = (await collect(redis, ["7"])).missing
    row = AnsweredRow("row 2", "7", "1", missing.question.key, missing.version_token, "Wool")
    await apply_answers(redis, Answers(rows=[row]))
    await redis.delete(lane_keys("7").jobs)
    assert len((await collect(redis, ["7"])).missing) == 1, "its question is open again"
    plan = await apply_answers(redis, Answers(rows=[row]))
    assert (plan.problems, len(plan.jobs), len(await jobs_of(redis, "7"))) == ([], 1, 1)
