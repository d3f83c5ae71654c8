-- Shared by scripts with `product_values` in their line `-- uses:`; redis_client/scripts.py prepends this file to them.
--
-- The state of every known product of a shop. The hash `products` holds five characters per product:
--   1 its relist job, 2 its undo, 3 its audit: Q queued, A in audit, W waiting, - none
--   4 its last end: n needs_input, r relisted, v already_v2, j rejected, f failed, g gone, - none yet
--   5 D if the last search found it as a draft, else -
-- The hash `states` counts the products in each state, drafts also as `draft:<state>`, and per day the products that
-- left a state in which they wait for a person, as `answered:<days since 1970>`. Dry runs change nothing here.
-- A product is running while its relist job or its undo is in flight. stats.lua reads that from the lane, so that a
-- claim writes nothing here. Earlier versions stored it, as R; the end of the job clears it.
local END_STATES = {n = 'needs_input', r = 'relisted', v = 'already_v2', j = 'rejected', f = 'failed', g = 'gone'}
local FOR_PEOPLE = {needs_input = true, rejected = true, failed = true}
local NO_PRODUCT = {upgrade = true, canary = true, heartbeat = true}
local RELIST, UNDO, AUDIT, LAST, DRAFT = 1, 2, 3, 4, 5
local SLOTS = {undo = UNDO, audit = AUDIT}
local DIGIT_NINE = 57
local AT_ONCE = 1000

-- The product of a job, and the position of its character; nil for a job without a known product.
local function product_of(id)
    if (string.byte(id) or 0) <= DIGIT_NINE then return id, RELIST end
    local kind, product = string.match(id, '^(%a+):(.*)$')
    if kind then return product, SLOTS[kind] end
    if NO_PRODUCT[id] then return nil end
    return id, RELIST
end

-- The stored values of these products, in order; false for unknown ones.
local function read_values(products, ids)
    if #ids <= AT_ONCE then return #ids > 0 and redis.call('HMGET', products, unpack(ids)) or {} end
    local found = {}
    for first = 1, #ids, AT_ONCE do
        for _, value in ipairs(redis.call('HMGET', products, unpack(ids, first, math.min(first + AT_ONCE - 1, #ids)))) do
            found[#found + 1] = value
        end
    end
    return found
end

-- Values are '' for unknown products.
local function has_job(value, slot)
    return value ~= '' and string.sub(value, slot, slot) ~= '-'
end

local function put(value, slot, character)
    if value == '' then value = '-----' end
    return string.sub(value, 1, slot - 1) .. character .. string.sub(value, slot + 1)
end

local known_states = {}

-- The characters of jobs are capitals and occur nowhere else in a value.
local function read_state(value)
    if string.find(value, 'R', 1, true) then return 'running' end
    if string.find(value, 'A', 1, true) then return 'in_audit' end
    if string.find(value, 'W', 1, true) then return 'waiting' end
    if string.find(value, 'Q', 1, true) then return 'queued' end
    return END_STATES[string.sub(value, LAST, LAST)]
end

local function state_of(value)
    local state = known_states[value]
    if state == nil then
        state = read_state(value) or false
        known_states[value] = state
    end
    return state
end

local function add(tally, name, number)
    if name then tally[name] = (tally[name] or 0) + number end
end

-- `before` and `after` are values, or '' for none: products whose state was never counted are new to this shop.
-- Returns how many of the products a person has answered.
local function count_moves(tally, before, after, products)
    local from, to = state_of(before), state_of(after)
    add(tally, from, -products)
    add(tally, to, products)
    add(tally, from and string.sub(before, DRAFT) == 'D' and 'draft:' .. from, -products)
    add(tally, to and string.sub(after, DRAFT) == 'D' and 'draft:' .. to, products)
    return FOR_PEOPLE[from] and to and not FOR_PEOPLE[to] and products or 0
end
