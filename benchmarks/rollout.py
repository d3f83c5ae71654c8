"""Simulates staged rollouts with injected faults in virtual time and measures the remaining harm and the cost.

Each world has 100,000 products in 200 shops and 1,900 leaves and runs the production code for every decision; only
time, the platform and the shops are simulated. In two percent of the shops audits never end. The exit code is 1 when
a target is missed.

    python -m benchmarks.rollout                  # the whole table; more than an hour on an idle core
    python -m benchmarks.rollout --quick          # audits of two minutes, 20,000 products
    python -m benchmarks.rollout --only planted   # one part of the table, whose kept lines it replaces

Runs for single audit lengths, parts or policies fill one table: each replaces its own lines of results/rollout.json.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from math import inf
from random import Random

from benchmarks.rollout_faults import (
    cleared_in_half,
    cleared_in_one_leaf,
    refused_attribute,
    refusing_market,
    wrong_mapping,
)
from benchmarks.rollout_table import AUDITS, Targets
from benchmarks.rollout_world import (
    ATTRIBUTE_RULES,
    ATTRIBUTE_SHARE,
    CATEGORIES,
    NEVER,
    Fault,
    World,
    weighted,
)
from rollout.audit_evidence import audit_ended
from rollout.edit import Decision, Edit
from rollout.outcome import Permit
from rollout.policy import CAREFUL, NORMAL, OFF, RolloutPolicy
from rollout.records import Book, LevelRecord, RolloutState
from rollout.simulation import SimulatedRun, Simulation, time_of_share

BUSY_SELLERS = 0.01


def run(world: World, policy: RolloutPolicy, faults: tuple[Fault, ...] = (), until: float = inf) -> SimulatedRun:
    world.faults = faults
    return Simulation(world.shops, world, policy, world.seed).run(until)


def named(course: SimulatedRun, expected: frozenset[str]) -> tuple[str, bool]:
    found = {each.key for each in course.fleet.causes.values() if not each.under and not each.alert_only}
    return "+".join(sorted(found))[:70] or "nothing", found == expected


def planted_together(targets: Targets, world: World, audits: str, policy: RolloutPolicy) -> None:
    """One run with four faults: a wrong mapping row, a refused attribute and two fields cleared in a category."""
    row, rule = wrong_mapping(world), refused_attribute(world)
    common, rare = cleared_in_one_leaf(world, "field_1", 300), cleared_in_one_leaf(world, "field_13", 250)
    course = run(world, policy, (row, rule, common, rare))
    cause, right = named(course, row.expected | rule.expected | common.expected | rare.expected)
    most_hurt = 10 if policy is CAREFUL else 15
    sent = row.hit & course.sent.keys()
    hurt = len(sent - course.rejected)
    targets.line(row.name, audits, policy.name, f"{len(sent)} of {len(row.hit)} sent, {hurt} hurt",
                 f"25 sent, {most_hurt} hurt", len(sent) <= 25 and hurt <= most_hurt)  # fmt: skip
    rejected = len(rule.hit & course.sent.keys())
    targets.line(rule.name, audits, policy.name, f"{rejected} of {len(rule.hit)} rejected, 0 hurt",
                 "12 rejected, 0 hurt", rejected <= 12)  # fmt: skip
    for fault in (common, rare):
        hurt = len(fault.hit & course.damaged.keys())
        targets.line(fault.name, audits, policy.name, f"{hurt} of {len(fault.hit)} hurt", "3 hurt", hurt <= 3)
    targets.line("all of these named", audits, policy.name, cause if not right else "each by its own name",
                 "four causes", right)  # fmt: skip


def rejected_late(targets: Targets, world: World, audits: str, policy: RolloutPolicy) -> None:
    """A wrong mapping row whose rejections take four times as long as approvals."""
    row = replace(wrong_mapping(world), name="wrong mapping row, rejected late", rejects_after=4.0)
    course = run(world, policy, (row,))
    cause, right = named(course, row.expected)
    sent = row.hit & course.sent.keys()
    hurt = len(sent - course.rejected)
    most_hurt = 10 if policy is CAREFUL else 15
    targets.line(row.name, audits, policy.name, f"{len(sent)} of {len(row.hit)} sent, {hurt} hurt; {cause}",
                 f"25 sent, {most_hurt} hurt; one cause", len(sent) <= 25 and hurt <= most_hurt and right)  # fmt: skip


def cleared_everywhere(targets: Targets, world: World, audits: str, policy: RolloutPolicy) -> None:
    """The platform clears a field in half of all categories, from the start or from the middle of the run."""
    for name in ("field_0", "field_8"):
        _cleared(targets, world, audits, policy, cleared_in_half(world, name), 15, 240.0)
    sent = run(world, policy, until=330.0).sent
    for name, begins in (("field_0", 60.0), ("field_0", 300.0), ("field_8", 120.0)):
        fault = cleared_in_half(world, name, begins)
        rate = sum(begins <= at < begins + 20 for p, at in sent.items() if p in fault.hit) / 20
        _cleared(targets, world, audits, policy, fault, int(100 + 2.5 * rate), begins + 240.0)


def _cleared(
    targets: Targets, world: World, audits: str, policy: RolloutPolicy, fault: Fault, most: int, until: float
) -> None:
    course = run(world, policy, (fault,), until)
    cause, right = named(course, fault.expected)
    hurt, held = len(course.damaged), len(course.held)
    targets.line(fault.name, audits, policy.name, f"{hurt} of {len(fault.hit)} hurt, {held} held; {cause}",
                 f"{most} hurt; one cause", hurt <= most and right)  # fmt: skip


def changed_values(targets: Targets, world: World, audits: str, policy: RolloutPolicy) -> None:
    """The platform changes the values of a field; sellers do so too, between an edit and its read-back."""
    one = replace(cleared_in_one_leaf(world, "field_1", 300), name="field_1 changed in a category", is_changed=True)
    course = run(world, policy, (one,), 240.0)
    cause, right = named(course, one.expected)
    hurt = len(one.hit & course.sent.keys())
    targets.line(one.name, audits, policy.name, f"{hurt} of {len(one.hit)} hurt; {cause}", "3 hurt; one cause",
                 hurt <= 3 and right)  # fmt: skip
    half = replace(cleared_in_half(world, "field_0"), name="field_0 changed in half", is_changed=True)
    course = run(world, policy, (half,), 240.0)
    cause, right = named(course, half.expected)
    hurt = len(half.hit & course.sent.keys())
    targets.line(half.name, audits, policy.name, f"{hurt} of {len(half.hit)} hurt; {cause}", "20 hurt; one cause",
                 hurt <= 20 and right)  # fmt: skip
    world.seller_changes = BUSY_SELLERS
    course = run(world, policy)
    world.seller_changes = 0.0
    cause, right = named(course, frozenset())
    reached = f"{len(course.sent):,} of {world.size:,} sent; {cause}"
    good = right and len(course.sent) == world.size
    name = f"busy sellers, {BUSY_SELLERS:.0%} of looks"
    targets.line(name, audits, policy.name, reached, "all sent, nothing stopped", good)


def a_market(targets: Targets, seed: int, size: int, audits: str, policy: RolloutPolicy) -> None:
    world = World(seed, size, AUDITS[audits], markets=4)
    # A smaller catalogue is sent sooner: the fault begins while most of it is still to be sent.
    fault = refusing_market(world, min(300.0 * size / 100_000, world.median))
    course = run(world, policy, (fault,))
    cause, right = named(course, fault.expected)
    targets.line(fault.name, audits, policy.name, f"{len(course.rejected & fault.hit)} rejected; {cause}",
                 "one cause", right)  # fmt: skip


def in_several_markets(targets: Targets, seed: int, size: int, audits: str, policy: RolloutPolicy) -> None:
    """A mapping row and an attribute rule that are wrong in each of three markets."""
    world = World(seed, size, AUDITS[audits], markets=3)
    row, rule = wrong_mapping(world), refused_attribute(world)
    course = run(world, policy, (row, rule))
    cause, right = named(course, row.expected | rule.expected)
    sent, rejected = row.hit & course.sent.keys(), len(rule.hit & course.sent.keys())
    hurt = len(sent - course.rejected)
    most_hurt = 10 if policy is CAREFUL else 15
    reached = f"{len(sent)} of {len(row.hit)} sent, {hurt} hurt"
    targets.line("wrong mapping row in 3 markets", audits, policy.name, reached, f"25 sent, {most_hurt} hurt",
                 len(sent) <= 25 and hurt <= most_hurt)  # fmt: skip
    targets.line("attribute rule rejected in 3 markets", audits, policy.name,
                 f"{rejected} of {len(rule.hit)} rejected, 0 hurt", "12 rejected, 0 hurt", rejected <= 12)  # fmt: skip
    targets.line("both named, for all markets", audits, policy.name, "each as one cause" if right else cause,
                 "two causes", right)  # fmt: skip


def cost(
    targets: Targets, world: World, audits: str, off: SimulatedRun, policy: RolloutPolicy, most: float | None
) -> SimulatedRun:
    """The cost of a rollout without faults, relative to the same run without a rollout."""
    course = run(world, policy)
    ends = [product for product, (_, end, _, _) in enumerate(world.drawn)
            if end >= NEVER and world.shop_of[product] not in world.stuck]  # fmt: skip
    without, with_it = (time_of_share([each.final[p] for p in ends if p in each.final], 0.95) for each in (off, course))
    later = with_it / without - 1
    calls = (course.reads + len(course.sent) + course.looks) / world.size + 0.01
    looks, second_reads = course.looks, course.reads - world.size
    cause, right = named(course, frozenset())
    all_sent = len(course.sent) == world.size
    last = max(course.sent.values()) - max(off.sent.values())
    reached = (f"95 % final {later:+.1%}, last sent {last / world.median:+.1f} medians, "
               f"{calls:.3f} calls, {looks:,} looks, {second_reads:,} second reads; {cause}")  # fmt: skip
    target = "25,000 looks, nothing" + (f", 95 % final {most:+.0%}" if most else "")
    good = right and all_sent and looks <= 25_000 and (most is None or later <= most)
    targets.line("nothing planted", audits, policy.name, reached, target, good)
    release = course.release_open or 0.0
    targets.line("release phase", audits, policy.name, f"{release:.0f} s", "60 s", 0 < release <= 60)
    endless_audits(targets, world, audits, policy, course)
    return course


def endless_audits(targets: Targets, world: World, audits: str, policy: RolloutPolicy, course: SimulatedRun) -> None:
    """How much later each product is sent than in the same world in which every audit ends."""
    world.all_end = True
    ending = run(world, policy)
    world.all_end = False
    delays = sorted((at - ending.sent[product]) / world.median for product, at in course.sent.items())
    reached = f"{delays[-1]:+.2f} medians, 99.9 % {delays[int(0.999 * len(delays))]:+.2f}"
    # careful waits for more passes, so that a group with several endless audits or a rejection takes more rounds.
    target, good = ("-", True) if policy is CAREFUL else ("2 medians", delays[-1] <= 2)
    targets.line("products held up by endless audits", audits, policy.name, reached, target, good)


def steady(targets: Targets, world: World, audits: str, policy: RolloutPolicy, first: SimulatedRun) -> None:
    """A run after two others, in which even leaves with one product have had their two looks."""
    world.faults = ()
    second = Simulation(world.shops, world, policy, world.seed + 1, state=first).run()
    course = Simulation(world.shops, world, policy, world.seed + 2, state=second).run()
    calls = (course.reads + len(course.sent) + course.looks) / world.size + 0.01
    targets.line("known leaves and fields", audits, policy.name, f"{calls:.3f} calls/product", "2.03", calls <= 2.03)


def no_false_stop(targets: Targets, audits: int) -> None:
    """A million audits over groups of all sizes, at each rejection rate."""
    for rate, markets in ((0.01, 1), (0.02, 1), (0.03, 1), (0.02, 4)):
        random = Random(int(rate * 100))
        fleet, groups = RolloutState(), dict[str, LevelRecord]()
        draw, rules = weighted(random, CATEGORIES, 1.42), weighted(random, ATTRIBUTE_RULES, 1.0)
        for number in range(audits):
            decisions = (Decision("attribute_rule", "v1", f"a{rules()}"),) if random.random() < ATTRIBUTE_SHARE else ()
            edit = Edit("s", "1", f"M{number % markets}", "r1", str(draw()), decisions)
            book = Book(fleet, {key: groups.get(key) or groups.setdefault(key, LevelRecord()) for key in edit.keys})
            audit_ended(book, Permit(edit, number), random.random() < rate, NORMAL, number)
        stops = len(fleet.causes)
        name = f"no false stop at {rate:.0%}" + f", {markets} markets" * (markets > 1)
        targets.line(name, "", "normal", f"{stops} stops in {audits:,} audits", "0 stops", stops == 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--products", type=int)
    parser.add_argument("--audits", nargs="*", choices=AUDITS)
    parts = "planted, late, changed, everywhere, market, several, cost or false"
    parser.add_argument("--only", default="", help=f"run one part: {parts}")
    parser.add_argument("--policy", default="", choices=["", "normal", "careful"])
    arguments = parser.parse_args()
    size = arguments.products or (20_000 if arguments.quick else 100_000)
    latencies = arguments.audits or (["2 min"] if arguments.quick else list(AUDITS))
    is_kept = not (arguments.quick or arguments.products or arguments.seed != 1)
    targets, began = Targets(is_kept), time.monotonic()

    def wanted(part: str) -> bool:
        return not arguments.only or arguments.only in part

    policies = [policy for policy in (NORMAL, CAREFUL) if arguments.policy in ("", policy.name)]
    for audits in latencies:
        world = World(arguments.seed, size, AUDITS[audits])
        off = run(world, OFF) if wanted("cost") else SimulatedRun()
        for policy in policies:
            if wanted("cost"):
                most = None if policy is CAREFUL else 0.05 if audits == "2 min" else 0.20
                course = cost(targets, world, audits, off, policy, most)
                if policy is NORMAL and audits == latencies[0]:
                    steady(targets, world, audits, policy, course)
            if wanted("planted"):
                planted_together(targets, world, audits, policy)
            if wanted("late"):
                rejected_late(targets, world, audits, policy)
            if wanted("changed"):
                changed_values(targets, world, audits, policy)
            if wanted("everywhere"):
                cleared_everywhere(targets, world, audits, policy)
            if wanted("several"):
                in_several_markets(targets, arguments.seed, size, audits, policy)
            targets.keep()
        if wanted("market"):
            a_market(targets, arguments.seed, size, audits, NORMAL)
    if wanted("false"):
        no_false_stop(targets, 50_000 if arguments.quick else 1_000_000)
    targets.keep()
    print(f"{targets.missed} missed; {time.monotonic() - began:.0f} s")
    return 1 if targets.missed else 0


if __name__ == "__main__":
    sys.exit(main())
