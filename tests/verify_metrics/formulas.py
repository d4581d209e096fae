"""Owns one SQL statement per kind of formula, and which definition is of which kind. Never a raw file, never the service.

Each statement is written from the `formula` texts of the registry (and what proto/ says of reasons and sample sizes), not
from the service's code. It answers with creator, win, value, missing and sample_size, one row for each creator and window of
table `scope`. Where several reasons hold, the first of these is told: the window has no posts; none of its posts is old
enough; a term is reported by none of the sample (hidden, when one of them hides it); no post can be used; fewer posts than
the minimum sample; the followers are not reported or hidden; the denominator is zero. The sample size of a missing number is
that of the posts that could be used.
"""

ENGAGEMENT = ("likes", "dislikes", "comments", "shares")


def some(terms):
    """A post reports at least one of the terms."""
    return f"(coalesce({', '.join(terms)}) IS NOT NULL)"


def total(terms):
    """What a post reports of the terms, added up."""
    return "(" + " + ".join(f"coalesce({term}, 0)" for term in terms) + ")"


def over_sample(
    groups, measure, usable=None, minimum=1, nothing_used="'NOT_REPORTED'", zero="false", per_follower=False
):
    """A number made of the counts of the posts of a sample.

    `groups` are the terms that are needed, at least one of each; `usable` says which posts are used (default: those that
    report all groups); `measure` makes the number of these, as an aggregate over `used`; `zero` is when its denominator is
    zero.
    """
    usable = usable or " AND ".join(some(group) for group in groups)
    unreported = ""
    for group in groups:
        hides = " OR ".join(f"list_contains(hidden, '{term}')" for term in group)
        unreported += f"""
          WHEN NOT bool_or({some(group)}) THEN CASE WHEN bool_or({hides}) THEN 'HIDDEN' ELSE 'NOT_REPORTED' END"""
    followers, divisor = "NULL", "1"
    if per_follower:
        followers = "CASE WHEN last.creator IS NULL THEN 'NOT_REPORTED' WHEN told IS NULL THEN 'HIDDEN' END"
        divisor = "told"
    return f"""
      WITH marked AS (SELECT *, {usable} AS used FROM sample),
      measured AS (
        SELECT creator, win, count(*) FILTER (used) AS posts, {measure} AS measure, coalesce({zero}, false) AS zero,
          CASE {unreported}
          WHEN posts = 0 THEN {nothing_used}
          WHEN posts < {minimum} THEN 'TOO_FEW_POSTS' END AS reason
        FROM marked GROUP BY creator, win
      ), told AS (
        SELECT creator, win, measure, {divisor} AS divisor, coalesce(posts, 0) AS sample_size,
          coalesce(empty_reason, reason, {followers}, CASE WHEN zero OR {divisor} = 0 THEN 'ZERO_DENOMINATOR'
            WHEN measure IS NULL THEN 'TOO_FEW_POSTS' END) AS missing
        FROM scope LEFT JOIN measured USING (creator, win) LEFT JOIN last_told('followers') AS last USING (creator)
      )
      SELECT creator, win, CASE WHEN missing IS NULL THEN CAST(measure AS DOUBLE) / divisor END AS value, missing,
        sample_size
      FROM told"""


def added(expression, condition="used"):
    """The exact sum as a float."""
    return f"CAST(sum({expression}) FILTER ({condition}) AS DOUBLE)"


def ratio_of_sums(numerator, denominator):
    below = added(denominator)
    return over_sample(
        [numerator, (denominator,)], f"{added(total(numerator))} / nullif({below}, 0)", zero=f"{below} = 0"
    )


def ratio_of_means(numerator, denominator):
    above = f"({added(numerator)} / count({numerator}) FILTER (used))"
    below = f"({added(denominator)} / count({denominator}) FILTER (used))"
    return over_sample(
        [(numerator,), (denominator,)],
        f"{above} / nullif({below}, 0)",
        usable=some((numerator, denominator)),
        zero=f"{below} = 0",
    )


