"""`relist calibrate`: measure the platform's behaviour on a development shop and write them to a facts file."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
import orjson

from authorisation.platform import app_of, route_of, transport_of
from calibration.findings import Finding
from calibration.report import ReportedFinding, describe, merged
from calibration.run import Calibration
from calibration.run import calibrate as run_experiments
from calibration.wire import DevelopmentApp, Wire, open_session
from calibration.workbench import Workbench
from config.settings import Settings
from console.calibration_notices import ShopNotices
from console.calibration_tokens import StoredTokens
from console.formatting import pluralize
from console.replaced_file import replaced
from console.session import redis_of, run, settings_or_exit
from facts.fact import BadFactsFile
from facts.load import platform_facts
from facts.operator_file import MeasuredFacts, read_operator_facts, render_operator_facts
from producers.pre_approvals import PreApprovals
from shop_queue.shop_registry import ShopRegistry
from token_store.cipher import TokenCipher
from token_store.tokens import TokenStore

DEFAULT_FILE = Path("platform-facts.toml")
BEFORE = """\
This creates about 20 sample products in shop {shop}, edits and deletes them, adds and removes webhook subscriptions,
refreshes the shop's tokens, and at the end uses up the allowance of one hour. Use a development shop.
Add --yes to start."""


@click.command()
@click.option("--shop", "shop_id", required=True, help="A development shop.")
@click.option("--yes", is_flag=True, help="Start. Without it, nothing is sent.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The facts file to write. Default: RELIST_FACTS_FILE, or {DEFAULT_FILE}.",
)
@click.option("--only", multiple=True, metavar="FACT", help="Measure only this fact. May be repeated.")
@click.option("--skip", multiple=True, metavar="FACT", help="Leave this fact out. May be repeated.")
@click.option(
    "--review-seconds",
    type=click.FloatRange(min=1),
    default=900.0,
    show_default=True,
    help="Maximum wait for a review.",
)
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def calibrate(
    shop_id: str,
    yes: bool,
    output: Path | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    review_seconds: float,
    as_json: bool,
) -> None:
    """Measure the platform's undocumented behaviour on a development shop.

    One experiment per fact, on sample products that are deleted afterwards, even after Ctrl-C. The results go into a
    facts file that the service uses (RELIST_FACTS_FILE).

    Example: relist calibrate --shop 7494... --yes --output platform-facts.toml
    """
    wanted = _wanted(only, skip)
    settings = settings_or_exit()
    file = output or settings.facts_file or DEFAULT_FILE
    known = _known(file)
    if not yes:
        raise click.ClickException(BEFORE.format(shop=shop_id))
    table = platform_facts()

    def show(finding: Finding) -> None:
        if not as_json:
            click.echo(_progress(describe(finding, table)))

    try:
        result, market = run(_calibrate(settings, shop_id, wanted, review_seconds, show), settings)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
    except asyncio.CancelledError:
        raise click.exceptions.Exit(143) from None
    facts = merged(known, result.findings, market, datetime.now(UTC).date())
    with _written(file) as draft:
        draft.write_text(render_operator_facts(facts), encoding="utf-8")
    lines = [describe(each, table) for each in result.findings]
    if as_json:
        click.echo(orjson.dumps(_as_json(lines, result, market, file)).decode())
    else:
        _print_summary(lines, result, market, file)
    if result.cleanup.left:
        raise click.exceptions.Exit(1)


async def _calibrate(
    settings: Settings, shop_id: str, wanted: frozenset[str], review_seconds: float, show: Callable[[Finding], None]
) -> tuple[Calibration, str]:
    """Returns the result and the shop's market. SIGTERM ends it like Ctrl-C: the samples are removed first."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with (
        redis_of(settings) as redis,
        transport_of(settings) as transport,
        TokenStore(redis, TokenCipher(*settings.token_keys), transport) as store,
        open_session(route_of(settings), urlsplit(settings.api_url).hostname or "") as session,
    ):
        shop = await ShopRegistry(redis).get(shop_id)
        tokens = StoredTokens(store, shop.account)
        keys = app_of(settings, shop.app)
        app = DevelopmentApp(settings.api_url, keys.key, keys.secret)
        wire = Wire(session, app, tokens, shop.cipher, settings.default_rate)
        bench = Workbench(wire, shop.region, review_seconds, notices=ShopNotices(PreApprovals(redis), shop_id))
        try:
            return await run_experiments(bench, tokens, wanted, show), shop.region
        except asyncio.CancelledError:
            left = ", ".join(sorted(bench.created))
            state = f"not removed: {left}; run the same command again" if left else "the sample products are deleted"
            click.echo(f"interrupted: {state}", err=True)
            raise


def _wanted(only: tuple[str, ...], skip: tuple[str, ...]) -> frozenset[str]:
    """Raises ClickException for an unknown fact."""
    table = platform_facts()
    for each in (*only, *skip):
        if each not in table.facts:
            raise click.ClickException(f"no fact has the id {each}: docs/platform-facts.md lists them")
    return frozenset(only or table.facts) - frozenset(skip)


def _known(file: Path) -> MeasuredFacts:
    """Raises ClickException."""
    if not file.exists():
        return MeasuredFacts(platform_facts())
    try:
        return read_operator_facts(file, platform_facts())
    except BadFactsFile as problem:
        raise click.ClickException(f"{problem}; correct it or choose another --output") from None


@contextlib.contextmanager
def _written(file: Path) -> Iterator[Path]:
    """Raises ClickException."""
    try:
        with replaced(file) as draft:
            yield draft
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from None


def _progress(line: ReportedFinding) -> str:
    note = f" (default {line.default})" if line.differs and line.default else ""
    return f"{line.fact_id:28} {line.text()}{note}: {line.evidence}"


def _print_summary(lines: list[ReportedFinding], result: Calibration, market: str, file: Path) -> None:
    differing = [each for each in lines if each.differs]
    missing = [each for each in lines if each.found == "not measured"]
    click.echo()
    click.echo(f"{pluralize(len(lines) - len(missing), 'fact')} measured in {market}, written to {file}")
    click.echo(f"{pluralize(len(missing), 'fact')} not measured, {len(differing)} different from the defaults:")
    for each in differing:
        click.echo(f"  {each.fact_id}: {each.text()}" + (f" instead of {each.default}" if each.default else ""))
        click.echo(f"    {each.follows}")
    if result.leftovers.removed:
        click.echo(f"{pluralize(result.leftovers.removed, 'product')} of an earlier calibration removed")
    if result.cleanup.left:
        left = ", ".join(result.cleanup.left)
        click.echo(f"not removed: {left} ({result.cleanup.problem}); run the same command again", err=True)


def _as_json(lines: list[ReportedFinding], result: Calibration, market: str, file: Path) -> dict[str, object]:
    return {
        "market": market,
        "file": str(file),
        "facts": [each.as_json() for each in lines],
        "removed": result.leftovers.removed + result.cleanup.removed,
        "left": list(result.cleanup.left),
        "problem": result.cleanup.problem,
    }
