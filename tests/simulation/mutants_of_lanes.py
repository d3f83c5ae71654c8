"""More mistakes in the scripts of lanes and leases that exercises of the queue must find (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutant import Mutant

LANE_MUTANTS = (
    Mutant("claim.lua", "local MAX_POPPED = 2000", "local MAX_POPPED = 1"),
    Mutant("claim.lua", "integer(now * 1000 + i)", "integer(now * 1000)"),
    Mutant("claim.lua", "is_real(payloads[i], ARGV[3])", "true"),
    Mutant("claim.lua", "string.sub(id, 1, 6) == 'audit:' and 'A' or 'Q'", "'Q'"),
    Mutant("claim.lua", "'-inf', now, 'LIMIT'", "'-inf', '(' .. now, 'LIMIT'"),
    Mutant(
        "claim.lua",
        "local any_delayed = redis.call('ZCARD', delayed) > 0",
        "local any_delayed = redis.call('ZCARD', delayed) > 1",
    ),
    Mutant("claim.lua", "redis.call('HLEN', crashes) > 0", "redis.call('HLEN', crashes) > 1"),
    Mutant("claim.lua", "while #ids < wanted and popped < MAX_POPPED do", "if #ids < wanted then"),
    Mutant("commit.lua", "if number > 0 and not is_repeated then", "if not is_repeated then"),
    Mutant(
        "commit.lua",
        "local any_changed = redis.call('HLEN', changed) > 0",
        "local any_changed = redis.call('HLEN', changed) > 1",
    ),
    Mutant(
        "commit.lua",
        "local any_crashes = redis.call('HLEN', crashes) > 0",
        "local any_crashes = redis.call('HLEN', crashes) > 1",
    ),
    Mutant(
        "commit.lua",
        "local any_blocked = redis.call('HLEN', blocked) > 0",
        "local any_blocked = redis.call('HLEN', blocked) > 1",
    ),
    Mutant(
        "commit.lua",
        "local any_deferrals = redis.call('HLEN', deferrals) > 0",
        "local any_deferrals = redis.call('HLEN', deferrals) > 1",
    ),
    Mutant(
        "commit.lua",
        "redis.call('HSET', changed, id, how)\n    any_changed = true",
        "redis.call('HSET', changed, id, how)",
    ),
    Mutant(
        "commit.lua",
        "redis.call('HSET', blocked, product, blocked_record)\n            any_blocked = true",
        "redis.call('HSET', blocked, product, blocked_record)",
    ),
    Mutant(
        "commit.lua",
        "redis.call('ZADD', delayed, integer(now + delay), id)\n        any_delayed = true",
        "redis.call('ZADD', delayed, integer(now + delay), id)",
    ),
    Mutant("commit.lua", "if has(flags, 't') then mark_draft(id, true) end", ""),
    Mutant("commit.lua", "mark_draft(id, has(flags, 't'))", ""),
    Mutant("commit.lua", "if blocked_record and not has(flags, 'd') then appear", "if blocked_record then appear"),
    Mutant(
        "commit.lua",
        "if not has(flags, 'd') then enter(id, is_audit and 'A' or 'Q') end",
        "enter(id, is_audit and 'A' or 'Q')",
    ),
    Mutant("commit.lua", "enter(id, is_audit and 'A' or 'Q')", "enter(id, 'Q')"),
    Mutant("commit.lua", "enter(id, 'A')", ""),
    Mutant(
        "commit.lua",
        "if has(flags, 't') then mark_draft(id, true) end\n        count('enqueued')",
        "if has(flags, 't') then mark_draft(id, true) end",
    ),
    Mutant(
        "commit.lua",
        "place_job(id, place, delay)\n        count('enqueued')\n    elseif",
        "place_job(id, place, delay)\n    elseif",
    ),
    Mutant("commit.lua", "elseif is_in_flight(id) then\n        mark_changed(id, HINTS)", "elseif false then"),
    Mutant("commit.lua", "'W' or string.sub(id, 1, 6) == 'audit:' and 'A' or 'Q'", "'W' or 'Q'"),
    Mutant(
        "commit.lua",
        "if change then\n            redis.call('RPUSH', waiting, id)",
        "if change then\n            redis.call('LPUSH', waiting, id)",
    ),
    Mutant(
        "commit.lua",
        "elseif delay == -2 then\n            redis.call('RPUSH', urgent, id)",
        "elseif delay == -2 then\n            redis.call('RPUSH', waiting, id)",
    ),
    Mutant(
        "commit.lua",
        "else\n            redis.call('LPUSH', waiting, id)",
        "else\n            redis.call('LPUSH', urgent, id)",
    ),
    Mutant("commit.lua", "publish(record)\n        go_on", "go_on"),
    Mutant("commit.lua", "if outcome ~= '' then\n            count(outcome)", "if outcome ~= '' then"),
    Mutant("commit.lua", "redis.call('LPUSH', urgent, id)\n    go_back(id)", "redis.call('LPUSH', urgent, id)"),
    Mutant(
        "commit.lua", "place_job(id, 'd', tonumber(delay))\n        go_back(id)", "place_job(id, 'd', tonumber(delay))"
    ),
    Mutant("commit.lua", "if is_mine then redis.call('HDEL', deferrals, id) end", ""),
    Mutant(
        "commit.lua", "redis.call('RPUSH', waiting, id)\n        go_on(id, 'Q')", "redis.call('RPUSH', waiting, id)"
    ),
    Mutant("commit.lua", "if is_mine and any_crashes and name ~= 'release' then", "if is_mine and any_crashes then"),
    Mutant("commit.lua", "and redis.call('HEXISTS', products, id) == 1\nend", "\nend"),
    Mutant("commit.lua", "(is_blocked or any_blocked) and not is_audit and was", "is_blocked and not is_audit and was"),
    Mutant("commit.lua", "if is_relayed == '1' and number > 0 then", "if is_relayed == '1' then"),
    Mutant(
        "commit.lua",
        "elseif is_audit then\n        replace_audit",
        "elseif is_audit and not is_in_flight(id) then\n        replace_audit",
    ),
    Mutant(
        "commit.lua",
        "local decoded, about = pcall(cjson.decode, record)\n    return decoded and type(about) == 'table' and about.kind ~= 'audit'",
        "return true",
    ),
    Mutant("commit.lua", "completed[id] = nil\n        place_job(id, place, delay)", "completed[id] = nil"),
    Mutant(
        "renew.lua",
        "redis.call('ZADD', workers, integer(now), worker)",
        "redis.call('ZADD', workers, until_ms, worker)",
    ),
    Mutant("release.lua", "any_due = any_due or due <= now", "any_due = any_due or due < now"),
    Mutant(
        "release.lua",
        "redis.call('HDEL', wakes, shop)\n            if not due or tonumber(wake) < due then due",
        "redis.call('HDEL', wakes, shop)\n            if not due then due",
    ),
    Mutant("start.lua", "for i = 2, #ARGV do", "for i = 3, #ARGV do"),
    Mutant("take.lua", "share - held))", "share))"),
    Mutant("take.lua", "if wanted > 0 and due > 0 then", "if wanted > 0 and due > 1 then"),
    Mutant("take.lua", "free = free - tonumber(rates[i + 1])", "free = free"),
    Mutant("take.lua", "math.min(free, part))", "part)"),
    Mutant("take.lua", "redis.call('HSET', app_rates, worker, granted)", ""),
    Mutant("take.lua", "if due > 0 then\n    reply[4] = 0", "if due > 0 then\n    reply[4] = -1"),
    Mutant("take.lua", "held = due - #shops / 2, held + #shops / 2", "held = due - #shops / 2, held"),
    Mutant(
        "products.lua",
        "if value == '' or how == 'appear' then return value end",
        "if value == '' then return value end",
    ),
    Mutant("products.lua", "if not has_job(value, slot) then return value end", ""),
    Mutant("products.lua", "how == 'repeat' and (slot == AUDIT and 'A' or 'Q')", "how == 'repeat' and 'Q'"),
    Mutant("products.lua", "latest[id] = nil\n", "\n"),
    Mutant("products.lua", "if slot ~= AUDIT then change(id, 'Q', 'go_on') end", "change(id, 'Q', 'go_on')"),
    Mutant(
        "product_values.lua",
        "if string.find(value, 'W', 1, true) then return 'waiting' end\n    if string.find(value, 'Q', 1, true) then return 'queued' end",
        "if string.find(value, 'Q', 1, true) then return 'queued' end\n    if string.find(value, 'W', 1, true) then return 'waiting' end",
    ),
    Mutant("product_values.lua", "and not FOR_PEOPLE[to] and products or 0", "and products or 0"),
)
