"""Mutants that the simulation must find: `python -m tests.simulation.mutants [name...]`.

Each is one mistake in a script or a function of the product. It is put into a forked process, never into a file.
"""

from __future__ import annotations

import importlib
import importlib.resources
import inspect
import os
import sys
import textwrap
from dataclasses import dataclass
from hashlib import sha1
from multiprocessing import get_context
from typing import Any

from redis_client.scripts import load_script
from tests.simulation.search import Found, run_seeds

MOST_WORLDS = 500


@dataclass(frozen=True, slots=True)
class Mutant:
    place: str
    """`claim.lua`, or `module:Class.function`."""
    before: str
    after: str
    kind: str = "queue"
    """Kind of the worlds that must find it (search.py)."""

    @property
    def name(self) -> str:
        return f"{self.place}: {self.before.strip().splitlines()[0]}"


MUTANTS = (
    Mutant("claim.lua", "if settings[1] ~= ARGV[1] then return {'FENCED'} end", ""),
    Mutant("claim.lua", "if #ids > 0 then redis.call('ZREM', delayed, unpack(ids)) end", ""),
    Mutant("claim.lua", "in_flight = in_flight + redis.call('ZADD', inflight, unpack(scores))", "in_flight = 0"),
    Mutant("commit.lua", "if stored[1] ~= fence then return {'FENCED'} end", ""),
    Mutant("commit.lua", "number <= tonumber(stored[2] or '0')", "number < tonumber(stored[2] or '0')"),
    Mutant("commit.lua", "redis.call('ZREM', inflight, id) == 1", "redis.call('ZREM', inflight, id) >= 0"),
    Mutant(
        "commit.lua",
        "redis.call('LPUSH', urgent, id)\nend\n\nfunction operations.defer",
        "end\n\nfunction operations.defer",
    ),
    Mutant("renew.lua", "redis.call('ZADD', ready, until_ms, shop)", "local _ = until_ms"),
    Mutant("renew.lua", "== worker .. '|' .. fence", "~= nil"),
    Mutant("release.lua", "== worker .. '|' .. fence", "~= nil"),
    Mutant("release.lua", "redis.call('HDEL', holders, shop)", ""),
    Mutant("release.lua", "if not due or tonumber(wake) < due then due = tonumber(wake) end", ""),
    Mutant("take.lua", "redis.call('ZADD', ready, until_ms, shop)", ""),
    Mutant(
        "take.lua",
        "math.max(tonumber(redis.call('GET', fence) or '0'), now * 1000)",
        "tonumber(redis.call('GET', fence) or '0')",
    ),
    Mutant("take.lua", "granted = math.max(0, math.min(free, part))", "granted = ceiling"),
    Mutant("open.lua", "redis.call('LPUSH', urgent, abandoned[i])", ""),
    Mutant("open.lua", "local is_first = stored < tonumber(ARGV[1])", "local is_first = true"),
    Mutant(
        "start.lua",
        "if count > 0 then redis.call('HSET', crashes, ARGV[2], -count) end",
        "redis.call('HSET', crashes, ARGV[2], 9)",
    ),
    Mutant(
        "waking.lua", "if not wake or tonumber(wake) > due then redis.call('HSET', wakes, shop, integer(due)) end", ""
    ),
    Mutant("clock.lua", "if server < latest then now = math.max(latest, server + offset) end", ""),
    Mutant("relay.lua", "if is_new then", "if true then"),
    Mutant("relay.lua", "is_old and old_id or ''", "seen_id"),
    Mutant("relay.lua", "if previous ~= '' and is_after(previous, last_id) then return {'GAP'} end", ""),
    Mutant("enqueue.lua", "unmerged = {}", "unmerged = nil"),
    Mutant("worker.engine.claims:Claims._unclear", "shop.waiting = max(1, shop.waiting)", "pass"),
    Mutant("worker.engine.claims:Claims._accept", "job.id not in here", "True"),
    Mutant("worker.engine.claims:Claims._accept", "state.reacquire(shop)", "pass"),
    Mutant("worker.engine.commit_loop:CommitLoop._commit", "if not shop.unacked_commit_size:", "if True:"),
    Mutant("worker.engine.commit_loop:CommitLoop._accept", "state.reacquire(shop)", "state.after_change(shop)"),
    Mutant("worker.engine.commit_loop:CommitLoop._retry", "if shop.finished:", "if not shop.finished:"),
    Mutant("worker.engine.held_shop:HeldShop.may_start", "and self.lease_ends > now", ""),
    Mutant("worker.engine.state:EngineState.drain", "shop.finished.append(Release(job.id))", "pass"),
    Mutant("worker.engine.state:EngineState.abandon", "shop.forget()", "pass"),
    Mutant("worker.engine.lease_loop:LeaseLoop._renew", "state.abandon(shop)", "pass"),
    Mutant("worker.engine.lease_loop:_release_delay", "return 0.0 if shop.waiting else shop.next_due", "return None"),
    Mutant("worker.engine.call_permits:JobPermits._before_send", "if not self._is_leased():", "if False:"),
    Mutant("worker.engine.outages:Outages.scope", 'return "job"', 'return "api"'),
    Mutant("worker.engine.circuit_breaker:CircuitBreaker.answered", "if not self.is_open:", "if True:"),
    Mutant(
        "worker.engine.circuit_breaker:CircuitBreaker.probe_failed",
        "self.next_probe = now + self.interval",
        "self.next_probe = now + 600",
    ),
    Mutant(
        "worker.engine.circuit_breaker:CircuitBreaker.open",
        "self.is_open, self.next_probe = True, now + self.interval",
        "self.is_open = True",
    ),
    Mutant(
        "worker.jobs.edit:_edit",
        "if not is_decided and (status := await _review(client, read.product, plan)):",
        'if status := "":',
        "pipeline",
    ),
    Mutant(
        "worker.jobs.earlier_edit:earlier_edit",
        "return last if await _has_moved(client, last, product, plan) else None",
        "return None",
        "pipeline",
    ),
    Mutant("worker.jobs.edit:_send", "if not read.is_fresh:", "if False:", "pipeline"),
    Mutant(
        "worker.jobs.edit:edit",
        "if not job.dry_run and (sent := services.edits.accepted(job)):",
        "if sent := None:",
        "pipeline",
    ),
    Mutant(
        "relisting.restore:_merge_fields",
        "if (made != old and made == current) or was_damaged:",
        "if True:",
        "pipeline",
    ),
    Mutant("worker.engine.rate_limiter:RateLimiter.reserve", "interval = 1 / self.rate", "interval = 0.1 / self.rate"),
)


