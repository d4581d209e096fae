"""Owns small histories whose numbers were computed by hand. Never a raw file.

The SQL is held against them before it judges the service. They have what the sets lack (marks of sponsoring, hidden counts,
long histories of an account) and can be sent to the service too.
"""

from .expected import Expected

DAY = 86_400_000_000
# Day 0 of the cases, a midnight.
FIRST_DAY = 20_000
# Before the names of the cases' creators.
CREATOR = "instagram:verify."
DAYS_7, DAYS_30, DAYS_90, DAYS_365 = "WINDOW_7D", "WINDOW_30D", "WINDOW_90D", "WINDOW_365D"
LAST_20, LIFETIME = "WINDOW_LAST_20_POSTS", "WINDOW_LIFETIME"

# creator, post, read on day, published on day, sponsored, views, likes, dislikes, comments, shares, hidden
POSTS = [
    ("mixed", "p1", 100, 50.25, True, 100, 10, 1, None, 2, []),
    ("mixed", "p2", 100, 51.25, False, 200, 20, None, 4, None, []),
    ("mixed", "p3", 100, 52.25, False, 300, 30, None, 6, None, []),
    ("mixed", "p4", 100, 53.5, None, 1000, None, None, None, None, []),
    ("mixed", "p5", 100, 54.5, False, 0, 5, None, None, None, []),
    ("mixed", "p6", 100, 55.5, True, 200, None, None, 2, None, ["likes"]),
    ("mixed", "young", 100, 97, False, 999, 999, None, None, None, []),
    ("mixed", "undated", 90, None, None, 50, 5, None, None, None, []),
    ("mixed", "undated", 100, None, None, 60, 6, None, None, None, []),
    ("mixed", "mature", 100, 96, None, 400, 40, None, None, None, []),
    *[("daily", f"p{day:02}", 30, day, None, day, None, None, None, None, []) for day in range(1, 26)],
    ("daily", "p28", 30, 28, None, 28, None, None, None, None, []),
    ("daily", "p25", 30, 25, None, 9999, None, None, None, None, []),
    ("new", "p1", 1, 0, None, 5, 5, None, None, None, []),
    *[("zero", f"p{day}", 20, day, None, 0, None, None, 1, None, ["likes"]) for day in range(1, 7)],
    ("stale", "p1", 70, 60, None, 1, None, None, None, None, []),
    ("stale", "edge", 70, 40, None, 3, None, None, None, None, []),
]
# creator, read on day, followers, total_views, hidden
ACCOUNTS = [
    ("mixed", 10, 1000, None, []),
    ("mixed", 60, 1500, None, []),
    ("mixed", 95, 2000, None, []),
    ("mixed", 100, 2500, 50, []),
    ("daily", 29, 7, None, []),
    ("daily", 30, None, None, ["followers"]),
    ("zero", 13, 0, None, []),
    ("zero", 20, 0, 9, []),
    ("late", 9, 100, 10, []),
    ("late", 41, 200, 20, []),
    ("late", 70, 300, 30, []),
    ("late", 70, 999, 999, []),
    ("stale", 30, 100, None, []),
    ("stale", 63, 200, None, []),
]
# creator, as of day (none: the end): (definition, window): value or reason, sample size
ANSWERS = {
    ("mixed", None): {
        ("views.mean", DAYS_90): (2200 / 7, 7),
        ("views.median", DAYS_90): (200, 7),
        ("views.p25", DAYS_90): (150, 7),
        ("views.p75", DAYS_90): (350, 7),
        ("views.mean", DAYS_7): (400, 1),
        ("views.mean", LIFETIME): (2260 / 8, 8),
        ("views.mean", LAST_20): (2200 / 7, 7),
        ("likes.mean", DAYS_90): (21, 5),
        ("likes.median", DAYS_90): (20, 5),
        ("er.views", DAYS_90): (0.1, 6),
        ("er.views.median", DAYS_90): (0.12, 5),
        ("er.views.likes", DAYS_90): (147 / 2200, 7),
        ("er.followers.lc", DAYS_90): (0.0078, 6),
        ("er.followers.lcs", DAYS_90): (119 / 15000, 6),
        ("er.followers.median_likes", DAYS_90): (0.008, 5),
        ("view_rate", DAYS_90): (2200 / 17500, 7),
        ("comments.mean", DAYS_90): (4, 3),
        ("comments.mean", DAYS_30): ("NOT_REPORTED", 0),
        ("comments_per_like", DAYS_90): (0.2, 2),
        ("comments_per_view", DAYS_90): (12 / 700, 3),
        ("likes_per_view", DAYS_90): (0.105, 5),
        ("shares.mean", DAYS_90): (2, 1),
        ("shares_per_view", DAYS_90): (0.02, 1),
        ("sponsored.er_ratio", DAYS_90): (5 / 13, 5),
        ("sponsored.er_ratio", DAYS_30): ("NOT_REPORTED", 0),
        ("sponsored.share", DAYS_90): (1 / 3, 6),
        ("sponsored.share", DAYS_7): (0, 1),
        ("posts", DAYS_90): (8, 8),
        ("posts", LIFETIME): (9, 9),
        ("posts", LAST_20): (8, 8),
        ("posts", DAYS_7): (2, 2),
        ("posts_per_week", DAYS_90): (56 / 90, 8),
        ("posts_per_week", DAYS_365): (56 / 90, 8),
        ("posts_per_week", DAYS_7): (2, 2),
        ("posts_per_week", DAYS_30): (14 / 30, 2),
        ("posts_per_week", LIFETIME): (56 / 49.75, 8),
        ("days_since_last_post", LIFETIME): (3, 8),
        ("best_hour", DAYS_90): (6, 7),
        ("best_hour", DAYS_30): ("TOO_FEW_POSTS", 1),
        ("consistency.cv", DAYS_90): (4540000**0.5 / 2200, 7),
        ("consistency.cv", DAYS_30): ("TOO_FEW_POSTS", 1),
        ("consistency.score", DAYS_90): (100 / (1 + 4540000**0.5 / 2200), 7),
        ("followers", LIFETIME): (2500, 1),
        ("followers.growth", DAYS_7): ("OBSERVED_TOO_SHORT", 1),
        ("followers.growth", DAYS_30): (1000 / 1500, 2),
        ("followers.growth", DAYS_90): (1.5, 2),
        ("views.growth", DAYS_30): ("OBSERVED_TOO_SHORT", 1),
    },
    ("mixed", 95): {
        ("posts", LIFETIME): (1, 1),
        ("posts", DAYS_90): ("NO_POSTS_IN_WINDOW", 0),
        ("views.mean", LIFETIME): ("TOO_FEW_POSTS", 0),
        ("posts_per_week", LIFETIME): ("NOT_REPORTED", 0),
        ("days_since_last_post", LIFETIME): ("NOT_REPORTED", 0),
        ("followers", LIFETIME): (2000, 1),
        ("views.growth", DAYS_30): ("NOT_REPORTED", 0),
    },
    ("daily", None): {
        ("views.mean", LAST_20): (15.5, 20),
        ("views.mean", LIFETIME): (13, 25),
        ("posts", LAST_20): (20, 20),
        ("posts_per_week", LAST_20): (140 / 23, 20),
        ("er.views", LAST_20): ("NOT_REPORTED", 0),
        ("er.views.likes", LAST_20): ("NOT_REPORTED", 20),
        ("best_hour", LAST_20): (0, 20),
        ("followers", LIFETIME): ("HIDDEN", 0),
        ("view_rate", LAST_20): ("HIDDEN", 20),
        ("followers.growth", DAYS_7): ("HIDDEN", 0),
    },
    ("daily", 29): {("followers", LIFETIME): (7, 1), ("posts", LIFETIME): ("NO_POSTS_IN_WINDOW", 0)},
    ("new", None): {
        ("views.mean", DAYS_90): ("TOO_FEW_POSTS", 0),
        ("posts", DAYS_90): (1, 1),
        ("followers", LIFETIME): ("NOT_REPORTED", 0),
        ("posts_per_week", DAYS_90): ("OBSERVED_TOO_SHORT", 1),
        ("days_since_last_post", LIFETIME): (1, 1),
    },
    ("zero", None): {
        ("likes.mean", LIFETIME): ("HIDDEN", 0),
        ("comments_per_view", LIFETIME): ("ZERO_DENOMINATOR", 6),
        ("er.views.median", LIFETIME): ("ZERO_DENOMINATOR", 0),
        ("consistency.cv", LIFETIME): ("ZERO_DENOMINATOR", 6),
        ("view_rate", LIFETIME): ("ZERO_DENOMINATOR", 6),
        ("likes.mean", DAYS_7): ("NO_POSTS_IN_WINDOW", 0),
        ("followers.growth", DAYS_7): ("ZERO_DENOMINATOR", 2),
        ("views.growth", DAYS_7): ("OBSERVED_TOO_SHORT", 1),
    },
    ("late", None): {
        ("followers", LIFETIME): (300, 1),
        ("followers.growth", DAYS_30): (0.5, 2),
        ("followers.growth", DAYS_90): ("OBSERVED_TOO_SHORT", 1),
        ("views.growth", DAYS_30): (0.5, 2),
    },
    ("stale", None): {
        ("posts", DAYS_30): (1, 1),
        ("posts", DAYS_90): (2, 2),
        ("views.mean", DAYS_30): (1, 1),
        ("views.mean", DAYS_90): (2, 2),
        ("followers", LIFETIME): (200, 1),
        ("followers.growth", DAYS_30): ("OBSERVED_TOO_SHORT", 1),
        ("followers.growth", DAYS_7): ("OBSERVED_TOO_SHORT", 1),
    },
}


