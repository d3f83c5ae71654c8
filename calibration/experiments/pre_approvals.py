"""How a webhook reports what a pre-approved product is waiting for. A gateway receives the webhooks and records it."""

from __future__ import annotations

import asyncio
import time

from calibration.findings import Finding, Inconclusive, Measured
from calibration.leaves import open_leaves, simple_leaves
from calibration.response import text
from calibration.workbench import Notice, Notices, Sample, Workbench


async def pre_approved_spelling(bench: Workbench) -> list[Finding]:
    """Use a webhook that has already arrived; in the US, a listing in an INVITE_ONLY category leads to one."""
    if bench.notices is None:
        raise Inconclusive("this run has no access to webhooks")
    notice = await bench.notices.latest()
    if notice is None:
        await _until_pre_approved(bench, await _listed_by_invitation(bench))
        notice = await _arrived(bench, bench.notices)
    name = "pre_approved_reason" if notice.is_singular else "pre_approved_reasons"
    evidence = f"webhook {notice.notification_id} has {name}"
    return [Measured("pre_approved_spelling", notice.is_singular, evidence)]


async def _listed_by_invitation(bench: Workbench) -> Sample:
    if bench.region != "US":
        message = "outside the US no sample product waits for a pre-approval, and the gateway has seen no such webhook"
        raise Inconclusive(
            f"{message}: a webhook about a product that waits for the seller's verification would decide"
        )
    async for leaf in simple_leaves(bench.wire, open_leaves(bench.tree, "INVITE_ONLY")):
        sample, response = await bench.create(leaf)
        if sample is None:
            raise Inconclusive(f"a product in the INVITE_ONLY category {leaf.id} was {response}")
        return sample
    raise Inconclusive("no INVITE_ONLY category is simple enough for a sample product")


async def _until_pre_approved(bench: Workbench, sample: Sample) -> None:
    deadline = time.monotonic() + bench.review_seconds
    while time.monotonic() < deadline:
        audit = (await bench.product(sample)).get("audit")
        status = text(audit, "status") if isinstance(audit, dict) else ""
        if status == "PRE_APPROVED":
            return
        if status in ("APPROVED", "FAILED"):
            raise Inconclusive(f"the review of a product in an INVITE_ONLY category ends as {status}")
        await asyncio.sleep(bench.poll_seconds)
    raise Inconclusive(f"a review took longer than {bench.review_seconds:g} s")


async def _arrived(bench: Workbench, notices: Notices) -> Notice:
    deadline = time.monotonic() + bench.index_seconds
    while time.monotonic() < deadline:
        if (notice := await notices.latest()) is not None:
            return notice
        await asyncio.sleep(min(bench.poll_seconds, 1.0))
    raise Inconclusive(
        "no gateway received the webhook of a pre-approved product: run relist webhooks set and start a gateway"
    )
