-- Shared by scripts with `products` in their line `-- uses:`; redis_client/scripts.py puts this file in front of them.
--
-- The state of every known product of a shop. The hash `products` holds five characters per product:
--   1 its relist job, 2 its undo, 3 its audit: Q queued, A in audit, W waiting, - none
--   4 its last end: n needs_input, r relisted, v already_v2, j rejected, f failed, g gone, - none yet
--   5 D if the last search found it as a draft, else -
-- The hash `states` counts the products in each state, drafts also as `draft:<state>`, and per day the products that
-- left a state in which they wait for a person, as `answered:<days since 1970>`. Dry runs change nothing here.
-- A product is running while its relist job or its undo is in flight. That is read from the lane (`running_products`),
-- so a claim writes nothing here. Earlier versions stored it, as R; the end of the job clears it.
local ENDS = {needs_input = 'n', relisted = 'r', already_v2 = 'v', rejected = 'j', failed = 'f', gone = 'g'}
local END_STATES = {n = 'needs_input', r = 'relisted', v = 'already_v2', j = 'rejected', f = 'failed', g = 'gone'}
local FOR_PEOPLE = {needs_input = true, rejected = true, failed = true}
local NO_PRODUCT = {upgrade = true, canary = true, heartbeat = true}
local RELIST, UNDO, AUDIT, LAST, DRAFT = 1, 2, 3, 4, 5
local SLOTS = {undo = UNDO, audit = AUDIT}
local AT_ONCE, DAYS_KEPT = 1000, 14

local DIGIT_NINE = 57

-- The changed products of this script call and what happens to each, in order; one product may change several times.
local changed_products, transitions, number_of_changes = {}, {}, 0
local known_transitions, known_states = {}, {}

-- The product a job is about, and the place of its character; nil for a job that is about no known product.
local function product_of(id)
    if (string.byte(id) or 0) <= DIGIT_NINE then return id, RELIST end
    local kind, product = string.match(id, '^(%a+):(.*)$')
    if kind then return product, SLOTS[kind] end
    if NO_PRODUCT[id] then return nil end
    return id, RELIST
end

local function branch(tree, name)
    local found = tree[name]
    if not found then
        found = {}
        tree[name] = found
    end
    return found
end

local function add_change(product, slot, character, how)
    local same_kind = branch(branch(known_transitions, how), character)
    local transition = same_kind[slot]
    if not transition then
        transition = {slot = slot, character = character, how = how, results = {}}
        same_kind[slot] = transition
    end
    number_of_changes = number_of_changes + 1
    changed_products[number_of_changes], transitions[number_of_changes] = product, transition
end

local function change(id, character, how)
    local product, slot = product_of(id)
    if slot then add_change(product, slot, character, how) end
end

-- A real job is in this state from now.
local function enter(id, character) change(id, character, 'enter') end

-- Enter the state of a real job, unless the product already has one.
local function appear(id, character) change(id, character, 'appear') end

-- A job is in this state from now, if it is a real one.
local function go_on(id, character) change(id, character, 'go_on') end

-- A job has ended with this outcome. It is the product's last end if the job was a real one.
local function finish(id, outcome) change(id, ENDS[outcome] or '', 'finish') end

-- As `finish`, and the job runs again.
local function repeat_after(id, outcome) change(id, ENDS[outcome] or '', 'repeat') end

-- A job that waited or ran goes back into its lane. An audit goes on.
local function go_back(id)
    local _, slot = product_of(id)
    if slot ~= AUDIT then change(id, 'Q', 'go_on') end
end

-- A job was taken from its lane before it ran: the product is what it was, or failed if it was never looked at.
local function withdraw(id) change(id, 'f', 'withdraw') end

-- A real search has found a blocked product. If only a dry run has looked at it before, it is known from now.
local function appear_blocked(products, id, record)
    if redis.call('HEXISTS', products, id) == 1 then return end
    local decoded, about = pcall(cjson.decode, record)
    local outcome = decoded and type(about) == 'table' and about.outcome
    enter(id, 'Q')
    finish(id, ENDS[outcome] and outcome or 'failed')
end

local function mark_draft(id, is_draft) add_change(id, DRAFT, is_draft and 'D' or '-', 'mark') end

