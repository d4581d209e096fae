-- Creators of whom something was observed, and the end of their windows.
CREATE TABLE creators (
    creator_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    platform BIGINT NOT NULL,
    -- Position of the last change in the change log; 0 only inside the transaction that adds the creator.
    version BIGINT NOT NULL,
    -- Last observation of anything of the creator, microseconds since the epoch.
    as_of BIGINT NOT NULL,
    -- Followers of the last account observation that reports or hides them, and its time.
    followers BIGINT,
    followers_at BIGINT
);

-- What was published.
CREATE TABLE posts (
    creator_id TEXT COLLATE "C" NOT NULL,
    post_id TEXT COLLATE "C" NOT NULL,
    describe_time BIGINT NOT NULL,
    publish_time BIGINT,
    format BIGINT,
    sponsored BIGINT,
    source BIGINT NOT NULL,
    duration BIGINT,
    language TEXT NOT NULL,
    category TEXT NOT NULL,
    title TEXT NOT NULL,
    -- JSON array of texts.
    hashtags TEXT NOT NULL,
    caption TEXT NOT NULL,
    PRIMARY KEY (creator_id, post_id)
);

-- Counts of posts, each reading kept.
CREATE TABLE post_counts (
    creator_id TEXT COLLATE "C" NOT NULL,
    post_id TEXT COLLATE "C" NOT NULL,
    observed_at BIGINT NOT NULL,
    source BIGINT NOT NULL,
    -- Bit n: the n-th of the six counts below is hidden by the creator.
    hidden BIGINT NOT NULL,
    views BIGINT,
    likes BIGINT,
    dislikes BIGINT,
    comments BIGINT,
    shares BIGINT,
    saves BIGINT,
    PRIMARY KEY (creator_id, post_id, observed_at)
);

-- Counts of accounts, each reading kept.
CREATE TABLE account_counts (
    creator_id TEXT COLLATE "C" NOT NULL,
    observed_at BIGINT NOT NULL,
    source BIGINT NOT NULL,
    -- Bit n: the n-th of the five counts below is hidden by the creator.
    hidden BIGINT NOT NULL,
    followers BIGINT,
    following BIGINT,
    total_views BIGINT,
    total_likes BIGINT,
    total_posts BIGINT,
    PRIMARY KEY (creator_id, observed_at)
);
