-- Replaces a blocked record that has not changed since it was read. ARGV: product, record as read, record as it is to be.
-- Returns 1, or 0 if the record has changed.
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
