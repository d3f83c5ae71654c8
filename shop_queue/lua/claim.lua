-- Moves the next jobs of a lane in flight: due delayed ones first, then urgent, then waiting.
-- ARGV: fence, how many.
-- Returns {'FENCED'}, or {'OK', state, left waiting, ms until the next delayed one or -1, limit or '', now in flight,
--          then id, payload, interruptions for each job}.
local jobs, urgent, waiting, delayed, inflight, control, interrupted =
    KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[8]
local settings = redis.call('HMGET', control, 'fence', 'state', 'limit')
if settings[1] ~= ARGV[1] then return {'FENCED'} end
local state, limit = settings[2] or 'active', settings[3] or ''
local want = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- A key of a wrong type ends the script here: ids that are taken from their list must come to be in flight.
redis.call('HLEN', jobs)
local left = redis.call('LLEN', urgent) + redis.call('LLEN', waiting)
local in_flight, accused = redis.call('ZCARD', inflight), redis.call('HLEN', interrupted) > 0
local reply = {'OK', state, 0, -1, limit, 0}
if state == 'active' and want > 0 then
    local ids = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, want)
    if #ids > 0 then redis.call('ZREM', delayed, unpack(ids)) end
    for _, list in ipairs({urgent, waiting}) do
        if #ids < want then
            local popped = redis.call('LPOP', list, want - #ids)
            if popped then
                left = left - #popped
                for i = 1, #popped do ids[#ids + 1] = popped[i] end
            end
        end
    end
    if #ids > 0 then
        local payloads = redis.call('HMGET', jobs, unpack(ids))
        local deaths = accused and redis.call('HMGET', interrupted, unpack(ids)) or {}
        local claimed = {}
        for i = 1, #ids do
            if payloads[i] then
                -- In order within the millisecond too: it is the order in which an heir takes them up again, and by
                -- their ids the last ones would be overtaken at every death.
                claimed[#claimed + 1] = string.format('%.3f', now + i / 1000)
                claimed[#claimed + 1] = ids[i]
                reply[#reply + 1] = ids[i]
                reply[#reply + 1] = payloads[i]
                reply[#reply + 1] = deaths[i] or 0
            end
        end
        if #claimed > 0 then in_flight = in_flight + redis.call('ZADD', inflight, unpack(claimed)) end
    end
end
reply[3] = left
reply[6] = in_flight
local due = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
if due[2] then reply[4] = math.max(0, tonumber(due[2]) - now) end
return reply
