"""Promises about single edits and what is said of them, by the platform's own books."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.simulation.oracles import FINAL, published
from worker.cancelled_runs import KNOWN_SECONDS
from worker.jobs.edit import FRESH_SECONDS

if TYPE_CHECKING:
    from simulator.listing import Listing
    from tests.simulation.pipeline.worlds import PipelineWorld

SENDING_SECONDS = 2.1
"""The longest round trip of a request to the platform."""
WRONG_AFTER_APPROVAL = frozenset({"rejected", "failed", "needs_input"})


def edits_are_fresh(world: PipelineWorld) -> list[str]:
    """An edit arrives soon after its read."""
    return [
        f"stale: an edit of product {product} arrived {call.at - call.read_at:.1f} s after its read"
        for (_, product), calls in world.shopfront.edits.items()
        for call in calls
        if call.at - call.read_at > FRESH_SECONDS + SENDING_SECONDS and not world.is_frozen_around(call)
    ][:1]


def no_edit_over_a_review(world: PipelineWorld) -> list[str]:
    """No edit arrives on a product that had a version under review when it was read."""
    return [
        f"review: an edit of product {product} arrived over a version that was under review before its read"
        for (_, product), calls in world.shopfront.edits.items()
        for call in calls
        if call.reviewed_since is not None and call.reviewed_since < call.read_at
    ][:1]


def outcomes_are_true(world: PipelineWorld) -> list[str]:
    """The last outcome of a product agrees with its listing and with the ends of its audits."""
    problems = []
    for key, last in world.last_outcomes().items():
        listing = world.listing_of(*key)
        if listing is not None and key not in world.undone and (why := _untrue(world, key, last, listing)):
            problems.append(f"untrue: product {key[1]} ended as {last['outcome']}, and {why}")
    return problems[:1]


def _untrue(world: PipelineWorld, key: tuple[str, str], last: dict[str, Any], listing: Listing) -> str:
    outcome, codes = last["outcome"], {each["code"] for each in last["reasons"]}
    calls, is_deleted = world.shopfront.edits[key], listing.live["status"] == "DELETED"
    if outcome == "gone":
        # A job goes on if an outage prevents the check of its shop.
        is_unchecked = world.has_fault("wrong_shop") and world.has_fault("api_down", "api_slow")
        return "" if is_deleted or is_unchecked else "it is not deleted"
    if outcome == "already_v2":
        return "" if listing.on_v2 or is_deleted else "it is on v1"
    if outcome in WRONG_AFTER_APPROVAL and not codes:
        return "nothing says why"
    if not calls or is_deleted:
        is_unclear = key in world.created or world.shopfront.truth.end_after(key[1], 0.0, "FAILED") is not None
        return (
            "it was never edited" if outcome in ("relisted", "rejected") and not (listing.on_v2 or is_unclear) else ""
        )
    truth = world.shopfront.truth
    if outcome == "rejected" and "audit_failed" in codes:
        return "" if truth.end_after(key[1], calls[-1].at, "FAILED") is not None else "no audit has rejected it"
    approved = truth.end_after(key[1], calls[-1].at, "APPROVED") is not None
    failed = truth.end_after(key[1], calls[-1].at, "FAILED") is not None
    # The audit that has passed may be that of the seller's version in another leaf.
    is_elsewhere = key[1] in world.shopfront.seller_moves and codes == {"not_on_leaf"}
    if outcome in WRONG_AFTER_APPROVAL and approved and listing.on_v2 and key not in world.refed and not is_elsewhere:
        return "its edit is live"
    if outcome == "relisted" and failed and not approved and len(calls) == 1:
        return "its audit has rejected it"
    return ""


def audits_have_edits(world: PipelineWorld) -> list[str]:
    """`in_audit` is published once for an edit."""
    if world.redis_lost_writes:
        return []
    said = Counter((each["shop_id"], each["product_id"]) for each in published(world) if each["outcome"] == "in_audit")
    return [
        f"untrue: product {key[1]} was reported {number} times as in audit, and edited"
        f" {len(world.shopfront.edits[key])} times"
        for key, number in said.items()
        # An entry without an answer, of a worker that halted, counts as an edit that may have arrived.
        if number > max(len(world.shopfront.edits[key]), len(world.entries_of(*key)))
        and key not in world.refed | world.undone | world.created
    ][:1]


def retries_are_carried_out(world: PipelineWorld) -> list[str]:
    """A blocked product that is tried again ends again, and an edit comes before an end as relisted."""
    # The end of an audit that a full disk kept out of the record is found again, and the next try begins after it.
    if world.redis_lost_writes or world.has_fault("cancel", "disk_full"):
        return []
    last = world.last_outcomes()
    problems = []
    for key, at in world.retried.items():
        outcome = last.get(key, {}).get("outcome")
        calls = [call for call in world.shopfront.edits[key] if call.at >= at]
        was_rejected = world.blocked_as[key] == "rejected"
        if outcome in ("relisted", "rejected") and was_rejected and not calls and key not in world.undone:
            problems.append(f"retry: product {key[1]} was tried again, and ended as {outcome} without an edit")
    return problems[:1]


def answers_are_used(world: PipelineWorld) -> list[str]:
    """A person's answer is in the listing, or waits with the blocked product for the next try."""
    if world.redis_lost_writes or world.has_fault("cancel"):
        return []
    problems = []
    last = world.last_outcomes()
    asked = {(each["shop_id"], each["product_id"]) for each in published(world) if each["outcome"] == "needs_input"}
    for key, answer in world.answered.items():
        listing, outcome = world.listing_of(*key), last.get(key, {}).get("outcome")
        if key in world.undone or listing is None or listing.live["status"] == "DELETED" or world.waits(key):
            continue
        is_missing = outcome == "relisted" and not _has_answers(listing, answer)
        if is_missing and key not in asked:
            problems.append(f"answer: product {key[1]} is relisted without what was answered")
        elif is_missing or outcome in ("rejected", "needs_input"):
            # The audit of an earlier edit may end after the answer has led to another question, which stays.
            hints = world.blocked_hints(*key)
            kept = {**(hints.get("fields") or {}), "brand": hints.get("brand_id")} if hints is not None else answer
            if any(kept.get(name) != value for name, value in answer.items()):
                problems.append(f"answer: product {key[1]} ended as {outcome}, and its next try lacks the answer")
    return problems[:1]


