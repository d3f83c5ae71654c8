"""Shows the known products by state, with the same numbers as every other surface. Pure."""

from __future__ import annotations

from typing import Any

from console.diagnosis.finding import Finding, ok
from model.product_state import STATES


def products_known(fleet: dict[str, Any]) -> Finding:
    """`fleet`: what `relist status --json` prints."""
    total = fleet["total"]
    states = ", ".join(f"{total[state]:,} {state.replace('_', ' ')}" for state in STATES if total[state])
    found = f"{total['known']:,} known" + (f": {states}" if states else "")
    return ok("products", f"{found}; {fleet['left']:,} left on v1")