def median_of_ratios(numerator, denominator):
    reporting = f"{some(numerator)} AND {denominator} IS NOT NULL"
    return over_sample(
        [numerator, (denominator,)],
        f"quantile_cont(CAST({total(numerator)} AS DOUBLE) / nullif({denominator}, 0), 0.5) FILTER (used)",
        usable=f"({some(numerator)} AND coalesce({denominator} > 0, false))",
        nothing_used=f"CASE WHEN bool_or({reporting}) THEN 'ZERO_DENOMINATOR' ELSE 'NOT_REPORTED' END",
    )


def mean(terms, per_follower=False):
    return over_sample([terms], f"{added(total(terms))} / count(*) FILTER (used)", per_follower=per_follower)


def quantile(term, probability, per_follower=False):
    return over_sample(
        [(term,)], f"quantile_cont(CAST({term} AS DOUBLE), {probability}) FILTER (used)", per_follower=per_follower
    )


def spread(term, made_of_it="{}"):
    """The deviation of the population over the mean: the sum of squares is written out, in floats around a float mean."""
    average = f"(CAST(sum({term}) FILTER (used) AS DOUBLE) / count(*) FILTER (used))"
    deviation = (
        f"sqrt(list_sum(list_transform(list({term}) FILTER (used), lambda x: power(x - {average}, 2)))"
        f" / count(*) FILTER (used))"
    )
    return over_sample(
        [(term,)], made_of_it.format(f"({deviation} / nullif({average}, 0))"), minimum=6, zero=f"{average} = 0"
    )


def best_hour(term):
    hours = f"""
      (SELECT creator, win, arg_min(hour, (-middle, hour)) AS best FROM (
        SELECT creator, win, publish_time // 3600000000 % 24 AS hour,
          quantile_cont(CAST({term} AS DOUBLE), 0.5) AS middle
        FROM sample WHERE {term} IS NOT NULL AND publish_time IS NOT NULL GROUP BY ALL HAVING count(*) >= 3)
      GROUP BY creator, win)"""
    counted = over_sample([(term,)], "0", usable=f"({term} IS NOT NULL AND publish_time IS NOT NULL)", minimum=3)
    return f"""
      SELECT creator, win, CASE WHEN missing IS NULL THEN best END AS value,
        CASE WHEN missing IS NULL AND best IS NULL THEN 'TOO_FEW_POSTS' ELSE missing END AS missing, sample_size
      FROM ({counted}) LEFT JOIN {hours} AS hours USING (creator, win)"""


def sponsored_ratio(numerator, denominator):
    def rate(mark):
        return f"({added(total(numerator), f'used AND {mark}')} / nullif({added(denominator, f'used AND {mark}')}, 0))"

    def no_views(mark):
        return added(denominator, f"used AND {mark}") + " = 0"

    both = "count(*) FILTER (used AND sponsored) > 0 AND count(*) FILTER (used AND NOT sponsored) > 0"
    zero = f"({both} AND ({no_views('sponsored')} OR {no_views('NOT sponsored')} OR {rate('NOT sponsored')} = 0))"
    return over_sample(
        [numerator, (denominator,)],
        f"{rate('sponsored')} / nullif({rate('NOT sponsored')}, 0)",
        usable=f"({some(numerator)} AND {denominator} IS NOT NULL AND sponsored IS NOT NULL)",
        minimum=2,
        zero=zero,
    )


def over_members(value, reason, size):
    """A number made of the posts of a window, whatever their age and counts; `value` is used when `reason` is null."""
    return f"""
      WITH told AS (
        SELECT scope.creator, scope.win, {value} AS found, {size} AS size,
          CASE WHEN count(post) = 0 THEN 'NO_POSTS_IN_WINDOW' ELSE {reason} END AS missing
        FROM scope LEFT JOIN member USING (creator, win)
        LEFT JOIN (SELECT creator, min(publish_time) AS first_post FROM post GROUP BY creator) USING (creator)
        GROUP BY scope.creator, scope.win, scope.number, scope.as_of, scope.first_time, first_post
      )
      SELECT creator, win, CASE WHEN missing IS NULL THEN CAST(found AS DOUBLE) END AS value, missing,
        CASE WHEN missing = 'NO_POSTS_IN_WINDOW' THEN 0 ELSE size END AS sample_size
      FROM told"""


