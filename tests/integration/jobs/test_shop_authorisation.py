"""A worker checks once that a shop's tokens belong to it, and parks the shop if they do not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from model.job import Job
from tests.support.job_runner import SHOP_ID, JobRunner, job_runner
from tests.support.tiny_platform import Refused, product
from worker.engine.results import Done, Park
from worker.shop_authorisation import ShopAuthorisation


@pytest.fixture
async def checked(redis: Redis, tmp_path: Path) -> AsyncIterator[JobRunner]:
    async with job_runner(redis, tmp_path, ShopAuthorisation()) as runner:
        runner.platform.add(*(product(str(n)) for n in range(1, 4)))
        yield runner


async def test_matching_shop_is_checked_once(checked: JobRunner) -> None:
    checked.platform.authorized = [{"id": SHOP_ID, "cipher": "ROW_x", "region": "US"}]
    for product_id in ("1", "2", "3"):
        assert isinstance(await checked.run(Job(SHOP_ID, product_id)), Done)
    assert checked.platform.calls["shops"] == 1


@pytest.mark.parametrize(
    ("authorized", "reason"),
    [
        ([{"id": "7", "cipher": "ROW_7"}], "cover other shops (7)"),
        ([{"id": "7", "cipher": "ROW_x"}, {"id": SHOP_ID, "cipher": "ROW_y"}], "belongs to shop 7"),
    ],
)
async def test_mismatch_parks_the_shop_before_any_product_is_read(
    checked: JobRunner, authorized: list[dict[str, str]], reason: str
) -> None:
    checked.platform.authorized = authorized
    for _ in range(2):
        parked = await checked.run(Job(SHOP_ID, "1"))
        assert isinstance(parked, Park)
        assert reason in parked.reason
        assert "relist shops add" in parked.reason
    assert checked.platform.calls == {"shops": 2}, "the shop is checked again when its park ends"


async def test_jobs_run_while_the_list_is_unavailable(checked: JobRunner) -> None:
    def refuse() -> None:
        raise Refused(36009009, "no such path", 404)

    checked.platform.before["shops"] = [refuse]
    for product_id in ("1", "2"):
        assert isinstance(await checked.run(Job(SHOP_ID, product_id)), Done)
    assert checked.platform.calls["shops"] == 1
