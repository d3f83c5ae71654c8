-- Appends the entries of a shop's outbox to the outcome stream, once each and in order, however many workers relay and
-- however often.
-- KEYS: relist:outcomes, its hash of relayed ids. ARGV: stream length limit, shop, then entry id and record for each.
-- Returns the number of entries that were new.
local outcomes, relayed = KEYS[1], KEYS[2]
local maximum_length, shop = ARGV[1], ARGV[2]

local function parse(id)
    local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(ms), tonumber(sequence)
end

local last = redis.call('HGET', relayed, shop) or '0-0'
local last_ms, last_sequence = parse(last)
local added = 0
for i = 3, #ARGV, 2 do
    local ms, sequence = parse(ARGV[i])
    if ms > last_ms or (ms == last_ms and sequence > last_sequence) then
        redis.call('XADD', outcomes, 'MAXLEN', '~', maximum_length, '*', 'outcome', ARGV[i + 1])
        last, last_ms, last_sequence = ARGV[i], ms, sequence
        added = added + 1
    end
end
if added > 0 then redis.call('HSET', relayed, shop, last) end
return added
