-- Owns the raw files as two tables of readings, in the order in which they are imported. Never a metric.
-- What stands above the line `Rows` are empty tables.
-- `folder` is a variable. Every cell is read as text and cast here, as the mappings in deploy/mappings say. Times are
-- microseconds since 1970.

CREATE MACRO cell(content) AS nullif(trim(content), '');
CREATE MACRO count_of(content) AS CAST(cell(content) AS BIGINT);
CREATE MACRO micros(content) AS epoch_us(CAST(content AS TIMESTAMPTZ));
CREATE MACRO table_of(files) AS TABLE
  SELECT row_number() OVER () AS place, *
  FROM read_csv(files, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"');

-- One row a row of a file that says something of a post. `hidden` are the terms that it hides.
CREATE TABLE post_row (
  seq BIGINT, set_name TEXT, creator TEXT, post TEXT, time BIGINT, publish_time BIGINT, sponsored BOOLEAN,
  views BIGINT, likes BIGINT, dislikes BIGINT, comments BIGINT, shares BIGINT, hidden TEXT[]
);
-- The same of an account.
CREATE TABLE account_row (
  seq BIGINT, set_name TEXT, creator TEXT, time BIGINT, followers BIGINT, total_views BIGINT, hidden TEXT[]
);

-- Rows --

-- TikTok: counts of a post and of its account in each row, all read at one time that the files do not tell.
CREATE TABLE tiktok_file AS FROM table_of([getvariable('folder') || '/tiktok_famous/' || file || '.csv'
  FOR file IN ['sug_users_vids1', 'sug_users_vids2', 'sug_users_vids3', 'sug_users_vids4', 'top_users_vids']]);
INSERT INTO post_row
  SELECT place, 'tiktok_famous', 'tiktok:' || cell(user_name), cell(id), micros('2020-11-10T00:00:00Z'),
    CAST(create_time AS BIGINT) * 1000000, NULL, count_of(n_plays), count_of(n_likes), NULL, count_of(n_comments),
    count_of(n_shares), []
  FROM tiktok_file;
INSERT INTO account_row
  SELECT place, 'tiktok_famous', 'tiktok:' || cell(user_name), micros('2020-11-10T00:00:00Z'), count_of(n_followers),
    NULL, []
  FROM tiktok_file;

-- Brazilian channels: accounts in one file, videos in the other, joined by title. A channel UC… has the playlist UU….
CREATE TABLE ptbr_channel AS
  SELECT *, 'youtube:UC' || substr(cell(playlistId), 3) AS creator
  FROM table_of(getvariable('folder') || '/youtube_ptbr/channel.csv');
INSERT INTO account_row
  SELECT place, 'youtube_ptbr', creator, micros('2023-05-10T00:00:00Z'), count_of(subscribers), count_of(views), []
  FROM ptbr_channel;
INSERT INTO post_row
  SELECT video.place, 'youtube_ptbr', creator, cell(video_id), micros('2023-05-10T00:00:00Z'), micros(publishedAt), NULL,
    count_of(viewCount), count_of(likeCount), NULL, count_of(commentCount), NULL, []
  FROM table_of(getvariable('folder') || '/youtube_ptbr/video.csv') AS video
  JOIN ptbr_channel ON cell(channelTitle) = cell(channelName);

-- US trending: days without a year, no ids of channels (an id is made of the title: everything but A-Z a-z 0-9 . _ - is
-- escaped), no times of publishing. A video id has 11 characters and a platform id at most 200; other rows are rejected.
CREATE TABLE us_row AS
  SELECT *, '~' || replace(url_encode(trim(channel_title)), '~', '%7E') AS platform_id
  FROM table_of(getvariable('folder') || '/youtube_trending_us_2017/USvideos.csv');
INSERT INTO post_row
  SELECT place, 'youtube_trending_us_2017', 'youtube:' || platform_id, cell(video_id),
    epoch_us(strptime(date || '.2017 +0000', '%d.%m.%Y %z')), NULL, NULL, count_of(views), count_of(likes),
    count_of(dislikes), count_of(comment_total), NULL, []
  FROM us_row
  WHERE regexp_full_match(trim(video_id), '[A-Za-z0-9_-]{11}') AND length(platform_id) <= 200;

-- Korean trending, about hourly: views of a video and subscribers of its channel, where 0 stands for hidden.
CREATE TABLE kr_row AS FROM table_of(getvariable('folder') || '/youtube_trending_kr_2026/kr_trending_timeseries.csv');
INSERT INTO post_row
  SELECT place, 'youtube_trending_kr_2026', 'youtube:' || cell(channel_id), cell(video_id), micros(collected_at),
    micros(published), NULL, count_of(views), NULL, NULL, NULL, NULL, []
  FROM kr_row;
INSERT INTO account_row
  SELECT place, 'youtube_trending_kr_2026', 'youtube:' || cell(channel_id), micros(collected_at),
    nullif(count_of(subs), 0), NULL, CASE WHEN count_of(subs) = 0 THEN ['followers'] ELSE [] END
  FROM kr_row;
