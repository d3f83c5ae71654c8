"""`relist simulator`: run a simulated TikTok Shop."""

from __future__ import annotations

import asyncio
import signal

import click

from simulator.options import SimulatorOptions
from simulator.server import start


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, show_default="any free one")
@click.option("--seed", default=1, show_default=True)
@click.option("--shops", default=10, show_default=True)
@click.option("--products", default=2000, show_default=True, help="Total number of products across all shops.")
@click.option("--region", "regions", multiple=True, default=("US",), show_default=True)
@click.option("--webhook-url", help="Address to send signed webhooks to.")
@click.option("--audit-seconds", type=(float, float), default=(0.5, 1.5), show_default=True)
@click.option("--unlimited", is_flag=True, help="Do not rate limit, for benchmarks.")
@click.option(
    "--shops-per-authorization", default=1, show_default=True, help="Shops covered by one seller authorisation."
)
@click.option("--access-token-seconds", default=7 * 86400, show_default=True, help="Lifetime of an access token.")
@click.option("--old-tokens-live", is_flag=True, help="Keep old tokens valid after a refresh.")
@click.option(
    "--quota-code",
    type=int,
    default=12052093,
    show_default=True,
    help="Error code for a used-up quota; 12052109 is the other one.",
)
def simulator(
    host: str,
    port: int,
    seed: int,
    shops: int,
    products: int,
    regions: tuple[str, ...],
    webhook_url: str | None,
    audit_seconds: tuple[float, float],
    unlimited: bool,
    shops_per_authorization: int,
    access_token_seconds: int,
    old_tokens_live: bool,
    quota_code: int,
) -> None:
    """Run a simulated TikTok Shop, as strict as the real platform, until SIGTERM.

    Example: relist simulator --shops 5 --products 1000 --port 9000
    """
    options = SimulatorOptions(
        seed=seed,
        shops=shops,
        products=products,
        regions=regions,
        webhook_url=webhook_url,
        audit_seconds=audit_seconds,
        unlimited=unlimited,
        shops_per_authorization=shops_per_authorization,
        access_token_seconds=access_token_seconds,
        old_tokens_die=not old_tokens_live,
        old_refresh_tokens_die=not old_tokens_live,
        quota_code=quota_code,
    )

    async def serve() -> None:
        running = await start(options, host, port)
        click.echo(f"ready {running.url}")
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await stop.wait()
        await running.stop()

    try:
        asyncio.run(serve())
    except OSError as error:
        raise click.ClickException(f"{host}:{port} cannot be listened on: {error.strerror}") from None