def at(day):
    """Microseconds since 1970 of a day of the cases, none for none."""
    return None if day is None else int((FIRST_DAY + day) * DAY)


def load():
    """The cases as tables of readings."""
    expected = Expected(None)
    for seq, (creator, post, read, published, *rest) in enumerate(POSTS):
        expected.database.execute(
            f"INSERT INTO post_row VALUES ({', '.join('?' * 13)})",
            [seq, "cases", CREATOR + creator, post, at(read), at(published), *rest],
        )
    for seq, (creator, read, *rest) in enumerate(ACCOUNTS):
        expected.database.execute(
            "INSERT INTO account_row VALUES (?, ?, ?, ?, ?, ?, ?)", [seq, "cases", CREATOR + creator, at(read), *rest]
        )
    return expected


def ends():
    """Creators and the times as of which they are asked."""
    return [(CREATOR + creator, at(day)) for creator, day in ANSWERS]


def wrong_answers(expected, definitions):
    """What the SQL answers otherwise than by hand, one line each; and how many answers were checked."""
    wrong, checked = [], 0
    for (creator, day), answers in ANSWERS.items():
        _, computed = expected.compute([CREATOR + creator], definitions, at(day))
        for (definition, win), (told, size) in answers.items():
            value, missing, sample_size = computed[CREATOR + creator][f"{definition}@1", win]
            checked += 1
            equal = (
                missing == told if isinstance(told, str) else missing is None and abs(value - told) <= 1e-12 * abs(told)
            )
            if not equal or sample_size != size:
                wrong.append(
                    f"{creator} as of {day}: {definition} {win}: by hand {told} of {size}, "
                    f"by SQL {missing or value} of {sample_size}"
                )
    return wrong, checked


