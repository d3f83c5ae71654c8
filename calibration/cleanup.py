"""Removes the products created by this calibration and by earlier ones that were interrupted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from calibration.findings import Inconclusive
from calibration.response import rows, text
from calibration.workbench import PRODUCTS, Workbench

BATCH = 20
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Cleanup:
    removed: int
    left: tuple[str, ...]
    """Ids of products that could not be removed."""
    problem: str = ""


async def clean_up(bench: Workbench) -> Cleanup:
    """Delete all our products. Never raises Inconclusive; the result lists the products that are left."""
    removed: set[str] = set()
    wanted: set[str] = set(bench.created)
    problem = ""
    for attempt in range(ROUNDS):
        try:
            # If a creation was interrupted or its response was lost, only the search can find the product.
            found = {each for each, status in (await bench.ours()).items() if status != "DELETED"}
            wanted = (found | bench.created.keys()) - removed
            if not wanted:
                return Cleanup(len(removed), ())
            removed |= await _delete(bench, sorted(wanted))
            problem = ""
        except Inconclusive as error:
            problem = str(error)
        await asyncio.sleep(min(bench.poll_seconds, 0.2 * 2**attempt))
    left = tuple(sorted((wanted | bench.created.keys()) - removed))
    return Cleanup(len(removed), left, problem or ("the platform does not delete them" if left else ""))


async def _delete(bench: Workbench, wanted: list[str]) -> set[str]:
    """Delete in batches and return the ids of the deleted products. Raises Inconclusive."""
    gone: set[str] = set()
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        response = await bench.wire.write("DELETE", PRODUCTS, {"product_ids": batch})
        if not response.accepted:
            raise Inconclusive(f"a deletion was {response}")
        refused = set()
        for each in rows(response.data, "errors"):
            detail = each.get("detail")
            refused.add(text(detail, "product_id") if isinstance(detail, dict) else "")
        for identity in batch:
            if identity not in refused or await _is_gone(bench, identity):
                gone.add(identity)
                bench.created.pop(identity, None)
    return gone


async def _is_gone(bench: Workbench, identity: str) -> bool:
    """Whether the platform has deleted the product, for a deletion whose first response was lost."""
    response = await bench.wire.read("GET", f"{PRODUCTS}/{identity}")
    return response.kind == "product_not_found" or (response.accepted and text(response.data, "status") == "DELETED")
