"""Owns DuckDB's side of the comparison of discovery: loads the rows, asks the statements it is given, tells times and
answers. Never a statement of its own but those that load.

Usage: discovery_duckdb.py PLAN OUT
"""

import json
import os
import sys
import threading
import time
from pathlib import Path

import duckdb

UPDATE_EVERY = 1.0
UPDATES = 2_000
# After so many seconds the engine is warm.
WARM_UP_PATIENCE = 2.0


def resident():
    """Resident memory of this process in bytes: its own, and mapped pages of files."""
    lines = [line.split() for line in Path("/proc/self/status").read_text().splitlines()]
    sizes = {line[0]: int(line[1]) * 1024 for line in lines if line[0].startswith("Rss")}
    return {"own": sizes["RssAnon:"] + sizes["RssShmem:"], "files": sizes["RssFile:"]}


def typed(columns):
    """The types of a file's columns; lists come as text such as {a,b}."""
    return {name: "VARCHAR" if kind.endswith("[]") else kind for name, kind in columns}


def load(database, plan):
    """Makes the table, most followers first, as its zone maps like it; answers with the seconds that it took."""
    columns = plan["columns"] + plan["changing"]
    as_list = "CASE WHEN {0} = '{{}}' THEN [] ELSE string_split({0}[2:-2], ',') END AS {0}"
    chosen = ", ".join(as_list.format(name) if kind.endswith("[]") else name for name, kind in columns)
    begun = time.perf_counter()
    database.execute(
        f"""
        CREATE TABLE creators AS
        SELECT {chosen},
          ' ' || regexp_replace(lower(words), '[^a-z0-9]+', ' ', 'g') || ' ' AS found,
          ' ' || lower(display_name) || ' ' || handle AS names
        FROM read_csv($file, columns = {json.dumps(typed(columns))}, delim = '\t', quote = '', escape = '',
          header = false, nullstr = '\\N', auto_detect = false)
        ORDER BY followers DESC NULLS LAST""",
        {"file": plan["creators"]},
    )
    database.execute("ANALYZE")
    database.execute("CHECKPOINT")
    seconds = time.perf_counter() - begun
    database.execute(plan["updates_table"])
    columns = [["round", "BIGINT"], ["id", "TEXT"], ["tier", "TEXT"], *plan["changing"]]
    database.execute(
        f"""
        INSERT INTO updates SELECT * FROM read_csv($file, columns = {json.dumps(typed(columns))}, delim = '\t',
          quote = '', escape = '', header = false, nullstr = '\\N', auto_detect = false)""",
        {"file": plan["updates"]},
    )
    return seconds


def ask(cursor, question):
    """Asks one question: answers with its time in microseconds and its answer."""
    answer = {"total": None, "first": [], "facets": {}}
    begun = time.perf_counter()
    first = cursor.execute(question["first"]).fetchall()
    total = cursor.execute(question["total"]).fetchone() if question["total"] else None
    facets = cursor.execute(question["facets"]).fetchall() if question["facets"] else []
    spent = (time.perf_counter() - begun) * 1e6
    answer["first"] = [name for (name,) in first]
    answer["total"] = total and total[0]
    for field, value, count in facets:
        answer["facets"].setdefault(field, {})[value] = count
    return spent, answer


def ask_all(cursor, questions, fewest, plan):
    """Asks the questions of one kind until patience ends."""
    begun = time.perf_counter()
    for question in questions[-5:]:
        ask(cursor, question)
        if time.perf_counter() - begun > WARM_UP_PATIENCE:
            break
    micros, answers = [], []
    begun = time.perf_counter()
    for number, question in enumerate(questions):
        if number >= fewest and time.perf_counter() - begun > plan["patience"]:
            break
        spent, answer = ask(cursor, question)
        micros.append(spent)
        answers.append(answer)
    return {"micros": micros, "answers": answers}


def while_updating(database, plan):
    """Asks in turns while another thread brings updates. Answers with the kinds and the updates per second."""
    stop, done = threading.Event(), []
    begun = time.perf_counter()

    def write():
        writer = database.cursor()
        for number in range(10**9):
            writer.execute(plan["update"], [number])
            done.append(UPDATES)
            if stop.wait(max(0.0, begun + (number + 1) * UPDATE_EVERY - time.perf_counter())):
                return

    thread = threading.Thread(target=write)
    thread.start()
    reader = database.cursor()
    kinds = {name: {"micros": [], "answers": []} for _, name in plan["while_updating"]}
    number = 0
    while time.perf_counter() - begun < plan["updating"] and thread.is_alive():
        for kind, name in plan["while_updating"]:
            questions = plan["kinds"][kind]
            spent, _ = ask(reader, questions[number % len(questions)])
            kinds[name]["micros"].append(spent)
        number += 1
    stop.set()
    thread.join()
    return kinds, sum(done) / (time.perf_counter() - begun)


def main():
    plan_path, out = sys.argv[1:]
    plan = json.loads(Path(plan_path).read_text())
    before = resident()
    database = duckdb.connect(plan["database"])
    database.execute("SET threads TO 1")
    report = {
        "engine": "duckdb",
        "how": f"{duckdb.__version__} in Python, a file, sorted by followers, 1 thread; words found by `contains`",
        "load_seconds": load(database, plan),
        "kinds": {},
    }
    cursor = database.cursor()
    for kind, questions in plan["kinds"].items():
        report["kinds"][kind] = ask_all(cursor, questions, plan["fewest"][kind], plan)
    report["resident"] = {part: max(0, size - before[part]) for part, size in resident().items()}
    report["disk_bytes"] = os.path.getsize(plan["database"])
    kinds, report["updates_per_second"] = while_updating(database, plan)
    report["kinds"].update(kinds)
    Path(out).write_text(json.dumps(report))


if __name__ == "__main__":
    main()
