-- Keys of callers. The secret itself is nowhere: `hash` is its SHA-256.
CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    -- Separated by commas.
    scopes TEXT NOT NULL,
    -- Microseconds since the epoch; NULL for never and not yet.
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    -- The key that this one takes the place of; empty for none.
    replaces TEXT NOT NULL
);
