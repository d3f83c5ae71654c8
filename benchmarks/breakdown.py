"""Attributes a CPU profile to the parts of the whole job.

A sample belongs to the first frame, from the innermost outwards, whose file belongs to a part. So a Redis call counts
for its caller, and standard library code for the calling package.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent

PARTS: dict[str, tuple[str, ...]] = {
    "HTTP": (
        "/site-packages/aiohttp/",
        "/site-packages/yarl/",
        "/site-packages/multidict/",
        "/site-packages/aiosignal/",
        "/site-packages/async_timeout/",
        "/site-packages/httptools/",
        "tiktok_shop/transport.py",
        "tiktok_shop/connection.py",
        "tiktok_shop/direct.py",
        "tiktok_shop/shop_calls.py",
        "tiktok_shop/signing.py",
        "tiktok_shop/response.py",
        "tiktok_shop/shop_client.py",
        "tiktok_shop/call_permits.py",
        "tiktok_shop/endpoints",
        "token_store/",
    ),
    "checks of answers": ("tiktok_shop/product_shape", "tiktok_shop/shape", "tiktok_shop/checks"),
    "parsing": ("tiktok_shop/", "model/"),
    "look-ups": ("catalogue/", "worker/planning.py", "worker/config_files.py"),
    "proposals": ("proposals/", "worker/proposing", "/site-packages/snowballstemmer/"),
    "decisions": ("relisting/",),
    "rollout": ("rollout/", "worker/held_edits.py"),
    # Only the record's threads have work.
    "record": ("record/", "/concurrent/futures/thread.py"),
    "logs and metrics": (
        "worker/metrics.py",
        "worker/job_log.py",
        "worker/guarded_observers.py",
        "worker/edit_ledger.py",
        "worker/live_listings.py",
        "worker/pending_audits.py",
        "config/",
        "/site-packages/structlog/",
        "/site-packages/prometheus_client/",
        "/logging/",
        "tracing/",
        "http_server/",
    ),
    "queue": ("shop_queue/", "worker/engine/", "worker/lane_worker.py", "worker/maintenance.py", "/site-packages/arq/"),
    "steps of the job": ("worker/",),
    "the event loop": ("/asyncio/", "/selectors.py", "/uvloop/"),
}
"""Part -> what the path of its files contains; the first match counts. Paths of this project are relative to it."""
OTHER = "everything else"


def parts_of(stacks: str) -> dict[str, float]:
    """The share of each part, from folded stacks with full file names. The shares add up to 1."""
    samples: Counter[str] = Counter()
    for line in stacks.splitlines():
        frames, _, count = line.rpartition(" ")
        samples[_part(frames.split(";"))] += int(count)
    total = sum(samples.values()) or 1
    return {part: samples[part] / total for part in (*PARTS, OTHER)}


def _part(frames: list[str]) -> str:
    for frame in reversed(frames):
        path = frame.partition(" (")[2]
        own = path.startswith(f"{ROOT}/") and "/site-packages/" not in path and "/python3" not in path
        place = path.removeprefix(f"{ROOT}/") if own else path
        for part, marks in PARTS.items():
            if part == "the event loop":
                continue
            if any(place.startswith(mark) if own else mark.startswith("/") and mark in place for mark in marks):
                return part
    return "the event loop" if any("/asyncio/" in frame for frame in frames) else OTHER
