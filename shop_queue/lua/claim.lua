-- uses: clock
-- Moves the next jobs of a lane in flight: due delayed jobs first, then urgent, then waiting ones.
-- ARGV: fence, number of jobs wanted.
-- Returns {'FENCED'}, or {'OK', state, jobs left waiting, ms until the next delayed job or -1, limit or '',
--          jobs in flight, then id, payload, crash count for each claimed job}.
local jobs, urgent, waiting, delayed, inflight, control, _, crashes = unpack(KEYS)
local settings = redis.call('HMGET', control, 'fence', 'state', 'limit')
if settings[1] ~= ARGV[1] then return {'FENCED'} end
local state, limit, wanted = settings[2] or 'active', settings[3] or '', tonumber(ARGV[2])
local now = milliseconds()
-- Check every key's type first: an id removed from its list must always reach the in-flight set.
redis.call('HLEN', jobs)
local left = redis.call('LLEN', urgent) + redis.call('LLEN', waiting)
local in_flight, any_crashes = redis.call('ZCARD', inflight), redis.call('HLEN', crashes) > 0

local function next_ids()
    local ids = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, wanted)
    if #ids > 0 then redis.call('ZREM', delayed, unpack(ids)) end
    for _, list in ipairs({urgent, waiting}) do
        local popped = #ids < wanted and redis.call('LPOP', list, wanted - #ids) or {}
        left = left - #popped
        for _, id in ipairs(popped) do ids[#ids + 1] = id end
    end
    return ids
end

local reply = {'OK', state, 0, -1, limit, 0}
if state == 'active' and wanted > 0 then
    local ids = next_ids()
    local payloads = #ids > 0 and redis.call('HMGET', jobs, unpack(ids)) or {}
    local counts = #ids > 0 and any_crashes and redis.call('HMGET', crashes, unpack(ids)) or {}
    local scores = {}
    for i, id in ipairs(ids) do
        if payloads[i] then
            -- Fractions of a millisecond keep the order within this claim: the next consumer recovers jobs in score
            -- order, and sorting by id would starve the last ids at every crash.
            scores[#scores + 1] = string.format('%.3f', now + i / 1000)
            scores[#scores + 1] = id
            reply[#reply + 1] = id
            reply[#reply + 1] = payloads[i]
            reply[#reply + 1] = counts[i] or 0
        end
    end
    if #scores > 0 then in_flight = in_flight + redis.call('ZADD', inflight, unpack(scores)) end
end
local first = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
reply[3], reply[6] = left, in_flight
if first[2] then reply[4] = math.max(0, tonumber(first[2]) - now) end
return reply
