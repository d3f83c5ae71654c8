#!lua flags=allow-oom
-- uses: clock waking
-- Announces that shops have work. ARGV: shop and ms until the work is due, for each.
local ready, holders, _, _, wakes, _, clock = unpack(KEYS)
local now, any_due = milliseconds(clock), false
for i = 1, #ARGV, 2 do
    local due = now + tonumber(ARGV[i + 1])
    if announce(ready, holders, wakes, ARGV[i], due) then any_due = any_due or due <= now end
end
if any_due then redis.call('PUBLISH', 'relist:wake', '') end
return redis.status_reply('OK')