local function is_real(payload, dry_run_field)
    if not string.find(payload, '"' .. dry_run_field .. '":true', 1, true) then return true end
    local decoded, job = pcall(cjson.decode, payload)
    return decoded and type(job) == 'table' and job[dry_run_field] ~= true
end

-- Values are '' for unknown products.
local function has_job(value, slot)
    return value ~= '' and string.sub(value, slot, slot) ~= '-'
end

local function put(value, slot, character)
    if value == '' then value = '-----' end
    return string.sub(value, 1, slot - 1) .. character .. string.sub(value, slot + 1)
end

local function changed_value(value, slot, character, how)
    if how == 'enter' or (how == 'appear' and not has_job(value, slot)) then return put(value, slot, character) end
    if value == '' or how == 'appear' then return value end
    if how == 'mark' then return put(value, slot, character) end
    if not has_job(value, slot) then return value end
    if how == 'go_on' then return put(value, slot, character) end
    value = put(value, slot, how == 'repeat' and (slot == AUDIT and 'A' or 'Q') or '-')
    if how == 'withdraw' and (slot ~= RELIST or string.sub(value, LAST, LAST) ~= '-') then return value end
    return character == '' and value or put(value, LAST, character)
end

-- The products of a call share few values, so each result is kept.
local function apply(transition, value)
    local result = transition.results[value]
    if not result then
        result = changed_value(value, transition.slot, transition.character, transition.how)
        transition.results[value] = result
    end
    return result
end

-- The characters of jobs are capitals and stand nowhere else in a value.
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

-- The stored values of these products, in their order; false for unknown ones.
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

-- Returns what to add to each count of the hash `states` for the products whose jobs are in flight: they are running.
local function running_products(products, in_flight)
    local ids, slots = {}, {}
    for _, id in ipairs(in_flight) do
        local product, slot = product_of(id)
        if slot == RELIST or slot == UNDO then
            local n = #ids + 1
            ids[n], slots[n] = product, slot
        end
    end
    local values, stored, running, tally = read_values(products, ids), {}, {}, {}
    for i, id in ipairs(ids) do
        stored[id] = values[i] or ''
        local value = running[id] or stored[id]
        if has_job(value, slots[i]) then running[id] = put(value, slots[i], 'R') end
    end
    for id, value in pairs(running) do count_moves(tally, stored[id], value, 1) end
    return tally
end

local function count_answers(states, day, answered)
    if redis.call('HINCRBY', states, 'answered:' .. day, answered) > answered then return end
    for _, name in ipairs(redis.call('HGETALL', states)) do
        local counted = tonumber(string.match(name, '^answered:(%d+)$') or day)
        if counted <= day - DAYS_KEPT then redis.call('HDEL', states, name) end
    end
end

-- Applies the changes of this script call.
local function store_changes(products, states)
    if number_of_changes == 0 then return end
    local values, latest = read_values(products, changed_products), {}
    for i = 1, number_of_changes do
        local id = changed_products[i]
        latest[id] = apply(transitions[i], latest[id] or values[i] or '')
    end
    -- Value before -> value after -> number of products.
    local moves, puts, drops, fields = {}, {}, {}, 0
    for i = 1, number_of_changes do
        local id = changed_products[i]
        local old, new = values[i] or '', latest[id]
        -- A product with several changes moves once.
        latest[id] = nil
        if new and new ~= old then
            local ends = branch(moves, old)
            ends[new] = (ends[new] or 0) + 1
            if state_of(new) then
                puts[fields + 1], puts[fields + 2], fields = id, new, fields + 2
            elseif old ~= '' then
                drops[#drops + 1] = id
            end
        end
    end
    local tally, answered = {}, 0
    for old, ends in pairs(moves) do
        for new, number in pairs(ends) do answered = answered + count_moves(tally, old, new, number) end
    end
    for first = 1, fields, 2 * AT_ONCE do
        redis.call('HSET', products, unpack(puts, first, math.min(first + 2 * AT_ONCE - 1, fields)))
    end
    for first = 1, #drops, AT_ONCE do
        redis.call('HDEL', products, unpack(drops, first, math.min(first + AT_ONCE - 1, #drops)))
    end
    for name, number in pairs(tally) do
        if number ~= 0 then redis.call('HINCRBY', states, name, number) end
    end
    if answered > 0 then count_answers(states, math.floor(redis.call('TIME')[1] / 86400), answered) end
    changed_products, transitions, number_of_changes = {}, {}, 0
end
