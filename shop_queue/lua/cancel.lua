#!lua flags=allow-oom
-- uses: product_values products
-- Ends waiting and delayed jobs, one batch per call.
-- ARGV: length limit of the outcome stream, most list entries to check, then for each job: id, payload, record.
-- A job whose payload has changed, that is in flight, or that has ended stays as it is. Blocked products stay blocked.
-- An ended job's entry in a list becomes stale: removing it from the middle takes time linear in the list. claim.lua
-- skips stale entries, and stale ones at the ends of the lists are removed here.
-- Returns {jobs ended, stale entries removed}.
local jobs, urgent, waiting, delayed, inflight, _, counters, crashes, _, _, outbox, _, _, overtaking, deferrals,
    products, states = unpack(KEYS)
local maximum_length, most = ARGV[1], tonumber(ARGV[2])
-- Check every key's type first, so a wrong type aborts before anything is written.
for _, list in ipairs({urgent, waiting}) do redis.call('LLEN', list) end
for _, hash in ipairs({counters, crashes, deferrals, products, states}) do redis.call('HLEN', hash) end
redis.call('ZCARD', delayed)
redis.call('SCARD', overtaking)
redis.call('XLEN', outbox)

local ended, stale = 0, false
for first = 3, #ARGV, 3 do
    local id, payload, record = unpack(ARGV, first, first + 2)
    if not redis.call('ZSCORE', inflight, id) and redis.call('HGET', jobs, id) == payload then
        redis.call('HDEL', jobs, id)
        redis.call('HDEL', crashes, id)
        redis.call('HDEL', deferrals, id)
        if redis.call('ZREM', delayed, id) == 0 then stale = true end
        redis.call('XADD', outbox, 'MAXLEN', '~', maximum_length, '*', 'outcome', record)
        withdraw(id)
        ended = ended + 1
    end
end
store_changes(products, states)
if ended > 0 then redis.call('HINCRBY', counters, 'failed', ended) end
-- The empty member makes claim.lua look for stale entries until the lists are empty.
if stale then redis.call('SADD', overtaking, '') end

-- Removes stale entries from one end of a list. The first live one and those after it are put back in order.
local function trim(list, pop, push)
    local entries = redis.call(pop, list, most)
    if not entries then return 0 end
    local payloads, live = redis.call('HMGET', jobs, unpack(entries)), #entries + 1
    for i = #entries, 1, -1 do
        if payloads[i] then live = i end
    end
    for i = #entries, live, -1 do redis.call(push, list, entries[i]) end
    return live - 1
end

local removed = 0
for _, list in ipairs({urgent, waiting}) do
    removed = removed + trim(list, 'LPOP', 'LPUSH') + trim(list, 'RPOP', 'RPUSH')
end
if redis.call('LLEN', urgent) + redis.call('LLEN', waiting) == 0 then redis.call('DEL', overtaking) end
return {ended, removed}