def send(service):
    """Takes the cases into the service, in the order of the tables."""

    def counts(names, values, hidden):
        reported = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        return reported | {"hidden": hidden}

    records = []
    for creator, post, read, published, sponsored, *values, hidden in POSTS:
        described = {"name": f"creators/{CREATOR}{creator}/posts/{post}"}
        if published is not None:
            described["publish_time"] = service.time(at(published))
        if sponsored is not None:
            described["sponsored"] = sponsored
        records.append(
            {
                "post": described,
                "observe_time": service.time(at(read)),
                "source": "SOURCE_GIVEN",
                "counts": counts(("views", "likes", "dislikes", "comments", "shares"), values, hidden),
            }
        )
    observations = []
    for creator, read, *values, hidden in ACCOUNTS:
        observations.append(
            {
                "subject": f"creators/{CREATOR}{creator}",
                "observe_time": service.time(at(read)),
                "source": "SOURCE_GIVEN",
                "account": counts(("followers", "total_views"), values, hidden),
            }
        )
    service.ingest("IngestPosts", records=records)
    service.ingest("IngestObservations", observations=observations)


def erase(service):
    """Removes the cases from the service."""
    for creator in sorted({CREATOR + creator for creator, _ in ANSWERS}):
        service.call("EraseCreatorMetrics", name=f"creators/{creator}")
