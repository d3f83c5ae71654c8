-- Changes a shop's state. A park never overrides a person's pause.
-- ARGV: state (active, paused, parked), reason, ms until it ends by itself (0 = never), fence or '' for a person's order.
-- Returns {'OK', jobs in the lane}, {'FENCED'} or {'KEPT', the state that stays}.
local jobs, control = KEYS[1], KEYS[6]
local now = redis.call('HMGET', control, 'state', 'fence')
if ARGV[4] ~= '' and now[2] ~= ARGV[4] then return {'FENCED'} end
if ARGV[1] == 'parked' and now[1] == 'paused' then return {'KEPT', now[1]} end
if ARGV[1] == 'active' then
    redis.call('HSET', control, 'state', 'active')
    redis.call('HDEL', control, 'reason', 'until')
else
    local ends = '0'
    if tonumber(ARGV[3]) > 0 then
        local time = redis.call('TIME')
        ends = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3]))
    end
    redis.call('HSET', control, 'state', ARGV[1], 'reason', ARGV[2], 'until', ends)
end
return {'OK', redis.call('HLEN', jobs)}
