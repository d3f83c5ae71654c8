"""The guarantees of the record, on each backend."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from record.entry import BadEntry, NewEvent, StoredEdit
from record.membership import join_run
from record.record import Record
from record.retention import RetentionPolicy
from record.scope import Scope
from record.state import STATES, ProductState, Run, StateChange
from tests.support.record_entries import NOON, all_of, an_edit, later

SHOP, OTHER_SHOP = "7494000000000000001", "7494000000000000002"


def product(number: int) -> str:
    return f"17290000000000{number:05}"


def a_state(number: int, state: str = "queued", **other: str) -> StateChange:
    return StateChange(NOON, other.pop("shop_id", SHOP), product(number), state, **other)  # type: ignore[arg-type]


async def test_an_edit_is_read_as_it_was_appended(record: Record) -> None:
    edit = an_edit(evidence={"leaf": "853000", "names": ["Küche", "厨房"]}, trace_id="erp-42", attempt=3)
    number = await record.append(edit)
    (found,) = await all_of(record.edits(Scope(edit.shop_id, edit.product_id)))
    assert isinstance(found, StoredEdit)
    assert found.id == number
    for name in ("at", "shop_id", "product_id", "kind", "run_id", "rule", "edit", "before", "decision", "evidence"):
        assert getattr(found, name) == getattr(edit, name)
    assert (found.trace_id, found.attempt, found.external_id) == ("erp-42", 3, "")


async def test_found_products_are_members_of_their_run_before_they_end(record: Record) -> None:
    await record.set_states([a_state(1, "relisted", run_id="winter")])
    for _ in range(2):
        await join_run(record.database, "spring", SHOP, [product(1), product(2), product(3), product(2)], NOON)
    spring = await record.counts(run_id="spring")
    assert {state: number for state, number in spring.items() if number} == {"queued": 2, "relisted": 1}
    await record.set_states([a_state(2, "needs_input", run_id="spring")])
    spring, everything = await record.counts(run_id="spring"), await record.counts()
    assert (spring["queued"], spring["needs_input"], sum(spring.values())) == (1, 1, 3)
    assert sum(everything.values()) == 3
    known = await record.product(SHOP, product(3))
    assert isinstance(known, ProductState)
    assert (known.state, known.run_id) == ("queued", "spring")


async def test_another_process_reads_what_append_returned(record: Record, open_again: Callable[[], Record]) -> None:
    await record.append(an_edit())
    other = open_again()
    try:
        assert len(await all_of(other.edits(Scope(run_id="spring")))) == 1
    finally:
        await other.close()


async def test_events_follow_their_edit_in_order(record: Record) -> None:
    number = await record.append(an_edit())
    for minutes, name in enumerate(("answered", "read_back", "audit_ended")):
        await record.append_event(NewEvent(number, later(minutes=minutes), name, {"request_id": f"r{minutes}"}))  # type: ignore[arg-type]
    found = await record.last_edit(SHOP, an_edit().product_id)
    assert isinstance(found, StoredEdit)
    assert [event.name for event in found.events] == ["answered", "read_back", "audit_ended"]
    answered = found.event("answered")
    assert answered is not None
    assert answered.about == {"request_id": "r0"}


async def test_concurrent_appends_all_get_numbers(record: Record) -> None:
    numbers = await asyncio.gather(*(record.append(an_edit(product(each))) for each in range(300)))
    assert len(set(numbers)) == 300
    found = await all_of(record.edits(Scope(run_id="spring")))
    assert {(entry.id, entry.product_id) for entry in found} == {
        (number, product(each)) for each, number in enumerate(numbers)
    }


async def test_each_scope_finds_its_edits_only(record: Record) -> None:
    for each, (shop, run, decision) in enumerate(
        [(SHOP, "spring", "a@1"), (SHOP, "spring", "b@1"), (SHOP, "autumn", "a@1"), (OTHER_SHOP, "spring", "a@1")]
    ):
        await record.append(an_edit(product(each), shop_id=shop, run_id=run, decision=decision, at=later(hours=each)))

    async def found(scope: Scope) -> list[str]:
        return [entry.product_id for entry in await all_of(record.edits(scope))]

    assert await found(Scope()) == [product(each) for each in range(4)]
    assert await found(Scope(newest_first=True)) == [product(each) for each in (3, 2, 1, 0)]
    assert await found(Scope(SHOP)) == [product(each) for each in (0, 1, 2)]
    assert await found(Scope(SHOP, product(1))) == [product(1)]
    assert await found(Scope(run_id="spring")) == [product(each) for each in (0, 1, 3)]
    assert await found(Scope(OTHER_SHOP, run_id="spring")) == [product(3)]
    assert await found(Scope(decision="a@1")) == [product(each) for each in (0, 2, 3)]
    assert await found(Scope(SHOP, run_id="spring", decision="b@1")) == [product(1)]
    assert await found(Scope(since=later(hours=1), until=later(hours=3))) == [product(1), product(2)]
    assert await found(Scope(SHOP, product(1), run_id="autumn")) == []


@pytest.mark.parametrize("newest_first", [False, True])
async def test_many_pages_give_every_edit_once(record: Record, newest_first: bool) -> None:
    edits = [an_edit(product(each % 70), at=later(seconds=each // 3)) for each in range(350)]
    numbers = await asyncio.gather(*(record.append(edit) for edit in edits))
    for scope in (Scope(), Scope(run_id="spring"), Scope(SHOP), Scope(decision="own_leaf@1")):
        found = await all_of(record.edits(replace(scope, newest_first=newest_first)))
        assert sorted(entry.id or 0 for entry in found) == sorted(numbers)
    in_order = await all_of(record.edits(Scope(run_id="spring", newest_first=newest_first)))
    keys = [(entry.product_id, entry.id or 0) for entry in in_order]
    assert keys == sorted(keys, reverse=newest_first)


async def test_a_bad_entry_is_named_and_skipped(record: Record) -> None:
    numbers = [await record.append(an_edit(product(each))) for each in range(3)]
    await record.database.execute([("UPDATE edits SET run_id = 'spring', kind = 'undo' WHERE id = ?", (numbers[1],))])
    found = await all_of(record.edits(Scope(run_id="spring")))
    assert [isinstance(entry, BadEntry) for entry in found] == [False, True, False]
    bad = found[1]
    assert isinstance(bad, BadEntry)
    assert (bad.id, bad.shop_id, bad.product_id) == (numbers[1], SHOP, product(1))
    assert "checksum" in str(bad)
    verified = await record.verify()
    assert (verified.edits, verified.bad_count, verified.sound) == (2, 1, False)


async def test_a_bad_event_is_named_behind_its_edit(record: Record) -> None:
    number = await record.append(an_edit())
    await record.append_event(NewEvent(number, NOON, "answered", {"outcome": "in_audit"}))
    await record.database.execute([("UPDATE edit_events SET name = 'refused'", ())])
    edit, bad = await all_of(record.edits(Scope(run_id="spring")))
    assert isinstance(edit, StoredEdit)
    assert edit.events == ()
    assert isinstance(bad, BadEntry)
    assert bad.id == number


async def test_an_entry_missing_from_the_table_is_noticed(record: Record) -> None:
    numbers = [await record.append(an_edit(product(each))) for each in range(3)]
    await record.database.execute([("DELETE FROM edits WHERE id = ?", (numbers[1],))])
    found = await all_of(record.edits(Scope(run_id="spring")))
    assert isinstance(found[0], BadEntry)
    # SQLite may find the third in its log.
    assert {entry.id for entry in found[1:]} >= {numbers[0], numbers[2]}
    assert "2 entries" in str(found[0])
    assert "3 were counted" in str(found[0])
    assert not (await record.verify()).sound


async def test_a_removed_event_is_noticed_and_its_entry_named(record: Record) -> None:
    numbers = [await record.append(an_edit(product(each))) for each in range(3)]
    for number in numbers:
        for name in ("answered", "read_back", "audit_ended"):
            await record.append_event(NewEvent(number, NOON, name))  # type: ignore[arg-type]
    assert (await record.verify()).sound
    gone = "DELETE FROM edit_events WHERE edit_id = ? AND name = 'read_back'"
    await record.database.execute([(gone, (numbers[1],))])
    (problem,) = (await record.verify()).problems
    assert problem.endswith(f"9 counted, 8 found; entry {numbers[1]} lacks one")
    await record.database.execute([(gone, (numbers[2],))])
    (problem,) = (await record.verify()).problems
    assert problem.endswith("9 counted, 7 found")


async def test_an_event_moved_to_another_entry_is_noticed(record: Record) -> None:
    numbers = [await record.append(an_edit(product(each))) for each in range(2)]
    await record.append_event(NewEvent(numbers[0], NOON, "answered"))
    await record.database.execute([("UPDATE edit_events SET edit_id = ?", (numbers[1],))])
    verified = await record.verify()
    assert verified.bad_count
    assert any("events of spring" in each for each in verified.problems)


async def test_events_not_counted_by_an_earlier_release_are_not_a_problem(record: Record) -> None:
    number = await record.append(an_edit(product(1)))
    await record.append_event(NewEvent(number, NOON, "answered"))
    await record.database.execute([("UPDATE usage SET events = 0, event_edits = 0", ())])
    assert (await record.verify()).sound


async def test_an_entry_removed_with_all_its_events_is_noticed(record: Record) -> None:
    numbers = [await record.append(an_edit(product(each))) for each in range(2)]
    for number in numbers:
        await record.append_event(NewEvent(number, NOON, "answered"))
    gone = [("DELETE FROM edit_events WHERE edit_id = ?", numbers[:1]), ("DELETE FROM edits WHERE id = ?", numbers[:1])]
    await record.database.execute(gone)
    problems = (await record.verify()).problems
    assert any(f"product {product(0)} of shop {SHOP}: 1 counted, 0 found" in each for each in problems), problems
    assert any("1 found; entry" in each for each in problems), problems


@pytest.mark.parametrize("table", ["products", "usage", "state_counts"])
async def test_a_removed_row_of_another_table_is_noticed(record: Record, table: str) -> None:
    await record.append(an_edit(product(1)))
    await record.set_states([a_state(2, run_id="spring")])
    await record.database.execute([(f"DELETE FROM {table}", ())])
    assert (await record.verify()).problems


async def test_a_removed_product_without_entries_is_noticed(record: Record) -> None:
    await record.set_states([a_state(each, run_id="spring") for each in (1, 2)])
    await record.database.execute([("DELETE FROM products WHERE product_id = ?", (product(1),))])
    (problem,) = (await record.verify()).problems
    assert problem == f"product {product(1)} of shop {SHOP} is missing, but belongs to run spring"


async def test_a_sound_record_verifies(record: Record) -> None:
    number = await record.append(an_edit())
    await record.append_event(NewEvent(number, NOON, "answered"), a_state(1, "in_audit"))
    await record.begin_run(Run("spring", NOON, "relist"))
    verified = await record.verify()
    assert verified.sound, (verified.bad, verified.problems)
    assert (verified.edits, verified.events, verified.products) == (1, 1, 1)


async def test_a_product_is_in_exactly_one_state(record: Record) -> None:
    await record.set_states([a_state(each) for each in range(5)])
    await record.set_states([a_state(0, "running"), a_state(1, "needs_input", reason="Brand is missing.")])
    await record.set_states([a_state(0, "in_audit"), a_state(0, "relisted")])
    counts = await record.counts()
    assert tuple(counts) == STATES
    assert {name: number for name, number in counts.items() if number} == {"queued": 3, "needs_input": 1, "relisted": 1}
    state = await record.product(SHOP, product(1))
    assert state == ProductState(SHOP, product(1), "needs_input", NOON, "Brand is missing.", "")
    assert await record.product(SHOP, product(9)) is None


async def test_states_are_counted_per_shop_and_per_run(record: Record) -> None:
    await record.set_states([a_state(each, run_id="spring") for each in range(3)])
    await record.set_states([a_state(each, shop_id=OTHER_SHOP, run_id="spring") for each in range(2)])
    await record.set_states([a_state(each, run_id="autumn") for each in (2, 3)])
    await record.set_states([a_state(2, "relisted", run_id="autumn")])
    assert sum((await record.counts()).values()) == 6
    assert (await record.counts(shop_id=SHOP))["queued"] == 3
    spring, autumn = await record.counts(run_id="spring"), await record.counts(run_id="autumn")
    assert (spring["queued"], spring["relisted"]) == (4, 1)
    assert (autumn["queued"], autumn["relisted"]) == (1, 1)
    assert sum((await record.counts(run_id="spring", shop_id=OTHER_SHOP)).values()) == 2


async def test_products_are_listed_by_run_shop_and_state(record: Record) -> None:
    await record.set_states([a_state(each, run_id="spring") for each in range(1500)])
    await record.set_states([a_state(each, "failed") for each in (3, 1400)])
    assert len(await all_of(record.products())) == 1500
    assert len(await all_of(record.products(run_id="spring", shop_id=SHOP))) == 1500
    found = await all_of(record.products(run_id="spring"))
    states = {each.product_id: each.state for each in found if isinstance(each, ProductState)}
    assert [each for each, state in states.items() if state == "failed"] == [product(3), product(1400)]
    assert await all_of(record.products(shop_id=OTHER_SHOP)) == []


async def test_an_edit_makes_its_product_known_and_a_member_of_its_run(record: Record) -> None:
    await record.append(an_edit(product(1)))
    assert (await record.counts(run_id="spring"))["running"] == 1


async def test_an_edit_leaves_a_known_state_as_it_is(record: Record) -> None:
    await record.set_states([a_state(1, "needs_input")])
    await record.append(an_edit(product(1)))
    state = await record.product(SHOP, product(1))
    assert isinstance(state, ProductState)
    assert state.state == "needs_input"


async def test_a_damaged_state_is_named(record: Record) -> None:
    await record.set_states([a_state(1), a_state(2)])
    await record.database.execute([("UPDATE products SET reason = 'x' WHERE product_id = ?", (product(1),))])
    bad, good = await all_of(record.products())
    assert isinstance(bad, BadEntry)
    assert isinstance(good, ProductState)


async def test_a_run_keeps_its_first_state(record: Record) -> None:
    await record.begin_run(Run("spring", NOON, "relist", "all shops"))
    await record.begin_run(Run("spring", later(hours=1), "relist"))
    await record.begin_run(Run("autumn", later(hours=2), "relist"))
    assert await record.runs() == [Run("autumn", later(hours=2), "relist"), Run("spring", NOON, "relist", "all shops")]


async def test_pruning_by_age_removes_the_previewed_entries(record: Record) -> None:
    for each in range(6):
        number = await record.append(an_edit(product(each), at=later(days=each)))
        await record.append_event(NewEvent(number, later(days=each), "answered"))
    policy = RetentionPolicy(before=later(days=3))
    going = await record.would_prune(policy)
    assert (going.edits, going.first_at, going.last_at) == (3, NOON, later(days=2))
    assert await record.prune(policy) == going
    left = await all_of(record.edits(Scope(run_id="spring")))
    assert [entry.product_id for entry in left] == [product(each) for each in (3, 4, 5)]
    assert (await record.verify()).sound


async def test_pruning_by_size_removes_the_oldest_first(record: Record) -> None:
    for each in range(10):
        await record.append(an_edit(product(each), at=later(days=each)))
    used = (await record.usage()).bytes
    await record.prune(RetentionPolicy(most_bytes=used * 11 // 20))
    usage = await record.usage()
    assert usage.edits == 5
    assert usage.bytes <= used * 11 // 20
    assert (await record.verify()).sound
    assert [entry.product_id for entry in await all_of(record.edits(Scope()))] == [
        product(each) for each in range(5, 10)
    ]


async def test_pruning_spares_other_runs_and_products_in_audit(record: Record) -> None:
    await record.append(an_edit(product(1), run_id="spring"))
    await record.append(an_edit(product(2), run_id="autumn"))
    await record.append(an_edit(product(3), run_id="spring"))
    await record.set_states([a_state(3, "in_audit")])
    assert (await record.prune(RetentionPolicy(before=later(days=1), run_id="spring"))).edits == 1
    left = {entry.product_id for entry in await all_of(record.edits(Scope()))}
    assert left == {product(2), product(3)}


async def test_more_than_a_batch_is_pruned(record: Record) -> None:
    await asyncio.gather(*(record.append(an_edit(product(each))) for each in range(1100)))
    assert (await record.prune(RetentionPolicy(before=later(days=1)))).edits == 1100
    assert await all_of(record.edits(Scope())) == []
    assert (await record.usage()).edits == 0


async def test_an_erased_shop_leaves_nothing(record: Record) -> None:
    for shop in (SHOP, OTHER_SHOP):
        number = await record.append(an_edit(product(1), shop_id=shop))
        await record.append_event(NewEvent(number, NOON, "answered"), a_state(1, "relisted", shop_id=shop, run_id="x"))
    going = await record.erase_shop(SHOP)
    assert (going.edits, going.products) == (1, 1)
    assert [entry.shop_id for entry in await all_of(record.edits(Scope()))] == [OTHER_SHOP]
    assert [entry.shop_id for entry in await all_of(record.products())] == [OTHER_SHOP]
    assert sum((await record.counts(shop_id=SHOP)).values()) == 0
    assert (await record.verify()).sound


async def test_usage_names_runs_and_shops(record: Record) -> None:
    await asyncio.gather(*(record.append(an_edit(product(each))) for each in range(4)))
    await record.append(an_edit(product(9), shop_id=OTHER_SHOP, run_id="autumn"))
    usage = await record.usage()
    assert [(each.run_id, each.shop_id, each.edits) for each in usage.largest] == [
        ("spring", SHOP, 4),
        ("autumn", OTHER_SHOP, 1),
    ]
    assert usage.edits == 5
    assert usage.bytes == sum(each.bytes for each in usage.largest)
    assert usage.space.used > 0


async def test_content_that_is_not_json_fails_its_append_only(record: Record) -> None:
    good = asyncio.create_task(record.append(an_edit()))
    with pytest.raises(TypeError):
        await record.append(an_edit(evidence={"key": object()}))
    with pytest.raises(ValueError, match="identifier"):
        await record.append(an_edit(product_id="17\x00"))
    await good
    assert len(await all_of(record.edits(Scope()))) == 1


async def test_free_text_is_cleaned_before_it_is_stored(record: Record) -> None:
    await record.set_states([a_state(1, "failed", reason="half \ud83d of it\x00" + "x" * 1000)])
    state = await record.product(SHOP, product(1))
    assert isinstance(state, ProductState)
    assert state.reason.startswith("half ? of it")
    assert len(state.reason) < 600


async def test_cancelling_one_append_leaves_the_others(record: Record) -> None:
    first, second = (asyncio.create_task(record.append(an_edit(product(each)))) for each in (1, 2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second > 0


async def test_two_processes_append_concurrently(record: Record, open_again: Callable[[], Record]) -> None:
    other = open_again()
    try:
        numbers = await asyncio.gather(
            *(each.append(an_edit(product(number))) for number in range(100) for each in (record, other))
        )
    finally:
        await other.close()
    assert len(set(numbers)) == 200
    assert len(await all_of(record.edits(Scope(run_id="spring")))) == 200
    assert (await record.verify()).sound


async def test_upgrading_twice_changes_nothing(record: Record, open_again: Callable[[], Record]) -> None:
    await record.append(an_edit())
    other = open_again()
    try:
        assert await other.upgrade() == await record.upgrade()
        assert len(await all_of(other.edits(Scope()))) == 1
    finally:
        await other.close()
