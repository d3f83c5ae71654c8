-- Reads a consistent snapshot of records. KEYS: groups, fleet, epoch. ARGV: keys of levels.
-- Returns epoch, server time in ms, the fleet's record, then the record of each level (false for a level without one).
local time = redis.call('TIME')
local reply = {
    redis.call('GET', KEYS[3]) or '0',
    string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)),
    redis.call('GET', KEYS[2]),
}
for i = 1, #ARGV do
    reply[#reply + 1] = redis.call('HGET', KEYS[1], ARGV[i])
end
return reply
