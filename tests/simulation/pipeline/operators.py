"""Acts of operators, people and feeders do in a world of the pipeline."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from model.blocked_product import BlockedProduct
from model.job import Job, undo_job_id
from model.job_state import UndoState
from producers.retry import RetryFilter, retry_blocked
from record.scope import Scope
from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.cancelling import Cancellation
from shop_queue.keys import lane_keys
from simulator.accepted_edits import today
from simulator.api_error import ApiError
from simulator.products import make_product
from simulator.shapes import to_edit
from simulator.traits import Traits
from tests.simulation.oracles import DRY_RUN
from tests.simulation.pipeline.seller_changes import brand_of
from tests.simulation.plan import Event
from tests.simulation.redis_link import Link, SimulatedRedis
from tests.simulation.workers import Feeder
from worker.services import SHOP_CACHE_SECONDS

if TYPE_CHECKING:
    from tests.simulation.pipeline.worlds import PipelineWorld

RESUMES = (0.0, 1.5)
"""Seconds after the end of a quota at which an operator resumes the shop: a call may have met the quota meanwhile."""


async def undo(world: PipelineWorld, event: Event) -> None:
    """Undoes the edits of some products so far, also earlier undos, as `relist undo` does."""
    run_id = f"undo-{event.at:.2f}"
    edited = [product for shop, product in world.shopfront.edits if shop == event.target][: event.number]
    requests = []
    for product in edited:
        found = [edit async for edit in world.operator.record.edits(Scope(event.target, product))]
        numbers = tuple(edit.id for edit in found if edit.id is not None)
        if numbers:
            key = (event.target, product)
            world.undone.add(key)
            world.undone_entries[key] = numbers
            world.undone_by[*key, run_id] = numbers
            world.story.note(f"an operator undoes product {product[-8:]}")
            state = UndoState(edits=numbers, damaged_field="".join(sorted(world.lost_fields)[:1]))
            requests.append(Job(event.target, undo_job_id(product), "undo", run_id=run_id, state=state))
    await world.feeder.enqueue(requests)


async def cancel(world: PipelineWorld, event: Event) -> None:
    """Ends what is queued in a shop, as `relist cancel --run` does."""
    redis = _redis(world)
    world.cancelled[event.target] = world.loop.now
    cancellation = Cancellation(redis)  # type: ignore[arg-type]
    while True:
        try:
            done = await cancellation.cancel(event.target, "r", world.operator.now(), 1.0)
            break
        except REDIS_UNAVAILABLE:
            await asyncio.sleep(0.1)
    world.story.note(f"an operator cancels {done.ended} jobs")


async def retry(world: PipelineWorld, event: Event) -> None:
    """Tries all blocked products of a shop again, as `relist retry` does."""
    redis, keys = _redis(world), lane_keys(event.target)
    blocked = _blocked(world, event.target)
    busy = {name.decode() for name in world.server.peek(keys.jobs) or {}}
    while True:
        try:
            await retry_blocked(redis, [event.target], RetryFilter())  # type: ignore[arg-type]
            break
        except REDIS_UNAVAILABLE:
            await asyncio.sleep(0.1)
    for product, body in {**_blocked(world, event.target), **blocked}.items():
        key = (event.target, product)
        world.refed.add(key)
        if product not in busy:
            world.retried[key] = world.loop.now
            world.blocked_as[key] = body["outcome"]
    world.story.note(f"an operator tries {len(blocked)} products again")


def _next_job(world: PipelineWorld, shop: str, product: str) -> Job:
    """The product's next try with everything that is known of it, as the worklist starts it."""
    kept = (world.server.peek(lane_keys(shop).blocked) or {}).get(product.encode())
    return BlockedProduct.load(shop, product, kept).retry() if kept else Job(shop, product, run_id="r")


def _blocked(world: PipelineWorld, shop: str) -> dict[str, dict[str, Any]]:
    kept = world.server.peek(lane_keys(shop).blocked) or {}
    return {name.decode(): orjson.loads(body) for name, body in kept.items()}


