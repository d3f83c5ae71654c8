-- Prolongs leases. ARGV: worker, lease ms, then shop and fence for each. Returns the shops that were lost.
local ready, holders, workers = KEYS[1], KEYS[2], KEYS[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local until_ms = string.format('%.0f', now + tonumber(ARGV[2]))
redis.call('ZADD', workers, string.format('%.0f', now), ARGV[1])
local lost = {}
for i = 3, #ARGV, 2 do
    if redis.call('HGET', holders, ARGV[i]) == ARGV[1] .. '|' .. ARGV[i + 1] then
        redis.call('ZADD', ready, until_ms, ARGV[i])
    else
        lost[#lost + 1] = ARGV[i]
    end
end
return lost
