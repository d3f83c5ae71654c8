"""`relist demo-feed`: add a simulator's shops and search each of them. Used by the Docker Compose demo."""

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
    """Add all shops of a running simulator and search each for products still on v1.

    RELIST_API_URL must be a `relist simulator`; the real platform does not hand out tokens like this.

    Example: relist demo-feed
    """
    settings = settings_or_exit()

    async def work() -> tuple[int, Enqueued]:
        async with redis_of(settings) as redis, aiohttp.ClientSession() as session:
            try:
                await add_simulated_shops(session, redis, settings.api_url, settings.token_key.get_secret_value())
            except (aiohttp.ClientError, ValueError) as error:
                raise click.ClickException(
                    f"RELIST_API_URL ({settings.api_url}) is not a simulator: {type(error).__name__}"
                ) from None
            shops = await ShopRegistry(redis).all()
            searches = [
                EnqueueRequest(Job(shop.shop_id, f"search:{run_id}", "search", run_id=run_id)) for shop in shops
            ]
            return len(shops), await LaneProducer(redis, "demo").enqueue(searches)

    shops, enqueued = run(work(), settings)
    click.echo(f"{pluralize(shops, 'shop')} added, {pluralize(enqueued.added, 'search', 'searches')} enqueued")
