-- Values as last computed, so that many creators can be compared; can be computed again from the other tables at any time.
CREATE TABLE computed (
    creator_id TEXT NOT NULL PRIMARY KEY,
    -- The creator's version that they were computed at.
    version BIGINT NOT NULL,
    -- Which definitions and windows `numbers` has, in which order.
    layout BIGINT NOT NULL,
    followers BIGINT,
    -- 8 bytes a definition, a float in little-endian order; NaN where there is no value.
    numbers BLOB NOT NULL
) WITHOUT ROWID;

-- What discovery tells of creators that cohorts are made by.
CREATE TABLE traits (
    creator_id TEXT NOT NULL PRIMARY KEY,
    country TEXT NOT NULL,
    -- JSON arrays of texts, the main one first.
    niches TEXT NOT NULL,
    languages TEXT NOT NULL,
    -- The snapshot that last had the creator.
    snapshot BIGINT NOT NULL
) WITHOUT ROWID;

-- How far each background job has come.
CREATE TABLE job_places (
    job TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    detail TEXT NOT NULL
) WITHOUT ROWID;

-- Recomputations. Ids rise with time.
CREATE TABLE recompute_operations (
    operation_id TEXT NOT NULL PRIMARY KEY,
    -- `client:` and the client's id, or `own:` and the operation's.
    request_key TEXT NOT NULL UNIQUE,
    -- As on the wire.
    state BIGINT NOT NULL,
    -- JSON: creators, platforms and tiers asked for.
    scope TEXT NOT NULL,
    -- Creators up to this id are computed.
    after_creator TEXT NOT NULL,
    total_count BIGINT NOT NULL,
    done_count BIGINT NOT NULL,
    changed_count BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    end_time BIGINT,
    error_message TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX recompute_operations_by_state ON recompute_operations (state, operation_id);
