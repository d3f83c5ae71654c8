#!lua flags=allow-oom
-- uses: clock
-- Changes a shop's state if the event allows it. ARGV: transitions (from=to,... of shop_queue/states.py), reason,
-- ms until the new state ends (0 = never), fence, or '' for an operator's command.
-- Returns {'FENCED'}, or {'OK' or 'KEPT', the current state, jobs in the lane}.
local jobs, _, _, _, _, control = unpack(KEYS)
local transitions, reason, lifetime, fence = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local stored = redis.call('HMGET', control, 'state', 'fence')
if fence ~= '' and stored[2] ~= fence then return {'FENCED'} end
local before = stored[1] or 'active'
local after
for from, to in string.gmatch(transitions, '(%w+)=(%w+)') do
    if from == before then after = to end
end
if not after then return {'KEPT', before, redis.call('HLEN', jobs)} end
if after == 'active' then
    redis.call('HSET', control, 'state', 'active')
    redis.call('HDEL', control, 'reason', 'until')
else
    local ends = lifetime > 0 and integer(milliseconds(control) + lifetime) or '0'
    redis.call('HSET', control, 'state', after, 'reason', reason, 'until', ends)
end
return {'OK', after, redis.call('HLEN', jobs)}
