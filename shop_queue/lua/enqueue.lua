-- Puts jobs in a lane, once each.
-- ARGV: the entries of the intake stream these jobs are from, whole, with blanks between; 1 when it is one entry that
-- was read before, whose jobs may be here already;
-- then five for each job: id, payload, place (n normal, u urgent, d delayed), delay ms, flags.
-- Flags: h = carries hints, so an existing job must be merged with it by the caller;
--        m = merge only, never create;  s = skip what is in audit or blocked already.
-- A job that is no dry run and meets one is in conflict too.
-- Returns {added, merged, skipped, jobs in the lane, soonest delay added or -1,
--          the numbers of the jobs in conflict...}.
local jobs, urgent, waiting, delayed, blocked = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[10]
local taken, entries, lifetime = KEYS[13], ARGV[1], 86400
local count = (#ARGV - 2) / 5
local added, merged, skipped, soonest = 0, 0, 0, -1
local seen, conflicts = {}, {}
local set, to_urgent, to_waiting, to_delayed = {}, {}, {}, {}
local ids = {}
for i = 1, count do ids[i] = ARGV[i * 5 - 2] end
local existing = redis.call('HMGET', jobs, unpack(ids))
local unmerged
if ARGV[2] == '1' then
    local before = redis.call('HGET', taken, entries)
    if before then
        unmerged = {}
        for _, id in ipairs(cjson.decode(before)) do unmerged[id] = true end
    end
end
-- What is wanted in earnest must not end as a dry run. Where another field is taken for this one, nothing is lost: the
-- jobs are merged with care, as those with hints are.
local function is_dry(job)
    return string.find(job, '"d":true', 1, true)
end
local now
for i = 1, count do
    local id, payload, place, flags = ids[i], ARGV[i * 5 - 1], ARGV[i * 5], ARGV[i * 5 + 2]
    local old = existing[i] or seen[id]
    if unmerged and not unmerged[id] then
        skipped = skipped + 1
    elseif old then
        if string.find(flags, 'h', 1, true) or (is_dry(old) and not is_dry(payload)) then
            conflicts[#conflicts + 1] = i
        else
            merged = merged + 1
        end
    elseif string.find(flags, 'm', 1, true) then
        skipped = skipped + 1
    elseif string.find(flags, 's', 1, true)
        and (redis.call('HEXISTS', jobs, 'audit:' .. id) == 1 or redis.call('HEXISTS', blocked, id) == 1) then
        skipped = skipped + 1
    else
        seen[id] = payload
        added = added + 1
        set[#set + 1] = id
        set[#set + 1] = payload
        local delay = 0
        if place == 'd' then
            if not now then
                local time = redis.call('TIME')
                now = time[1] * 1000 + math.floor(time[2] / 1000)
            end
            delay = tonumber(ARGV[i * 5 + 1])
            to_delayed[#to_delayed + 1] = string.format('%.0f', now + delay)
            to_delayed[#to_delayed + 1] = id
        elseif place == 'u' then
            to_urgent[#to_urgent + 1] = id
        else
            to_waiting[#to_waiting + 1] = id
        end
        if soonest < 0 or delay < soonest then soonest = delay end
    end
end
-- A key of a wrong type ends the script here: what is in the lane must be in one of its lists too.
if #to_urgent > 0 then redis.call('LLEN', urgent) end
if #to_waiting > 0 then redis.call('LLEN', waiting) end
if #to_delayed > 0 then redis.call('ZCARD', delayed) end
if entries ~= '' then redis.call('HLEN', taken) end
if #set > 0 then redis.call('HSET', jobs, unpack(set)) end
if #to_urgent > 0 then redis.call('RPUSH', urgent, unpack(to_urgent)) end
if #to_waiting > 0 then redis.call('RPUSH', waiting, unpack(to_waiting)) end
if #to_delayed > 0 then redis.call('ZADD', delayed, unpack(to_delayed)) end
if entries ~= '' then
    local to_merge = {}
    for _, i in ipairs(conflicts) do to_merge[#to_merge + 1] = ids[i] end
    for entry in string.gmatch(entries, '%S+') do redis.call('HSET', taken, entry, cjson.encode(to_merge)) end
    redis.call('EXPIRE', taken, lifetime)
end
return {added, merged, skipped, redis.call('HLEN', jobs), soonest, unpack(conflicts)}
