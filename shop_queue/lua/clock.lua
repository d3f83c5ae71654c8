-- Shared by scripts with the line `-- uses: clock`; redis_client/scripts.py prepends this file to them.

-- Otherwise Lua prints a large number as 1.7e+12.
local function integer(number)
    return string.format('%.0f', number)
end

-- The server's time in ms, except that it never goes back: if the server's clock steps back, or a failover leads to a
-- server whose clock is behind, time continues from the latest moment seen, and an offset is kept until the server's
-- clock has caught up. The moment is kept in a hash on the slot of the script's keys.
-- Written at most ten times per second, so after a step back up to 100 ms may repeat.
local CLOCK_RESOLUTION_MS = 100

local function milliseconds(hash, read_only)
    local time = redis.call('TIME')
    local server = time[1] * 1000 + math.floor(time[2] / 1000)
    local stored = redis.call('HMGET', hash, 'clock', 'clock_offset')
    local latest, offset = tonumber(stored[1] or 0) or 0, tonumber(stored[2] or 0) or 0
    local now = server
    if server < latest then now = math.max(latest, server + offset) end
    if not read_only and (now - latest >= CLOCK_RESOLUTION_MS or now - server ~= offset) then
        redis.call('HSET', hash, 'clock', integer(now), 'clock_offset', integer(now - server))
    end
    return now
end