def put_in(mutant: Mutant) -> None:
    """Changes the running process."""
    if mutant.place.endswith(".lua"):
        _put_into_scripts(mutant)
        return
    module, _, path = mutant.place.partition(":")
    target: Any = importlib.import_module(module)
    for part in path.split("."):
        target = getattr(target, part)
    source = textwrap.dedent(inspect.getsource(target))
    assert source.count(mutant.before) >= 1, f"{mutant.name} is not in the source"
    names = dict(target.__globals__)
    exec(compile(source.replace(mutant.before, mutant.after, 1), mutant.place, "exec"), names)
    target.__code__ = names[path.rpartition(".")[2]].__code__


def _put_into_scripts(mutant: Mutant) -> None:
    """Into every script that holds the text: clock.lua is part of many."""
    folder = importlib.resources.files("shop_queue") / "lua"
    names = [mutant.place.removesuffix(".lua")]
    if names == ["clock"]:
        names = [each.name.removesuffix(".lua") for each in folder.iterdir() if "uses: clock" in each.read_text()]
    for name in names:
        script = load_script("shop_queue", name)
        assert mutant.before in script.text, f"{mutant.name} is not in the script"
        text = script.text.replace(mutant.before, mutant.after, 1)
        object.__setattr__(script, "text", text)
        object.__setattr__(script, "digest", sha1(text.encode(), usedforsecurity=False).hexdigest())


def try_mutant(mutant: Mutant) -> tuple[Mutant, Found]:
    put_in(mutant)
    return mutant, run_seeds(mutant.kind, range(1, MOST_WORLDS + 1), most_failures=1)


def main(wanted: list[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not wanted or any(word in mutant.name for word in wanted)]
    survived = 0
    # Each mutant has a separate process, so that nothing of it is left for the next.
    with get_context("fork").Pool(os.cpu_count() or 1, maxtasksperchild=1) as pool:
        for mutant, found in pool.imap_unordered(try_mutant, chosen):
            if found.failed:
                ((seed, problems),) = found.failed.items()
                print(f"found in world {found.worlds}: {mutant.name}\n    seed {seed}: {problems[0]}", flush=True)
            else:
                survived += 1
                print(f"SURVIVED {found.worlds} worlds: {mutant.name}", flush=True)
    print(f"{len(chosen)} mutants, {survived} survived")
    return int(bool(survived))


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation.mutants", *sys.argv[1:]],
            os.environ | {"PYTHONHASHSEED": "0"},
        )
    sys.exit(main(sys.argv[1:]))
