-- Owns what was known of each creator of table `chosen` at the variable `until`, and which posts each window holds. Never
-- a formula. Written from the shared semantics of the metrics service's registry. Times are microseconds since 1970.

CREATE OR REPLACE MACRO days(number) AS number * 86400000000;

-- A subject is read once at a time: the first row counts, whatever later rows of the same time say.
CREATE OR REPLACE TABLE post_reading AS
  SELECT * FROM post_row
  WHERE creator IN (FROM chosen) AND time <= getvariable('until')
    AND (coalesce(views, likes, dislikes, comments, shares) IS NOT NULL OR len(hidden) > 0)
  QUALIFY row_number() OVER (PARTITION BY creator, post, time ORDER BY seq) = 1;
CREATE OR REPLACE TABLE account_reading AS
  SELECT * FROM account_row
  WHERE creator IN (FROM chosen) AND time <= getvariable('until')
  QUALIFY row_number() OVER (PARTITION BY creator, time ORDER BY seq) = 1;

-- What a post says of itself is what its last reading said; of rows of one time the first.
CREATE OR REPLACE TABLE described AS
  SELECT creator, post, min(time) OVER (PARTITION BY creator, post) AS first_time, publish_time, sponsored FROM post_row
  WHERE creator IN (FROM chosen)
  QUALIFY row_number() OVER (PARTITION BY creator, post ORDER BY time DESC, seq) = 1;

CREATE OR REPLACE TABLE span AS
  SELECT creator, max(time) AS as_of, min(time) AS first_time
  FROM (SELECT creator, time FROM post_reading UNION ALL SELECT creator, time FROM account_reading)
  GROUP BY creator;

-- The posts with the counts of their last reading. `mature`: those counts were read 96 hours or more after publishing or,
-- without a publish time, after the first reading.
CREATE OR REPLACE TABLE post AS
  WITH last_reading AS (
    SELECT *, min(time) OVER (PARTITION BY creator, post) AS first_reading FROM post_reading
    QUALIFY row_number() OVER (PARTITION BY creator, post ORDER BY time DESC) = 1
  ), dated AS (
    SELECT creator, as_of, post, sponsored, CASE WHEN publish_time <= as_of THEN publish_time END AS publish_time
    FROM described JOIN span USING (creator)
    WHERE described.first_time <= as_of
  )
  SELECT creator, as_of, post, dated.publish_time, dated.sponsored, time IS NOT NULL AS counted,
    time - coalesce(dated.publish_time, first_reading) >= days(4) AS mature,
    views, likes, dislikes, comments, shares, coalesce(hidden, []) AS hidden
  FROM dated LEFT JOIN last_reading USING (creator, post);

CREATE OR REPLACE TABLE window_days AS
  FROM (VALUES ('WINDOW_7D', 7), ('WINDOW_30D', 30), ('WINDOW_90D', 90), ('WINDOW_365D', 365),
    ('WINDOW_LAST_20_POSTS', NULL), ('WINDOW_LIFETIME', NULL)) AS listed(win, number);

-- The posts that a window can hold: of `last_20_posts` all dated ones, which are cut to 20 below.
CREATE OR REPLACE TABLE candidate AS
  SELECT * FROM post CROSS JOIN window_days
  WHERE CASE win
    WHEN 'WINDOW_LIFETIME' THEN true
    WHEN 'WINDOW_LAST_20_POSTS' THEN publish_time IS NOT NULL
    ELSE publish_time > as_of - days(number) AND publish_time <= as_of END;

-- The posts of a window for frequency: all, of `last_20_posts` the 20 newest of all.
CREATE OR REPLACE TABLE member AS
  SELECT * FROM candidate
  QUALIFY win <> 'WINDOW_LAST_20_POSTS'
    OR row_number() OVER (PARTITION BY creator, win ORDER BY publish_time DESC, post DESC) <= 20;

-- The posts of a window for per-post numbers: with counts and old enough, of `last_20_posts` the 20 newest of these.
CREATE OR REPLACE TABLE sample AS
  SELECT * FROM candidate WHERE counted AND mature
  QUALIFY win <> 'WINDOW_LAST_20_POSTS'
    OR row_number() OVER (PARTITION BY creator, win ORDER BY publish_time DESC, post DESC) <= 20;

-- Why a window may have no sample at all; `empty_reason` is null when it has one.
CREATE OR REPLACE TABLE scope AS
  SELECT creator, span.as_of, span.first_time, win, window_days.number,
    CASE
      WHEN count(post) = 0 THEN 'NO_POSTS_IN_WINDOW'
      WHEN count(*) FILTER (counted AND mature) > 0 THEN NULL
      WHEN count(*) FILTER (counted) > 0 THEN 'TOO_FEW_POSTS'
      ELSE 'NOT_REPORTED' END AS empty_reason
  FROM span CROSS JOIN window_days LEFT JOIN candidate USING (creator, win)
  GROUP BY ALL;

-- The last reading of an account that reports or hides a count.
CREATE OR REPLACE MACRO last_told(term) AS TABLE
  SELECT creator, time, CASE term WHEN 'followers' THEN followers WHEN 'total_views' THEN total_views END AS told
  FROM account_reading
  WHERE told IS NOT NULL OR list_contains(hidden, term)
  QUALIFY row_number() OVER (PARTITION BY creator ORDER BY time DESC) = 1;
