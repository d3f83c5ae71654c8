-- Shared by scripts that begin with `-- uses: clock`; redis_client/scripts.py puts this file in front of them.
local function milliseconds()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Lua would print a large number as 1.7e+12.
local function integer(number)
    return string.format('%.0f', number)
end
