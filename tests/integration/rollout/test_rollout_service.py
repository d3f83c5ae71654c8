"""Several worker processes share one rollout: windows, stops, crashes, operators."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from rollout.codec import CorruptRecord
from rollout.edit import Edit
from rollout.keys import GROUPS
from rollout.operations import RolloutOperations
from rollout.operator import UnknownCause
from rollout.outcome import Admitted, Clean, Damaged, Held, NotSent, Permit
from rollout.policy import PolicyName
from rollout.service import STALE_SECONDS, Rollout
from tests.support.rollout_book import MAPPING, an_edit
from tests.support.watch import Watch


def worker(redis: Redis, policy: PolicyName = "normal", clock: Watch | None = None) -> Rollout:
    return Rollout(redis, policy, random=Random(1), monotonic=clock or Watch())


async def permit_of(rollout: Rollout, edit: Edit) -> Permit:
    answer = await rollout.admit(edit)
    assert isinstance(answer, Admitted), answer
    return answer.permit


async def open_release(rollout: Rollout, *leaves: str) -> None:
    """Reports two hundred clean read-backs, the last ones in these leaves."""
    edits = [an_edit(f"w{number}", leaf=f"warm{number}") for number in range(200)]
    edits += [an_edit(f"w{leaf}{number}", leaf=leaf) for leaf in leaves for number in range(2)]
    for edit in edits:
        await rollout.report(await permit_of(rollout, edit), Clean())


async def calls(redis: Redis) -> int:
    stats = await redis.info("commandstats")
    return sum(int(each["calls"]) for name, each in stats.items() if name in ("cmdstat_evalsha", "cmdstat_eval"))


async def test_a_row_that_two_markets_reject_is_released_in_both(redis: Redis) -> None:
    rollout, operations = worker(redis), RolloutOperations(redis)
    await open_release(rollout, "700001")
    edits = [
        an_edit(n, shop=f"s{n}", market=("MX", "BR")[n % 2], decisions=(MAPPING,), leaf="700001", fields=())
        for n in range(6)
    ]
    for edit in edits:
        await rollout.audit_ended(Permit(edit, 1), rejected=True)
    (cause,) = await operations.causes()
    assert cause.key == "decision/*/mapping/600001>700001/abc"
    held = await rollout.admit(edits[0])
    assert isinstance(held, Held)
    assert (held.cause, held.stopped) == (cause.key, True)
    await operations.release(cause.key)
    assert await operations.causes() == ()
    for market in ("MX", "BR"):
        _, group = await operations.show(f"decision/{market}/mapping/600001>700001/abc")
        assert group is not None
        assert (group.rejections, group.score) == (0, 0.0)
    await rollout.check_epoch()
    assert isinstance(await rollout.admit(edits[0]), Admitted)


async def test_workers_share_one_release_window(redis: Redis) -> None:
    workers = [worker(redis) for _ in range(5)]
    edits = [an_edit(number, leaf=f"70{number}") for number in range(100)]
    answers = await asyncio.gather(*(workers[n % 5].admit(edit) for n, edit in enumerate(edits)))
    assert sum(isinstance(answer, Admitted) for answer in answers) == 16


async def test_an_open_edit_costs_no_round_trip(redis: Redis) -> None:
    rollout = worker(redis)
    await open_release(rollout, "700001")
    before = await calls(redis)
    for number in range(500):
        assert isinstance(await rollout.admit(an_edit(number)), Admitted)
    assert await calls(redis) == before


async def test_a_process_with_a_stale_view_asks_for_every_edit(redis: Redis) -> None:
    clock = Watch()
    rollout = worker(redis, clock=clock)
    await open_release(rollout, "700001")
    clock.now += STALE_SECONDS + 0.1
    before = await calls(redis)
    await rollout.admit(an_edit("x"))
    assert await calls(redis) > before


async def test_a_stop_reaches_a_process_that_had_the_level_open(redis: Redis) -> None:
    one, other = worker(redis), worker(redis)
    await open_release(one, "700001")
    damaged = await permit_of(one, an_edit("a"))
    assert isinstance(await other.admit(an_edit("b")), Admitted)
    await one.report(damaged, Damaged(("title",)))
    assert isinstance(await other.admit(an_edit("c")), Admitted)
    await other.check_epoch()
    held = await other.admit(an_edit("d"))
    assert isinstance(held, Held)
    assert held.cause == "field/title"


async def test_another_process_reports_the_permit_of_a_dead_one(redis: Redis) -> None:
    dead, heir = worker(redis), worker(redis)
    stored = (await permit_of(dead, an_edit())).to_json()
    await heir.report(Permit.from_json(stored), Clean())
    _, group = await RolloutOperations(redis).show("release/r1")
    assert group is not None
    assert (group.clean, group.looking) == (1, {})


async def test_a_product_admitted_again_after_a_crash_keeps_its_place(redis: Redis) -> None:
    await permit_of(worker(redis), an_edit())
    await permit_of(worker(redis), an_edit())
    _, group = await RolloutOperations(redis).show("release/r1")
    assert group is not None
    assert list(group.looking) == ["s1/1"]


async def test_scripts_survive_a_server_that_forgot_them(redis: Redis) -> None:
    rollout = worker(redis)
    permit = await permit_of(rollout, an_edit())
    await redis.script_flush()
    await rollout.report(permit, NotSent())
    assert isinstance(await rollout.admit(an_edit()), Admitted)


async def test_a_wrong_row_is_stopped_for_all_and_released_by_an_operator(redis: Redis) -> None:
    one, other, operations = worker(redis), worker(redis), RolloutOperations(redis)
    await open_release(one, "700001")
    edits = [an_edit(number, shop=f"s{number}", decisions=(MAPPING,)) for number in range(13)]
    permits = [await permit_of(one, edit) for edit in edits[:12]]
    held = await other.admit(edits[12])
    assert isinstance(held, Held)
    assert not held.stopped
    await asyncio.gather(*(other.audit_ended(permit, rejected=True) for permit in permits))
    held = await other.admit(edits[12])
    assert isinstance(held, Held)
    assert held.stopped
    (cause,) = await operations.causes()
    assert (cause.key, cause.by, len(cause.examples)) == (held.cause, "audits", 3)
    await operations.release(cause.key)
    await one.check_epoch()
    assert isinstance(await one.admit(edits[12]), Admitted)
    assert await operations.causes() == ()


async def test_reports_of_many_processes_are_all_counted(redis: Redis) -> None:
    workers = [worker(redis) for _ in range(8)]
    permits = [Permit(an_edit(number, leaf=str(number % 7)), 1) for number in range(400)]
    await asyncio.gather(*(workers[n % 8].audit_ended(permit, rejected=False) for n, permit in enumerate(permits)))
    _, group = await RolloutOperations(redis).show("market/MX")
    assert group is not None
    assert group.passes == 400


async def test_a_cancelled_caller_does_not_lose_the_others(redis: Redis) -> None:
    rollout = worker(redis)
    tasks = [asyncio.create_task(rollout.audit_ended(Permit(an_edit(n), 1), rejected=False)) for n in range(20)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(done[0], asyncio.CancelledError)
    assert done[1:] == [None] * 19
    _, group = await RolloutOperations(redis).show("market/MX")
    assert group is not None
    assert 19 <= group.passes <= 20 + 19


async def test_a_corrupt_record_fails_only_edits_that_need_it(redis: Redis) -> None:
    rollout = worker(redis)
    await redis.hset(GROUPS, "leaf/MX/1", b"rubbish")  # type: ignore[misc]
    bad, good = await asyncio.gather(
        rollout.admit(an_edit(1, leaf="1")), rollout.admit(an_edit(2, leaf="2")), return_exceptions=True
    )
    assert isinstance(bad, CorruptRecord)
    assert isinstance(good, Admitted)


async def test_a_run_has_its_own_policy(redis: Redis) -> None:
    rollout, operations = worker(redis), RolloutOperations(redis)
    await operations.set_run_policy("brave", "off")
    for number in range(40):
        assert isinstance(await rollout.admit(an_edit(number, leaf=str(number), run="brave")), Admitted)
    await operations.set_run_policy("brave", None)
    await rollout.check_epoch()
    answers = [await rollout.admit(an_edit(number, leaf=str(number), run="brave")) for number in range(40)]
    assert sum(isinstance(answer, Held) for answer in answers) == 24


async def test_off_samples_and_alerts(redis: Redis) -> None:
    rollout = worker(redis, "off")
    answers = [await rollout.admit(an_edit(number)) for number in range(200)]
    admitted = [answer for answer in answers if isinstance(answer, Admitted)]
    assert len(admitted) == 200
    sampled = [answer.permit for answer in admitted if answer.read_back]
    assert 1 <= len(sampled) <= 3
    await rollout.report(sampled[0], Damaged(("title",)))
    (cause,) = await RolloutOperations(redis).causes()
    assert cause.alert_only
    assert isinstance(await rollout.admit(an_edit("next")), Admitted)


async def test_operators_list_show_accept_stop_probe_and_undo(redis: Redis) -> None:
    operations, rollout = RolloutOperations(redis), worker(redis)
    with pytest.raises(UnknownCause):
        await operations.show("market/MX")
    await operations.stop("field/title", "looks wrong")
    held = await rollout.admit(an_edit())
    assert isinstance(held, Held)
    assert held.why == "looks wrong"
    assert (await operations.probe("field/title")).probing
    assert (await operations.ask_undo("field/title")).undo_asked > 0
    assert isinstance(await rollout.admit(an_edit()), Held | Admitted)
    listing = await operations.list()
    assert [cause.key for cause in listing.causes] == ["field/title"]
    await operations.accept("field/title")
    await rollout.check_epoch()
    assert isinstance(await rollout.admit(an_edit()), Admitted)
    assert (await operations.list()).levels["leaf"] == 1


async def test_nothing_is_admitted_while_redis_is_unavailable() -> None:
    gone = Redis(host="127.0.0.1", port=1)
    with pytest.raises((RedisError, OSError)):
        await Rollout(gone, "normal").admit(an_edit())
    await gone.aclose()
