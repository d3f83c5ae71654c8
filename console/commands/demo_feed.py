"""`relist demo-feed`: makes a simulated fleet known and enqueues a search of each shop; the compose demo runs it."""

from __future__ import annotations

import aiohttp
import click

from console.formatting import pluralize
from console.session import redis_of, run, settings_or_exit
from demo.local_fleet import add_simulated_shops
from model.job import Job
from shop_queue.producer import Enqueued, EnqueueRequest, LaneProducer
from shop_queue.shop_registry import ShopRegistry


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
            searches = [
                EnqueueRequest(Job(shop.shop_id, f"search:{run_id}", "search", run_id=run_id)) for shop in shops
            ]
            return len(shops), await LaneProducer(redis, "demo").enqueue(searches)

    shops, enqueued = run(work(), settings)
    click.echo(f"{pluralize(shops, 'shop')} known, {pluralize(enqueued.added, 'search', 'searches')} enqueued")
