-- Which change wrote a description or a reading: the version that the creator had before it. 0 for rows older than this.
ALTER TABLE posts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE post_counts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- Posts that lost a description or readings, for those who follow them; kept as long as the change log.
CREATE TABLE purged_posts (
    creator_id TEXT NOT NULL,
    post_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    purged_at BIGINT NOT NULL,
    PRIMARY KEY (creator_id, post_id)
) WITHOUT ROWID;

-- Entries before this say nothing of posts, so no stream may go on from there.
UPDATE change_head SET trimmed = position;
DELETE FROM changes;
