#!lua flags=allow-oom
-- uses: clock
-- Leases shops that are due, longest waiting first, up to this worker's fair share of all active shops.
-- ARGV: worker, lease ms, most shops to take, shops it holds, ms of silence after which a worker counts as dead,
--       ceiling for all shops in thousandths of a request per second (0 = none).
-- A fence is at least the time in microseconds, so a failover that lost the last fences never issues one twice.
-- Returns {server time ms, fair share, due shops without a worker, ms until the next shop or -1, granted part of the
--          ceiling, then shop, fence and the ms it waited for each}.
local ready, holders, fence, workers, _, app_rates, clock = unpack(KEYS)
local worker, lease, most, held, silence, ceiling = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]),
    tonumber(ARGV[5]), tonumber(ARGV[6])
local now = milliseconds(clock)
redis.call('ZADD', workers, integer(now), worker)
redis.call('ZREMRANGEBYSCORE', workers, '-inf', '(' .. integer(now - silence))

-- Lease.
local due = redis.call('ZCOUNT', ready, '-inf', now)
local share = math.ceil((due + redis.call('HLEN', holders)) / redis.call('ZCARD', workers))
local wanted = math.max(0, math.min(most, share - held))
local reply = {now, share, 0, -1, 0}
if wanted > 0 and due > 0 then
    local shops = redis.call('ZRANGEBYSCORE', ready, '-inf', now, 'WITHSCORES', 'LIMIT', 0, wanted)
    local until_ms = integer(now + lease)
    local last = math.max(tonumber(redis.call('GET', fence) or '0'), now * 1000)
    for i = 1, #shops, 2 do
        local shop, since = shops[i], tonumber(shops[i + 1])
        last = last + 1
        redis.call('ZADD', ready, until_ms, shop)
        redis.call('HSET', holders, shop, worker .. '|' .. integer(last))
        reply[#reply + 1] = shop
        reply[#reply + 1] = integer(last)
        reply[#reply + 1] = now - since
    end
    redis.call('SET', fence, integer(last))
    due, held = due - #shops / 2, held + #shops / 2
end

-- Grant a share of the ceiling: in proportion to the shops held, as far as the other workers leave room. They return
-- their surplus at their next call.
local granted = 0
if ceiling > 0 then
    local free = ceiling
    local rates = redis.call('HGETALL', app_rates)
    for i = 1, #rates, 2 do
        if not redis.call('ZSCORE', workers, rates[i]) then
            redis.call('HDEL', app_rates, rates[i])
        elseif rates[i] ~= worker then
            free = free - tonumber(rates[i + 1])
        end
    end
    local part = math.floor(ceiling * held / math.max(redis.call('HLEN', holders), 1))
    granted = math.max(0, math.min(free, part))
    redis.call('HSET', app_rates, worker, granted)
end

reply[3], reply[5] = due, granted
if due > 0 then
    reply[4] = 0
else
    local first = redis.call('ZRANGEBYSCORE', ready, '(' .. integer(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if first[2] then reply[4] = tonumber(first[2]) - now end
end
return reply
