-- Tells that shops have work. ARGV: shop and ms until it is due, for each.
-- A leased shop's holder is told through the wakes when it gives the lease back.
local ready, holders, wakes = KEYS[1], KEYS[2], KEYS[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local takeable = false
for i = 1, #ARGV, 2 do
    local shop, due = ARGV[i], now + tonumber(ARGV[i + 1])
    if redis.call('HEXISTS', holders, shop) == 1 then
        local wake = redis.call('HGET', wakes, shop)
        if not wake or tonumber(wake) > due then
            redis.call('HSET', wakes, shop, string.format('%.0f', due))
        end
    else
        local score = redis.call('ZSCORE', ready, shop)
        if not score or tonumber(score) > due then
            redis.call('ZADD', ready, string.format('%.0f', due), shop)
            takeable = takeable or due <= now
        end
    end
end
if takeable then redis.call('PUBLISH', 'relist:wake', '') end
return redis.status_reply('OK')
