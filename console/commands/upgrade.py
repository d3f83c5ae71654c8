"""`relist upgrade`: ask the platform to upgrade whole shops, then relist the remaining products."""

from __future__ import annotations

import click
import orjson

from console.formatting import pluralize
from console.session import chosen_shops, redis_of, run, settings_or_exit
from model.job import Job
from shop_queue.producer import Enqueued, EnqueueRequest, LaneProducer


@click.command()
@click.option("--shop", "shop_ids", multiple=True, help="May be repeated; default: all shops.")
@click.option("--run-id", default="", help="Name of this run, included in every outcome.")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def upgrade(shop_ids: tuple[str, ...], run_id: str, as_json: bool) -> None:
    """Ask the platform to upgrade whole shops, wait for it (up to twice 2 hours), then relist the products left on v1.

    Products listed within the last 24 hours are searched a day later, as the platform requires.

    Example: relist upgrade --shop 7494000000000000001
    """
    settings = settings_or_exit()

    async def work() -> Enqueued:
        async with redis_of(settings) as redis:
            known = await chosen_shops(redis, shop_ids)
            jobs = [Job(each, "upgrade", "upgrade", run_id=run_id) for each in known]
            return await LaneProducer(redis, "upgrade").enqueue(EnqueueRequest(job) for job in jobs)

    done = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps({"enqueued": done.added, "running_already": done.merged}).decode())
    else:
        click.echo(f"{pluralize(done.added, 'upgrade')} enqueued, {done.merged} already running")
