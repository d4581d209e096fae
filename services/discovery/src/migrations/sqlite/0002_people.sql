-- What is derived of profiles, for look-ups. Rows with an older `derived` are brought up to date in the background.
ALTER TABLE creators ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE creators ADD COLUMN source BIGINT NOT NULL DEFAULT 0;
ALTER TABLE creators ADD COLUMN observe_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE creators ADD COLUMN derived BIGINT NOT NULL DEFAULT 0;
CREATE INDEX creators_person ON creators (person) WHERE person <> '';
CREATE INDEX creators_age ON creators (source, observe_time);
CREATE INDEX creators_underived ON creators (creator_id) WHERE derived < 1;

-- Under which keys links find a creator: its id, its handle.
CREATE TABLE account_keys (
    creator_id  TEXT NOT NULL,
    target      TEXT NOT NULL,
    PRIMARY KEY (creator_id, target)
) WITHOUT ROWID;
CREATE INDEX account_keys_target ON account_keys (target, creator_id);

-- What the links in profiles point to.
CREATE TABLE account_links (
    creator_id  TEXT NOT NULL,
    target      TEXT NOT NULL,
    link        TEXT NOT NULL,
    PRIMARY KEY (creator_id, target)
) WITHOUT ROWID;
CREATE INDEX account_links_target ON account_links (target, creator_id);

-- Links that somebody made by a call; they go before the profile's.
CREATE TABLE person_links (
    creator_id  TEXT   NOT NULL PRIMARY KEY,
    person      TEXT   NOT NULL,
    at          BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX person_links_person ON person_links (person);

-- Ways to reach creators, sealed under the key that is named. `origin` is 1 for what was given, 2 for what a profile showed.
CREATE TABLE contacts (
    creator_id    TEXT   NOT NULL,
    origin        BIGINT NOT NULL,
    source        BIGINT NOT NULL,
    observe_time  BIGINT NOT NULL,
    key_id        TEXT   NOT NULL,
    sealed        BLOB   NOT NULL,
    PRIMARY KEY (creator_id, origin)
) WITHOUT ROWID;
CREATE INDEX contacts_age ON contacts (source, observe_time);
CREATE INDEX contacts_key ON contacts (key_id);

-- The position of the newest erasure in the change log.
CREATE TABLE erased (
    id        BIGINT NOT NULL PRIMARY KEY,
    position  BIGINT NOT NULL
);
