"""`relist shops connect`: connects shops from a seller's consent, or from tokens obtained with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import click
import orjson

from authorisation.connector import Connected, ConsentFailed, ShopConnector
from authorisation.consent import BadCode, consent_address, pasted_code
from authorisation.pending import ConsentResult, PendingConsents
from authorisation.platform import app_of, transport_of
from authorisation.token_file import BadTokenFile, Entry, read_entries
from config.settings import Settings
from console.code_prompt import code_or_result
from console.connection_report import ConnectionReport
from console.emptied_redis import refuse_emptied
from console.region_option import country_code
from console.session import redis_of, run, settings_or_exit
from redis_client.connect import AnyRedis
from shop_queue.producer import LaneProducer
from tables.model import BadTable
from tables.reader import read_bounded
from token_store.cipher import TokenCipher

MAX_FILE_BYTES = 32 * 1024 * 1024
CONNECTED_AT_ONCE = 8
WAIT_SECONDS = 1800.0
"""An authorisation code is valid for 30 minutes (partner documentation)."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), required=False)
@click.option("--code", help="Authorisation code, or the whole address to which the seller's browser was redirected.")
@click.option("--app", default="", help="App in RELIST_APPS_FILE.  [default: the one of RELIST_APP_KEY]")
@click.option(
    "--region", default="", callback=country_code, help="US for sellers in the US, who have a separate consent page."
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Maximum requests per second of each shop.")
@click.option("--resume", metavar="NAME", help="Continue with tokens that an earlier try kept.")
@click.option("--no-wait", is_flag=True, help="Print the consent address and exit; the gateway receives the code.")
@click.option(
    "--addresses",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Like --no-wait, for N sellers: one address per line, since each works once.",
)
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def connect(
    file: Path | None,
    code: str | None,
    app: str,
    region: str,
    rate: float | None,
    resume: str | None,
    no_wait: bool,
    addresses: int | None,
    as_json: bool,
) -> None:
    """Connect or reauthorise every shop of a seller.

    Without arguments: prints the consent address for the seller, then waits for the code, which you paste or the
    gateway receives (/connect/callback). Lists and verifies the shops, and stores tokens, ciphers, regions and names.

    FILE (or - for standard input) contains unchanged token responses of the platform, or codes, of any number of
    sellers: JSON, JSON lines, CSV or XLSX.

    Example: relist shops connect sellers.csv
    """
    if sum(bool(each) for each in (file, code, resume, no_wait, addresses)) > 1:
        raise click.ClickException("give only one of FILE, --code, --resume, --no-wait and --addresses")
    count = addresses or int(no_wait)
    settings = settings_or_exit()
    entries = _entries(file, app) if file is not None else []
    report = ConnectionReport(as_json)

    async def work() -> None:
        chosen = app_of(settings, app)
        async with _connector(settings) as (connector, redis):
            await refuse_emptied(settings, redis)
            if file is not None:
                await _connect_all(connector, entries, report)
            elif code is not None:
                await report.add("", connector.from_code(_code(code), app))
            elif resume is not None:
                await report.add("", connector.resume(resume))
            else:
                pending = PendingConsents(redis)
                for _ in range(count):
                    address = consent_address(settings, chosen, await pending.begin(app), region)
                    click.echo(orjson.dumps({"consent_address": address}).decode() if as_json else address)
                if count:
                    return
                state = await pending.begin(app)
                address = consent_address(settings, chosen, state, region)
                click.echo(f"Let the seller open this address and agree:\n\n  {address}\n", err=as_json)
                click.echo(
                    "Then paste the code or the address that the browser shows, or wait for the gateway.", err=True
                )
                await _connect_consent(connector, pending, state, app, report)
            for shop_id in report.shop_ids if rate is not None else ():
                await LaneProducer(redis).set_limit(shop_id, rate)

    run(work(), settings)
    if not count:
        report.end()


def _entries(file: Path, app: str) -> list[Entry]:
    """Raises ClickException."""
    source = Path("/dev/stdin") if str(file) == "-" else file
    try:
        return read_entries(read_bounded(source, MAX_FILE_BYTES), time.time(), app)
    except (BadTokenFile, BadTable) as problem:
        raise click.ClickException(f"{file}: {problem}") from None
    except OSError as problem:
        raise click.ClickException(f"{file}: {problem.strerror}") from None


def _code(text: str) -> str:
    """Raises ClickException."""
    try:
        return pasted_code(text).code
    except BadCode as problem:
        raise click.ClickException(str(problem)) from None


@asynccontextmanager
async def _connector(settings: Settings) -> AsyncIterator[tuple[ShopConnector, AnyRedis]]:
    async with transport_of(settings) as transport, redis_of(settings) as redis:
        yield ShopConnector(transport, redis, TokenCipher(*settings.token_keys)), redis


async def _connect_all(connector: ShopConnector, entries: Sequence[Entry], report: ConnectionReport) -> None:
    """Connect the entries of a file, several at a time. A failing entry does not stop the others. Raises RedisError."""
    slots = asyncio.Semaphore(CONNECTED_AT_ONCE)

    async def one(entry: Entry) -> None:
        async with slots:
            if entry.problem:
                report.fail(entry.where, entry.problem)
            elif entry.tokens is not None:
                await report.add(entry.where, connector.from_tokens(entry.tokens))
            else:
                await report.add(entry.where, connector.from_code(entry.code, entry.app))

    await asyncio.gather(*(one(entry) for entry in entries))


async def _connect_consent(
    connector: ShopConnector, pending: PendingConsents, state: str, app: str, report: ConnectionReport
) -> None:
    """Wait for the code of one consent and connect its shops. Raises RedisError."""
    match await code_or_result(pending, state, WAIT_SECONDS):
        case None:
            report.fail("", "no code arrived within 30 minutes; the address stays valid for the gateway for 7 days")
        case ConsentResult() as result:
            report.show(result.shops, result.problems)
        case str() as text:
            await report.add("", _exchange(connector, pending, state, text, app))


async def _exchange(connector: ShopConnector, pending: PendingConsents, state: str, text: str, app: str) -> Connected:
    try:
        pasted = pasted_code(text)
    except BadCode as problem:
        raise ConsentFailed(str(problem)) from None
    if pasted.state and pasted.state != state:
        raise ConsentFailed(
            "the address belongs to another consent: run relist shops connect again and use its address"
        )
    await pending.take(state)
    return await connector.from_code(pasted.code, app)
