#!/usr/bin/env python3
r"""Owns the comparison of what a running suite answers with what DuckDB computes from raw files. Never a change of either.

The SQL is written from the texts of the registry, apart from the service's code, and held against hand-computed cases first.
The suite must hold the sets below and nothing else, imported in this order (of rows of one account or post and one time the
first counts). How to, from the root of the repository:

    python3 -m venv target/verify && target/verify/bin/pip install -r tests/requirements.txt
    cargo build --workspace
    folder=$(mktemp -d)
    target/debug/creatorscope serve --data-dir $folder --set gateway.listen=127.0.0.1:8650 &
    import() { target/debug/creatorscope import csv --data-dir $folder --endpoint http://127.0.0.1:8650 \
               --mapping deploy/mappings/$1.toml "${@:2}"; }
    raw=../shared/data
    import tiktok_famous $raw/tiktok_famous/sug_users_vids[1-4].csv $raw/tiktok_famous/top_users_vids.csv
    import youtube_ptbr_channel $raw/youtube_ptbr/channel.csv
    import youtube_ptbr_video $raw/youtube_ptbr/video.csv
    import youtube_trending_us_2017 $raw/youtube_trending_us_2017/USvideos.csv
    import youtube_trending_kr_2026 $raw/youtube_trending_kr_2026/kr_trending_timeseries.csv
    target/verify/bin/python tests/verify_metrics.py --endpoint 127.0.0.1:8650

Exit code: 0 all equal, 1 differences, 2 nothing could be compared.
"""

import argparse
import sys
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

# Nothing is left beside the sources.
sys.dont_write_bytecode = True

try:
    import grpc
    from verify_metrics import cases
    from verify_metrics.expected import Expected
    from verify_metrics.formulas import NOT_CHECKED, STATEMENTS
    from verify_metrics.service import Metrics
except ModuleNotFoundError as missing:
    print(f"{missing}; install the packages first:\n{__doc__}", file=sys.stderr)
    sys.exit(2)

# Values are equal when they agree in 9 significant digits.
TOLERANCE = 0.5e-9
# How many differences of a set are listed.
LISTED = 40


def arguments():
    root = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description="Compares a running suite's metrics with DuckDB's of the raw files.")
    parser.add_argument("--endpoint", default="127.0.0.1:8642", help="host:port of the suite")
    parser.add_argument("--data", type=Path, default=root / "../shared/data", help="the folder of the raw files")
    parser.add_argument("--creators", type=int, default=20, help="at least so many, over all sets")
    parser.add_argument("--all", action="store_true", help="every creator of the sets")
    parser.add_argument("--with-cases", action="store_true", help="send the hand-computed cases too; erased at the end")
    parser.add_argument(
        "--as-of", type=datetime.fromisoformat, help="the last time that counts, e.g. 2026-08-11T00:00:00Z"
    )
    return parser.parse_args()


def equal(should, does):
    if should is None or does is None:
        return should is does
    (value, missing, size), (found, reason, found_size) = should, does
    if missing != reason or size != found_size or (value is None) != (found is None):
        return False
    return value is None or abs(value - found) <= TOLERANCE * max(abs(value), abs(found))


def told(answer):
    if answer is None:
        return "nothing"
    value, missing, size = answer
    return f"{missing if value is None else repr(value)} of {size}"


class Comparison:
    """What was compared so far."""

    def __init__(self, service, definitions):
        self.service, self.definitions = service, definitions
        self.counted, self.differences, self.reasons, self.with_value = {}, {}, Counter(), set()

    def compare(self, expected, picked, until):
        """Compares the creators [(set, creator, trait)] as of a time in microseconds since 1970 (none: of all)."""
        ends, numbers = expected.compute([creator for _, creator, _ in picked], self.definitions, until)
        for name, creator, trait in picked:
            count, listed = self.counted.setdefault(name, Counter()), self.differences.setdefault(name, [])
            count["creators"] += 1
            end, answers = self.service.values(creator, self.definitions, until)
            if end != ends.get(creator):
                listed.append(f"{creator} ({trait}): as_of: expected {ends.get(creator)}, service {end}")
            should_be = numbers.get(creator, {})
            for key in sorted(should_be.keys() | answers.keys()):
                should, does = should_be.get(key), answers.get(key)
                if should and should[1] is None:
                    count["values"] += 1
                    self.with_value.add(key)
                else:
                    count["missing"] += 1
                    self.reasons[should[1] if should else "not expected"] += 1
                if not equal(should, does):
                    listed.append(
                        f"{creator} ({trait}): {' '.join(key)}: expected {told(should)}, service {told(does)}"
                    )

    def report(self):
        """Prints the tables and what differs. Answers with the exit code."""
        row = "{:<26} {:>8} {:>15} {:>16} {:>11}"
        print(row.format("set", "creators", "values compared", "missing compared", "differences"))
        for name, count in self.counted.items():
            print(row.format(name, count["creators"], count["values"], count["missing"], len(self.differences[name])))
        total = sum(self.counted.values(), Counter())
        different = sum(map(len, self.differences.values()))
        print(row.format("all", total["creators"], total["values"], total["missing"], different))
        print("reasons:", ", ".join(f"{reason} {count}" for reason, count in sorted(self.reasons.items())))
        every = {(definition, win) for definition, windows in self.definitions.items() for win in windows}
        never = sorted(f"{definition} {win.removeprefix('WINDOW_')}" for definition, win in every - self.with_value)
        print("without any value:", ", ".join(never) or "nothing")
        for name, listed in self.differences.items():
            if listed:
                print(f"\n{name}:", *listed[:LISTED], sep="\n  ")
            if len(listed) > LISTED:
                print(f"  and {len(listed) - LISTED} more")
        if total["values"] == 0:
            return 2
        return 1 if different else 0


def main():
    asked = arguments()
    if asked.as_of and asked.as_of.tzinfo is None:
        asked.as_of = asked.as_of.replace(tzinfo=timezone.utc)
    until = asked.as_of and round(asked.as_of.timestamp()) * 1_000_000

    service = Metrics(asked.endpoint)
    definitions = service.definitions()
    for name, reason in NOT_CHECKED.items():
        definitions.pop(name, None)
        print(f"not checked: {name}, {reason}")
    if definitions.keys() != STATEMENTS.keys():
        print(
            f"without SQL: {sorted(definitions.keys() - STATEMENTS.keys())}, "
            f"not in the service: {sorted(STATEMENTS.keys() - definitions.keys())}"
        )
        return 2
    by_hand = cases.load()
    wrong, checked = cases.wrong_answers(by_hand, definitions)
    if wrong:
        print("the SQL is wrong:", *wrong, sep="\n  ")
        return 2
    print(
        f"{len(definitions)} definitions in {sum(map(len, definitions.values()))} windows; "
        f"{checked} answers of the SQL are as by hand"
    )

    comparison = Comparison(service, definitions)
    expected = Expected(asked.data)
    comparison.compare(expected, expected.pick(None if asked.all else asked.creators), until)
    if asked.with_cases:
        try:
            cases.send(service)
            for creator, end in cases.ends():
                comparison.compare(by_hand, [("cases", creator, "by hand")], end)
        finally:
            cases.erase(service)
    return comparison.report()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except grpc.RpcError as error:
        print(f"the suite answered {error.code().name}: {error.details()}", file=sys.stderr)
        sys.exit(2)