def _has_answers(listing: Listing, answer: dict[str, Any]) -> bool:
    """Whether the live version has what was answered, or what its seller has put in its place."""
    changed = {each.field for each in listing.seller_changes}
    live = {**listing.live, "brand": (listing.live.get("brand") or {}).get("id")}
    return all(name in changed or live.get(name) == value for name, value in answer.items())


def cancelled_runs_end(world: PipelineWorld) -> list[str]:
    """No edit of a run leaves after its cancellation has begun and every worker has had the time to notice it."""
    if not world.is_calm or world.refed:
        return []
    return [
        f"cancelled: product {product} was edited {call.at - world.cancelled[shop]:.1f} s after a cancellation began"
        for (shop, product), calls in world.shopfront.edits.items()
        for call in calls
        if (shop, product) not in world.undone
        and call.at > world.cancelled.get(shop, math.inf) + KNOWN_SECONDS + SENDING_SECONDS / 2
        and not world.was_replaced((shop, product))
    ][:1]


def created_once(world: PipelineWorld) -> list[str]:
    return [
        f"created twice: external id {external} has {len(made)} listings"
        for (_, external), made in world.shopfront.truth.created.items()
        if len(made) > 1
    ]


def the_quota_stops_a_shop(world: PipelineWorld) -> list[str]:
    """A shop whose daily quota is used up is not asked again and again."""
    size = world.plan.size
    resumes = 2 * sum(event.kind == "quota" for event in world.plan.events)
    most = size.max_jobs * (1 + resumes) * (1 + world.crashes)
    return [
        f"quota: {len(times)} edits were sent after the daily quota of shop {shop} was used up"
        for shop, times in world.shopfront.truth.refused_for_quota.items()
        if len(times) > most and not world.redis_lost_writes
    ]


def waits_are_published_once(world: PipelineWorld) -> list[str]:
    if not world.is_calm:
        return []
    before: dict[tuple[str, str, str], tuple[str, list[str]]] = {}
    for each in published(world):
        key = (each["shop_id"], each["product_id"], each["kind"])
        now = (each["outcome"], [reason["code"] for reason in each["reasons"]])
        if now[0] == "waiting" and before.get(key) == now and key[:2] not in world.refed:
            return [f"noise: product {key[1]} is reported twice as waiting for {', '.join(now[1])}"]
        before[key] = now
    return []


def attempts_are_fair(world: PipelineWorld) -> list[str]:
    """Without a fault no attempt is used, and nothing fails."""
    if not world.is_calm:
        return []
    problems = []
    for each in published(world):
        codes = {reason["code"] for reason in each["reasons"]}
        if each["outcome"] == "failed" and "cancelled" not in codes:
            problems.append(f"blamed: product {each['product_id']} failed: {', '.join(codes)}")
        elif each["outcome"] in FINAL and each["attempts"] > 1:
            problems.append(f"blamed: product {each['product_id']} used {each['attempts']} attempts")
    return problems[:1]


EDIT_PROMISES = (
    edits_are_fresh,
    no_edit_over_a_review,
    outcomes_are_true,
    audits_have_edits,
    retries_are_carried_out,
    answers_are_used,
    cancelled_runs_end,
    created_once,
    the_quota_stops_a_shop,
    waits_are_published_once,
    attempts_are_fair,
)
