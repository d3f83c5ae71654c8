#!lua flags=allow-oom
-- Records that a job with a crash count is about to start: the next crash counts against it (open.lua).
-- ARGV: fence, job id. Returns {'FENCED'} or {'OK'}.
local _, _, _, _, _, control, _, crashes = unpack(KEYS)
if redis.call('HGET', control, 'fence') ~= ARGV[1] then return {'FENCED'} end
local count = tonumber(redis.call('HGET', crashes, ARGV[2]) or 0) or 0
if count > 0 then redis.call('HSET', crashes, ARGV[2], -count) end
return {'OK'}
