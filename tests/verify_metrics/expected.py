"""Owns the DuckDB connection: raw files in, picked creators and their numbers out. Never the service."""

from pathlib import Path

import duckdb

from .formulas import STATEMENTS

HERE = Path(__file__).parent
SETS = ("tiktok_famous", "youtube_ptbr", "youtube_trending_us_2017", "youtube_trending_kr_2026")
LATEST = 2**63 - 1

# What makes a creator worth checking, as an expression over its rows: the one with the highest number is picked, unless
# that is 0.
TRAITS = {
    "most posts": "count(DISTINCT post)",
    "fewest posts": "1 / count(DISTINCT post)",
    "most readings of a post": "count(DISTINCT time) - 1",
    "most rows for one post and time": "count(*) - count(DISTINCT (post, time))",
    "rows for one post and time that disagree": "count(DISTINCT (post, time, views, likes, dislikes, comments, shares)) "
    "- count(DISTINCT (post, time))",
    "most undated posts": "count(DISTINCT post) FILTER (publish_time IS NULL)",
    "posts that change their publish time": "count(DISTINCT (post, publish_time)) - count(DISTINCT post)",
    "posts without views": "count(*) FILTER (views = 0)",
    "posts that lack comments but have likes": "count(*) FILTER (comments IS NULL AND likes IS NOT NULL)",
    "all posts young": "CASE WHEN max(time - publish_time) < 345600000000 THEN count(*) ELSE 0 END",
    "posts on both sides of 96 hours": "least(count(*) FILTER (time - publish_time < 345600000000), "
    "count(*) FILTER (time - publish_time >= 345600000000))",
    "rows of an account that disagree": "any_value(followers_known) - 1",
    "hides followers": "any_value(hidden_rows)",
    "hides followers at times": "least(any_value(hidden_rows), any_value(followers_known))",
}


class Expected:
    """Everything that the raw files say, in one DuckDB database in memory."""

    def __init__(self, folder):
        """Loads the four sets from `folder`; none for empty tables, which a test fills."""
        self.database = duckdb.connect()
        # One thread: the order of the rows of a file is the order in which they were imported.
        self.database.execute("SET threads TO 1; SET TimeZone = 'UTC'")
        schema, rows = (HERE / "sets.sql").read_text().split("-- Rows --")
        self.database.execute(schema)
        if folder is not None:
            self.database.execute("SET VARIABLE folder = ?", [str(folder)])
            self.database.execute(rows)

    def pick(self, count):
        """Picks at least `count` creators (none: all), always the same ones: [(set, creator, trait)]."""
        if count is None:
            return self.database.execute(
                "SELECT DISTINCT set_name, creator, 'any' FROM post_row ORDER BY ALL"
            ).fetchall()
        self.database.execute(f"""
            CREATE OR REPLACE TABLE trait AS
            SELECT set_name, creator, {", ".join(f'{made} AS "{trait}"' for trait, made in TRAITS.items())}
            FROM post_row LEFT JOIN (
              SELECT creator, count(DISTINCT followers) AS followers_known,
                count(*) FILTER (followers IS NULL) AS hidden_rows
              FROM account_row GROUP BY creator) USING (creator)
            GROUP BY set_name, creator""")
        picked = {}
        for name in SETS:
            for trait in TRAITS:
                best = self.database.execute(
                    f"""
                    SELECT creator FROM trait WHERE set_name = ? AND "{trait}" > 0
                    ORDER BY "{trait}" DESC, creator LIMIT 1""",
                    [name],
                ).fetchone()
                if best:
                    picked.setdefault((name, best[0]), trait)
        others = self.database.execute("""
            SELECT set_name, creator FROM trait
            ORDER BY row_number() OVER (PARTITION BY set_name ORDER BY md5(creator)), set_name""").fetchall()
        for name, creator in others:
            if len(picked) >= count:
                break
            picked.setdefault((name, creator), "any")
        return [(name, creator, trait) for (name, creator), trait in picked.items()]

    def compute(self, creators, definitions, until=None):
        """Computes each definition in each of its windows.

        Takes creators, name to windows of definitions, and the last time that counts in microseconds since 1970. Answers
        with creator to the end of its windows, and creator to (definition, window) to (value, missing reason, sample size).
        """
        self.database.execute("CREATE OR REPLACE TABLE chosen (creator TEXT)")
        self.database.executemany("INSERT INTO chosen VALUES (?)", [[creator] for creator in creators])
        self.database.execute("SET VARIABLE until = ?", [LATEST if until is None else until])
        self.database.execute((HERE / "seen.sql").read_text())
        ends = dict(self.database.execute("SELECT creator, as_of FROM span").fetchall())
        answers = {creator: {} for creator in ends}
        for definition, windows in definitions.items():
            for creator, win, value, missing, sample_size in self.database.execute(STATEMENTS[definition]).fetchall():
                if win in windows:
                    answers[creator][definition, win] = (value, missing, sample_size)
        return ends, answers
