"""`relist demo-feed`: makes a simulated fleet known and enqueues a search of each shop; the compose demo runs it."""

from __future__ import annotations

import aiohttp
import click

from console.local_fleet import add_simulated_shops
from console.session import redis_of, run, settings_or_exit
from console.words import several
from shop_queue.job import Job
from shop_queue.lanes import Addition, Enqueued, Lanes
from shop_queue.shops import ShopRegistry


@click.command("demo-feed")
@click.option("--run-id", default="demo", show_default=True)
def demo_feed(run_id: str) -> None:
    """Make a running simulator's shops known and search each for what is still on v1.

    Works only where RELIST_API_URL is a `relist simulator`; the platform itself tells nobody its tokens.

    Example: relist demo-feed
    """
    settings = settings_or_exit()

    async def work() -> tuple[int, Enqueued]:
        async with redis_of(settings) as redis, aiohttp.ClientSession() as session:
            try:
                await add_simulated_shops(session, redis, settings.api_url, settings.token_key.get_secret_value())
            except (aiohttp.ClientError, ValueError) as error:
                raise click.ClickException(
                    f"RELIST_API_URL ({settings.api_url}) does not answer as a simulator does: {type(error).__name__}"
                ) from None
            shops = await ShopRegistry(redis).all()
            searches = [Addition(Job(shop.shop_id, f"search:{run_id}", "search", run_id=run_id)) for shop in shops]
            return len(shops), await Lanes(redis, "demo").enqueue(searches)

    shops, enqueued = run(work(), settings)
    click.echo(f"{several(shops, 'shop')} known, {several(enqueued.added, 'search', 'searches')} enqueued")
