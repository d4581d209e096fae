-- Creators of whom comments are known.
CREATE TABLE creators (
    creator_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    platform BIGINT NOT NULL,
    -- Position of the last change in the change log; 0 only inside the transaction that adds the creator.
    version BIGINT NOT NULL,
    -- Last time a comment of the creator was read, microseconds since the epoch.
    as_of BIGINT NOT NULL
);

-- Keys of the hashes of authors and texts. A new one is made from time to time; an old one goes with the last comment under it.
CREATE TABLE hash_keys (
    key_id BIGINT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL,
    made_at BIGINT NOT NULL
);

-- What was read from comments. Neither their texts nor the names of their authors.
CREATE TABLE comments (
    creator_id TEXT COLLATE "C" NOT NULL,
    post_id TEXT COLLATE "C" NOT NULL,
    comment_id TEXT COLLATE "C" NOT NULL,
    -- When it was written; where that is not known, when it was read.
    at BIGINT NOT NULL,
    publish_time BIGINT,
    observe_time BIGINT NOT NULL,
    source BIGINT NOT NULL,
    -- ISO 639-1, empty when not known.
    language TEXT NOT NULL,
    language_confidence DOUBLE PRECISION NOT NULL,
    -- The model of the probabilities; empty without them.
    model TEXT NOT NULL,
    negative DOUBLE PRECISION,
    neutral DOUBLE PRECISION,
    positive DOUBLE PRECISION,
    -- Why there are no probabilities, as on the wire.
    unknown BIGINT,
    -- Whom or what it is about, as on the wire.
    target BIGINT,
    target_confidence DOUBLE PRECISION NOT NULL,
    likes BIGINT,
    -- log2(2 + likes)
    weight DOUBLE PRECISION NOT NULL,
    -- Hashes under the key: of the author, where known, and of the text.
    key_id BIGINT NOT NULL,
    author BIGINT,
    fingerprint BIGINT NOT NULL,
    -- Says nothing: no letters, or one word.
    empty BIGINT NOT NULL,
    is_reply BIGINT NOT NULL,
    author_country TEXT NOT NULL,
    excerpt TEXT,
    -- Hash of the comment's name under the key: the smallest of each creator are read by the encoders too.
    sample_rank BIGINT NOT NULL,
    -- The encoders that the comment could have been read by; empty without them and without probabilities.
    second_model TEXT NOT NULL,
    -- What they read; null where the comment was not chosen.
    second_negative DOUBLE PRECISION,
    second_neutral DOUBLE PRECISION,
    second_positive DOUBLE PRECISION,
    PRIMARY KEY (creator_id, post_id, comment_id)
);
CREATE INDEX comments_author ON comments (author, creator_id) WHERE author IS NOT NULL;
-- What expires by its source; files and what was told are not among these numbers.
CREATE INDEX comments_age ON comments (source, observe_time) WHERE source <= 5;
-- The random order in which comments are chosen for the encoders.
CREATE INDEX comments_sample ON comments (creator_id, second_model, sample_rank) WHERE second_model <> '';
