"""A world of the whole pipeline, and the check of the platform's ledger at its end."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from model.job import Job
from model.job_state import JobState, stored_state
from record.sqlite.connection import FILE_NAME
from rollout.policy import POLICIES
from shop_queue import intake_stream
from shop_queue.keys import SHOPS, lane_keys
from simulator.ledger import damage, ledger, seller_losses
from tests.simulation import oracles
from tests.simulation.actions import ACTIONS
from tests.simulation.pipeline.actions import add_pipeline_actions
from tests.simulation.pipeline.edit_oracles import EDIT_PROMISES, SENDING_SECONDS
from tests.simulation.pipeline.members import PipelineGateway, PipelineWorker, make_services, token_cipher
from tests.simulation.pipeline.observed_world import ObservedWorld
from tests.simulation.pipeline.plans import HORIZON
from tests.simulation.pipeline.record_oracles import RECORD_PROMISES
from tests.simulation.pipeline.rollout_oracles import ROLLOUT_PROMISES, SMALL
from tests.simulation.pipeline.shopfront import Request, Shopfront
from tests.simulation.pipeline.truth import EditCall
from tests.simulation.plan import Event, Plan
from tests.simulation.processes import Process, spawn
from tests.simulation.redis_link import Link, SimulatedRedis
from tests.simulation.redis_server import RedisServer
from tests.simulation.story import Story
from tests.simulation.virtual_loop import VirtualLoop
from tests.simulation.worlds import Member
from token_store.tokens import Tokens, TokenStore
from worker.jobs.edit import FRESH_SECONDS

LOSES_PLACES = frozenset(
    {"kill", "stop", "freeze", "halt_at_write", "redis_restart", "failover", "lost_answer", "disk_slow"}
)
POLL_SECONDS = 0.05
SHARED_MEMORY = Path("/dev/shm")


class PipelineWorld(ObservedWorld):
    def __init__(self, plan: Plan, loop: VirtualLoop, server: RedisServer, story: Story) -> None:
        super().__init__(plan, loop, server, story)
        add_pipeline_actions()
        size = plan.size
        self.record_dir = Path(tempfile.mkdtemp(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None))
        self.disk_is_full = self.disk_is_slow = False
        self.prepare_notes()
        self.halts: dict[str, tuple[int, Event]] = {}
        """Process -> writes to the record until it halts, and the event that says how."""
        self.found_on_v1: set[tuple[str, str]] = set()
        self.shopfront = Shopfront(
            plan.seed,
            len(size.shops),
            size.products,
            story,
            sellers=size.sellers,
            rejects=size.rejects,
            leaves=size.leaves,
        )
        self.shopfront.deliver = self._deliver
        self.shopfront.epoch = lambda: self.epoch
        self.shopfront.recorded = self.entries_now
        self._usual_policy, self._usual_poll = POLICIES["normal"], intake_stream.POLL_SECONDS
        # A gateway that polls as often as in a fleet would be half of the steps of a world.
        intake_stream.POLL_SECONDS = POLL_SECONDS
        if size.gates:
            POLICIES["normal"] = SMALL
        self.platform = self.shopfront  # type: ignore[assignment]
        self.shopfront.uncertain_until = -1.0  # type: ignore[attr-defined]

    def make_member(self, name: str, process: Process, identity: str) -> Member:
        kind = PipelineWorker if name.startswith("worker") else PipelineGateway
        return kind(self, process, identity)

    async def furnish(self) -> None:
        process = self.make_process("operator")
        redis = SimulatedRedis(Link(self.server, process, self.story))
        services = make_services(self, process, redis)
        await services.record.upgrade()
        self._reader = sqlite3.connect(self.record_dir / FILE_NAME)
        store = TokenStore(redis, token_cipher(), services.transport)
        for shop in self.shopfront.server.world.shops:
            self.register(shop.shop_id, shop.shop_id)
            account = shop.account
            expiries = (account.access_expires, account.refresh_expires)
            await store.save(account.name, Tokens(account.access_token(), account.refresh_token, *expiries))
        self.operator = services
        self.shopfront.start()
        no_more = {"seller_changes_per_second": 0.0}
        self.outside(HORIZON, lambda: self.shopfront.server.world.set_switches(no_more))

    def shop_number(self, shop_id: str) -> int:
        return self.plan.size.shops.index(shop_id)

    def feed_products(self, event: Event) -> None:
        """Everything of the shop."""
        shop = self.shopfront.server.world.shops[self.shop_number(event.target)]
        world = self.shopfront.server.world
        ids = [str(world.peek(shop, index)["id"]) for index in range(shop.products)]
        listings = ((str(world.peek(shop, index)["id"]), index) for index in range(shop.products))
        self.found_on_v1.update((event.target, product) for product, index in listings if not world.on_v2(shop, index))
        if event.what == "again":
            self.refed.update((event.target, product) for product in ids)
            # A product that has ended runs with the decisions of its last feed alone.
            self.answered = {key: answer for key, answer in self.answered.items() if key[0] != event.target}
        jobs = [Job(event.target, product, run_id="r") for product in ids]
        spawn(self.feeder.process, self.feeder.feed(jobs))

    def was_on_v1(self, job: Job) -> bool:
        """Whether a search found the product on v1 before it was fed, and nobody has fed or undone it since."""
        product = (job.shop_id, job.id)
        return product in self.found_on_v1 - self.refed - self.undone

    def register(self, shop_id: str, of: str) -> None:
        """Registers a shop, perhaps with what belongs to another one."""
        shop, owner = (self.shopfront.server.world.by_id[each] for each in (shop_id, of))
        body = {"cipher": owner.cipher, "region": shop.region, "account": owner.account.name, "name": shop.name}
        self.run("HSET", SHOPS, shop_id, orjson.dumps(body))

    def resume(self, shop: str) -> None:
        spawn(self.feeder.process, self.feeder.command(shop, "resume"))

    def halt_at_write(self, process: Process) -> None:
        """Called when a write of this process has reached the record."""
        left, event = self.halts.get(process.name, (0, None))
        if event is None or process.is_dead or process.is_frozen:
            return
        self.halts[process.name] = (left - 1, event)
        if left > 1:
            return
        del self.halts[process.name]
        ACTIONS[event.what].happen(self, 0, Event(self.loop.now, event.what, process.name, seconds=event.seconds))

    def entries_now(self, shop: str, product: str) -> int:
        """How many entries of a product the record has."""
        sql = "SELECT count(*) FROM edits WHERE shop_id = ? AND product_id = ?"
        return int(self._reader.execute(sql, (shop, product)).fetchone()[0])

    def _deliver(self, request: Request) -> asyncio.Task[Any] | None:
        for member in self.members.values():
            if isinstance(member, PipelineGateway) and not (member.process.is_dead or member.process.is_cut_off):
                return member.receive(request)
        return None

    def _is_finished(self) -> bool:
        """Products that wait for the platform or the seller stay in their lanes, delayed."""
        if self.has_unread_intake() or self.shopfront.is_reviewing:
            return False
        for shop in self.plan.size.shops:
            keys = lane_keys(shop)
            delayed = self.length("ZCARD", keys.delayed)
            if self.length("HLEN", keys.jobs) != delayed or (delayed and not self._all_wait(shop)):
                return False
        return not oracles.unfinished(self) or self._rest_waits()

    def _all_wait(self, shop: str) -> bool:
        jobs = [
            Job.load(shop, job.decode(), self.payload(shop, job))
            for job in self.run("ZRANGE", lane_keys(shop).delayed, 0, -1)
        ]
        return all(waits_for_others(stored_state(job.kind, job.state)) for job in jobs)

    def _rest_waits(self) -> bool:
        waiting = {
            (each["shop_id"], each["product_id"])
            for each in oracles.published(self)
            if each["outcome"] == "waiting" and not _is_replaced(each)
        }
        return all(
            product in waiting or b"locked_since" in self.payload(*product) for product in oracles.unfinished(self)
        )

    def changed_after_read(self, product: tuple[str, str]) -> bool:
        changes = self.shopfront.seller_changes[product[1]]
        return any(
            edit.read_at <= at <= edit.at and edit.at - edit.read_at <= FRESH_SECONDS + SENDING_SECONDS
            for edit in self.shopfront.edits[product]
            for at in changes
        )

    def may_edit_again(self, product: tuple[str, str], before: EditCall, later: EditCall) -> bool:
        """Whether something happened to the first edit that justifies a second one.

        A worker killed or frozen between an edit and its commit does not justify one, because the record has the edit.
        """
        if product in self.refed or product in self.undone or later.epoch > before.epoch:
            return True
        if self.shopfront.truth.hides_its_end(product[1], before, later.at):
            return True
        ends = [each for each in oracles.published(self) if (each["shop_id"], each["product_id"]) == product]
        return any(map(_is_replaced, ends)) and len(self.shopfront.edits[product]) <= 2

    @property
    def crashes(self) -> int:
        """Faults that may lose a place in the rollout, which is reassigned after two minutes."""
        return sum(event.kind in LOSES_PLACES for event in self.plan.events)

    def restored(self) -> dict[tuple[str, str], str]:
        """Products whose last end is that of an accepted undo -> the run of the undo."""
        last: dict[tuple[str, str], dict[str, Any]] = {}
        for each in oracles.published(self):
            last[each["shop_id"], each["product_id"]] = each
        ended = {product: each for product, each in last.items() if each["outcome"] == "relisted"}
        # The audit of an undo ends as a job of the kind `audit`, in the run of the undo.
        runs = {product: str(each["run_id"]) for product, each in ended.items()}
        return {product: run_id for product, run_id in runs.items() if run_id.startswith("undo")}

    def check(self) -> list[str]:
        return oracles.check(self, PROMISES)

    def close(self) -> None:
        POLICIES["normal"], intake_stream.POLL_SECONDS = self._usual_policy, self._usual_poll
        self._reader.close()
        shutil.rmtree(self.record_dir, ignore_errors=True)


def waits_for_others(state: JobState) -> bool:
    """Whether the job waits for the platform, the seller or an operator.

    An edit whose answer was lost is looked for within seconds. The rollout may hold the job afterwards.
    """
    is_looked_for = state.sent_at and "edit" not in (state.rollout or {})
    return bool(state.waiting_since or state.locked_since) and not is_looked_for


def _is_replaced(outcome: dict[str, Any]) -> bool:
    """Whether the seller has saved over an edit in audit, so that the product is edited once more."""
    return [each["code"] for each in outcome["reasons"]] == ["edit_replaced"]


def _conserved(world: PipelineWorld) -> list[str]:
    return [] if world._rest_waits() else oracles.conserved(world)


def _nothing_of_the_seller_is_lost(world: PipelineWorld) -> list[str]:
    """An edit may overwrite only what the seller changed between its read and its arrival, at most FRESH_SECONDS."""
    problems = []
    for shop in world.shopfront.server.world.shops:
        for product, losses in seller_losses(world.shopfront.server.world, shop).items():
            key = (shop.shop_id, product)
            lost = [name for name in losses if name != "draft"]
            if key in world.undone:
                # An undo restores fields. Later changes by the seller stay.
                lost = [name for name in lost if name.startswith("change of ")]
            lost = [name for name in lost if name not in world.lost_fields | world.may_change.get(key, set())]
            # A person who answers and a seller who changes the same field differ: the answer is a decision.
            given = world.lost_fields | world.answered.get(key, {}).keys()
            lost = [name for name in lost if name.removeprefix("change of ") not in given]
            if lost and not world.changed_after_read(key):
                problems.append(f"seller: an edit of product {product} has overwritten {', '.join(lost)}")
    return problems


def _no_needless_edit(world: PipelineWorld) -> list[str]:
    problems = []
    for (shop, product), calls in world.shopfront.edits.items():
        for before, later in pairwise(calls):
            if not world.may_edit_again((shop, product), before, later):
                problems.append(f"double edit: product {product} was edited {len(calls)} times, and nothing was lost")
                break
    return problems


def _books_agree(world: PipelineWorld) -> list[str]:
    """A product that is reported as moved has moved."""
    books = ledger(world.shopfront.server.world)
    problems = []
    for shop_books in books["shops"]:
        for product, names in shop_books["damage"].items():
            key = (shop_books["shop_id"], product)
            names = [name for name in names if name not in world.lost_fields | world.may_change.get(key, set())]
            if names and key not in world.undone and not world.changed_after_read(key):
                problems.append(f"damage: {', '.join(names)} of product {product} changed")
    moved = {each["product_id"] for each in oracles.published(world) if each["outcome"] == "relisted"}
    platform = world.shopfront.server.world
    for shop in platform.shops:
        for listing in shop.touched.values():
            product = str(listing.live["id"])
            if product in moved and not listing.on_v2 and (shop.shop_id, product) not in world.undone:
                problems.append(f"untrue: product {product} is reported as relisted and is not")
    return problems


def _guard_stops_damage(world: PipelineWorld) -> list[str]:
    """The platform loses a field: one edit of each leaf shows it, and the others wait."""
    if not (world.lost_fields and world.plan.size.rollout) or world.redis_lost_writes:
        return []
    edited: dict[str, list[str]] = defaultdict(list)
    for shop in world.shopfront.server.world.shops:
        for listing in shop.touched.values():
            if listing.edits and world.lost_fields.intersection(damage(listing)):
                edited[str(listing.live["category_chains"][-1]["id"])].append(str(listing.live["id"]))
    return [
        f"guard: {len(products)} products of leaf {leaf} lost their {', '.join(sorted(world.lost_fields))}"
        for leaf, products in edited.items()
        if len(products) > 1 + world.crashes
    ][:1]


def _dry_runs_edit_nothing(world: PipelineWorld) -> list[str]:
    edited = [entry for entry in world.entries if entry.run_id == oracles.DRY_RUN]
    return [f"dry run: product {entry.product_id} was edited by a dry run" for entry in edited[:1]]


def _undo_puts_back(world: PipelineWorld) -> list[str]:
    """Fields changed by an undone edit are restored, unless they have been changed again since."""
    problems = []
    for shop in world.shopfront.server.world.shops:
        for listing in shop.touched.values():
            product = (shop.shop_id, str(listing.live["id"]))
            if product not in world.restored() or product in world.refed or world.changed_after_read(product):
                continue
            changed = {each.field for each in listing.seller_changes}
            if names := [name for name in damage(listing) if name not in changed]:
                problems.append(f"undo: {', '.join(names)} of product {product[1]} is still not as before")
    return problems[:1]


def _at_most_one_end(world: PipelineWorld) -> list[str]:
    """Products that were undone, answered or tried again may end again."""
    feeds, ends = world.fed.most(), oracles.final_outcomes(world)
    return [
        f"more ends than feeds: product {key[1]} was fed {feeds[key]} times and has {count} ends"
        for key, count in ends.items()
        if key not in world.undone | world.refed | world.created and count > max(1, feeds[key])
    ]


PROMISES: Sequence[oracles.Oracle] = (
    *EDIT_PROMISES,
    *RECORD_PROMISES,
    *ROLLOUT_PROMISES,
    _conserved,
    _at_most_one_end,
    _nothing_of_the_seller_is_lost,
    _no_needless_edit,
    _books_agree,
    _guard_stops_damage,
    _dry_runs_edit_nothing,
    _undo_puts_back,
)
