-- Begins a lease on a lane: stores its fencing number, puts a dead holder's in-flight jobs at the head of the lane,
-- ends a park whose time is over.
-- A death counts once against all that was held, and from then on only against what had been started (below zero, by
-- start.lua): a dying worker takes a buffer of innocent jobs with it.
-- Told again, by a holder whose answer was lost, it recovers nothing: what is in flight then is that holder's own.
-- ARGV: fence, moves when a park ends (from=to of shop_queue/states.py). Returns {'FENCED'}, or {'OK', recovered, server time ms, control fields and values...}.
local urgent, inflight, control, interrupted, merged = KEYS[2], KEYS[5], KEYS[6], KEYS[8], KEYS[9]
local stored = tonumber(redis.call('HGET', control, 'fence') or '0')
if stored > tonumber(ARGV[1]) then return {'FENCED'} end
local is_first = stored < tonumber(ARGV[1])
-- A key of a wrong type ends the script here, before an id is put back that stays in flight too.
redis.call('LLEN', urgent)
redis.call('HLEN', interrupted)
local left = is_first and redis.call('ZRANGE', inflight, 0, -1) or {}
if is_first then
    redis.call('HSET', control, 'fence', ARGV[1])
    redis.call('HDEL', control, 'committed')
end
for i = #left, 1, -1 do
    redis.call('LPUSH', urgent, left[i])
    local deaths = tonumber(redis.call('HGET', interrupted, left[i]) or 0) or 0
    if deaths <= 0 then redis.call('HSET', interrupted, left[i], 1 - deaths) end
end
-- The stored payloads have the hints that came meanwhile: one more run is enough for them.
if #left > 0 then redis.call('DEL', inflight, merged) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local state = redis.call('HMGET', control, 'state', 'until')
local from, to = string.match(ARGV[2], '(%w+)=(%w+)')
if state[1] == from and state[2] and tonumber(state[2]) > 0 and tonumber(state[2]) <= now then
    redis.call('HSET', control, 'state', to)
    redis.call('HDEL', control, 'reason', 'until')
end
return {'OK', #left, now, unpack(redis.call('HGETALL', control))}
