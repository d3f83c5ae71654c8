-- Copies of what only Redis holds, for `relist record rebuild`.
CREATE TABLE shop_copies (
    shop_id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    about BYTEA NOT NULL,
    checksum BYTEA NOT NULL
);
CREATE INDEX shop_copies_by_account ON shop_copies (account);

CREATE TABLE token_copies (
    account TEXT PRIMARY KEY,
    sealed BYTEA NOT NULL, -- encrypted with RELIST_TOKEN_KEY
    checksum BYTEA NOT NULL
);
