"""Calls the scripts of a lane and of a ready set that nobody else uses, with arguments of all kinds.

The engine makes only some of the calls that the scripts allow: searches, drafts, dry runs, jobs of a newer release and
lanes of an older one are rare in a world. Each call is compared with a second implementation (model_oracles.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from model.job import DRY_RUN_FIELD, Job, JobKind, audit_job_id, undo_job_id
from redis_client.scripts import load_script
from shop_queue.enqueue_request import EnqueueRequest
from shop_queue.keys import LaneKeys, lane_keys
from shop_queue.operations import Complete, Defer, Operation, Release, Requeue, operation_arguments
from shop_queue.states import shop_transitions

if TYPE_CHECKING:
    from tests.simulation.worlds import World

SHOP = "7999"
PRODUCTS = tuple(f"{SHOP}{number:03d}" for number in range(3))
READY_SET = tuple(
    "{exercise}:" + name for name in ("ready", "holders", "fence", "workers", "wakes", "app_rates", "clock")
)
WORKERS = ("x0", "x1")
SHOPS = ("7991", "7992", "7993")
LEASE_MS, SILENCE_MS = 2_000, 3_000
ENDS = ("relisted", "needs_input", "rejected", "failed", "already_v2", "gone", "in_audit")
BLOCKING = ("needs_input", "rejected", "failed")


class Exercise:
    def __init__(self, world: World, seed: str, script_hooks: Sequence[Any]) -> None:
        self._world, self._random, self._hooks = world, Random(seed), list(script_hooks)
        self._keys: LaneKeys = lane_keys(SHOP, own_outbox=True)
        self._fence, self._number = 1, 0
        self._leases: dict[str, dict[str, bytes]] = {worker: {} for worker in WORKERS}
        self._calls: tuple[tuple[int, Callable[[], None]], ...] = (
            (20, self._enqueue), (12, self._merge), (24, self._claim), (28, self._commit), (6, self._open),
            (6, self._start), (12, self._disturb), (8, self._pass_time), (14, self._take), (7, self._renew),
            (9, self._release), (16, self._disturb_leases),
        )  # fmt: skip

    def run(self, calls: int) -> None:
        server, known = self._world.server, len(self._world.problems)
        usual, server.script_hooks = server.script_hooks, self._hooks
        told, server.on_publish = server.on_publish, None
        try:
            self._script("open", self._keys, 1, shop_transitions("park_ends"))
            for _ in range(calls):
                (call,) = self._random.choices([each for _, each in self._calls], [each for each, _ in self._calls])
                call()
                if len(self._world.problems) > known:
                    return
        finally:
            server.script_hooks, server.on_publish = usual, told

    def _script(self, name: str, keys: Sequence[str], *args: Any) -> Any:
        text = load_script("shop_queue", name).text
        return self._world.run("EVAL", text, len(keys), *keys, *args)

    def _one(self, choices: Sequence[Any]) -> Any:
        return self._random.choice(choices)

    def _tell(self, text: str) -> None:
        self._world.story.tell(text)

    def _often(self, share: float) -> bool:
        return self._random.random() < share

    # --- the lane ---------------------------------------------------------------------------------------------------

    def _job(self, kind: JobKind | None = None) -> Job:
        product = self._one(PRODUCTS)
        kind = kind or self._one(("relist", "relist", "relist", "audit", "undo", "search"))
        names = {"relist": product, "audit": audit_job_id(product), "undo": undo_job_id(product), "search": "search:r"}
        urgent = "urgent" if self._often(0.3) else "normal"
        is_dry = kind == "relist" and self._often(0.3)
        return Job(SHOP, names[kind], kind, urgent, run_id="r", dry_run=is_dry)  # type: ignore[arg-type]

    def _request(self) -> EnqueueRequest:
        job, delay = self._job(), self._one((0.0, 0.0, 0.2, 0.5))
        is_found = job.kind == "relist" and self._often(0.4)
        return EnqueueRequest(
            job,
            delay,
            skip_if_pending=is_found,
            is_draft=job.kind == "relist" and self._often(0.3),
            keeps_audit=job.kind == "audit" and self._often(0.3),
        )

    def _in_lane(self, key: str) -> list[bytes]:
        return list(self._world.server.peek(key) or ())

    def _enqueue(self) -> None:
        requests = [self._request() for _ in range(self._random.randint(1, 3))]
        parts = [part for each in requests for part in each.arguments()]
        self._tell(f"somebody feeds {', '.join(_name(each) for each in requests)}")
        self._script("enqueue", self._keys, "", DRY_RUN_FIELD, *parts)

    def _merge(self) -> None:
        if names := self._in_lane(self._keys.jobs):
            name = self._one(names)
            old = self._world.run("HGET", self._keys.jobs, name)
            job = Job.load(SHOP, name.decode(), old)
            new = Job(SHOP, job.id, job.kind, run_id="r", category_id=self._one(("", "1", "2")))
            how = self._one(("n", "u", "u", "w")), self._one(("hints", "event", "wake"))
            self._tell(f"{job.id} changes in its lane: {how[1]}")
            self._script("merge", self._keys, name, old, new.dump(), *how, DRY_RUN_FIELD)

    def _claim(self) -> None:
        fence = self._fence - self._often(0.03)
        self._script("claim", self._keys, fence, self._random.randint(0, 5), DRY_RUN_FIELD)

    def _open(self) -> None:
        fence = self._fence + self._one((1, 1, 0, -1))
        if fence > self._fence:
            self._fence, self._number = fence, 0
        self._script("open", self._keys, fence, shop_transitions("park_ends"))

    def _start(self) -> None:
        names = self._in_lane(self._keys.inflight) or [PRODUCTS[0].encode()]
        jobs = self._random.sample(names, self._random.randint(1, len(names)))
        self._tell(f"{', '.join(job.decode() for job in jobs)} start" + "s" * (len(jobs) == 1))
        self._script("start", self._keys, self._fence - self._often(0.05), *jobs)

    def _commit(self) -> None:
        names = self._in_lane(self._keys.inflight)
        self._random.shuffle(names)
        chosen = [name.decode() for name in names[: self._random.randint(1, 3)]]
        if self._often(0.1):
            chosen.append(self._one(PRODUCTS))
        if not chosen:
            return
        is_repeated = self._often(0.1)
        self._number += not is_repeated
        number = 0 if self._often(0.05) else self._number
        rates = orjson.dumps({"read": self._number}) if self._often(0.3) else b""
        head = (self._fence - self._often(0.03), 1000, rates, number, DRY_RUN_FIELD, self._one(("", "1")))
        operations = [self._operation(name) for name in chosen]
        self._script("commit", self._keys, *head, *operation_arguments(operations))

    def _operation(self, name: str) -> Operation:
        followers = tuple(self._request() for _ in range(self._one((0, 0, 1, 2, 3))))
        outcome, kind = self._one(ENDS), "audit" if name.startswith("audit:") else "relist"
        record = {"outcome": outcome, "kind": kind, "n": self._number}
        is_blocked = outcome in BLOCKING and not name.startswith("search:")
        complete = Complete(name, outcome, record if is_blocked or self._often(0.8) else None, is_blocked, followers)
        stored = self._world.run("HGET", self._keys.jobs, name)
        how = self._random.random()
        if how < 0.5 or stored is None:
            return complete
        if how < 0.8:
            job = Job.load(SHOP, name, stored)
            is_waiting = self._often(0.4)
            return Requeue(
                job,
                self._one((0.0, 0.3)),
                followers,
                to_tail=self._often(0.3),
                keeps_priority=self._often(0.5),
                outcome="waiting" if is_waiting else "",
                record={"outcome": "waiting"} if is_waiting else None,
                waits=self._often(0.5),
            )
        return Release(name) if how < 0.88 else Defer(Complete(name, outcome, record, is_blocked), 0.1, 1)

    def _disturb(self) -> None:
        """Leaves in the lane a change by another script, an operator or an older release."""
        run, keys, control = self._set, self._keys, self._keys.control
        (job,) = self._random.sample(PRODUCTS, 1)
        match self._random.randrange(10):
            case 0:
                run("HSET", keys.crashes, job, self._one((-2, -1, 1, 2)))
            case 1:
                run("HSET", control, "state", self._one(("active", "paused")))
                run("HDEL", control, "until")
            case 2:
                until = int(self._now()) + self._one((-100, 300))
                run("HSET", control, "state", "parked", "until", until, "reason", "exercise")
            case 3:
                run("HSET", control, "state", "active")
            case 4:
                run("HSET", control, "limit", self._one(("5", "7")))
            case 5 | 8:
                run("DEL", keys.products, keys.states)
            case 6:
                for name in self._in_lane(keys.inflight)[:2]:
                    run("HSET", keys.changed, name, self._one(("hints", "event", "edit")))
            case 7:
                run("HSET", keys.blocked, job, self._blocked_record())
            case _:
                run("HSET", control, "state", "active")

    def _blocked_record(self) -> bytes:
        return orjson.dumps({"outcome": self._one(BLOCKING), "kind": self._one(("relist", "audit"))})

    def _set(self, *command: Any) -> None:
        self._tell("Redis is made to hold: " + " ".join(str(part) for part in command))
        self._world.run(*command)

    def _now(self) -> float:
        clock = self._world.server.peek(self._keys.control) or {}
        return max(self._world.server_milliseconds(), float(clock.get(b"clock") or 0))

    def _pass_time(self) -> None:
        """The clocks of the keys run ahead of the server's."""
        ahead = self._one((50, 150, 400, 2_500, SILENCE_MS))
        self._tell(f"{ahead} ms pass")
        for key in (self._keys.control, READY_SET[-1]):
            clock = self._world.server.peek(key) or {}
            now = max(int(self._world.server_milliseconds()), int(clock.get(b"clock") or 0)) + ahead
            offset = now - int(self._world.server_milliseconds())
            self._world.run("HSET", key, "clock", now, "clock_offset", offset)

    # --- the ready set ----------------------------------------------------------------------------------------------

    def _take(self) -> None:
        worker = self._one(WORKERS)
        held, most = self._leases[worker], self._random.randint(0, 3)
        told = max(0, len(held) - self._often(0.1))
        args = (worker, LEASE_MS, most, told, SILENCE_MS, self._one((0, 9_000, 9_000)))
        reply = self._script("take", READY_SET, *args)
        if not isinstance(reply, Exception):
            held.update(zip((shop.decode() for shop in reply[5::3]), reply[6::3], strict=True))

    def _renew(self) -> None:
        worker = self._one(WORKERS)
        # Also leases that the worker has lost, or never had.
        held = self._leases[worker] | ({self._one(SHOPS): b"1"} if self._often(0.2) else {})
        if held:
            lost = self._script("renew", READY_SET, worker, LEASE_MS, *(part for each in held.items() for part in each))
            for shop in lost if isinstance(lost, list) else ():
                self._leases[worker].pop(shop.decode(), None)

    def _release(self) -> None:
        worker = self._one(WORKERS)
        shops = sorted(self._leases[worker])[: self._random.randint(1, 3)]
        if shops:
            delays = [self._one((-1, 0, 0, 300)) for _ in shops]
            fences = [b"1" if self._often(0.1) else self._leases[worker].pop(shop) for shop in shops]
            given = ((shop, fence, delay) for shop, fence, delay in zip(shops, fences, delays, strict=True))
            self._script("release", READY_SET, worker, *(part for each in given for part in each))

    def _disturb_leases(self) -> None:
        """Work is announced for free and for leased shops."""
        shop = self._one(SHOPS)
        now = int(self._world.server_milliseconds())
        if self._world.run("HEXISTS", READY_SET[1], shop):
            self._world.run("HSET", READY_SET[4], shop, now + self._one((-200, 100, 1_000)))
        else:
            self._world.run("ZADD", READY_SET[0], now + self._one((-200, -100, 0, 1_000)), shop)


def _name(request: EnqueueRequest) -> str:
    job = request.job
    about = (
        ("as a dry run", job.dry_run),
        ("as found by a search", request.skip_if_pending),
        ("a draft", request.is_draft),
    )
    return " ".join([job.id, *(text for text, applies in about if applies)])
