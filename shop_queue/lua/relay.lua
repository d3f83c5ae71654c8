#!lua flags=allow-oom
-- Appends the entries of a shop's outbox to the outcome stream, once each and in order, however many workers relay and
-- however often.
-- An entry's position (fence, commit number, number in the commit) decides whether it is new; entries of older releases
-- have none and are compared by their ids.
-- KEYS: relist:outcomes, its hash of relayed positions. ARGV: stream length limit, shop, then entry id, position or ''
-- and record for each.
-- Returns the number of entries that were new.
local outcomes, relayed = KEYS[1], KEYS[2]
local maximum_length, shop = ARGV[1], ARGV[2]
local position_field = shop .. '|position'

local function parse(text)
    local numbers = {}
    for number in string.gmatch(text, '%d+') do numbers[#numbers + 1] = tonumber(number) end
    return numbers
end

local function is_after(text, other)
    local left, right = parse(text), parse(other)
    for i = 1, #left do
        if left[i] ~= right[i] then return left[i] > right[i] end
    end
    return false
end

local last_id, last_position = unpack(redis.call('HMGET', relayed, shop, position_field))
last_id, last_position = last_id or '0-0', last_position or nil
local added = 0
for i = 3, #ARGV, 3 do
    local id, position, record = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    local is_new
    if position ~= '' and last_position then
        is_new = is_after(position, last_position)
    else
        is_new = is_after(id, last_id)
    end
    if is_new then
        redis.call('XADD', outcomes, 'MAXLEN', '~', maximum_length, '*', 'outcome', record)
        last_id = id
        if position ~= '' then last_position = position end
        added = added + 1
    end
end
if added > 0 then
    redis.call('HSET', relayed, shop, last_id)
    if last_position then redis.call('HSET', relayed, position_field, last_position) end
end
return added
