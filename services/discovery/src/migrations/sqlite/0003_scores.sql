-- What the scoring service said last, also about creators without a profile. `seen` is the snapshot that had the creator.
CREATE TABLE creator_scores (
    creator_id  TEXT   NOT NULL PRIMARY KEY,
    facts       TEXT   NOT NULL,
    encoded     BLOB   NOT NULL,
    seen        BIGINT NOT NULL
) WITHOUT ROWID;

-- Creators that were removed here while the scoring service was away: it is told when it is back.
CREATE TABLE erasures_owed (
    creator_id  TEXT   NOT NULL PRIMARY KEY
) WITHOUT ROWID;

-- What the texts of profiles mean, in the vectors of a model: components of one byte each, none when the text says nothing.
-- `text_hash` tells texts apart.
CREATE TABLE creator_vectors (
    creator_id  TEXT   NOT NULL PRIMARY KEY,
    model       TEXT   NOT NULL,
    text_hash   TEXT   NOT NULL,
    components  BLOB   NOT NULL
) WITHOUT ROWID;
