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

-- Four entries for each change: product, slot, character, how.
local changes = {}

-- The product a job is about, and the place of its character; nil for a job that is about no known product.
local function product_of(id)
    if (string.byte(id) or 0) <= DIGIT_NINE then return id, RELIST end
    local kind, product = string.match(id, '^(%a+):(.*)$')
    if kind then return product, SLOTS[kind] end
    if NO_PRODUCT[id] then return nil end
    return id, RELIST
end

local function add_change(product, slot, character, how)
    local n = #changes
    changes[n + 1], changes[n + 2], changes[n + 3], changes[n + 4] = product, slot, character, how
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

local function has_job(value, slot) return value and string.sub(value, slot, slot) ~= '-' end

local function put(value, slot, character)
    return string.sub(value, 1, slot - 1) .. character .. string.sub(value, slot + 1)
end

local function read_state(value)
    local jobs = string.sub(value, RELIST, AUDIT)
    if string.find(jobs, 'R', 1, true) then return 'running' end
    if string.find(jobs, 'A', 1, true) then return 'in_audit' end
    if string.find(jobs, 'W', 1, true) then return 'waiting' end
    if string.find(jobs, 'Q', 1, true) then return 'queued' end
    return END_STATES[string.sub(value, LAST, LAST)]
end

-- The products of a call share few values.
local known_states = {}
local function state_of(value)
    local state = known_states[value]
    if state == nil then
        state = read_state(value) or false
        known_states[value] = state
    end
    return state
end

local function changed_value(value, slot, character, how)
    if how == 'enter' then return put(value or '-----', slot, character) end
    if how == 'appear' and not has_job(value, slot) then return put(value or '-----', slot, character) end
    if not value or how == 'appear' then return value end
    if how == 'mark' then return put(value, slot, character) end
    if not has_job(value, slot) then return value end
    if how == 'go_on' then return put(value, slot, character) end
    value = put(value, slot, how == 'repeat' and (slot == AUDIT and 'A' or 'Q') or '-')
    if how == 'withdraw' and (slot ~= RELIST or string.sub(value, LAST, LAST) ~= '-') then return value end
    return character == '' and value or put(value, LAST, character)
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

-- The values of these products; false for unknown ones.
local function read_values(products, ids)
    local found = {}
    for first = 1, #ids, AT_ONCE do
        local last = math.min(first + AT_ONCE - 1, #ids)
        local values = redis.call('HMGET', products, unpack(ids, first, last))
        for i = first, last do found[ids[i]] = values[i - first + 1] end
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
    local stored, running, tally = read_values(products, ids), {}, {}
    for i, id in ipairs(ids) do
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

-- Applies the changes of this script call, in their order.
local function store_changes(products, states)
    if #changes == 0 then return end
    local ids, after = {}, {}
    for i = 1, #changes, 4 do
        local id = changes[i]
        if not after[id] then
            after[id] = true
            ids[#ids + 1] = id
        end
    end
    local before = read_values(products, ids)
    for _, id in ipairs(ids) do after[id] = before[id] end
    for i = 1, #changes, 4 do
        local id = changes[i]
        after[id] = changed_value(after[id], changes[i + 1], changes[i + 2], changes[i + 3])
    end
    -- Value before -> value after -> number of products.
    local moves, puts, drops = {}, {}, {}
    for _, id in ipairs(ids) do
        local old, new = before[id] or '', after[id] or ''
        if old ~= new then
            local same_start = moves[old] or {}
            moves[old], same_start[new] = same_start, (same_start[new] or 0) + 1
            if state_of(new) then
                local n = #puts
                puts[n + 1], puts[n + 2] = id, new
            elseif old ~= '' then
                drops[#drops + 1] = id
            end
        end
    end
    local tally, answered = {}, 0
    for old, ends in pairs(moves) do
        for new, number in pairs(ends) do answered = answered + count_moves(tally, old, new, number) end
    end
    for first = 1, #puts, 2 * AT_ONCE do
        redis.call('HSET', products, unpack(puts, first, math.min(first + 2 * AT_ONCE - 1, #puts)))
    end
    for first = 1, #drops, AT_ONCE do
        redis.call('HDEL', products, unpack(drops, first, math.min(first + AT_ONCE - 1, #drops)))
    end
    for name, number in pairs(tally) do
        if number ~= 0 then redis.call('HINCRBY', states, name, number) end
    end
    if answered > 0 then count_answers(states, math.floor(redis.call('TIME')[1] / 86400), answered) end
    changes = {}
end
