-- Writes records unless one of them has changed since it was read, or something was stopped or released since. KEYS:
-- groups, fleet, epoch. ARGV: epoch that was read, most levels to keep, version and new record of the fleet (both empty
-- when it has not changed), then key, version that was read (0 = none) and new record of each changed level. An empty
-- record deletes the level. Returns {1, epoch}; {0, epoch} when something had changed, and nothing is written; {-1,
-- epoch} when there are too many.
local groups, fleet, epoch = KEYS[1], KEYS[2], KEYS[3]
local now = redis.call('GET', epoch) or '0'

local function version_of(record)
    return record and string.match(record, '^%d+') or '0'
end

if now ~= ARGV[1] then return { 0, now } end
if ARGV[3] ~= '' and version_of(redis.call('GET', fleet)) ~= ARGV[3] then return { 0, now } end
local added = 0
for i = 5, #ARGV, 3 do
    local record = redis.call('HGET', groups, ARGV[i])
    if version_of(record) ~= ARGV[i + 1] then return { 0, now } end
    if not record and ARGV[i + 2] ~= '' then added = added + 1 end
end
if added > 0 and redis.call('HLEN', groups) + added > tonumber(ARGV[2]) then return { -1, now } end

for i = 5, #ARGV, 3 do
    if ARGV[i + 2] == '' then
        redis.call('HDEL', groups, ARGV[i])
    else
        redis.call('HSET', groups, ARGV[i], ARGV[i + 2])
    end
end
if ARGV[3] ~= '' then
    redis.call('SET', fleet, ARGV[4])
    now = tostring(redis.call('INCR', epoch))
end
return { 1, now }
