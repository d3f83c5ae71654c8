"""Answers, proposals and skipped questions in the web UI, and why they are refused."""

from __future__ import annotations

import asyncio
import re

from aiohttp import ClientSession
from redis.asyncio import Redis

from model.job import Job
from record.record import Record
from shop_queue.keys import lane_keys
from tests.support.blocked_records import BRAND, CERTIFICATE, MATERIAL, WEIGHT, block, blocked, with_proposal
from tests.support.web_ui_here import (
    OPERATOR_TOKEN,
    csrf,
    fields_of,
    log_of,
    plain,
    shown,
    sign_in,
    text_of,
    visitor_of,
)
from worklist.import_file import apply_answers
from worklist.measured_times import KEY, answer_times
from worklist.missing_fields import missing_fields_of
from worklist.sheet import AnsweredRow, Answers


async def test_an_answer_for_all_requeues_what_it_completes(redis: Redis, record: Record, ana: ClientSession) -> None:
    await block(redis, "7", "1", MATERIAL)
    await block(redis, "8", "2", MATERIAL)
    await block(redis, "8", "3", MATERIAL, WEIGHT)
    (key,) = set(re.findall(r"/questions/(g[0-9a-f]{16})", await text_of(ana, "/questions?find=Material+is")))
    form = {**fields_of(await text_of(ana, f"/questions/{key}")), "how": "all", "answer": "Wool"}
    form["csrf"] = await csrf(ana)
    async with ana.post(f"/questions/{key}/check", data=form) as answer:
        asked = await answer.text()
    assert "2 products get the answer and continue immediately" in plain(asked)
    assert "1 product lacks other answers too" in plain(asked)
    assert await redis.hkeys(lane_keys("7").jobs) == [], "asking changes nothing"  # type: ignore[misc]
    async with ana.post(f"/questions/{key}/answer", data=fields_of(asked)) as answer:
        done = await answer.text()
    assert "2 products queued again" in plain(done)
    (payload,) = await redis.hvals(lane_keys("7").jobs)  # type: ignore[misc]
    assert b'"502"' in payload
    assert (await log_of(record))[-1] == ("Ana", "question_answered")
    async with ana.post("/questions/take-back", data=fields_of(done)) as answer:
        assert "Answers are taken back" in await answer.text()
    assert await redis.hkeys(lane_keys("7").jobs) == []  # type: ignore[misc]
    assert "3 products in 2 shops waiting for it" in await shown(ana, f"/questions/{key}")


async def test_an_answer_by_value_is_kept_for_a_product_that_lacks_another(
    redis: Redis, record: Record, ana: ClientSession
) -> None:
    await block(redis, "7", "3", MATERIAL, WEIGHT)
    (material,) = set(re.findall(r"/questions/(g[0-9a-f]{16})", await text_of(ana, "/questions?find=Material+is")))
    (weight,) = set(re.findall(r"/questions/(g[0-9a-f]{16})", await text_of(ana, "/questions?find=Fill+weight+is")))

    async def give(key: str, answer: str) -> tuple[str, dict[str, str]]:
        form = {"csrf": await csrf(ana), "how": "all", "answer": answer}
        async with ana.post(f"/questions/{key}/check", data=form) as checked:
            asked = await checked.text()
        assert await redis.hkeys(lane_keys("7").jobs) == [], "asking changes nothing"  # type: ignore[misc]
        async with ana.post(f"/questions/{key}/answer", data=fields_of(asked)) as given:
            page = await given.text()
        return plain(page), fields_of(page)

    page, back = await give(material, "Wool")
    assert "kept for 1 product that lacks other answers" in page
    assert material not in await text_of(ana, "/questions"), "the question is answered"
    assert "Answered: Wool" in await shown(ana, "/shops/7/products/3")
    async with ana.post("/questions/take-back", data=back) as answer:
        assert answer.status == 200
    assert material in await text_of(ana, "/questions")
    await give(material, "Cotton")
    page, _ = await give(weight, "12")
    assert "1 product queued again" in page
    (payload,) = await redis.hvals(lane_keys("7").jobs)  # type: ignore[misc]
    assert {each["id"]: each["values"] for each in Job.load("7", "3", payload).attributes} == {
        "100392": [{"id": "501"}],
        "100400": [{"name": "12"}],
    }


async def test_a_wrong_answer_is_refused_before_it_is_given(redis: Redis, ana: ClientSession) -> None:
    await block(redis, "7", "1", MATERIAL)
    (key,) = set(re.findall(r"/questions/(g[0-9a-f]{16})", await text_of(ana, "/questions")))
    form = {"csrf": await csrf(ana), "how": "all", "answer": "Steel"}
    async with ana.post(f"/questions/{key}/check", data=form) as answer:
        page = plain(await answer.text())
    assert "'Steel' is not one of the allowed values" in page
    assert "Give the answer" not in page


