"""Measures VADER for Python on the texts that the fast tier is measured on: quality (`--measured FILE`) or speed (`--speed FILE...`)."""

import argparse
import random
import time

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

CLASSES = ["negative", "neutral", "positive"]


def predict(analyzer: SentimentIntensityAnalyzer, text: str) -> str:
    """By the thresholds that VADER's authors recommend."""
    compound = analyzer.polarity_scores(text)["compound"]
    return "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"


def quality(rows: list[tuple[str, str]]) -> tuple[float, float]:
    """Macro recall and macro F1 of pairs of the label and what was predicted."""
    recalls, f1s = [], []
    for label in CLASSES:
        right = sum(gold == label and found == label for gold, found in rows)
        texts = sum(gold == label for gold, _ in rows)
        predicted = sum(found == label for _, found in rows)
        recalls.append(right / max(texts, 1))
        f1s.append(2 * right / max(texts + predicted, 1))
    return sum(recalls) / 3, sum(f1s) / 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measured", help="lines of set, label and text, as `creatorscope-train eval` writes them")
    parser.add_argument("--speed", nargs="*", default=[], help="files of `label<TAB>text`")
    arguments = parser.parse_args()
    analyzer = SentimentIntensityAnalyzer()
    if arguments.measured:
        sets: dict[str, list[tuple[str, str]]] = {}
        for line in open(arguments.measured, encoding="utf-8", newline="\n"):
            name, label, text = line.rstrip("\n").split("\t", 2)
            sets.setdefault(name, []).append((label, predict(analyzer, text)))
        print("VADER for Python\n\n| set | texts | macro recall | macro F1 |\n|---|---|---|---|")
        figures = {name: quality(rows) for name, rows in sets.items()}
        for name, (recall, f1) in figures.items():
            print(f"| {name} | {len(sets[name])} | {recall * 100:.1f} | {f1 * 100:.1f} |")
        tweets = [figure for name, figure in figures.items() if name.startswith("xlmt")]
        recall, f1 = (sum(column) / len(tweets) for column in zip(*tweets))
        print(f"| mean of xlmt | | {recall * 100:.1f} | {f1 * 100:.1f} |")
    if arguments.speed:
        texts = []
        for path in arguments.speed:
            lines = open(path, encoding="utf-8", errors="replace", newline="\n").read().split("\n")[1:]
            texts += [line.split("\t", 1)[1] for line in lines if "\t" in line]
        random.Random(1).shuffle(texts)
        texts = texts[:20_000]
        start = time.process_time()
        for text in texts:
            analyzer.polarity_scores(text)
        print(f"VADER for Python: {len(texts) / (time.process_time() - start):.0f} texts/s")


if __name__ == "__main__":
    main()
