-- Copies of what only Redis holds, for `relist record rebuild`.
CREATE TABLE shop_copies (
    shop_id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    about BLOB NOT NULL,
    checksum BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX shop_copies_by_account ON shop_copies (account);

CREATE TABLE token_copies (
    account TEXT PRIMARY KEY,
    sealed BLOB NOT NULL, -- encrypted with RELIST_TOKEN_KEY
    checksum BLOB NOT NULL
) WITHOUT ROWID;