async def test_corrections_are_confirmed_product_by_product(redis: Redis, ana: ClientSession) -> None:
    await block(redis, "7", "1", CERTIFICATE)
    await block(redis, "7", "2", CERTIFICATE)
    (key,) = set(re.findall(r"/questions/(g[0-9a-f]{16})", await text_of(ana, "/questions")))
    form = {"csrf": await csrf(ana), "how": "all", "answer": "done"}
    async with ana.post(f"/questions/{key}/check", data=form) as answer:
        assert "Tick the products that are corrected" in await answer.text()
    async with ana.post(f"/questions/{key}/check", data={**form, "only": "7-2"}) as answer:
        asked = await answer.text()
    assert "1 product gets the answer" in plain(asked)
    async with ana.post(f"/questions/{key}/answer", data=fields_of(asked)) as answer:
        assert answer.status == 200
    assert await redis.hkeys(lane_keys("7").jobs) == [b"2"]  # type: ignore[misc]


async def test_proposals_are_accepted_all_sure_or_one(redis: Redis, record: Record, ana: ClientSession) -> None:
    await block(redis, "7", "1", with_proposal(MATERIAL, 0.99))
    await block(redis, "7", "2", with_proposal(MATERIAL, 0.6))
    (key,) = set(re.findall(r"/questions/(g[0-9a-f]{16})", await text_of(ana, "/questions?show=proposed")))
    assert "2 products have a proposal; 1 proposal is right" in await shown(ana, f"/questions/{key}")
    form = {"csrf": await csrf(ana), "how": "sure", "answer": ""}
    async with ana.post(f"/questions/{key}/check", data=form) as answer:
        asked = await answer.text()
    assert "1 proposal is accepted" in plain(asked)
    async with ana.post(f"/questions/{key}/answer", data=fields_of(asked)) as answer:
        assert answer.status == 200
    assert await redis.hkeys(lane_keys("7").jobs) == [b"1"]  # type: ignore[misc]
    page = await text_of(ana, "/shops/7/products/2")
    token = re.search(r'name="(token-g\w+)" value="(\w+)"', page)
    assert token is not None
    given = {"csrf": await csrf(ana), token[1]: token[2], token[1].replace("token", "accept"): "1"}
    async with ana.post("/shops/7/products/2/answer", data=given) as answer:
        assert "The answer is in" in await answer.text()
    assert await redis.hkeys(lane_keys("7").jobs) == [b"1", b"2"]  # type: ignore[misc]
    assert await log_of(record) == [("Ana", "question_answered"), ("Ana", "product_answered")]


async def test_nothing_is_claimed_of_products_that_nobody_ticked(
    redis: Redis, record: Record, ana: ClientSession
) -> None:
    await block(redis, "7", "1", with_proposal(MATERIAL, 0.6))
    await block(redis, "7", "2", CERTIFICATE)
    for find, given, told in (
        ("Material", {"how": "proposals", "answer": ""}, "Tick the products whose proposals are right."),
        ("CE", {"how": "all", "answer": "done"}, "Tick the products that are corrected."),
        ("Material", {"how": "all", "answer": "Silk"}, "'Silk' is not one of the allowed values"),
    ):
        (key,) = set(re.findall(r"/questions/(g[0-9a-f]{16})", await text_of(ana, f"/questions?find={find}")))
        form = {**given, "csrf": await csrf(ana)}
        async with ana.post(f"/questions/{key}/check", data=form) as answer:
            assert told in plain(await answer.text())
        async with ana.post(f"/questions/{key}/answer", data=form) as answer:
            assert (answer.status, told in await answer.text()) == (422, True)
    assert await redis.hkeys(lane_keys("7").jobs) == []  # type: ignore[misc]
    assert await log_of(record) == []


async def test_a_product_answered_meanwhile_is_not_answered_twice(redis: Redis, ana: ClientSession) -> None:
    await block(redis, "7", "1", MATERIAL)
    page = await text_of(ana, "/shops/7/products/1")
    token = re.search(r'name="(token-g\w+)" value="(\w+)"', page)
    assert token is not None
    await block(redis, "7", "1", MATERIAL, at="2026-11-25T05:00:00Z")
    given = {"csrf": await csrf(ana), token[1]: token[2], token[1].replace("token", "answer"): "Wool"}
    async with ana.post("/shops/7/products/1/answer", data=given) as answer:
        assert "processed again" in plain(await answer.text())
    assert await redis.hkeys(lane_keys("7").jobs) == []  # type: ignore[misc]


