-- Replaces the payload of a job that waits or runs, if it still is what the caller merged with.
-- ARGV: id, old payload, new payload, place (n keep where it is, u to the urgent list, w wake a delayed one now),
--       what it is to a job in flight (hints, or news: commit.lua).
-- Returns 1 merged, 0 the job changed or is gone: read it again.
local jobs, urgent, waiting, delayed, inflight, merged =
    KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[9]
local id, place = ARGV[1], ARGV[4]
if redis.call('HGET', jobs, id) ~= ARGV[2] then return 0 end
redis.call('HSET', jobs, id, ARGV[3])
if redis.call('ZSCORE', inflight, id) then
    if ARGV[5] == 'hints' and redis.call('HGET', merged, id) ~= 'edit' then
        redis.call('HSET', merged, id, 'hints')
    else
        redis.call('HSETNX', merged, id, 'news')
    end
elseif place ~= 'n' and redis.call('ZREM', delayed, id) == 1 then
    redis.call('RPUSH', place == 'u' and urgent or waiting, id)
elseif place == 'u' and redis.call('LREM', waiting, 1, id) == 1 then
    redis.call('RPUSH', urgent, id)
end
return 1
