#!lua flags=allow-oom
-- uses: clock product_values products
-- Ends, requeues or releases in-flight jobs: outcomes, counters, follow-up jobs and removals, all or nothing.
-- ARGV: fence, length limit of the outcome stream, rates to store or '', number of this commit under this fence or 0,
--       payload field that marks a dry run, '1' if the outcomes are relayed (relay.lua); then operations:
--   complete id outcome record blocked-record audited-product n   the record or blocked-record may be ''
--   requeue  id payload delay-ms outcome record waits n           a delay of 0 puts the job at the head of the lane, -1
--                                                                 at its tail, -2 behind the urgent jobs; outcome and
--                                                                 record may be ''; waits is 1 if the product cannot be
--                                                                 edited yet
--   release  id                                                   claimed and not started: back to the head
--   defer    id delay-ms most outcome record blocked-record audited-product 0
--       not understood by this release: back after the delay, and completed like this after `most` times
-- `n` follow-up jobs come after `complete` and `requeue`, in the form of enqueue.lua: id, payload, place, delay ms,
-- flags, related job or product.
-- A repeated commit number changes nothing: the reply was lost, and its jobs may have been enqueued and claimed again
-- since. Ids that are not in flight are skipped. Returns {'FENCED'}, or {'OK', jobs waiting, ms until the next delayed
-- job or -1, operations skipped, jobs in flight}.
local jobs, urgent, waiting, delayed, inflight, control, counters, crashes, changed, blocked, outbox, audits, _, _,
    deferrals, products, states = unpack(KEYS)
local fence, maximum_length, rates, number, dry_run_field, is_relayed = unpack(ARGV, 1, 6)
-- The change of an in-flight job since it was claimed (merge.lua).
local HINTS, EVENT, EDIT = 'hints', 'event', 'edit'

-- Check the fence and the commit number.
local stored = redis.call('HMGET', control, 'fence', 'committed')
if stored[1] ~= fence then return {'FENCED'} end
number = tonumber(number)
local is_repeated = number > 0 and number <= tonumber(stored[2] or '0')

-- Check every key's type first, so a wrong type aborts before anything is written.
for _, list in ipairs({urgent, waiting}) do redis.call('LLEN', list) end
for _, hash in ipairs({jobs, counters, products, states}) do redis.call('HLEN', hash) end
for _, set in ipairs({inflight, audits}) do redis.call('ZCARD', set) end
local any_delayed = redis.call('ZCARD', delayed) > 0
redis.call('XLEN', outbox)
local any_changed = redis.call('HLEN', changed) > 0
local any_crashes = redis.call('HLEN', crashes) > 0
local any_blocked = redis.call('HLEN', blocked) > 0
local any_deferrals = redis.call('HLEN', deferrals) > 0

-- Store the number before the rest: if a later command fails, a repeat must not run the first ones again.
if number > 0 and not is_repeated then redis.call('HSET', control, 'committed', number) end
if rates ~= '' then redis.call('HSET', control, 'pace', rates) end

local now = milliseconds(control)
local tally, skipped = {}, 0
-- Completed jobs are removed at the end, so that a search in this commit does not enqueue them again.
local completed = {}

local position = 7
local function read(count)
    position = position + count
    return unpack(ARGV, position - count, position - 1)
end

local function count(name)
    tally[name] = (tally[name] or 0) + 1
end

local function has(flags, flag)
    return string.find(flags, flag, 1, true) ~= nil
end

local function is_dry_run(payload)
    local decoded, job = pcall(cjson.decode, payload)
    return not decoded or type(job) ~= 'table' or job[dry_run_field] == true
end

-- A relayed record carries its position among all outcomes of the shop. Entry IDs do not suffice: after a failover that
-- lost writes, a server whose clock is behind issues IDs below those already relayed.
local published = 0
local function publish(record)
    if record == '' then return end
    if is_relayed == '1' and number > 0 then
        published = published + 1
        local at = string.format('%s-%d-%d', fence, number, published)
        redis.call('XADD', outbox, 'MAXLEN', '~', maximum_length, '*', 'outcome', record, 'position', at)
    else
        redis.call('XADD', outbox, 'MAXLEN', '~', maximum_length, '*', 'outcome', record)
    end
