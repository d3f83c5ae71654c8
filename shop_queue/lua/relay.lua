#!lua flags=allow-oom
-- Appends the entries of a shop's outbox to the outcome stream, once each and in order, however many workers relay and
-- however often.
-- An entry's position (fence, commit number, number in the commit) decides whether it is new; entries of older releases
-- have none and are compared by their ids.
-- KEYS: relist:outcomes, its hash of relayed positions. ARGV: stream length limit, shop, ms for which a relayed entry
-- stays in the outbox, id of the outbox entry before the first one given or '' if the outbox begins with it, then entry
-- id, position or '' and record for each.
-- Returns {'GAP'} if this server has lost relayed entries that come before the given ones, or {'OK', number of entries
-- that were new, id up to which the outbox may be trimmed or ''}.
local outcomes, relayed = KEYS[1], KEYS[2]
local maximum_length, shop, kept_ms, previous = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local position_field, checkpoint_field = shop .. '|position', shop .. '|checkpoint'

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

local stored = redis.call('HMGET', relayed, shop, position_field, checkpoint_field)
local last_id, last_position, checkpoint = stored[1] or '0-0', stored[2] or nil, stored[3] or ''
if previous ~= '' and is_after(previous, last_id) then return {'GAP'} end

-- Relay.
local added, seen_id = 0, last_id
for i = 5, #ARGV, 3 do
    local id, position, record = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    local is_new
    if position ~= '' and last_position then
        is_new = is_after(position, last_position)
    else
        is_new = is_after(id, seen_id)
    end
    if is_new then
        redis.call('XADD', outcomes, 'MAXLEN', '~', maximum_length, '*', 'outcome', record)
        if position ~= '' then last_position = position end
        added = added + 1
    end
    if is_new or is_after(id, seen_id) then seen_id = id end
end
if seen_id ~= last_id then redis.call('HSET', relayed, shop, seen_id) end
if added > 0 and last_position then redis.call('HSET', relayed, position_field, last_position) end

-- A failover may lose the last outcomes, which must then still be in the outbox. A checkpoint is an ID and the time at
-- which it was relayed. If an old checkpoint still exists, so do the outcomes before it, and no failover will lose
-- them.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local old_id, since = string.match(checkpoint, '^(%S+) (%d+)$')
since = tonumber(since)
local is_old = since and now - since >= kept_ms
if is_old or not since or since > now then
    redis.call('HSET', relayed, checkpoint_field, string.format('%s %.0f', seen_id, now))
end
return {'OK', added, is_old and old_id or ''}
