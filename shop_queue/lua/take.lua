-- Leases shops whose time has come, longest waiting first, up to this worker's fair share of all active shops.
-- ARGV: worker, lease ms, most to take, how many it holds, ms after which a silent worker is dead,
--       ceiling over all shops in thousandths of a request a second (0 = none).
-- A fence is at least the time in microseconds, so that a failover which lost the last ones never gives one twice.
-- Returns {server time ms, fair share, shops still waiting, ms until the next one or -1, shops leased in all,
--          the part of the ceiling granted, then shop, fence and the ms it waited for each}.
local ready, holders, fence, workers, app_rates = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease, most, held = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZADD', workers, string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', workers, '-inf', '(' .. string.format('%.0f', now - tonumber(ARGV[5])))
local due = redis.call('ZCOUNT', ready, '-inf', now)
local leased = redis.call('HLEN', holders)
local share = math.ceil((due + leased) / redis.call('ZCARD', workers))
local take = math.max(0, math.min(most, share - held))
local reply = {now, share, 0, -1, 0, 0}
if take > 0 and due > 0 then
    local shops = redis.call('ZRANGEBYSCORE', ready, '-inf', now, 'WITHSCORES', 'LIMIT', 0, take)
    local until_ms = string.format('%.0f', now + lease)
    local last = math.max(tonumber(redis.call('GET', fence) or '0'), time[1] * 1000000 + time[2])
    for i = 1, #shops, 2 do
        last = last + 1
        local number = string.format('%.0f', last)
        redis.call('ZADD', ready, until_ms, shops[i])
        redis.call('HSET', holders, shops[i], ARGV[1] .. '|' .. number)
        reply[#reply + 1] = shops[i]
        reply[#reply + 1] = number
        reply[#reply + 1] = now - tonumber(shops[i + 1])
    end
    redis.call('SET', fence, string.format('%.0f', last))
    due, held = due - #shops / 2, held + #shops / 2
end
reply[3] = due
local first = redis.call('ZRANGEBYSCORE', ready, '(' .. string.format('%.0f', now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
reply[5] = redis.call('HLEN', holders)
local ceiling = tonumber(ARGV[6])
if ceiling > 0 then
    -- In proportion to the shops held, as far as the others have left it over: they give back at their next look.
    local free = ceiling
    local rates = redis.call('HGETALL', app_rates)
    for i = 1, #rates, 2 do
        if not redis.call('ZSCORE', workers, rates[i]) then
            redis.call('HDEL', app_rates, rates[i])
        elseif rates[i] ~= ARGV[1] then
            free = free - tonumber(rates[i + 1])
        end
    end
    reply[6] = math.max(0, math.min(free, math.floor(ceiling * held / math.max(reply[5], 1))))
    redis.call('HSET', app_rates, ARGV[1], reply[6])
end
if due > 0 then reply[4] = 0 elseif first[2] then reply[4] = tonumber(first[2]) - now end
return reply
