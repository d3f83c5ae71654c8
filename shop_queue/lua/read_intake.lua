-- Reads entries of the intake stream for one consumer: abandoned ones first, then new ones, until there are enough
-- entries or bytes. Redis can only limit the number of entries, and a hundred of them may be a gigabyte.
-- KEYS: the stream. ARGV: group, consumer, ms after which another consumer's entry counts as abandoned, most entries,
-- most bytes, most bytes of one entry.
-- Returns {{id, {name, value, ...}, 1 if abandoned, bytes}...}; the fields of an oversized entry are replaced by the
-- first bytes of its first names and values. Only the last entry may exceed the limit of bytes in all.
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local abandoned_ms, most, room, largest = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local SAMPLE_FIELDS, SAMPLE_BYTES = 4, 256
local found = {}

local function sample(fields)
    local parts = {}
    for i = 1, math.min(#fields, 2 * SAMPLE_FIELDS) do parts[i] = string.sub(fields[i], 1, SAMPLE_BYTES) end
    return parts
end

local function take(entry, was_abandoned)
    local id, fields, bytes = entry[1], entry[2], 0
    for _, part in ipairs(fields) do bytes = bytes + #part end
    if bytes > largest then fields = sample(fields) end
    found[#found + 1] = {id, fields, was_abandoned, bytes}
    room = room - bytes
end

local cursor = '0-0'
repeat
    local reply = redis.call('XAUTOCLAIM', stream, group, consumer, abandoned_ms, cursor, 'COUNT', 1)
    cursor = reply[1]
    for _, entry in ipairs(reply[2]) do
        if entry and entry[2] then take(entry, 1) end
    end
until cursor == '0-0' or #found >= most or room <= 0
while #found < most and room > 0 do
    local reply = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 1, 'STREAMS', stream, '>')
    if not reply then break end
    take(reply[1][2][1], 0)
end
return found
