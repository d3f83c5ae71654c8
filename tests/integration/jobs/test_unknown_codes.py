"""An error code that no table knows: the first products carry it, then the shop is parked."""

from __future__ import annotations

from model.job import Job
from tests.support.job_runner import SHOP_ID, JobRunner
from tests.support.tiny_platform import Refused, product
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
