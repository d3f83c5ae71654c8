#!lua flags=allow-oom
-- uses: product_values products
-- Replaces the payload of a waiting or running job, unless it has changed since the caller read it.
-- ARGV: id, old payload, new payload, place (n leave it, u move to urgent, w move a delayed job to waiting),
--       cause of the change: 'hints', 'event' for a webhook event (see commit.lua), or 'wake' if the job must only
--       run soon: one that runs already does not run again for that,
--       payload field that marks a dry run.
-- Returns 1 if replaced, 0 if the job changed or ended: read it again.
local jobs, urgent, waiting, delayed, inflight, _, _, _, changed, _, _, _, _, overtaking, _, products,
    states = unpack(KEYS)
local id, old, new, place, cause, dry_run_field = unpack(ARGV)
if redis.call('HGET', jobs, id) ~= old then return 0 end
for _, hash in ipairs({products, states}) do redis.call('HLEN', hash) end
redis.call('HSET', jobs, id, new)
if redis.call('ZSCORE', inflight, id) then
    -- Another edit outranks hints, and hints outrank an event.
    if cause == 'hints' and redis.call('HGET', changed, id) ~= 'edit' then
        redis.call('HSET', changed, id, 'hints')
    elseif cause ~= 'wake' then
        redis.call('HSETNX', changed, id, 'event')
    end
elseif place ~= 'n' and redis.call('ZREM', delayed, id) == 1 then
    redis.call('RPUSH', place == 'u' and urgent or waiting, id)
    go_back(id)
elseif place == 'u' and redis.call('SADD', overtaking, id) == 1 then
    -- The empty member stays until the lists are empty (claim.lua).
    redis.call('SADD', overtaking, '')
    -- Its entry in `waiting` becomes stale and is skipped when it is reached (claim.lua).
    redis.call('RPUSH', urgent, id)
end
if is_real(new, dry_run_field) then appear(id, string.sub(id, 1, 6) == 'audit:' and 'A' or 'Q') end
store_changes(products, states)
return 1