async def test_the_second_of_two_different_answers_is_refused_and_its_giver_sees_the_first(
    redis: Redis, record: Record, address: str, ana: ClientSession
) -> None:
    await block(redis, "7", "1", MATERIAL)
    path, forms = "/shops/7/products/1", list[tuple[ClientSession, dict[str, str]]]()

    async def give(session: ClientSession, form: dict[str, str]) -> str:
        async with session.post(f"{path}/answer", data=form) as answer:
            return plain(await answer.text())

    async with visitor_of(address) as ben:
        await sign_in(ben, OPERATOR_TOKEN, "Ben")
        for session, text in ((ana, "Wool"), (ben, "Cotton")):
            page = await text_of(session, path)
            token = re.search(r'name="(token-g\w+)" value="(\w+)"', page)
            assert token is not None
            form = {"csrf": await csrf(session), token[1]: token[2], token[1].replace("token", "answer"): text}
            forms.append((session, form))
        wool, cotton = await asyncio.gather(*(give(*each) for each in forms))
    (payload,) = await redis.hvals(lane_keys("7").jobs)  # type: ignore[misc]
    first, second = ("Wool", "Cotton") if b'"502"' in payload else ("Cotton", "Wool")
    shown_to = {"Wool": wool, "Cotton": cotton}
    assert "The answer is in: the product is queued again." in shown_to[first]
    assert f"Material: it was answered with '{first}' in the meantime" in shown_to[second]
    assert "The answer is in" not in shown_to[second]
    entries = [each.name for each in reversed(await record.actions())]
    # Whoever is late by more than a moment is refused before anything is logged.
    assert entries in (["product_answered"], ["product_answered", "product_answered", "answers_refused"])


async def test_a_list_answered_meanwhile_reports_each_product(redis: Redis, ana: ClientSession) -> None:
    await block(redis, "7", "1", MATERIAL, title="Shirt")
    (key,) = set(re.findall(r"/questions/(g[0-9a-f]{16})", await text_of(ana, "/questions")))
    form = {"csrf": await csrf(ana), "how": "all", "answer": "Cotton"}
    async with ana.post(f"/questions/{key}/check", data=form) as answer:
        asked = await answer.text()
    # Another gateway, whose answer this one has not read yet.
    (missing,) = missing_fields_of(blocked("7", "1", MATERIAL, title="Shirt"))
    row = AnsweredRow("row 2", "7", "1", key, missing.version_token, "Wool")
    await apply_answers(redis, Answers(rows=[row]))
    async with ana.post(f"/questions/{key}/answer", data=fields_of(asked)) as answer:
        page = plain(await answer.text())
    assert "0 answers given: 0 products queued again, 1 answer refused" in page
    assert "Shirt (1): it was answered with 'Wool' in the meantime" in page


async def test_the_time_of_an_answer_is_measured(redis: Redis, ana: ClientSession) -> None:
    for product_id, missing in (("1", MATERIAL), ("2", BRAND)):
        await block(redis, "7", product_id, missing)
        page = await text_of(ana, f"/shops/7/products/{product_id}")
        token = re.search(r'name="(token-g\w+)" value="(\w+)"', page)
        assert token is not None
        text = "Wool" if missing is MATERIAL else "done"
        given = {"csrf": await csrf(ana), token[1]: token[2], token[1].replace("token", "answer"): text}
        async with ana.post(f"/shops/7/products/{product_id}/answer", data=given) as answer:
            assert "The answer is in" in await answer.text()
        (last,) = [key async for key in redis.scan_iter("relist:web:answer-times:*")]
        await redis.set(last, float(await redis.get(last)) - 60)
    measured = (await answer_times(redis)).measured
    assert (measured["brand"].answers, measured["attribute"].answers) == (1, 0)


async def test_an_answer_whose_time_cannot_be_counted_is_taken(redis: Redis, ana: ClientSession) -> None:
    for product_id in ("1", "2"):
        await block(redis, "7", product_id, MATERIAL)
        page = await text_of(ana, f"/shops/7/products/{product_id}")
        token = re.search(r'name="(token-g\w+)" value="(\w+)"', page)
        assert token is not None
        given = {"csrf": await csrf(ana), token[1]: token[2], token[1].replace("token", "answer"): "Wool"}
        if product_id == "2":
            (last,) = [key async for key in redis.scan_iter(f"{KEY}:*")]
            await redis.set(last, float(await redis.get(last)) - 60)
            await redis.set(KEY, "of another type")
        async with ana.post(f"/shops/7/products/{product_id}/answer", data=given, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"/shops/7/products/{product_id}?done=answered")
    assert sorted(await redis.hkeys(lane_keys("7").jobs)) == [b"1", b"2"]  # type: ignore[misc]


async def test_a_question_is_put_aside_and_brought_back(redis: Redis, record: Record, ana: ClientSession) -> None:
    await block(redis, "7", "1", MATERIAL)
    (key,) = set(re.findall(r"/questions/(g[0-9a-f]{16})", await text_of(ana, "/questions")))
    async with ana.post(f"/questions/{key}/skip", data={"csrf": await csrf(ana)}) as answer:
        assert key not in await answer.text()
    assert "put aside by Ana" in await shown(ana, "/questions?show=skipped")
    async with ana.post(f"/questions/{key}/unskip", data={"csrf": await csrf(ana)}) as answer:
        assert key in await answer.text()
    assert await log_of(record) == [("Ana", "question_skipped"), ("Ana", "question_unskipped")]
