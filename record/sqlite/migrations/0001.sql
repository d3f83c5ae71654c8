-- The first column of entries is a mark by which they are found when the file's structure is damaged (salvage.py).
CREATE TABLE edits (
    mark BLOB NOT NULL DEFAULT x'F2A7D35C',
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    shop_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    decision TEXT NOT NULL,
    content BLOB NOT NULL,
    checksum BLOB NOT NULL
);
CREATE INDEX edits_by_product ON edits (shop_id, product_id, id);
CREATE INDEX edits_by_run ON edits (run_id, shop_id, product_id, id);
CREATE INDEX edits_by_decision ON edits (decision, shop_id, product_id, id);
CREATE INDEX edits_by_time ON edits (at, id);

CREATE TABLE edit_events (
    mark BLOB NOT NULL DEFAULT x'F2A7D35D',
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    edit_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    name TEXT NOT NULL,
    about BLOB NOT NULL,
    checksum BLOB NOT NULL
);
CREATE INDEX edit_events_by_edit ON edit_events (edit_id, id);

CREATE TABLE products (
    shop_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    run_id TEXT NOT NULL,
    checksum BLOB NOT NULL,
    edits INTEGER NOT NULL DEFAULT 0, -- entries of this product: an index that lost one is noticed
    PRIMARY KEY (shop_id, product_id)
) WITHOUT ROWID;
CREATE INDEX products_by_state ON products (state, shop_id, product_id);

CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    note TEXT NOT NULL,
    checksum BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE run_products (
    run_id TEXT NOT NULL,
    shop_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    PRIMARY KEY (run_id, shop_id, product_id)
) WITHOUT ROWID;
CREATE INDEX run_products_by_product ON run_products (shop_id, product_id);

CREATE TABLE usage (
    run_id TEXT NOT NULL,
    shop_id TEXT NOT NULL,
    edits INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (run_id, shop_id)
) WITHOUT ROWID;

CREATE TABLE state_counts (
    shop_id TEXT NOT NULL,
    state TEXT NOT NULL,
    products INTEGER NOT NULL,
    PRIMARY KEY (shop_id, state)
) WITHOUT ROWID;

CREATE TRIGGER products_counted AFTER INSERT ON products BEGIN
    INSERT INTO state_counts VALUES (new.shop_id, new.state, 1)
        ON CONFLICT DO UPDATE SET products = products + 1;
END;
CREATE TRIGGER products_moved AFTER UPDATE OF state ON products WHEN old.state <> new.state BEGIN
    UPDATE state_counts SET products = products - 1 WHERE shop_id = old.shop_id AND state = old.state;
    INSERT INTO state_counts VALUES (new.shop_id, new.state, 1)
        ON CONFLICT DO UPDATE SET products = products + 1;
END;
CREATE TRIGGER products_forgotten AFTER DELETE ON products BEGIN
    UPDATE state_counts SET products = products - 1 WHERE shop_id = old.shop_id AND state = old.state;
END;

CREATE TABLE imports (
    source TEXT PRIMARY KEY, -- a journal file's name
    offset INTEGER NOT NULL  -- bytes of it that have been imported
) WITHOUT ROWID;
