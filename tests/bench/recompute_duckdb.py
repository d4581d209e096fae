"""Owns DuckDB's side of the comparison of recomputing: loads the rows, runs recompute.sql, tells times and numbers. Never
a formula.

Usage: recompute_duckdb.py POSTS ACCOUNTS DATABASE NUMBERS TOLD
"""

import json
import sys
import time
from pathlib import Path

import duckdb

ROUNDS = 3
POST = {
    "creator": "VARCHAR",
    "post": "VARCHAR",
    "time": "BIGINT",
    "publish_time": "BIGINT",
    "sponsored": "BOOLEAN",
    "views": "BIGINT",
    "likes": "BIGINT",
    "dislikes": "BIGINT",
    "comments": "BIGINT",
    "shares": "BIGINT",
}
ACCOUNT = {"creator": "VARCHAR", "time": "BIGINT", "followers": "BIGINT", "total_views": "BIGINT"}


def load(database, table, columns, path):
    """Makes a typed table of a file, in the file's order: rows of a creator stand together."""
    database.execute(
        f"""
        CREATE TABLE {table} AS SELECT * FROM read_csv($path, columns = {json.dumps(columns)}, delim = '\t', quote = '',
          escape = '', header = false, nullstr = '\\N', auto_detect = false)""",
        {"path": path},
    )


def main():
    posts, accounts, file, numbers, told = sys.argv[1:]
    database = duckdb.connect(file)
    database.execute("SET threads TO 1")
    begun = time.perf_counter()
    load(database, "post", POST, posts)
    load(database, "account", ACCOUNT, accounts)
    database.execute("CHECKPOINT")
    loading = time.perf_counter() - begun
    statement = (Path(__file__).parent / "recompute.sql").read_text()
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        database.execute(statement)
        rounds.append(time.perf_counter() - begun)
    form = "FORMAT csv, DELIMITER '\t', HEADER true, QUOTE '', ESCAPE '', NULLSTR '\\N'"
    database.execute(f"COPY numbers TO '{numbers}' ({form})")
    Path(told).write_text(json.dumps({"version": duckdb.__version__, "loading": loading, "rounds": rounds}))


if __name__ == "__main__":
    main()
