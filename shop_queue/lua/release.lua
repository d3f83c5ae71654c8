-- Gives leases back. ARGV: worker, then shop, fence, ms until its next work (-1 = none) for each.
-- Work that came meanwhile (the wakes) is not forgotten. Returns how many were given back.
local ready, holders, wakes = KEYS[1], KEYS[2], KEYS[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local released, takeable = 0, false
for i = 2, #ARGV, 3 do
    local shop = ARGV[i]
    if redis.call('HGET', holders, shop) == ARGV[1] .. '|' .. ARGV[i + 1] then
        redis.call('HDEL', holders, shop)
        local delay = tonumber(ARGV[i + 2])
        local due = delay >= 0 and now + delay or nil
        local wake = redis.call('HGET', wakes, shop)
        if wake then
            redis.call('HDEL', wakes, shop)
            if not due or tonumber(wake) < due then due = tonumber(wake) end
        end
        if due then
            redis.call('ZADD', ready, string.format('%.0f', due), shop)
            takeable = takeable or due <= now
        else
            redis.call('ZREM', ready, shop)
        end
        released = released + 1
    end
end
if takeable then redis.call('PUBLISH', 'relist:wake', '') end
return released
