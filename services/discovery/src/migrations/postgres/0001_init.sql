CREATE TABLE creators (
    creator_id   TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
    profile      TEXT   NOT NULL,
    create_time  BIGINT NOT NULL,
    update_time  BIGINT NOT NULL,
    version      BIGINT NOT NULL
);

-- What the metrics service said last, also about creators without a profile. `seen` is the snapshot that had the creator.
CREATE TABLE creator_metrics (
    creator_id  TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
    followers   BIGINT,
    as_of       BIGINT,
    measures    TEXT   NOT NULL,
    encoded     BYTEA  NOT NULL,
    seen        BIGINT NOT NULL
);

-- How far this service has followed another.
CREATE TABLE followed (
    source        TEXT   COLLATE "C" NOT NULL PRIMARY KEY,
    resume_token  TEXT   NOT NULL,
    position      BIGINT NOT NULL,
    snapshot      BIGINT NOT NULL
);

-- The metrics that creators are indexed by.
CREATE TABLE metric_fields (
    id  TEXT COLLATE "C" NOT NULL PRIMARY KEY
);