end

local function place_job(id, place, delay)
    if place == 'd' then
        redis.call('ZADD', delayed, integer(now + delay), id)
        any_delayed = true
    elseif place == 'u' then
        redis.call('RPUSH', urgent, id)
    else
        redis.call('RPUSH', waiting, id)
    end
end

local function is_in_flight(id)
    return redis.call('ZSCORE', inflight, id)
end

local function mark_changed(id, how)
    redis.call('HSET', changed, id, how)
    any_changed = true
end

-- Another edit was accepted while the audit of an earlier one runs: from now on the new edit's audit is followed.
local function replace_audit(id, payload, place, delay)
    redis.call('HSET', jobs, id, payload)
    enter(id, 'A')
    if is_in_flight(id) then
        mark_changed(id, EDIT)
    elseif redis.call('ZREM', delayed, id) == 1 then
        place_job(id, place, delay)
    end
end

-- A search for real runs found a product that waits or runs as a dry run.
local function replace_dry_run(id, payload, place, delay)
    redis.call('HSET', jobs, id, payload)
    enter(id, 'Q')
    if completed[id] then
        completed[id] = nil
        place_job(id, place, delay)
        count('enqueued')
    elseif is_in_flight(id) then
        mark_changed(id, HINTS)
    end
end

local function follow_up(id, payload, place, delay, flags, related)
    local is_audit = has(flags, 'a')
    if has(flags, 's') then
        local blocked_record = redis.call('HGET', blocked, id)
        if blocked_record and not has(flags, 'd') then appear_blocked(products, id, blocked_record) end
        mark_draft(id, has(flags, 't'))
        if blocked_record or redis.call('HEXISTS', jobs, related) == 1 then return end
    end
    if redis.call('HSETNX', jobs, id, payload) == 1 then
        place_job(id, place, delay)
        if not has(flags, 'd') then enter(id, is_audit and 'A' or 'Q') end
        if has(flags, 't') then mark_draft(id, true) end
        count('enqueued')
    elseif has(flags, 'k') then
        return
    elseif is_audit then
        replace_audit(id, payload, place, delay)
    elseif not has(flags, 'd') and is_dry_run(redis.call('HGET', jobs, id)) then
        replace_dry_run(id, payload, place, delay)
    end
    if is_audit then redis.call('ZADD', audits, integer(now), related) end
end

local function follow_ups(number_of_jobs, apply)
    for _ = 1, tonumber(number_of_jobs) do
        local id, payload, place, delay, flags, related = read(6)
        if apply then follow_up(id, payload, place, tonumber(delay), flags, related) end
    end
end

-- New hints make a product run again. A webhook event re-runs it only if the job ended blocked, because the event may
-- refer to the edit just made; then only the next run's outcome is published, and until then the product's old blocked
-- record stays. A repeated audit-complete event is ignored unless the audit belongs to an earlier edit.
local function runs_again(change, is_audit, is_blocked)
    if is_audit then return change == EDIT end
    return change and (change ~= EVENT or is_blocked)
end

-- Whether the job was a dry run of a product that real jobs know.
local function was_only_tried(id)
    local payload = redis.call('HGET', jobs, id)
    return payload and not is_real(payload, dry_run_field) and redis.call('HEXISTS', products, id) == 1
end

-- Whether a job has blocked the product since the edit in audit was accepted, which had removed what blocked it before.
-- Its question, with the answers kept there, outlives that audit. The end of an earlier audit does not.
local function is_asked_since(product)
    local record = any_blocked and redis.call('HGET', blocked, product)
    if not record then return false end
    local decoded, about = pcall(cjson.decode, record)
    return decoded and type(about) == 'table' and about.kind ~= 'audit'
end

local operations = {}

