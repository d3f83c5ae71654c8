-- What people did, in the web UI and by command. Each row's hash covers the row before (action_log.py).
CREATE TABLE actions (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    about BYTEA NOT NULL,
    hash BYTEA NOT NULL
);

-- Titles and SKUs, to find products by. They are copies: edits have the originals.
CREATE TABLE product_names (
    shop_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    title TEXT NOT NULL,
    words TEXT NOT NULL, -- the title and the SKUs in lower case
    PRIMARY KEY (shop_id, product_id)
);
