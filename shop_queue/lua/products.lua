-- Shared by scripts with `product_values products` in their line `-- uses:`; redis_client/scripts.py prepends these
-- files to them. Collects the product changes of one script call and stores them together.
local ENDS = {needs_input = 'n', relisted = 'r', already_v2 = 'v', rejected = 'j', failed = 'f', gone = 'g'}
local DAYS_KEPT = 14

-- The changed products of this script call and what happens to each, in order; one product may change several times.
local changed_products, transitions, number_of_changes = {}, {}, 0
local known_transitions = {}

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

-- A real job is now in this state.
local function enter(id, character) change(id, character, 'enter') end

-- Enter the state of a real job, unless the product already has one.
local function appear(id, character) change(id, character, 'appear') end

-- A job is now in this state, if it is a real one.
local function go_on(id, character) change(id, character, 'go_on') end

-- A job has ended with this outcome. This becomes the product's last end if the job was a real one.
local function finish(id, outcome) change(id, ENDS[outcome] or '', 'finish') end

-- Like `finish`, but the job runs again.
local function repeat_after(id, outcome) change(id, ENDS[outcome] or '', 'repeat') end

-- A job that waited or ran returns to its lane. An audit continues.
local function go_back(id)
    local _, slot = product_of(id)
    if slot ~= AUDIT then change(id, 'Q', 'go_on') end
end

-- A job was taken from its lane before it ran: the product keeps its state, or becomes failed if no job ever ran for
-- it.
local function withdraw(id) change(id, 'f', 'withdraw') end

-- A real search has found a blocked product. If only a dry run had processed it before, it becomes known now.
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
