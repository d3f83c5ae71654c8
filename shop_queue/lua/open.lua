#!lua flags=allow-oom
-- uses: clock product_values products
-- Begins a lease on a lane: stores its fence, moves in-flight jobs of a dead consumer to the head of the lane, and ends
-- a park whose time is over.
-- The first crash counts against every job in flight; later ones count only against jobs that had been started
-- (negative counts, start.lua), because most of a dead worker's buffer did not cause the crash.
-- When the same lease opens the lane again, its first reply was lost: nothing is recovered, because the jobs in flight
-- are its own. ARGV: fence, transitions when a park ends (from=to, shop_queue/states.py). Returns {'FENCED'}, or {'OK',
-- jobs recovered, server time ms, names and values of the control hash...}.
local _, urgent, _, _, inflight, control, _, crashes, changed, _, _, _, _, _, _, products, states =
    unpack(KEYS)
local stored = tonumber(redis.call('HGET', control, 'fence') or '0')
if stored > tonumber(ARGV[1]) then return {'FENCED'} end
local is_first = stored < tonumber(ARGV[1])
-- Check every key's type first: a job returned to the head must not stay in flight.
redis.call('LLEN', urgent)
for _, hash in ipairs({crashes, products, states}) do redis.call('HLEN', hash) end
local abandoned = is_first and redis.call('ZRANGE', inflight, 0, -1) or {}
if is_first then
    redis.call('HSET', control, 'fence', ARGV[1])
    redis.call('HDEL', control, 'committed')
end
for i = #abandoned, 1, -1 do
    redis.call('LPUSH', urgent, abandoned[i])
    go_back(abandoned[i])
    local count = tonumber(redis.call('HGET', crashes, abandoned[i]) or 0) or 0
    if count <= 0 then redis.call('HSET', crashes, abandoned[i], 1 - count) end
end
store_changes(products, states)
-- The stored payloads already have the hints received since the claim, so one more run is enough.
if #abandoned > 0 then redis.call('DEL', inflight, changed) end
local now = milliseconds(control)
local state = redis.call('HMGET', control, 'state', 'until')
local from, to = string.match(ARGV[2], '(%w+)=(%w+)')
if state[1] == from and state[2] and tonumber(state[2]) > 0 and tonumber(state[2]) <= now then
    redis.call('HSET', control, 'state', to)
    redis.call('HDEL', control, 'reason', 'until')
end
return {'OK', #abandoned, now, unpack(redis.call('HGETALL', control))}
