-- What a key may cost a month, in quota units; NULL for what the settings say, 0 for no limit.
ALTER TABLE keys ADD COLUMN monthly_quota BIGINT;

-- What a key used of a method on a day.
CREATE TABLE usage (
    -- Days since 1970-01-01, UTC.
    day BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    calls BIGINT NOT NULL,
    units BIGINT NOT NULL,
    PRIMARY KEY (day, key, tenant, method)
);
CREATE INDEX usage_by_key ON usage (key, day);
CREATE INDEX usage_by_tenant ON usage (tenant, day);

-- Who called what. Never what was asked or answered.
CREATE TABLE audit (
    -- In the order of time.
    id TEXT COLLATE "C" PRIMARY KEY,
    -- Microseconds since the epoch; how long in microseconds.
    ended_at BIGINT NOT NULL,
    duration BIGINT NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    units BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    peer_address TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (ended_at);
