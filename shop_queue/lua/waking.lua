-- Shared by scripts with `waking` in their line `-- uses:`; redis_client/scripts.py prepends this file to them.

-- Announces that a shop has work, due at this time. For a leased shop the time is kept among the pending wakes, until
-- its lease is released. Returns whether the shop then waits for a worker.
local function announce(ready, holders, wakes, shop, due)
    if redis.call('HEXISTS', holders, shop) == 1 then
        local wake = redis.call('HGET', wakes, shop)
        if not wake or tonumber(wake) > due then redis.call('HSET', wakes, shop, integer(due)) end
        return false
    end
    local score = redis.call('ZSCORE', ready, shop)
    if score and tonumber(score) <= due then return false end
    redis.call('ZADD', ready, integer(due), shop)
    return true
end
