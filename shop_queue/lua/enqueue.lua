-- uses: clock product_values products waking
-- Adds jobs to a lane, each id once.
-- ARGV: ids of the intake entries the jobs come from (whole entries, separated by blanks), payload field that marks a dry
--       run; then for each job: id, payload, place (n normal, u urgent, d delayed), delay ms, flags, related job or product.
-- Flags: h has hints: the caller must merge it with an existing job;  u update only, never add;
--        s skip if the product is in audit or blocked;  d dry run;  a audit, whose related product is in audit from now;
--        t the product is a draft, k an audit that is in the lane already stays as it is (both: commit.lua).
-- The related job of a product is the one that follows its audit.
-- A real job that meets a dry run must be merged by the caller too.
-- With the keys of the ready set after those of the lane, which a cluster does not allow, added jobs are announced too.
-- Returns {added, merged, skipped, jobs in the lane, least delay of an added job or -1, numbers of the jobs that the
--          caller must merge...}.
local jobs, urgent, waiting, delayed, _, control, _, _, _, blocked, _, audits, accepted, _, _, products, states,
    ready, holders, _, _, wakes, _, ready_clock = unpack(KEYS)
local entries, dry_run_field = ARGV[1], ARGV[2]
local FIRST, PARTS, LIFETIME_SECONDS = 3, 6, 86400

local function has(flags, flag)
    return flags ~= '' and string.find(flags, flag, 1, true) ~= nil
end

-- An unreadable payload counts as a dry run, so that the caller replaces it.
local function is_dry_run(payload)
    local decoded, job = pcall(cjson.decode, payload)
    return not decoded or type(job) ~= 'table' or job[dry_run_field] == true
end

local function is_pending(id, audit_job, flags)
    if redis.call('HEXISTS', jobs, audit_job) == 1 then return true end
    local record = redis.call('HGET', blocked, id)
    if record and not has(flags, 'd') then appear_blocked(products, id, record) end
    return record
end

local ids = {}
for first = FIRST, #ARGV, PARTS do ids[#ids + 1] = ARGV[first] end
local existing = redis.call('HMGET', jobs, unpack(ids))

-- Accepted entries are delivered again if their gateway died or this call's reply was lost. Only the jobs still
-- to be merged are considered: others may have ended since. The first entry decides for all entries of the call.
local unmerged
local noted = entries ~= '' and redis.call('HGET', accepted, string.match(entries, '%S+'))
if noted then
    unmerged = {}
    for _, id in ipairs(cjson.decode(noted)) do unmerged[id] = true end
end

-- Decide what happens to each job.
local now
local merged, skipped, least_delay = 0, 0, -1
local conflicts, payloads, to_urgent, to_waiting, to_delayed, to_audits = {}, {}, {}, {}, {}, {}
local added_dry_run = {}
for number, id in ipairs(ids) do
    local first = FIRST + (number - 1) * PARTS
    local _, payload, place, delay, flags, related = unpack(ARGV, first, first + PARTS - 1)
    local is_added = added_dry_run[id] ~= nil
    local exists = existing[number] or is_added
    if unmerged and not unmerged[id] then
        skipped = skipped + 1
    elseif exists then
        local must_merge = has(flags, 'h')
        if not must_merge and not has(flags, 'd') then
            if is_added then must_merge = added_dry_run[id] else must_merge = is_dry_run(existing[number]) end
        end
        if must_merge then conflicts[#conflicts + 1] = number else merged = merged + 1 end
    elseif has(flags, 'u') or (has(flags, 's') and is_pending(id, related, flags)) then
        skipped = skipped + 1
    else
        added_dry_run[id] = has(flags, 'd')
        payloads[#payloads + 1] = id
        payloads[#payloads + 1] = payload
        if not has(flags, 'd') then enter(id, has(flags, 'a') and 'A' or 'Q') end
        if has(flags, 'a') then to_audits[#to_audits + 1] = related end
        delay = place == 'd' and tonumber(delay) or 0
        if place == 'd' then
            if not now then
                redis.call('ZCARD', delayed)
                now = milliseconds(control)
            end
            to_delayed[#to_delayed + 1] = integer(now + delay)
            to_delayed[#to_delayed + 1] = id
        elseif place == 'u' then
            to_urgent[#to_urgent + 1] = id
        else
            to_waiting[#to_waiting + 1] = id
        end
        if least_delay < 0 or delay < least_delay then least_delay = delay end
    end
end

-- Check every key's type first: each stored job must reach one of the lists.
if #to_urgent > 0 then redis.call('LLEN', urgent) end
if #to_waiting > 0 then redis.call('LLEN', waiting) end
if #to_delayed > 0 then redis.call('ZCARD', delayed) end
if #to_audits > 0 then redis.call('ZCARD', audits) end
for _, hash in ipairs({products, states}) do redis.call('HLEN', hash) end
if entries ~= '' then redis.call('HLEN', accepted) end
if ready then
    -- A corrupt ready set is not a fault of the lane.
    for key, command in pairs({[ready] = 'ZCARD', [holders] = 'HLEN', [wakes] = 'HLEN', [ready_clock] = 'HLEN'}) do
        local reply = redis.pcall(command, key)
        if type(reply) == 'table' and reply.err then
            return redis.error_reply('READYSET ' .. key .. ': ' .. reply.err)
        end
    end
end

-- Write.
store_changes(products, states)
for _, product in ipairs(to_audits) do redis.call('ZADD', audits, integer(milliseconds(control)), product) end
if #payloads > 0 then redis.call('HSET', jobs, unpack(payloads)) end
if #to_urgent > 0 then redis.call('RPUSH', urgent, unpack(to_urgent)) end
if #to_waiting > 0 then redis.call('RPUSH', waiting, unpack(to_waiting)) end
if #to_delayed > 0 then redis.call('ZADD', delayed, unpack(to_delayed)) end
if entries ~= '' then
    local to_merge = {}
    for _, number in ipairs(conflicts) do to_merge[#to_merge + 1] = ids[number] end
    for entry in string.gmatch(entries, '%S+') do redis.call('HSET', accepted, entry, cjson.encode(to_merge)) end
    redis.call('EXPIRE', accepted, LIFETIME_SECONDS)
end
if ready and least_delay >= 0 then
    local shop, due = string.match(jobs, '{(.+)}'), milliseconds(ready_clock) + least_delay
    if announce(ready, holders, wakes, shop, due) and least_delay <= 0 then
        redis.call('PUBLISH', 'relist:wake', '')
    end
end
return {#payloads / 2, merged, skipped, redis.call('HLEN', jobs), least_delay, unpack(conflicts)}
