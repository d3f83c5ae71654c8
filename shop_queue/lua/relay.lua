-- Appends what a shop's outbox holds to the outcome stream, once each and in order, whoever relays and how often.
-- KEYS: relist:outcomes, its relayed hash. ARGV: stream length cap, shop, then entry id and record for each.
-- Returns how many were new.
local outcomes, relayed = KEYS[1], KEYS[2]

local function parts(id)
    local ms, number = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(ms), tonumber(number)
end

local last = redis.call('HGET', relayed, ARGV[2]) or '0-0'
local last_ms, last_number = parts(last)
local added = 0
for i = 3, #ARGV, 2 do
    local ms, number = parts(ARGV[i])
    if ms > last_ms or (ms == last_ms and number > last_number) then
        redis.call('XADD', outcomes, 'MAXLEN', '~', ARGV[1], '*', 'outcome', ARGV[i + 1])
        last, last_ms, last_number = ARGV[i], ms, number
        added = added + 1
    end
end
if added > 0 then redis.call('HSET', relayed, ARGV[2], last) end
return added
