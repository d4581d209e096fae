-- Whether a post is sponsored, as found in flag and texts when it was described: 1, 0, or NULL when nothing is known or when
-- it was described before this migration; then it is found when the post is described anew.
ALTER TABLE posts ADD COLUMN verdict BIGINT;
-- How certain that is, 0 to 1.
ALTER TABLE posts ADD COLUMN verdict_confidence DOUBLE PRECISION;
-- 1 when the description expired and only the publish time stays, because counts refer to it.
ALTER TABLE posts ADD COLUMN cleared BIGINT NOT NULL DEFAULT 0;

-- The last readings that were purged, microseconds since the epoch: what needs them is missing because it expired.
ALTER TABLE creators ADD COLUMN posts_purged_to BIGINT;
ALTER TABLE creators ADD COLUMN account_purged_to BIGINT;

-- What the purge looks for. Sources above 5 (files, given, generated) have no limit by default and no place here.
CREATE INDEX post_counts_by_age ON post_counts (source, observed_at) WHERE source <= 5;
CREATE INDEX account_counts_by_age ON account_counts (source, observed_at) WHERE source <= 5;
CREATE INDEX posts_by_age ON posts (source, describe_time) WHERE source <= 5;
