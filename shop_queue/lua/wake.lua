#!lua flags=allow-oom
-- uses: clock
-- Announces that shops have work. ARGV: shop and ms until the work is due, for each.
-- For a leased shop the time is kept among the pending wakes, until its lease is given back.
local ready, holders, _, _, wakes, _, clock = unpack(KEYS)
local now, any_due = milliseconds(clock), false
for i = 1, #ARGV, 2 do
    local shop, due = ARGV[i], now + tonumber(ARGV[i + 1])
    if redis.call('HEXISTS', holders, shop) == 1 then
        local wake = redis.call('HGET', wakes, shop)
        if not wake or tonumber(wake) > due then redis.call('HSET', wakes, shop, integer(due)) end
    else
        local score = redis.call('ZSCORE', ready, shop)
        if not score or tonumber(score) > due then
            redis.call('ZADD', ready, integer(due), shop)
            any_due = any_due or due <= now
        end
    end
end
if any_due then redis.call('PUBLISH', 'relist:wake', '') end
return redis.status_reply('OK')
