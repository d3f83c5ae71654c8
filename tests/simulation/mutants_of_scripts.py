"""Mistakes in scripts and in the circuit breaker that worlds of the queue must find (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutant import Mutant

SCRIPT_MUTANTS = (
    Mutant("claim.lua", "add_from(urgent)\n    add_from(waiting)", "add_from(waiting)\n    add_from(urgent)"),
    Mutant("claim.lua", "if may_be_stale and left == 0 then redis.call('DEL', overtaking) end", ""),
    Mutant("claim.lua", "if may_be_stale then redis.call('SREM', overtaking, unpack(ids)) end", ""),
    Mutant(
        "claim.lua",
        "if not payload or in_flight_since or due or seen[id] then return true end",
        "if not payload or in_flight_since or seen[id] then return true end",
    ),
    Mutant(
        "claim.lua",
        "if not payload or in_flight_since or due or seen[id] then return true end",
        "if not payload or due or seen[id] then return true end",
    ),
    Mutant("claim.lua", "seen[id] = true\n    return false", "return false"),
    Mutant("claim.lua", "'LIMIT', 0, wanted)", "'LIMIT', 0, wanted + 1)"),
    Mutant("claim.lua", "note_unknown(payloads)\n    if", "if"),
    Mutant(
        "claim.lua",
        "if any_delayed then add_delayed() end\n    add_from(urgent)",
        "add_from(urgent)\n    if any_delayed then add_delayed() end",
    ),
    Mutant(
        "claim.lua",
        "local may_be_stale = redis.call('SCARD', overtaking) > 0",
        "local may_be_stale = redis.call('SCARD', overtaking) > 1",
    ),
    Mutant("claim.lua", "math.max(0, tonumber(first[2]) - now)", "math.max(-1, tonumber(first[2]) - now)"),
    Mutant("commit.lua", "if completed[id] then\n        completed[id] = nil", "if completed[id] then"),
    Mutant(
        "commit.lua",
        "if blocked_record or redis.call('HEXISTS', jobs, related) == 1 then return end",
        "if blocked_record then return end",
    ),
    Mutant(
        "commit.lua",
        "if blocked_record or redis.call('HEXISTS', jobs, related) == 1 then return end",
        "if redis.call('HEXISTS', jobs, related) == 1 then return end",
    ),
    Mutant(
        "commit.lua",
        "elseif has(flags, 'k') then\n        return",
        "elseif has(flags, 'k') then\n        redis.call('HSET', jobs, id, payload)\n        return",
    ),
    Mutant(
        "commit.lua",
        "if is_mine and any_deferrals and name ~= 'defer' and name ~= 'release' then redis.call('HDEL', deferrals, id) end",
        "",
    ),
    Mutant("commit.lua", "<= tonumber(most) then", "< tonumber(most) then"),
    Mutant("commit.lua", "go_on(id, waits == '1' and not change and 'W'", "go_on(id, waits == '1' and 'W'"),
    Mutant(
        "commit.lua",
        "redis.call('LPUSH', urgent, id)\n    go_back(id)",
        "redis.call('RPUSH', urgent, id)\n    go_back(id)",
    ),
    Mutant(
        "commit.lua",
        "if is_in_flight(id) then\n        mark_changed(id, EDIT)",
        "if is_in_flight(id) then\n        mark_changed(id, HINTS)",
    ),
    Mutant(
        "commit.lua",
        "elseif redis.call('ZREM', delayed, id) == 1 then\n        place_job(id, place, delay)",
        "elseif redis.call('ZREM', delayed, id) == 1 then\n        place_job(id, 'w', delay)",
    ),
    Mutant("commit.lua", "if any_blocked then redis.call('HDEL', blocked, id) end\n", ""),
    Mutant("commit.lua", "repeat_after(id, outcome)", "finish(id, outcome)"),
    Mutant("commit.lua", "math.max(0, tonumber(first[2]) - now) or -1", "math.max(1, tonumber(first[2]) - now) or -1"),
    Mutant("commit.lua", "local is_repeated = number > 0 and number", "local is_repeated = number > 1 and number"),
    Mutant("commit.lua", "count(outcome)\n        publish(record)", "publish(record)"),
    Mutant("renew.lua", "redis.call('ZADD', workers, integer(now), worker)", ""),
    Mutant("renew.lua", "for i = 3, #ARGV, 2 do", "for i = 5, #ARGV, 2 do"),
    Mutant("renew.lua", "redis.call('ZADD', ready, until_ms, shop)", "redis.call('ZADD', ready, 'NX', until_ms, shop)"),
    Mutant("release.lua", "if not due or tonumber(wake) < due then", "if not due or tonumber(wake) > due then"),
    Mutant("release.lua", "released = released + 1", ""),
    Mutant(
        "release.lua", "redis.call('ZADD', ready, integer(due), shop)", "redis.call('ZADD', ready, integer(now), shop)"
    ),
    Mutant("release.lua", "any_due = any_due or due <= now", "any_due = due <= now"),
    Mutant("start.lua", "if count > 0 then", "if count > 1 then"),
    Mutant("start.lua", "-count) end", "count) end"),
    Mutant(
        "take.lua", "math.ceil((due + redis.call('HLEN', holders))", "math.floor((due + redis.call('HLEN', holders))"
    ),
    Mutant("take.lua", "math.ceil((due + redis.call('HLEN', holders))", "math.ceil((due)"),
    Mutant("take.lua", "redis.call('ZADD', workers, integer(now), worker)\nredis.call('ZREM", "redis.call('ZREM"),
    Mutant("take.lua", "for i = 1, #shops, 2 do", "for i = 1, #shops, 4 do"),
    Mutant("take.lua", "'WITHSCORES', 'LIMIT', 0, wanted)", "'WITHSCORES', 'LIMIT', 1, wanted)"),
    Mutant("take.lua", "'(' .. integer(now - silence)", "integer(now - silence)"),
    Mutant("take.lua", "math.max(redis.call('HLEN', holders), 1)", "redis.call('ZCARD', workers)"),
    Mutant("take.lua", "reply[#reply + 1] = now - since", "reply[#reply + 1] = 0"),
    Mutant("open.lua", "if stored > tonumber(ARGV[1]) then", "if stored >= tonumber(ARGV[1]) then"),
    Mutant("open.lua", "go_back(abandoned[i])", ""),
    Mutant(
        "worker.engine.circuit_breaker:CircuitBreaker.answered", "self._shops.pop(shop_id, None)\n    if not", "if not"
    ),
    Mutant(
        "worker.engine.circuit_breaker:CircuitBreaker.answered", "self._shops.pop(shop_id, None)", "self._shops.clear()"
    ),
    Mutant("worker.engine.circuit_breaker:CircuitBreaker.answered", "return True", "return False"),
    Mutant("worker.engine.circuit_breaker:CircuitBreaker.open", "if self.is_open:\n        return False", "pass"),
    Mutant("worker.engine.circuit_breaker:CircuitBreaker.open", "now + self.interval", "now"),
    Mutant("worker.engine.circuit_breaker:CircuitBreaker.open", "now + self.interval", "now + 2 * self.interval"),
    Mutant("worker.engine.circuit_breaker:CircuitBreaker.probe_failed", "self.interval * 2)", "self.interval)"),
    Mutant(
        "worker.engine.circuit_breaker:CircuitBreaker.probe_failed",
        "min(MAX_BACKOFF, self.interval * 2)",
        "self.interval * 2",
    ),
    Mutant(
        "worker.engine.circuit_breaker:CircuitBreaker.probe_failed",
        "min(MAX_BACKOFF, self.interval * 2)",
        "max(MAX_BACKOFF, self.interval * 2)",
    ),
    Mutant("worker.engine.circuit_breaker:CircuitBreaker.shop_failed", "elif now >= backoff.ends:", "else:"),
    Mutant(
        "worker.engine.circuit_breaker:CircuitBreaker.shop_failed",
        "elif now >= backoff.ends:",
        "elif now > backoff.ends:",
    ),
    Mutant(
        "worker.engine.circuit_breaker:CircuitBreaker.shop_failed",
        "return backoff.ends - now",
        "return backoff.seconds",
    ),
    Mutant(
        "worker.engine.circuit_breaker:CircuitBreaker.shop_failed",
        "min(MAX_BACKOFF, backoff.seconds * 2)",
        "backoff.seconds * 2",
    ),
    Mutant("worker.engine.circuit_breaker:CircuitBreaker.shop_failed", "backoff.ends = now + backoff.seconds", "pass"),
    Mutant(
        "worker.engine.circuit_breaker:CircuitBreaker.next_start",
        "math.inf if self.is_open else -math.inf",
        "self.next_probe if self.is_open else -math.inf",
    ),
    Mutant("commit.lua", "about.kind ~= 'audit'", "true"),
    Mutant(
        "commit.lua",
        "local keeps_question = is_mine and is_audit and is_asked_since(audited)",
        "local keeps_question = false",
    ),
    Mutant("commit.lua", "local product_end = keeps_question and '' or outcome", "local product_end = outcome"),
    Mutant("commit.lua", "if keeps_question then\n", "if false then\n"),
    Mutant("commit.lua", "is_audit and is_asked_since(audited)", "is_asked_since(is_audit and audited or id)"),
)
