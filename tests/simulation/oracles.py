"""Promises that hold at the end of every world. How to add an oracle: README.md."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from shop_queue.keys import HOLDERS, OUTCOMES, PENDING_WAKES, lane_keys
from tests.simulation.platform import most_in_a_second
from worker.engine.claims import MAX_DELIVERIES
from worker.engine.options import EngineOptions

if TYPE_CHECKING:
    from tests.simulation.worlds import World

MAX_ATTEMPTS = EngineOptions().max_attempts
FINAL = frozenset({"relisted", "already_v2", "needs_input", "rejected", "failed", "gone"})
ENDS = {"relisted": "r", "failed": "f", "needs_input": "n", "already_v2": "v", "rejected": "j", "gone": "g"}
Product = tuple[str, str]
Oracle = Callable[[Any], list[str]]


def published(world: World) -> list[dict[str, Any]]:
    return [orjson.loads(fields[b"outcome"]) for _, fields in world.stream(OUTCOMES)]


def final_outcomes(world: World) -> Counter[Product]:
    return Counter((each["shop_id"], each["product_id"]) for each in published(world) if each["outcome"] in FINAL)


def unfinished(world: World) -> list[Product]:
    """Products that were fed and have no final outcome."""
    ended = final_outcomes(world)
    return [product for product in world.fed.counts() if not ended[product]]


def is_finished(world: World) -> bool:
    jobs = any(world.length("HLEN", lane_keys(shop).jobs) for shop in world.plan.size.shops)
    return not jobs and not world.has_unread_intake() and not unfinished(world) and not unrelayed(world)


def unrelayed(world: World) -> bool:
    """Whether an outbox has an outcome that is not published."""
    if not world.plan.size.relays:
        return False
    # A product that ends twice within a second has the same outcome twice.
    relayed = Counter(fields[b"outcome"] for _, fields in world.stream(OUTCOMES))
    outboxes = [lane_keys(shop, own_outbox=True).outbox for shop in world.plan.size.shops]
    return bool(Counter(fields[b"outcome"] for outbox in outboxes for _, fields in world.stream(outbox)) - relayed)


def check(world: World, promises: Sequence[Oracle]) -> list[str]:
    """Everything that does not hold at the end of a world."""
    problems = list(world.problems)
    for oracle in promises:
        problems += oracle(world)
    return list(dict.fromkeys(problems))


def _conserved(world: World) -> list[str]:
    lost = unfinished(world)
    if not lost:
        return []
    places = [_place(world, *product) for product in lost[:3]]
    return [f"conservation: {len(lost)} products have no final outcome: {'; '.join(places)}"]


def _place(world: World, shop: str, product: str) -> str:
    keys = lane_keys(shop)
    if not world.run("HEXISTS", keys.jobs, product):
        return f"{product} of shop {shop} is nowhere in Redis"
    if world.run("ZSCORE", keys.inflight, product) is not None:
        return f"{product} of shop {shop} is in flight"
    if world.run("ZSCORE", keys.delayed, product) is not None:
        return f"{product} of shop {shop} is delayed"
    return f"{product} of shop {shop} waits, and the shop is {'' if world.is_ready(shop) else 'not '}in the ready set"


def _at_most_one_end(world: World) -> list[str]:
    feeds, ends = world.fed.counts(), final_outcomes(world)
    return [
        f"more ends than feeds: product {product} was fed {feeds[shop, product]} times and has {count} ends"
        for (shop, product), count in ends.items()
        if count > max(1, feeds[shop, product])
    ]


def _lanes_are_empty(world: World) -> list[str]:
    problems = []
    for shop in world.plan.size.shops:
        keys = lane_keys(shop)
        for name, command in (("jobs", "HLEN"), ("inflight", "ZCARD"), ("delayed", "ZCARD"), ("crashes", "HLEN")):
            left = world.length(command, getattr(keys, name))
            if left and not unfinished(world):
                problems.append(f"leftover: shop {shop} has {left} entries in `{name}` after its last job ended")
    return problems


def _nothing_is_kept(world: World) -> list[str]:
    """Notes about jobs go with the jobs, wakes with the leases."""
    problems = []
    for shop in world.plan.size.shops:
        for name in ("changed", "deferrals", "overtaking"):
            if (left := world.server.peek(getattr(lane_keys(shop), name))) and not unfinished(world):
                problems.append(f"leftover: shop {shop} has {len(left)} entries in `{name}` after its last job ended")
    holders = world.server.peek(HOLDERS) or {}
    for shop in world.server.peek(PENDING_WAKES) or ():
        if shop not in holders:
            problems.append(f"leftover: shop {shop.decode()} is not leased and has a pending wake")
    return problems


def _states_agree(world: World) -> list[str]:
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


def _items(world: World, key: str) -> list[tuple[bytes, bytes]]:
    return list((world.server.peek(key) or {}).items())


def _hints_are_used(world: World) -> list[str]:
    """The last run of a product that was fed again with hints had these hints."""
    if world.redis_lost_writes:
        return []
    ended, feeds = final_outcomes(world), world.fed.counts()
    return [
        f"hints: product {product} of shop {shop} was fed with category {category}, and its last run did not have it"
        for (shop, product), category in world.hinted.items()
        if ended[shop, product] and feeds[shop, product] > 1 and world.last_category.get((shop, product)) != category
    ][:1]


def _audits_are_followed(world: World) -> list[str]:
    """The last look at the audit of a product comes after its last edit."""
    if world.redis_lost_writes or unfinished(world):
        return []
    return [
        f"audit: nobody has looked at the audit of product {product} of shop {shop} after its last edit"
        for (shop, product), at in world.edited_at.items()
        if world.audited_at.get((shop, product), -1.0) < at
    ][:1]


def _counted(world: World) -> list[str]:
    """The counters of a shop agree with what was published for it."""
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for each in published(world):
        told[each["shop_id"]][each["outcome"]] += 1
    problems = []
    for shop in world.plan.size.shops:
        flat = world.run("HGETALL", lane_keys(shop).counters)
        counters = {name.decode(): int(number) for name, number in zip(flat[::2], flat[1::2], strict=True)}
        for outcome in sorted(FINAL | {"in_audit"}):
            if counters.get(outcome, 0) != told[shop][outcome]:
                problems.append(
                    f"counters: shop {shop} counts {counters.get(outcome, 0)} {outcome},"
                    f" {told[shop][outcome]} were published"
                )
    return problems


def _nothing_failed(world: World) -> list[str]:
    """No product fails for the faults around it: only if it, or its answers, failed as often as it has attempts."""
    own = Counter[str]()
    for event in world.plan.events:
        if event.kind in ("bad_product", "lost_answer"):
            own[event.target] += event.number
        elif event.kind == "poison" and event.number >= MAX_DELIVERIES:
            own[event.target] = MAX_ATTEMPTS
    failed = [each for each in published(world) if each["outcome"] == "failed" and own[each["shop_id"]] < MAX_ATTEMPTS]
    return [f"blamed: product {each['product_id']} failed: {each['reasons'][0]['message']}" for each in failed[:1]]


def _attempts_are_fair(world: World) -> list[str]:
    """Only a failure of the product, or of the answers to it, uses an attempt; or a call at the end of an outage."""
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


def _limits_are_kept(world: World) -> list[str]:
    """A limit of an operator holds as soon as every worker has heard of it."""
    if DEAFENING & {event.kind for event in world.plan.events}:
        return []
    problems = []
    for shop, (since, limit) in world.limits.items():
        for access in ("read", "write"):
            most = most_in_a_second([at for at in world.platform.calls[shop, access] if at > since + HEARD_SECONDS])
            if most > limit + SLACK:
                problems.append(f"allowance: {most} {access} calls in a second for shop {shop}, the limit is {limit:g}")
    return problems


def _throttled_seldom(world: World) -> list[str]:
    """A worker that is throttled slows down: it finds the allowance instead of running into it again and again."""
    allowance, platform = world.plan.size.allowance, world.platform
    if not allowance:
        return []
    problems = []
    for shop, throttled in platform.throttled.items():
        calls = sum(len(platform.calls[shop, access]) for access in ("read", "write"))
        if throttled > MOST_THROTTLED + calls * THROTTLED_SHARE:
            problems.append(f"throttled: {throttled} of {calls} calls for shop {shop} were throttled")
    return problems


def _within_allowance(world: World) -> list[str]:
    size, platform = world.plan.size, world.platform
    if size.rate > 1e5 or world.redis_lost_writes or world.clock_stepped:
        return []
    problems = []
    for (shop, access), times in platform.calls.items():
        most = most_in_a_second(times)
        if most > size.rate + SLACK:
            problems.append(
                f"allowance: {most} {access} calls in a second for shop {shop}, at most {size.rate:g} may be sent"
            )
    if size.app_rate:
        most = most_in_a_second(sorted(at for times in platform.calls.values() for at in times))
        if most > size.app_rate + SLACK * size.workers:
            problems.append(f"allowance: {most} calls in a second in all, at most {size.app_rate:g} may be sent")
    return problems


DEAFENING = frozenset(
    {"cut", "freeze", "slow_network", "redis_down", "redis_restart", "failover", "loss", "burst", "deafen", "kill"}
)
"""Faults by which a worker may miss that a limit was set."""
HEARD_SECONDS = 1.5
MOST_THROTTLED, THROTTLED_SHARE = 10, 0.3
SLACK = 3
"""A late caller catches up by half an interval, and a new holder of a shop starts its own spacing."""


ORACLES = (
    _conserved,
    _at_most_one_end,
    _lanes_are_empty,
    _nothing_is_kept,
    _counted,
    _states_agree,
    _hints_are_used,
    _audits_are_followed,
    _nothing_failed,
    _attempts_are_fair,
    _limits_are_kept,
    _throttled_seldom,
    _within_allowance,
)
