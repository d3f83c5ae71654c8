"""An error code that no table knows: the first products carry it, then the shop is parked."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from model.job import Job
from shop_queue.keys import OUTCOMES
from shop_queue.producer import EnqueueRequest, LaneProducer
from shop_queue.reader import LaneReader
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import Refused, product
from tests.support.working_engine import UNPACED, until
from worker.config_files import error_codes_file
from worker.engine.results import Done, Park, Result
from worker.unknown_codes import FIRST_PRODUCTS


def refuse() -> None:
    raise Refused(12999999, "a rule of tomorrow")


async def test_unknown_code_parks_the_shop_after_a_few_products(runner: JobRunner) -> None:
    runner.platform.add(*(product(str(n)) for n in range(1, 7)))
    runner.platform.before["edit"] = [refuse] * 6
    results: list[Result] = [await runner.run(Job(SHOP_ID, str(n))) for n in range(1, 7)]
    ended = [each for each in results if isinstance(each, Done)]
    assert len(ended) == FIRST_PRODUCTS
    for done in ended:
        assert done.outcome.outcome == "needs_input"
        assert [reason.code for reason in done.outcome.reasons] == ["12999999"]
    for parked in results[FIRST_PRODUCTS:]:
        assert isinstance(parked, Park)
        for part in ("12999999", "a rule of tomorrow", "request req-", "RELIST_ERROR_CODES_FILE"):
            assert part in parked.reason


async def test_known_code_parks_nothing(runner: JobRunner) -> None:
    def known() -> None:
        raise Refused(12052051, "title too long")

    runner.platform.add(*(product(str(n)) for n in range(1, 7)))
    runner.platform.before["edit"] = [known] * 6
    assert all([isinstance(await runner.run(Job(SHOP_ID, str(n))), Done) for n in range(1, 7)])


CLASSIFIED = """
[[group]]
class = "{kind}"
actor = "seller"
remedy = "Remove the rule of tomorrow from the description."
source = "support ticket 4711"
date = 2026-11-28
confidence = "operator"
[group.codes]
12999999 = "a rule of tomorrow"
"""


async def ends(redis: Redis) -> dict[str, dict[str, Any]]:
    """The last outcome of each product."""
    found = (orjson.loads(fields[b"outcome"]) for _, fields in await redis.xrange(OUTCOMES))
    return {each["product_id"]: each for each in found}


@pytest.mark.parametrize(("kind", "end"), [("product_problem", "needs_input"), ("transient", "in_audit")])
async def test_an_operator_classifies_the_code_and_resumes_the_shop(
    runner: JobRunner, redis: Redis, tmp_path: Path, kind: str, end: str
) -> None:
    """Without a release and without a restart of the worker."""
    products = [str(n) for n in range(1, 21)]
    runner.platform.add(*map(product, products))
    runner.platform.before["edit"] = [refuse] * 1_000
    path = tmp_path / "codes.toml"
    path.write_text("")
    codes = error_codes_file(path)
    runner.services.transport._error_codes = codes.current
    unclassified = codes.current()
    lanes, reader = LaneProducer(redis), LaneReader(redis)
    await lanes.enqueue(EnqueueRequest(Job(SHOP_ID, each)) for each in products)

    async def parked() -> bool:
        (shop,) = await reader.controls([SHOP_ID])
        return shop.state == "parked"

    async def all_ended() -> bool:
        return len(await ends(redis)) == len(products)

    async def first_committed() -> bool:
        return len(await ends(redis)) == FIRST_PRODUCTS

    async def reloaded() -> bool:
        return codes.current() is not unclassified

    async with runner.engine(redis, replace(UNPACED, max_jobs=1)):
        await until(parked)
        (shop,) = await reader.controls([SHOP_ID])
        for part in ("12999999", "a rule of tomorrow", "request req-", "RELIST_ERROR_CODES_FILE"):
            assert part in shop.reason
        await until(first_committed)
        first = await ends(redis)

        # The worker must never read a half-written file.
        (tmp_path / "new.toml").write_text(CLASSIFIED.format(kind=kind))
        (tmp_path / "new.toml").rename(path)
        if kind == "transient":
            runner.platform.before["edit"].clear()
        await until(reloaded)
        await lanes.set_state(SHOP_ID, "active")
        await until(all_ended)
    rest = [each for name, each in (await ends(redis)).items() if name not in first]
    assert Counter(each["outcome"] for each in rest) == {end: len(rest)}
    if kind == "product_problem":
        assert {each["reasons"][0]["actor"] for each in rest} == {"seller"}
        text = "a rule of tomorrow. Remove the rule of tomorrow from the description."
        assert {each["reasons"][0]["message"] for each in rest} == {text}
