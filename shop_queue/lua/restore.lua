-- uses: product_values products
-- Stores the ends of products read from the record; products with a state keep it.
-- ARGV: for each product: id, outcome, blocked record or ''.
-- Returns the number of products restored.
local _, _, _, _, _, _, _, _, _, blocked, _, _, _, _, _, products, states = unpack(KEYS)
for _, hash in ipairs({blocked, products, states}) do redis.call('HLEN', hash) end
local restored, seen = 0, {}
for first = 1, #ARGV, 3 do
    local id, outcome, record = unpack(ARGV, first, first + 2)
    if not seen[id] and redis.call('HEXISTS', products, id) == 0 then
        enter(id, 'Q')
        finish(id, outcome)
        if record ~= '' then redis.call('HSET', blocked, id, record) end
        restored = restored + 1
    end
    seen[id] = true
end
store_changes(products, states)
return restored
