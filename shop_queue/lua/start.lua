-- A job that a worker died holding is about to start: the next death counts against it (open.lua).
-- ARGV: fence, job id. Returns {'FENCED'} or {'OK'}.
local control, interrupted = KEYS[6], KEYS[8]
if redis.call('HGET', control, 'fence') ~= ARGV[1] then return {'FENCED'} end
local deaths = tonumber(redis.call('HGET', interrupted, ARGV[2]) or 0) or 0
if deaths > 0 then redis.call('HSET', interrupted, ARGV[2], -deaths) end
return {'OK'}
