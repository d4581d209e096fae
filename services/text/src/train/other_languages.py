"""Writes texts in languages that are not supported, one a line, so that training can tell them from the others.

Their source is the translations inside two packages: Django (BSD-3-Clause) and Faker (MIT).

    python3 -m pip download --no-deps --dest DIR django==5.2.19 faker==40.54.0
    python3 services/text/src/train/other_languages.py DIR/*.whl --out OTHERS
    creatorscope-train train --data DATA --others OTHERS
"""

import argparse
import ast
import gettext
import io
import pathlib
import re
import zipfile

NAMED = ["nl", "pl", "tr", "vi"]
"""Languages with a lane of their own."""
TOGETHER = [
    "af", "az", "bs", "cs", "cy", "da", "eo", "et", "eu", "fi", "ga", "hr", "hu", "is", "lt", "lv", "nb", "ro", "sk", "sl", "sq",
    "sv", "sw", "tk", "uz",
]
"""Languages that share the lane `un`."""
FAKER = {"nl": "nl_NL", "pl": "pl_PL", "tr": "tr_TR", "vi": "vi_VN", "cs": "cs_CZ", "da": "da_DK", "fi": "fi_FI", "hu": "hu_HU",
         "ro": "ro_RO", "sv": "sv_SE", "hr": "hr_HR", "lv": "lv_LV", "tl": "tl_PH", "sk": "sk_SK", "sl": "sl_SI", "az": "az_AZ"}
MOST = 1500
"""Lines of one language."""
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>|&\w+;|[“”\"]")


def messages(archive: zipfile.ZipFile, language: str) -> list[str]:
    found = []
    for name in sorted(archive.namelist()):
        if name.endswith(f"/locale/{language}/LC_MESSAGES/django.mo") or name.endswith(f"/locale/{language}/LC_MESSAGES/djangojs.mo"):
            catalogue = gettext.GNUTranslations(io.BytesIO(archive.read(name)))._catalog
            found += [str(text) for key, text in sorted(catalogue.items(), key=str) if key]
    return found


def words(archive: zipfile.ZipFile, locale: str) -> list[str]:
    """Lines of eight words out of the word list of a locale."""
    name = f"faker/providers/lorem/{locale}/__init__.py"
    if name not in archive.namelist():
        return []
    for node in ast.walk(ast.parse(archive.read(name))):
        target = getattr(node, "target", None) or (getattr(node, "targets", None) or [None])[0]
        if getattr(target, "id", "") == "word_list":
            found = [item.value for item in ast.walk(node.value) if isinstance(item, ast.Constant) and isinstance(item.value, str)]
            found = " ".join(found).split()
            return [" ".join(found[start:start + 8]) for start in range(0, len(found), 8)]
    return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    archives = {path.name.split("-")[0].lower(): zipfile.ZipFile(path) for path in arguments.wheels}
    arguments.out.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[str]] = {}
    for language in NAMED + TOGETHER + ["tl"]:
        found = messages(archives["django"], language) + words(archives["faker"], FAKER.get(language, "none"))
        cleaned = [" ".join(PLACEHOLDER.sub(" ", text).split()) for text in found]
        distinct = list(dict.fromkeys(text for text in cleaned if len(text) > 3))
        limit = MOST if language in NAMED else MOST // 4
        lines.setdefault(language if language in NAMED else "un", []).extend(distinct[-limit:])
        print(f"{language}: {len(distinct)} lines")
    for language, texts in lines.items():
        (arguments.out / f"{language}.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
