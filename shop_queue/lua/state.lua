-- Changes a shop's state as the event allows. ARGV: moves (from=to,... of shop_queue/states.py), reason,
-- ms until it ends by itself (0 = never), fence or '' for a person's order.
-- Returns {'FENCED'}, or {'OK' or 'KEPT', the state now, jobs in the lane}.
local jobs, control = KEYS[1], KEYS[6]
local now = redis.call('HMGET', control, 'state', 'fence')
if ARGV[4] ~= '' and now[2] ~= ARGV[4] then return {'FENCED'} end
local before = now[1] or 'active'
local after
for from, to in string.gmatch(ARGV[1], '(%w+)=(%w+)') do
    if from == before then after = to end
end
if not after then return {'KEPT', before, redis.call('HLEN', jobs)} end
if after == 'active' then
    redis.call('HSET', control, 'state', 'active')
    redis.call('HDEL', control, 'reason', 'until')
else
    local ends = '0'
    if tonumber(ARGV[3]) > 0 then
        local time = redis.call('TIME')
        ends = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3]))
    end
    redis.call('HSET', control, 'state', after, 'reason', ARGV[2], 'until', ends)
end
return {'OK', after, redis.call('HLEN', jobs)}