function operations.complete(id, is_mine, change)
    local outcome, record, blocked_record, audited, number_of_jobs = read(5)
    local is_audit, is_blocked = audited ~= '', blocked_record ~= ''
    local stays = runs_again(change, is_audit, is_blocked)
    local keeps_question = is_mine and is_audit and is_asked_since(audited)
    local product_end = keeps_question and '' or outcome
    if is_mine and stays and change == EVENT then
        redis.call('RPUSH', waiting, id)
        go_on(id, 'Q')
    elseif is_mine then
        if stays then
            redis.call('RPUSH', waiting, id)
            repeat_after(id, product_end)
        else
            finish(id, product_end)
        end
        if is_audit and not stays then
            -- Removed immediately, so that an edit in this commit can have its own audit followed.
            redis.call('HDEL', jobs, id)
            redis.call('ZREM', audits, audited)
        elseif not stays then
            completed[id] = true
        end
        count(outcome)
        publish(record)
        local product = is_audit and audited or id
        if keeps_question then
            -- The question stays, and it remains the product's last end.
        elseif (is_blocked or any_blocked) and not is_audit and was_only_tried(id) then
            -- What blocks the product, with the answers kept there, stays for the next real run.
        elseif is_blocked then
            redis.call('HSET', blocked, product, blocked_record)
            any_blocked = true
        elseif any_blocked then
            redis.call('HDEL', blocked, product)
        end
    end
    if number_of_jobs ~= '0' then follow_ups(number_of_jobs, is_mine) end
end

function operations.requeue(id, is_mine, change)
    local payload, delay, outcome, record, waits, number_of_jobs = read(6)
    delay = tonumber(delay)
    if is_mine then
        if outcome ~= '' then
            count(outcome)
            if any_blocked then redis.call('HDEL', blocked, id) end
        end
        publish(record)
        go_on(id, waits == '1' and not change and 'W' or string.sub(id, 1, 6) == 'audit:' and 'A' or 'Q')
        -- A changed job keeps its stored payload, which has the new hints.
        if not change then redis.call('HSET', jobs, id, payload) end
        if change then
            redis.call('RPUSH', waiting, id)
        elseif delay > 0 then
            place_job(id, 'd', delay)
        elseif delay == -2 then
            redis.call('RPUSH', urgent, id)
        elseif delay < 0 then
            redis.call('RPUSH', waiting, id)
        else
            redis.call('LPUSH', waiting, id)
        end
    end
    if number_of_jobs ~= '0' then follow_ups(number_of_jobs, is_mine) end
end

function operations.release(id, is_mine)
    if not is_mine then return end
    -- A job that was started counts as suspected again (start.lua).
    local crash_count = any_crashes and tonumber(redis.call('HGET', crashes, id) or 0) or 0
    if crash_count < 0 then redis.call('HSET', crashes, id, -crash_count) end
    redis.call('LPUSH', urgent, id)
    go_back(id)
end

function operations.defer(id, is_mine, change)
    local delay, most = read(2)
    if is_mine and redis.call('HINCRBY', deferrals, id, 1) <= tonumber(most) then
        read(5)
        place_job(id, 'd', tonumber(delay))
        go_back(id)
        return
    end
    if is_mine then redis.call('HDEL', deferrals, id) end
    operations.complete(id, is_mine, change)
end

while position <= #ARGV do
    local name, id = ARGV[position], ARGV[position + 1]
    position = position + 2
    local is_mine = not is_repeated and redis.call('ZREM', inflight, id) == 1
    if not is_mine then skipped = skipped + 1 end
    local change = is_mine and any_changed and redis.call('HGET', changed, id)
    if change then redis.call('HDEL', changed, id) end
    if is_mine and any_crashes and name ~= 'release' then redis.call('HDEL', crashes, id) end
    if is_mine and any_deferrals and name ~= 'defer' and name ~= 'release' then redis.call('HDEL', deferrals, id) end
    operations[name](id, is_mine, change)
end

-- Remove completed jobs, count, and report the remaining ones.
store_changes(products, states)
local removed = {}
for id in pairs(completed) do removed[#removed + 1] = id end
for first = 1, #removed, 1000 do
    redis.call('HDEL', jobs, unpack(removed, first, math.min(first + 999, #removed)))
end
for name, times in pairs(tally) do redis.call('HINCRBY', counters, name, times) end
local first = any_delayed and redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES') or {}
local next_due = first[2] and math.max(0, tonumber(first[2]) - now) or -1
return {'OK', redis.call('LLEN', urgent) + redis.call('LLEN', waiting), next_due, skipped,
    redis.call('ZCARD', inflight)}
