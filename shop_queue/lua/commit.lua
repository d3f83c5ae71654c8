-- Ends in-flight jobs: outcome, counters, outcome stream, follow-up jobs and removal, all or nothing.
-- ARGV: fence, stream length cap, pace to store or '', number of the commit under this fence or 0, then operations:
--   D id outcome record blocked-record n  followed by n follow-ups of (id, payload, place, delay ms, flags)
--   R id payload delay-ms n               back in the lane after a delay (0 = at once, at the head), n follow-ups
--   H id                                  handed back unstarted, to the head
-- A commit that is told again, its answer lost, changes nothing: its number was stored, and what it ended may have been
-- fed and claimed again since. An id that is not in flight is skipped too.
-- What one of these keys of a wrong type would end half way ends before anything is changed.
-- Returns {'FENCED'}, or {'OK', left waiting, ms until the next delayed one or -1, skipped, still in flight}.
local jobs, urgent, waiting, delayed, inflight, control, counters, interrupted, merged, blocked, outbox, audits =
    KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local held = redis.call('HMGET', control, 'fence', 'committed')
if held[1] ~= ARGV[1] then return {'FENCED'} end
local number = tonumber(ARGV[4])
local is_repeated = number > 0 and number <= tonumber(held[2] or '0')
-- Counted, since that ends the script for a key of a wrong type: a job must not be half ended.
for _, list in ipairs({urgent, waiting}) do redis.call('LLEN', list) end
for _, hash in ipairs({jobs, counters}) do redis.call('HLEN', hash) end
for _, set in ipairs({delayed, inflight, audits}) do redis.call('ZCARD', set) end
redis.call('XLEN', outbox)
local any_merged = redis.call('HLEN', merged) > 0
local any_interrupted = redis.call('HLEN', interrupted) > 0
local any_blocked = redis.call('HLEN', blocked) > 0
-- First of all: whatever may still fail, what has been done is not done again.
if number > 0 and not is_repeated then redis.call('HSET', control, 'committed', number) end
if ARGV[3] ~= '' then redis.call('HSET', control, 'pace', ARGV[3]) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local tally, skipped, ended = {}, 0, {}

local function place_job(id, place, delay)
    if place == 'd' then
        redis.call('ZADD', delayed, string.format('%.0f', now + delay), id)
    elseif place == 'u' then
        redis.call('RPUSH', urgent, id)
    else
        redis.call('RPUSH', waiting, id)
    end
end

local function is_dry(job)
    return string.find(job, '"d":true', 1, true)
end

local function follow_ups(at, n, apply)
    for _ = 1, n do
        if apply then
            local id, flags = ARGV[at], ARGV[at + 4]
            local skip = string.find(flags, 's', 1, true)
                and (redis.call('HEXISTS', jobs, 'audit:' .. id) == 1 or redis.call('HEXISTS', blocked, id) == 1)
            local audited = string.match(id, '^audit:(.+)$')
            if not skip and redis.call('HSETNX', jobs, id, ARGV[at + 1]) == 1 then
                place_job(id, ARGV[at + 2], tonumber(ARGV[at + 3]))
                tally['enqueued'] = (tally['enqueued'] or 0) + 1
            elseif not skip and not audited and not is_dry(ARGV[at + 1]) and is_dry(redis.call('HGET', jobs, id)) then
                -- A search found what waits or runs as a dry run, and wants it in earnest.
                redis.call('HSET', jobs, id, ARGV[at + 1])
                if ended[id] then
                    ended[id] = nil
                    place_job(id, ARGV[at + 2], tonumber(ARGV[at + 3]))
                    tally['enqueued'] = (tally['enqueued'] or 0) + 1
                elseif redis.call('ZSCORE', inflight, id) then
                    redis.call('HSET', merged, id, 'hints')
                    any_merged = true
                end
            elseif audited then
                -- An edit while an earlier one is in audit: from here on its audit is the one to follow.
                redis.call('HSET', jobs, id, ARGV[at + 1])
                if redis.call('ZSCORE', inflight, id) then
                    redis.call('HSET', merged, id, 'edit')
                    any_merged = true
                elseif redis.call('ZREM', delayed, id) == 1 then
                    place_job(id, ARGV[at + 2], tonumber(ARGV[at + 3]))
                end
            end
            if audited then redis.call('ZADD', audits, string.format('%.0f', now), audited) end
        end
        at = at + 5
    end
    return at
end

local at = 5
while at <= #ARGV do
    local op, id = ARGV[at], ARGV[at + 1]
    local mine = not is_repeated and redis.call('ZREM', inflight, id) == 1
    if not mine then skipped = skipped + 1 end
    local was_merged = mine and any_merged and redis.call('HGET', merged, id)
    if was_merged then redis.call('HDEL', merged, id) end
    if mine and any_interrupted and op ~= 'H' then redis.call('HDEL', interrupted, id) end
    if op == 'D' then
        local outcome, record, block, n = ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], tonumber(ARGV[at + 5])
        if mine then
            local audited = string.match(id, '^audit:(.+)$')
            -- New hints make a product run again. A webhook's news of it, which may be news of the very edit that has
            -- just been made, does so only when the job ended in want of somebody. The end of an audit is its end,
            -- however often it is told, unless it is the end of an earlier edit's.
            local runs_again = was_merged and (was_merged ~= 'news' or block ~= '')
            if audited then runs_again = was_merged == 'edit' end
            if runs_again then
                redis.call('RPUSH', waiting, id)
            elseif audited then
                -- At once, so that an edit in this very commit can have its own audit followed.
                redis.call('HDEL', jobs, id)
                redis.call('ZREM', audits, audited)
            else
                -- At the end: until then it stands in the way of being found again by a search of this commit.
                ended[id] = true
            end
            tally[outcome] = (tally[outcome] or 0) + 1
            if record ~= '' then
                redis.call('XADD', outbox, 'MAXLEN', '~', ARGV[2], '*', 'outcome', record)
            end
            local product = audited or id
            if block ~= '' then
                redis.call('HSET', blocked, product, block)
                any_blocked = true
            elseif any_blocked then
                redis.call('HDEL', blocked, product)
            end
        end
        at = follow_ups(at + 6, n, mine)
    elseif op == 'R' then
        local payload, delay, n = ARGV[at + 2], tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
        if mine then
            if not was_merged then redis.call('HSET', jobs, id, payload) end
            if was_merged then
                redis.call('RPUSH', waiting, id)
            elseif delay > 0 then
                place_job(id, 'd', delay)
            else
                redis.call('LPUSH', waiting, id)
            end
        end
        at = follow_ups(at + 5, n, mine)
    else
        if mine then
            local deaths = any_interrupted and tonumber(redis.call('HGET', interrupted, id) or 0) or 0
            if deaths < 0 then redis.call('HSET', interrupted, id, -deaths) end
            redis.call('LPUSH', urgent, id)
        end
        at = at + 2
    end
end
local removed = {}
for id in pairs(ended) do removed[#removed + 1] = id end
for first = 1, #removed, 1000 do
    redis.call('HDEL', jobs, unpack(removed, first, math.min(first + 999, #removed)))
end
for outcome, n in pairs(tally) do redis.call('HINCRBY', counters, outcome, n) end
local next_due = -1
local due = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
if due[2] then next_due = math.max(0, tonumber(due[2]) - now) end
return {'OK', redis.call('LLEN', urgent) + redis.call('LLEN', waiting), next_due, skipped,
    redis.call('ZCARD', inflight)}
