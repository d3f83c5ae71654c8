"""Runs the experiments stage by stage, and always removes the sample products."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calibration.cleanup import Cleanup, clean_up
from calibration.experiments.tokens import TokenPair
from calibration.findings import Finding, Inconclusive, Measured, NotMeasured, QuotaUsed, TryAgain
from calibration.plan import EXPERIMENTS, Experiment, Stage
from calibration.preparing import prepare
from calibration.workbench import Workbench
from tiktok_shop.errors import TikTokShopError

TRIES = 4
AT_ONCE = 8
"""Maximum number of concurrent experiments on products; each spends most of its time waiting for reviews."""
CLEANUP_SECONDS = 120.0
STAGES: tuple[Stage, ...] = ("requests", "products", "summary")


@dataclass(frozen=True, slots=True)
class Calibration:
    findings: tuple[Finding, ...]
    leftovers: Cleanup
    """The removal of samples that an earlier run left behind."""
    cleanup: Cleanup


async def calibrate(
    bench: Workbench, tokens: TokenPair, wanted: frozenset[str], progress: Callable[[Finding], None]
) -> Calibration:
    """Run every experiment that decides a wanted fact. `progress` is called with each finding.

    Raises TikTokShopError if the shop cannot be used at all. If it is cancelled, the samples are removed first.
    """
    findings: list[Finding] = []

    def found(new: Sequence[Finding]) -> None:
        for each in new:
            if each.fact_id in wanted:
                findings.append(each)
                progress(each)

    async def stage(name: Stage) -> None:
        chosen = [each for each in EXPERIMENTS if each.stage == name and wanted & {*each.facts}]
        limit = asyncio.Semaphore(AT_ONCE if name == "products" else 1)
        await asyncio.gather(*(_run(each, bench, tokens, limit, found) for each in chosen))

    leftovers = Cleanup(0, ())
    try:
        try:
            leftovers = await clean_up(bench)
            await prepare(bench)
        except QuotaUsed as used:
            found([Measured("sandbox_quota", 1000, str(used))])
        except Inconclusive as reason:
            # Experiments that need no product still run; the others report this reason.
            bench.problem = str(reason)
        for name in STAGES:
            await stage(name)
    finally:
        cleanup = await _clean_up(bench)
    for name in ("tokens", "allowance"):
        await stage(name)
    return Calibration(_settled(findings), leftovers, cleanup)


async def _run(
    experiment: Experiment,
    bench: Workbench,
    tokens: TokenPair,
    limit: asyncio.Semaphore,
    found: Callable[[Sequence[Finding]], None],
) -> None:
    """Run one experiment, and repeat it if only chance stopped it."""
    async with limit:
        reason = ""
        for _ in range(TRIES):
            try:
                found(await experiment.run(bench, tokens))
                return
            except QuotaUsed as used:
                found([Measured("sandbox_quota", 1000, str(used))])
                reason = f"{used}; run again in the next hour"
                break
            except TryAgain as chance:
                reason = str(chance)
            except Inconclusive as problem:
                reason = str(problem)
                break
            except TikTokShopError as error:
                reason = f"no access token: {error}"
                break
        found([NotMeasured(fact, reason) for fact in experiment.facts])


async def _clean_up(bench: Workbench) -> Cleanup:
    try:
        async with asyncio.timeout(CLEANUP_SECONDS):
            return await clean_up(bench)
    except TimeoutError:
        return Cleanup(0, tuple(sorted(bench.created)), f"the cleanup took longer than {CLEANUP_SECONDS:g} s")
    except TikTokShopError as error:
        return Cleanup(0, tuple(sorted(bench.created)), f"no access token: {error}")


def _settled(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Keep one finding per fact; a measurement takes precedence over a failure to measure."""
    settled: dict[str, Finding] = {}
    for each in findings:
        if each.fact_id not in settled or isinstance(settled[each.fact_id], NotMeasured):
            settled[each.fact_id] = each
    return tuple(settled.values())