def price(cents):
    """The expected views, the median, at a price of thousand views for each platform; at least 3 posts."""
    views = over_sample(
        [("views",)], "quantile_cont(CAST(views AS DOUBLE), 0.5) FILTER (used)", minimum=3
    )
    cases = " ".join(f"WHEN creator LIKE '{platform}:%' THEN {price}" for platform, price in cents.items())
    return f"SELECT creator, win, value * (CASE {cases} END) / 1000 AS value, missing, sample_size FROM ({views})"


def hidden_share(term):
    """Of the posts that hide or report a count those that hide it."""
    hides = f"list_contains(hidden, '{term}')"
    return f"""
      WITH measured AS (
        SELECT creator, win, count(*) FILTER ({hides} OR {term} IS NOT NULL) AS posts, count(*) FILTER ({hides}) AS hiding
        FROM sample GROUP BY creator, win)
      SELECT creator, win, CASE WHEN empty_reason IS NULL AND posts > 0 THEN hiding / posts END AS value,
        coalesce(empty_reason, CASE WHEN posts = 0 THEN 'NOT_REPORTED' END) AS missing, coalesce(posts, 0) AS sample_size
      FROM scope LEFT JOIN measured USING (creator, win)"""


def posts():
    return over_members("count(post)", "NULL", "count(post)")


def posts_per_week():
    """Less than 7 days are too short a time to tell a rate."""
    start = """CASE WHEN scope.number IS NULL THEN min(publish_time)
      ELSE greatest(scope.as_of - days(scope.number), least(scope.first_time, first_post)) END"""
    elapsed = f"(scope.as_of - {start})"
    reason = f"""CASE WHEN count(publish_time) = 0 THEN 'NOT_REPORTED'
      WHEN {elapsed} < days(7) THEN 'OBSERVED_TOO_SHORT' END"""
    return over_members(f"count(publish_time) / nullif({elapsed} / days(1), 0) * 7", reason, "count(publish_time)")


def days_since_last_post():
    return over_members(
        "(scope.as_of - max(publish_time)) / days(1)",
        "CASE WHEN count(publish_time) = 0 THEN 'NOT_REPORTED' END",
        "count(publish_time)",
    )


def sponsored_share():
    return over_members(
        "count(*) FILTER (sponsored) / nullif(count(sponsored), 0)",
        "CASE WHEN count(sponsored) = 0 THEN 'NOT_REPORTED' END",
        "count(sponsored)",
    )


def latest(term):
    return f"""
      SELECT scope.creator, win, CAST(told AS DOUBLE) AS value,
        CASE WHEN last.creator IS NULL THEN 'NOT_REPORTED' WHEN told IS NULL THEN 'HIDDEN' END AS missing,
        CASE WHEN told IS NULL THEN 0 ELSE 1 END AS sample_size
      FROM scope LEFT JOIN last_told('{term}') AS last USING (creator)"""