async def answer(world: PipelineWorld, event: Event) -> None:
    """A person gives the weight or the brand of some products, as the worklist does."""
    server = world.shopfront.server
    shop = server.world.shops[world.shop_number(event.target)]
    jobs = []
    for index in range(min(event.number, shop.products)):
        product = str(server.world.peek(shop, index)["id"])
        if event.what == "brand":
            try:
                brand = brand_of(server, shop, event.number + index)["id"]
            except ApiError:
                return
            job = replace(_next_job(world, event.target, product), brand_id=brand)
        else:
            weight = {"value": f"{2 + event.at:.2f}", "unit": "KILOGRAM"}
            job = _next_job(world, event.target, product)
            job = replace(job, fields={**(job.fields or {}), "package_weight": weight})
        jobs.append((job, {**(job.fields or {}), **({"brand": job.brand_id} if job.brand_id else {})}))
    for job, given in jobs:
        world.refed.add((event.target, job.id))
        world.may_change.setdefault((event.target, job.id), set()).update(given)
    await world.feeder.enqueue([job for job, _ in jobs])
    for job, given in jobs:
        key = (event.target, job.id)
        world.answered[key] = given
        world.story.note(f"a person answers the {event.what} of product {job.id[-8:]}")


async def create(world: PipelineWorld, event: Event) -> None:
    """Another system feeds a new listing; the same number feeds the same listing again, perhaps corrected."""
    source = world.shopfront.server.world
    shop = source.shops[world.shop_number(event.target)]
    product = make_product(source.source, shop.seller, Traits(born_on_v2=True), 1000 + event.number)
    body: dict[str, Any] = to_edit(product)
    body["skus"] = [
        {**{name: value for name, value in sku.items() if name not in ("id", "combined_skus")},
         "price": {"amount": "9.50", "currency": shop.seller.currency},
         "inventory": product["skus"][0]["inventory"][:1]}
        for sku in body["skus"]
    ]  # fmt: skip
    body.pop("external_product_id", None)
    if event.what == "corrected":
        body["title"] = f"{body['title']}, corrected"
    external = f"new-{event.number}"
    world.asked_for.add((event.target, external))
    job = Job(event.target, f"list:{external}", "list", run_id="r", external_id=external, product=body)
    await world.feeder.enqueue([job])


async def try_products(world: PipelineWorld, event: Event) -> None:
    """Dry runs of some products, as `relist plan` makes them."""
    shop = world.shopfront.server.world.shops[world.shop_number(event.target)]
    ids = [str(world.shopfront.server.world.peek(shop, index)["id"]) for index in range(shop.products)]
    jobs = [Job(event.target, product, run_id=DRY_RUN, dry_run=True) for product in ids[: event.number]]
    world.story.note(f"an operator plans {len(jobs)} products, without edits")
    await world.feeder.enqueue(jobs)


def wrong_shop(world: PipelineWorld, event: Event) -> None:
    """A shop has the cipher of another one, until an operator notices it and adds it again."""
    others = [shop for shop in world.plan.size.shops if shop != event.target]
    for shop, seconds in ((others[0], 0.0), (event.target, event.seconds)):
        world.outside(seconds, lambda shop=shop: world.register(event.target, shop))
    for later in (0.1, SHOP_CACHE_SECONDS + 0.5):
        world.outside(event.seconds + later, lambda: world.resume(event.target))


def quota(world: PipelineWorld, event: Event) -> None:
    """The daily quota of all shops allows few more edits, until an operator gets more and resumes the shops."""
    platform = world.shopfront.server.world
    most = max(shop.submitted[today()] for shop in platform.shops)
    platform.faults.quota_per_day = most + event.number
    world.outside(event.seconds, lambda: setattr(platform.faults, "quota_per_day", None))
    for shop in world.plan.size.shops:
        for later in RESUMES:
            world.outside(event.seconds + 0.1 + later, lambda shop=shop: world.resume(shop))


def _redis(world: PipelineWorld) -> SimulatedRedis:
    feeder: Feeder = world.feeder
    return SimulatedRedis(Link(world.server, feeder.process, world.story))
