-- What a lane holds, in numbers; changes nothing.
-- Returns {server time ms, waiting, delayed, in flight, in audit, since when the oldest audit or -1, blocked,
--          state or '', pace or '', reason or '', ms until the state ends or -1, limit or '', sweep total or -1,
--          products treated before the sweep, counter names and values...}.
local urgent, waiting, delayed, inflight, control, counters, blocked, audits =
    KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[10], KEYS[12]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local settings = redis.call('HMGET', control, 'state', 'pace', 'reason', 'until', 'limit', 'sweep_total',
    'sweep_treated')
local ends = tonumber(settings[4] or '0')
local oldest = redis.call('ZRANGE', audits, 0, 0, 'WITHSCORES')
return {
    now,
    redis.call('LLEN', urgent) + redis.call('LLEN', waiting),
    redis.call('ZCARD', delayed),
    redis.call('ZCARD', inflight),
    redis.call('ZCARD', audits),
    oldest[2] and tonumber(oldest[2]) or -1,
    redis.call('HLEN', blocked),
    settings[1] or '',
    settings[2] or '',
    settings[3] or '',
    ends > 0 and math.max(0, ends - now) or -1,
    settings[5] or '',
    tonumber(settings[6] or '-1'),
    tonumber(settings[7] or '0'),
    unpack(redis.call('HGETALL', counters)),
}
