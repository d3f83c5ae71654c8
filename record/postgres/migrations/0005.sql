-- Events of each run and shop, and the sum of their entries' numbers: an event that was removed is noticed and named.
ALTER TABLE usage ADD COLUMN events BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage ADD COLUMN event_edits NUMERIC NOT NULL DEFAULT 0;
UPDATE usage SET events = found.events, event_edits = found.edits FROM (
    SELECT e.run_id, e.shop_id, count(*) AS events, sum(e.id) AS edits
    FROM edit_events v JOIN edits e ON e.id = v.edit_id GROUP BY e.run_id, e.shop_id
) AS found WHERE usage.run_id = found.run_id AND usage.shop_id = found.shop_id;
