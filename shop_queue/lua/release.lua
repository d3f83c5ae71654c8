#!lua flags=allow-oom
-- uses: clock
-- Releases leases. ARGV: worker, then shop, fence and ms until its next work (-1 = none) for each.
-- Work announced during the lease (the pending wakes) is kept. Returns the number of leases released.
local ready, holders, _, _, wakes, _, clock = unpack(KEYS)
local worker, now = ARGV[1], milliseconds(clock)
local released, any_due = 0, false
for i = 2, #ARGV, 3 do
    local shop, fence, delay = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
    if redis.call('HGET', holders, shop) == worker .. '|' .. fence then
        redis.call('HDEL', holders, shop)
        local due = delay >= 0 and now + delay or nil
        local wake = redis.call('HGET', wakes, shop)
        if wake then
            redis.call('HDEL', wakes, shop)
            if not due or tonumber(wake) < due then due = tonumber(wake) end
        end
        if due then
            redis.call('ZADD', ready, integer(due), shop)
            any_due = any_due or due <= now
        else
            redis.call('ZREM', ready, shop)
        end
        released = released + 1
    end
end
if any_due then redis.call('PUBLISH', 'relist:wake', '') end
return released
