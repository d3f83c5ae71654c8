#!lua flags=allow-oom
-- Records that jobs with a crash count are about to start: the next crash counts against them (open.lua).
-- ARGV: fence, job ids. Returns {'FENCED'} or {'OK'}.
local _, _, _, _, _, control, _, crashes = unpack(KEYS)
if redis.call('HGET', control, 'fence') ~= ARGV[1] then return {'FENCED'} end
for i = 2, #ARGV do
    local count = tonumber(redis.call('HGET', crashes, ARGV[i]) or 0) or 0
    if count > 0 then redis.call('HSET', crashes, ARGV[i], -count) end
end
return {'OK'}
