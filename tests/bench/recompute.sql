-- Owns every default number of the registry, of every creator, as one aggregation. Written from the registry's texts.
-- Tables: post (creator, post, time, publish_time, sponsored, views, likes, dislikes, comments, shares) with the last reading
-- of each post, account (creator, time, followers, total_views). Times are microseconds since 1970; a day has 86400000000.
-- A number without a value is NULL.

CREATE OR REPLACE TABLE numbers AS
WITH account_span AS (
  SELECT creator, max(time) AS last_time, min(time) AS first_time, arg_max(followers, time) AS followers
  FROM account GROUP BY creator
), span AS (
  SELECT creator, greatest(max(time), any_value(last_time)) AS as_of,
    least(min(time), min(publish_time), any_value(first_time)) AS earliest, any_value(followers) AS followers
  FROM post JOIN account_span USING (creator) GROUP BY creator
), known AS (
  SELECT post.*, as_of, publish_time > as_of - 90 * 86400000000 AS member,
    member AND time - publish_time >= 4 * 86400000000 AS mature,
    coalesce(likes, 0) + coalesce(dislikes, 0) + coalesce(comments, 0) + coalesce(shares, 0) AS engagement,
    coalesce(likes, dislikes, comments, shares) IS NOT NULL AS engaged
  FROM post JOIN span USING (creator)
), made AS (
  SELECT creator,
    count(*) FILTER (member) AS posts,
    max(publish_time) AS newest,
    count(*) FILTER (member AND sponsored) AS sponsored_posts,
    count(sponsored) FILTER (member) AS marked_posts,
    count(views) FILTER (mature) AS viewed,
    avg(views) FILTER (mature) AS views_mean,
    stddev_pop(views) FILTER (mature) AS views_deviation,
    quantile_cont(CAST(views AS DOUBLE), [0.25, 0.5, 0.75]) FILTER (mature AND views IS NOT NULL) AS views_quantiles,
    avg(likes) FILTER (mature) AS likes_mean,
    quantile_cont(CAST(likes AS DOUBLE), 0.5) FILTER (mature) AS likes_median,
    avg(comments) FILTER (mature) AS comments_mean,
    avg(shares) FILTER (mature) AS shares_mean,
    sum(engagement) FILTER (mature AND engaged AND views IS NOT NULL)
      / nullif(sum(views) FILTER (mature AND engaged), 0) AS er_views,
    quantile_cont(engagement / views, 0.5) FILTER (mature AND engaged AND views > 0) AS er_views_median,
    sum(likes) FILTER (mature AND views IS NOT NULL) / nullif(sum(views) FILTER (mature AND likes IS NOT NULL), 0)
      AS likes_per_view,
    sum(comments) FILTER (mature AND views IS NOT NULL) / nullif(sum(views) FILTER (mature AND comments IS NOT NULL), 0)
      AS comments_per_view,
    sum(shares) FILTER (mature AND views IS NOT NULL) / nullif(sum(views) FILTER (mature AND shares IS NOT NULL), 0)
      AS shares_per_view,
    sum(comments) FILTER (mature AND likes IS NOT NULL) / nullif(sum(likes) FILTER (mature AND comments IS NOT NULL), 0)
      AS comments_per_like,
    avg(coalesce(likes, 0) + coalesce(comments, 0)) FILTER (mature AND coalesce(likes, comments) IS NOT NULL) AS lc_mean,
    avg(coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0))
      FILTER (mature AND coalesce(likes, comments, shares) IS NOT NULL) AS lcs_mean,
    sum(engagement) FILTER (mature AND engaged AND views IS NOT NULL AND sponsored)
      / nullif(sum(views) FILTER (mature AND engaged AND sponsored), 0) AS er_sponsored,
    sum(engagement) FILTER (mature AND engaged AND views IS NOT NULL AND NOT sponsored)
      / nullif(sum(views) FILTER (mature AND engaged AND NOT sponsored), 0) AS er_organic
  FROM known GROUP BY creator
), hour AS (
  SELECT creator, publish_time // 3600000000 % 24 AS hour, quantile_cont(CAST(views AS DOUBLE), 0.5) AS middle
  FROM known WHERE mature AND views IS NOT NULL GROUP BY ALL HAVING count(*) >= 3
), best AS (
  SELECT creator, arg_min(hour, (-middle, hour)) AS best_hour FROM hour GROUP BY creator
), ends AS (
  SELECT account.creator,
    max(time) FILTER (time >= as_of - 6 * 86400000000) AS now,
    coalesce(max(time) FILTER (time <= as_of - 30 * 86400000000 AND time >= as_of - 60 * 86400000000),
      min(time) FILTER (time > as_of - 30 * 86400000000 AND time <= as_of - 24 * 86400000000)) AS before
  FROM account JOIN span USING (creator) GROUP BY account.creator
), growth AS (
  SELECT ends.creator, (later.followers - earlier.followers) / nullif(earlier.followers, 0) AS followers_growth,
    (later.total_views - earlier.total_views) / nullif(earlier.total_views, 0) AS views_growth
  FROM ends JOIN account AS later ON later.creator = ends.creator AND later.time = now
  JOIN account AS earlier ON earlier.creator = ends.creator AND earlier.time = before
  WHERE now > before
)
SELECT creator,
  best_hour AS "best_hour",
  comments_mean AS "comments.mean",
  comments_per_like AS "comments_per_like",
  comments_per_view AS "comments_per_view",
  CASE WHEN viewed >= 6 THEN views_deviation / nullif(views_mean, 0) END AS "consistency.cv",
  CASE WHEN viewed >= 6 THEN 100 / (1 + views_deviation / nullif(views_mean, 0)) END AS "consistency.score",
  (as_of - newest) / 86400000000 AS "days_since_last_post",
  lc_mean / nullif(followers, 0) AS "er.followers.lc",
  lcs_mean / nullif(followers, 0) AS "er.followers.lcs",
  likes_median / nullif(followers, 0) AS "er.followers.median_likes",
  er_views AS "er.views",
  likes_mean / nullif(views_mean, 0) AS "er.views.likes",
  er_views_median AS "er.views.median",
  followers AS "followers",
  followers_growth AS "followers.growth",
  likes_mean AS "likes.mean",
  likes_median AS "likes.median",
  likes_per_view AS "likes_per_view",
  nullif(posts, 0) AS "posts",
  CASE WHEN posts > 0 AND as_of - greatest(as_of - 90 * 86400000000, earliest) >= 7 * 86400000000
    THEN posts / ((as_of - greatest(as_of - 90 * 86400000000, earliest)) / 86400000000) * 7 END AS "posts_per_week",
  shares_mean AS "shares.mean",
  shares_per_view AS "shares_per_view",
  er_sponsored / nullif(er_organic, 0) AS "sponsored.er_ratio",
  sponsored_posts / nullif(marked_posts, 0) AS "sponsored.share",
  views_mean / nullif(followers, 0) AS "view_rate",
  views_growth AS "views.growth",
  views_mean AS "views.mean",
  views_quantiles[2] AS "views.median",
  views_quantiles[1] AS "views.p25",
  views_quantiles[3] AS "views.p75"
FROM made JOIN span USING (creator) LEFT JOIN best USING (creator) LEFT JOIN growth USING (creator)
