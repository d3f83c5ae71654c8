-- uses: clock products
-- Reads the numbers of a lane; changes nothing.
-- Returns {server time ms, waiting, delayed, in flight, in audit, start of the oldest audit in ms or -1, blocked,
--          state or '', rates or '', reason or '', ms until the state ends or -1, limit or '', products on v1 when the
--          last search began or -1, those of them it has not found yet, counters (names and values), products by state
--          (names and numbers to add up, see products.lua)}.
local _, urgent, waiting, delayed, inflight, control, counters, _, _, blocked, _, audits, _, _, _, products,
    states = unpack(KEYS)
local now = milliseconds(control, true)
local settings = redis.call('HMGET', control, 'state', 'pace', 'reason', 'until', 'limit', 'sweep_total',
    'sweep_unseen')
local ends = tonumber(settings[4] or '0')
local in_flight = redis.call('ZRANGE', inflight, 0, -1)
local counts = redis.call('HGETALL', states)
for name, number in pairs(running_products(products, in_flight)) do
    local n = #counts
    counts[n + 1], counts[n + 2] = name, number
end
local oldest = redis.call('ZRANGE', audits, 0, 0, 'WITHSCORES')
return {
    now,
    redis.call('LLEN', urgent) + redis.call('LLEN', waiting),
    redis.call('ZCARD', delayed),
    #in_flight,
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
    redis.call('HGETALL', counters),
    counts,
}
