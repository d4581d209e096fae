-- One row a creator of whom a comment or the profile is known.
CREATE TABLE creators (
    creator_id TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;
