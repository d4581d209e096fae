-- Brands, campaigns, participants and deliverables: each kept as its message.
CREATE TABLE resources (
    tenant TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    -- 1 brand, 2 campaign, 3 participant, 4 deliverable
    kind BIGINT NOT NULL,
    -- What it belongs to: of a campaign its brand, of participants and deliverables their campaign; empty for brands.
    parent TEXT COLLATE "C" NOT NULL,
    -- As on the wire; 0 for what has none.
    state BIGINT NOT NULL,
    -- Of participants the creator, of deliverables the participant; empty otherwise.
    owner TEXT COLLATE "C" NOT NULL,
    -- From 1, rising with every change.
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (tenant, name)
);
CREATE INDEX resources_parent ON resources (tenant, kind, parent, name);
CREATE INDEX resources_state ON resources (kind, state);
CREATE INDEX resources_owner ON resources (owner) WHERE owner <> '';

-- What was done in a campaign; only ever added to, and removed with the campaign.
CREATE TABLE events (
    tenant TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    kind BIGINT NOT NULL,
    state_before TEXT NOT NULL,
    state_after TEXT NOT NULL,
    before BYTEA,
    after BYTEA,
    request_id TEXT COLLATE "C" NOT NULL,
    -- Why; empty without a reason.
    note TEXT NOT NULL,
    PRIMARY KEY (tenant, campaign, number)
);

-- Calls that named themselves, so that the same call twice does one thing.
CREATE TABLE requests (
    tenant TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    -- BLAKE3 of method and request
    hash BYTEA NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, request_id)
);
CREATE INDEX requests_age ON requests (at);

-- Posts that belong to deliverables.
CREATE TABLE tracked (
    tenant TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    deliverable TEXT COLLATE "C" NOT NULL,
    creator_id TEXT COLLATE "C" NOT NULL,
    post_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, campaign, deliverable)
);
CREATE UNIQUE INDEX tracked_post ON tracked (creator_id, post_id, tenant, campaign);

-- Posts that metrics told of and whose counts are kept: tracked ones, and a sample to learn from.
CREATE TABLE posts (
    creator_id TEXT COLLATE "C" NOT NULL,
    post_id TEXT COLLATE "C" NOT NULL,
    platform BIGINT NOT NULL,
    format BIGINT NOT NULL,
    source BIGINT NOT NULL,
    publish_time BIGINT,
    -- The smaller, the earlier it is taken into the sample; a hash of the name.
    rank BIGINT NOT NULL,
    PRIMARY KEY (creator_id, post_id)
);
CREATE INDEX posts_rank ON posts (platform, rank);

-- Counts of these posts, as they were read.
CREATE TABLE readings (
    creator_id TEXT COLLATE "C" NOT NULL,
    post_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    -- When this service heard of it: before that nobody knew.
    taken_at BIGINT NOT NULL,
    source BIGINT NOT NULL,
    views BIGINT,
    likes BIGINT,
    comments BIGINT,
    shares BIGINT,
    PRIMARY KEY (creator_id, post_id, at)
);
CREATE INDEX readings_age ON readings (source, at) WHERE source <= 5;

-- How the comments of tracked posts felt, as scoring told.
CREATE TABLE sentiments (
    creator_id TEXT COLLATE "C" NOT NULL,
    post_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    -- Comments that were read.
    sample_size BIGINT NOT NULL,
    -- Share of positive minus share of negative ones.
    net DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (creator_id, post_id, at)
);

-- Clicks, conversions and revenue by code.
CREATE TABLE conversions (
    tenant TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    participant TEXT COLLATE "C" NOT NULL,
    code TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- When it was recorded.
    recorded_at BIGINT NOT NULL,
    clicks BIGINT,
    conversions BIGINT,
    revenue_minor BIGINT,
    PRIMARY KEY (tenant, campaign, record_id)
);

-- Alerts, open and past.
CREATE TABLE alerts (
    tenant TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    -- What it is about: kind and objective or deliverable.
    subject TEXT COLLATE "C" NOT NULL,
    raised_at BIGINT NOT NULL,
    cleared_at BIGINT,
    body BYTEA NOT NULL,
    PRIMARY KEY (tenant, campaign, number)
);
CREATE INDEX alerts_raised ON alerts (tenant, raised_at, campaign, number);
CREATE INDEX alerts_of_campaign ON alerts (tenant, campaign, raised_at, number);

-- What the next decision about a subject has to remember, as JSON.
CREATE TABLE alert_memory (
    tenant TEXT COLLATE "C" NOT NULL,
    campaign TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, campaign, subject)
);

-- How far other services were followed.
CREATE TABLE followed (
    service TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    resume_token TEXT NOT NULL
);
