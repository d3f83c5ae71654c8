#!lua flags=allow-oom
-- uses: clock product_values products
-- Moves the next jobs of a lane in flight: due delayed jobs first, then urgent, then waiting ones.
-- An entry of a list may be stale: its job was moved ahead of it (merge.lua), and may since have ended, be in flight or
-- be delayed. Stale entries are skipped here, because removing one from the middle of a list takes time linear in the
-- list.
-- ARGV: fence, number of jobs wanted, payload field that marks a dry run.
-- Returns {'FENCED'}, or {'OK', state, jobs left waiting, ms until the next delayed job or -1, limit or '',
--          jobs in flight, then id, payload, crash count for each claimed job}.
local jobs, urgent, waiting, delayed, inflight, control, _, crashes, _, _, _, _, _, overtaking, _, products, states = unpack(KEYS)
local settings = redis.call('HMGET', control, 'fence', 'state', 'limit')
if settings[1] ~= ARGV[1] then return {'FENCED'} end
local state, limit, wanted = settings[2] or 'active', settings[3] or '', tonumber(ARGV[2])
local now = milliseconds(control)
-- Check every key's type first: an id removed from its list must always reach the in-flight set.
for _, hash in ipairs({jobs, products, states}) do redis.call('HLEN', hash) end
local any_delayed = redis.call('ZCARD', delayed) > 0
local left = redis.call('LLEN', urgent) + redis.call('LLEN', waiting)
local in_flight, any_crashes = redis.call('ZCARD', inflight), redis.call('HLEN', crashes) > 0
-- Empty in most lanes; one member stays until the lists are empty, so that stale entries are searched until then.
local may_be_stale = redis.call('SCARD', overtaking) > 0

local MAX_POPPED = 2000
local ids, seen = {}, {}

local function is_stale(id, payload, in_flight_since, due)
    if not payload or in_flight_since or due or seen[id] then return true end
    seen[id] = true
    return false
end

local function without_stale(entries)
    local payloads = redis.call('HMGET', jobs, unpack(entries))
    local in_flight_since = redis.call('ZMSCORE', inflight, unpack(entries))
    local due = redis.call('ZMSCORE', delayed, unpack(entries))
    local live = {}
    for i, id in ipairs(entries) do
        if not is_stale(id, payloads[i], in_flight_since[i], due[i]) then live[#live + 1] = id end
    end
    return live
end

-- Jobs enqueued by a release without states receive theirs now.
local function note_unknown(payloads)
    local values = redis.call('HMGET', products, unpack(ids))
    for i, id in ipairs(ids) do
        if payloads[i] and not has_job(values[i] or '', RELIST) and is_real(payloads[i], ARGV[3]) then
            appear(id, string.sub(id, 1, 6) == 'audit:' and 'A' or 'Q')
        end
    end
    store_changes(products, states)
end

local function add_delayed()
    ids = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, wanted)
    if #ids > 0 then redis.call('ZREM', delayed, unpack(ids)) end
    if may_be_stale then
        for _, id in ipairs(ids) do seen[id] = true end
    end
end

local function add_from(list)
    local popped = 0
    while #ids < wanted and popped < MAX_POPPED do
        local entries = redis.call('LPOP', list, wanted - #ids)
        if not entries then return end
        popped, left = popped + #entries, left - #entries
        if may_be_stale then entries = without_stale(entries) end
        for _, id in ipairs(entries) do ids[#ids + 1] = id end
    end
end

local reply = {'OK', state, 0, -1, limit, 0}
if state == 'active' and wanted > 0 then
    if any_delayed then add_delayed() end
    add_from(urgent)
    add_from(waiting)
end
if #ids > 0 then
    local payloads = redis.call('HMGET', jobs, unpack(ids))
    local counts = any_crashes and redis.call('HMGET', crashes, unpack(ids)) or {}
    local scores = {}
    for i, id in ipairs(ids) do
        if payloads[i] then
            -- The last digits keep the order within this claim: the next consumer recovers jobs in score order, and
            -- sorting by id would starve the last ids at every crash. Redis compares small sets of whole numbers faster.
            scores[#scores + 1] = integer(now * 1000 + i)
            scores[#scores + 1] = id
            reply[#reply + 1] = id
            reply[#reply + 1] = payloads[i]
            reply[#reply + 1] = counts[i] or 0
        end
    end
    note_unknown(payloads)
    if #scores > 0 then in_flight = in_flight + redis.call('ZADD', inflight, unpack(scores)) end
    if may_be_stale then redis.call('SREM', overtaking, unpack(ids)) end
end
if may_be_stale and left == 0 then redis.call('DEL', overtaking) end
reply[3], reply[6] = left, in_flight
local first = any_delayed and redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES') or {}
if first[2] then reply[4] = math.max(0, tonumber(first[2]) - now) end
return reply