def growth(term):
    """Of a window without two ends that fit, the sample is the one reading that there is."""
    start = "(as_of - days(number))"
    return f"""
      WITH point AS (SELECT creator, time, {term} AS reported FROM account_reading WHERE {term} IS NOT NULL),
      ended AS (
        SELECT scope.creator, win,
          max(time) FILTER (time >= as_of - days(number) / 5) AS now,
          coalesce(max(time) FILTER (time <= {start} AND time >= as_of - 2 * days(number)),
            min(time) FILTER (time > {start} AND time <= {start} + days(number) / 5)) AS before
        FROM scope LEFT JOIN point USING (creator) WHERE number IS NOT NULL GROUP BY scope.creator, win, as_of, number
      ), told AS (
        SELECT creator, win, later.reported AS current, earlier.reported AS past,
          CASE WHEN last.creator IS NULL THEN 'NOT_REPORTED' WHEN last.told IS NULL THEN 'HIDDEN'
            WHEN now IS NULL OR before IS NULL OR now <= before THEN 'OBSERVED_TOO_SHORT'
            WHEN earlier.reported = 0 THEN 'ZERO_DENOMINATOR' END AS missing
        FROM ended LEFT JOIN last_told('{term}') AS last USING (creator)
        LEFT JOIN point AS later ON later.creator = ended.creator AND later.time = now
        LEFT JOIN point AS earlier ON earlier.creator = ended.creator AND earlier.time = before
      )
      SELECT creator, win, CASE WHEN missing IS NULL THEN CAST(current - past AS DOUBLE) / past END AS value, missing,
        CASE WHEN missing IN ('NOT_REPORTED', 'HIDDEN') THEN 0 WHEN missing = 'OBSERVED_TOO_SHORT' THEN 1 ELSE 2 END
          AS sample_size
      FROM told"""


# Which windows a definition has is what the service lists; a statement answers for at least these.
STATEMENTS = {
    "best_hour@1": best_hour("views"),
    "comments.mean@1": mean(("comments",)),
    "comments_per_like@1": ratio_of_sums(("comments",), "likes"),
    "comments_per_view@1": ratio_of_sums(("comments",), "views"),
    "comments_per_follower@1": mean(("comments",), per_follower=True),
    "consistency.cv@1": spread("views"),
    "consistency.score@1": spread("views", "100 / (1 + {})"),
    "days_since_last_post@1": days_since_last_post(),
    "er.followers.lc@1": mean(("likes", "comments"), per_follower=True),
    "er.followers.lcs@1": mean(("likes", "comments", "shares"), per_follower=True),
    "er.followers.median_likes@1": quantile("likes", 0.5, per_follower=True),
    "er.views@1": ratio_of_sums(ENGAGEMENT, "views"),
    "er.views.likes@1": ratio_of_means("likes", "views"),
    "er.views.median@1": median_of_ratios(ENGAGEMENT, "views"),
    "followers@1": latest("followers"),
    "followers.growth@1": growth("followers"),
    "likes.mean@1": mean(("likes",)),
    "likes.median@1": quantile("likes", 0.5),
    "likes.hidden_share@1": hidden_share("likes"),
    "likes_per_follower@1": mean(("likes",), per_follower=True),
    "likes_per_view@1": ratio_of_sums(("likes",), "views"),
    "posts@1": posts(),
    "posts_per_week@1": posts_per_week(),
    "price.per_post@1": price({"youtube": 2000, "tiktok": 500, "instagram": 1000}),
    "shares.mean@1": mean(("shares",)),
    "shares_per_view@1": ratio_of_sums(("shares",), "views"),
    "sponsored.er_ratio@1": sponsored_ratio(ENGAGEMENT, "views"),
    "sponsored.share@1": sponsored_share(),
    "view_rate@1": mean(("views",), per_follower=True),
    "views.growth@1": growth("total_views"),
    "views.max@1": quantile("views", 1),
    "views.mean@1": mean(("views",)),
    "views.median@1": quantile("views", 0.5),
    "views.p25@1": quantile("views", 0.25),
    "views.p75@1": quantile("views", 0.75),
}

# What the sets cannot check, and why; unit tests hold these against examples.
NOT_CHECKED = {
    "er.sponsored_to_organic@1": "the sets have no captions",
    "er.views.growth@1": "it compares two samples, and every statement here is about one",
    "er.views.organic@1": "the sets have no captions",
    "er.views.sponsored@1": "the sets have no captions",
    "following_ratio@1": "no set has followed accounts",
    "likes.growth@1": "no set has several totals of likes",
    "saves.mean@1": "no set has saves",
    "saves_per_view@1": "no set has saves",
    "sponsored.share@2": "the sets have no captions",
}
