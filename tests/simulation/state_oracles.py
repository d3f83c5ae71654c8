"""Promises about counters, states, hints and attempts: the data in Redis agrees with the history of the jobs."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from shop_queue.keys import HOLDERS, PENDING_WAKES, lane_keys
from tests.simulation.oracles import FINAL, final_outcomes, published, unfinished
from worker.engine.claims import MAX_DELIVERIES
from worker.engine.commit_operations import BLOCKING_OUTCOMES
from worker.engine.options import EngineOptions

if TYPE_CHECKING:
    from tests.simulation.worlds import World

MAX_ATTEMPTS = EngineOptions().max_attempts
ENDS = {"relisted": "r", "failed": "f", "needs_input": "n", "already_v2": "v", "rejected": "j", "gone": "g"}


def nothing_is_kept(world: World) -> list[str]:
    """Data about jobs disappears with the jobs, and wakes disappear with the leases."""
    problems = []
    for shop in world.plan.size.shops:
        for name in ("changed", "deferrals", "overtaking", "audits"):
            if (left := world.server.peek(getattr(lane_keys(shop), name))) and not unfinished(world):
                problems.append(f"leftover: shop {shop} has {len(left)} entries in `{name}` after its last job ended")
    holders = world.server.peek(HOLDERS) or {}
    for shop in world.server.peek(PENDING_WAKES) or ():
        if shop not in holders:
            problems.append(f"leftover: shop {shop.decode()} is not leased and has a pending wake")
    return problems


def states_agree(world: World) -> list[str]:
    """The states of products (lua/product_values.lua) agree with what was published, and their counts with them."""
    if world.redis_lost_writes or unfinished(world):
        return []
    problems = []
    last = {(each["shop_id"], each["product_id"]): each["outcome"] for each in published(world)}
    for shop in world.plan.size.shops:
        values = {name: values.decode() for name, values in _items(world, lane_keys(shop).products)}
        states = {name.decode(): int(number) for name, number in _items(world, lane_keys(shop).states)}
        busy = [name.decode() for name, value in values.items() if value[:3] != "---"]
        if busy:
            problems.append(f"states: product {busy[0]} of shop {shop} counts as queued after its job ended")
        if not world.plan.size.relays:
            for name, value in values.items():
                if ENDS.get(last.get((shop, name.decode()), "")) != value[3]:
                    problems.append(f"states: product {name.decode()} of shop {shop} ended as {value[3]!r}")
        for character, number in Counter(value[3] for value in values.values()).items():
            name = next(name for name, each in ENDS.items() if each == character)
            if not busy and states.get(name, 0) != number:
                problems.append(f"states: shop {shop} counts {states.get(name, 0)} products as {name}, {number} are")
    return problems[:3]


def blocked_agree(world: World) -> list[str]:
    """The worklist has exactly the products whose last outcome needs a person."""
    if world.redis_lost_writes or world.plan.size.relays or unfinished(world):
        return []
    last = {(each["shop_id"], each["product_id"]): each["outcome"] for each in published(world)}
    for shop in world.plan.size.shops:
        kept = {name.decode() for name, _ in _items(world, lane_keys(shop).blocked)}
        right = {product for (of, product), outcome in last.items() if of == shop and outcome in BLOCKING_OUTCOMES}
        if wrong := sorted(kept ^ right):
            how = "is" if wrong[0] in kept else "is not"
            outcome = last.get((shop, wrong[0]), "")
            return [f"blocked: product {wrong[0]} of shop {shop} ended as {outcome!r} and {how} among the blocked ones"]
    return []


def _items(world: World, key: str) -> list[tuple[bytes, bytes]]:
    return list((world.server.peek(key) or {}).items())


def hints_are_used(world: World) -> list[str]:
    """The last run of a product that was fed again with hints had these hints."""
    if world.redis_lost_writes:
        return []
    ended, feeds = final_outcomes(world), world.fed.counts()
    return [
        f"hints: product {product} of shop {shop} was fed with category {category}, and its last run did not have it"
        for (shop, product), category in world.hinted.items()
        if ended[shop, product] and feeds[shop, product] > 1 and world.last_category.get((shop, product)) != category
    ][:1]


def audits_are_followed(world: World) -> list[str]:
    """The audit of a product is last checked after its last edit.

    A job that crashes its workers is abandoned, even if it has sent an edit: its product ends as failed, for a person.
    """
    if world.redis_lost_writes or unfinished(world):
        return []
    given_up = {(each["shop_id"], each["product_id"]) for each in published(world) if each["outcome"] == "failed"}
    return [
        f"audit: the audit of product {product} of shop {shop} was not checked after its last edit"
        for (shop, product), at in world.edited_at.items()
        if world.audited_at.get((shop, product), -1.0) < at and (shop, product) not in given_up
    ][:1]


def counted(world: World) -> list[str]:
    """The counters of a shop agree with what was published for it."""
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for each in published(world):
        outcomes[each["shop_id"]][each["outcome"]] += 1
    problems = []
    for shop in world.plan.size.shops:
        flat = world.run("HGETALL", lane_keys(shop).counters)
        counters = {name.decode(): int(number) for name, number in zip(flat[::2], flat[1::2], strict=True)}
        for outcome in sorted(FINAL | {"in_audit"}):
            if counters.get(outcome, 0) != outcomes[shop][outcome]:
                problems.append(
                    f"counters: shop {shop} counts {counters.get(outcome, 0)} {outcome},"
                    f" {outcomes[shop][outcome]} were published"
                )
    return problems


def nothing_failed(world: World) -> list[str]:
    """No product fails because of faults around it: only if it, or its responses, failed as often as it has
    attempts.
    """
    own = Counter[str]()
    for event in world.plan.events:
        if event.kind in ("bad_product", "lost_answer"):
            own[event.target] += event.number
        elif event.kind == "poison" and event.number >= MAX_DELIVERIES:
            own[event.target] = MAX_ATTEMPTS
    failed = [each for each in published(world) if each["outcome"] == "failed" and own[each["shop_id"]] < MAX_ATTEMPTS]
    return [f"blamed: product {each['product_id']} failed: {each['reasons'][0]['message']}" for each in failed[:1]]


def attempts_are_fair(world: World) -> list[str]:
    """Only a failure of the product or of its responses, or a call at the end of an outage, uses an attempt."""
    own = Counter[str]()
    for event in world.plan.events:
        if event.kind in ("bad_product", "lost_answer"):
            own[event.target] += event.number
        elif event.kind in ("api_down", "shop_down"):
            own.update([event.target] if event.target else world.plan.size.shops)
    return [
        f"blamed: product {each['product_id']} used {each['attempts']} attempts, and {own[each['shop_id']]} products"
        " of its shop failed"
        for each in published(world)
        if each["attempts"] > own[each["shop_id"]] + 1
    ][:1]
