#!lua flags=allow-oom
-- uses: clock
-- Extends leases. ARGV: worker, lease ms, then shop and fence for each. Returns the shops whose lease was lost.
local ready, holders, _, workers, _, _, clock = unpack(KEYS)
local worker, now = ARGV[1], milliseconds(clock)
local until_ms = integer(now + tonumber(ARGV[2]))
redis.call('ZADD', workers, integer(now), worker)
local lost = {}
for i = 3, #ARGV, 2 do
    local shop, fence = ARGV[i], ARGV[i + 1]
    if redis.call('HGET', holders, shop) == worker .. '|' .. fence then
        redis.call('ZADD', ready, until_ms, shop)
    else
        lost[#lost + 1] = shop
    end
end
return lost
