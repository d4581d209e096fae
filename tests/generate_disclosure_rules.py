"""Makes services/disclosure/rules/disclosure.json out of a file of facts (YAML) and of rules/readings.json.

    python3 tests/generate_disclosure_rules.py FACTS.yaml

Needs PyYAML. The facts say what a source says; the readings say what a person took from their prose. What neither knows stops
the run: a new kind of need, a new placement, a duty without a reading.
"""

import json
import pathlib
import re
import sys
import unicodedata

import yaml

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "services/disclosure/rules"

NEEDS = {
    "label": "label", "label_under_consumer_law": "label", "label_even_if_this_post_unpaid": "label",
    "label_and_permit": "label", "label_and_licence": "label",
    "own_label": "special", "label_unless_obvious": "unless_obvious",
    "disclose": "words_free", "disclose_interest": "words_free", "mention_relationship": "words_free",
    "label_disputed": "conditional", "label_likely": "conditional", "label_if_promotional": "conditional",
    "label_if_consideration": "conditional", "label_for_sales_staff": "conditional", "label_if_advertising": "conditional",
    "recommended": "recommended", "none": "unclear", "unclear": "unclear", "member_state": "unclear", "licence": "unclear",
    "permit_exempt": "unclear", "exemptions_exist": "unclear", "advertiser_liability": "unclear",
    "supplier_liability": "unclear",
    "no_label": "none", "no_label_unless_overly_promotional": "none", "no_label_if_voluntary": "none",
    "none_if_not_commissioned": "none",
}
RELATIONS = {"own_brand_or_employee_or_family": "own_brand"}
# Facts about ties that a caller cannot name; they are told as duties.
TOLD = {"tag_or_like_only", "past_relationship_12_months", "incentivised_review", "context_obvious", "burden",
        "discount_code_or_giveaway", "giveaway", "virtual_influencer", "livestream"}
PLACES = {
    "first_position": "first_position", "before_fold": "before_fold", "start_or_first_n_hashtags": "first_hashtags",
    "title_or_first": "title_or_first",
} | dict.fromkeys(
    ["immediately_visible", "visible_without_interaction", "start_and_before_fold", "clear", "conspicuous", "early", "upfront",
     "headline_or_upfront", "first_sight", "anywhere_visible", "clear_and_not_buried", "distinguishing_sign_required",
     "clear_not_in_hashtag_pile"], "visible")
FLAGS = {"sufficient", "sufficient_if_conforming", "preferred_primary", "required_plus_manual_label", "use_it_in_addition",
         "not_sufficient_alone", "conditional", "recommended", "unknown"}
# Where the caption, the title or anything that is seen will do; everything else must be in the content itself.
OUTSIDE = re.compile(r"^(visible|sign|conspicuous|legible|title_or_|in_video_title_|same_as_video|written$|verbal_or_written|"
                     r"clearly_visible|visible_|same_as_caption|superimpose_or_caption|label_on_image_or_title|stamp_in_image|"
                     r"standard_retouch|on_graphic_or|not_obscured|start_of_publication|inseparable|first_interaction|"
                     r"not_small|in_or_next|colour_contrast|distinct|in_photo_or|label_too)")
REPEATED = re.compile(r"repeat|recurring|periodic|ticker|start_and_end|joiners|around_breaks")
LANGUAGES = {
    "same_as_content": ("same_as_content", []), "understood_by_audience": ("understood", []),
    "audience_language": ("understood", []), "it_or_en": ("listed", ["it", "en"]), "fi_or_sv": ("listed", ["fi", "sv"]),
    "en_or_same_as_content": ("listed_or_same_as_content", ["en"]),
}


def day(value):
    """The first day of a year, a month or a day."""
    parts = str(value).split("-")
    return "-".join(parts + ["01"] * (3 - len(parts)))


def slug(text):
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u0307", "").strip()
    return re.sub(r"\s+", "_", text.replace("#", ""))


def fact(identity, leaf, /, **more):
    """A rule with what is known of it; `recall` is no source."""
    made = {"id": identity, **{k: v for k, v in more.items() if v is not None}}
    made["confidence"] = leaf["c"]
    made["sources"] = [s for s in leaf["s"] if s != "recall"]
    if leaf.get("note"):
        made["note"] = leaf["note"]
    return made


def labels(code, kind, given, seen, readings):
    made = []
    for leaf in given:
        rule = f"{code}.{kind}.{slug(leaf['text'])}"
        if rule in seen:
            rule += ".tag"
        seen.add(rule)
        more = {"text": leaf["text"], "language": leaf["lang"]}
        if kind == "label":
            more |= {"form": leaf["form"], "scope": leaf["scope"]}
        else:
            more |= {"why": "explicit" if leaf["why"] == "insufficient_if_asked" else leaf["why"]}
        if rule in readings["spellings"]:
            more["spellings"] = readings["spellings"].pop(rule)
        made.append(fact(rule, leaf, **more))
    return made


def jurisdiction(code, given, readings):
    made = {"name": given["name"].split(" (")[0], "baseline": None, "known_from": None}
    if given["group"] == "EU" and code != "EU":
        made["baseline"] = "EU"
    starts = [day(leaf["v"]["effective"]) for leaf in given["instruments"] if "effective" in leaf["v"]]
    if starts and len(starts) == len(given["instruments"]):
        made["known_from"] = min(starts)
    made["known_from"] = readings["known_from"].get(code, made["known_from"])
    made["instruments"] = [
        fact(f"{code}.instrument.{n}", leaf, name=leaf["v"]["name"],
             **({"from": day(leaf["v"]["effective"])} if "effective" in leaf["v"] else {}))
        for n, leaf in enumerate(given["instruments"], 1)]

    duties = []
    triggers = []
    for name, leaf in given["triggers"].items():
        if name in TOLD:
            text = f"{name.replace('_', ' ')}: {str(leaf['v']).replace('_', ' ')}"
            duties.append(fact(f"{code}.told.{name}", {**leaf, "note": None}, kind="other", bearers=["creator"], text=text))
            continue
        relation = RELATIONS.get(name, name)
        triggers.append(fact(f"{code}.trigger.{relation}", leaf, relation=relation, need=NEEDS[leaf["v"]]))
    images = readings["images"].get(code, {})
    for name, leaf in given["media_rules"].items():
        if name in images:
            relation = images[name].get("relation", name)
            triggers.append(fact(f"{code}.trigger.{relation}", leaf, relation=relation, need=images[name]["need"]))
            duties.append(fact(f"{code}.told.{name}", {**leaf, "note": None}, kind="image_notice", bearers=["creator"],
                               text=str(leaf["v"])))
        else:
            duties.append(fact(f"{code}.told.{name}", {**leaf, "note": None}, kind="other", bearers=["creator"],
                               text=f"{name.replace('_', ' ')}: {leaf['v']}"))
    made["triggers"] = triggers

    seen = set()
    made["labels"] = labels(code, "label", given["labels"]["accepted"], seen, readings)
    made["refused"] = labels(code, "refused", given["labels"]["rejected"], seen, readings)
    closed = given["labels"]["closed_list"]
    made["closed_list"] = fact(f"{code}.closed_list", {**closed, "note": None}, closed=bool(closed["v"]))
    language = given["language"]
    rule, codes = LANGUAGES.get(language["v"], ("listed", [language["v"]]))
    made["language"] = fact(f"{code}.language", language, rule=rule, languages=codes)

    placement = given["placement"]
    caption = placement["caption"]
    place = caption["v"]
    more = {"rule": PLACES[place["rule"]], "apart_from_hashtags": place.get("not_in_hashtag_block", False)}
    if "n" in place:
        more["hashtags" if more["rule"] == "first_hashtags" else "lines"] = place["n"]
    if code in readings["lines_confidence"]:
        more["lines_confidence"] = readings["lines_confidence"][code]
    made["caption"] = [fact(f"{code}.caption", caption, **more)]
    if code in readings["caption_until"]:
        until = readings["caption_until"][code]
        made["caption"][0]["from"] = until["date"]
        made["caption"].append(fact(f"{code}.caption.before", {**caption, "c": "medium", "note": None},
                                    rule=until["rule"], apart_from_hashtags=True, until=until["date"]))
    made["media"] = []
    for medium in ["image", "story", "video", "live", "audio"]:
        leaf = placement.get(medium)
        if leaf is None:
            continue
        value = leaf["v"]
        if isinstance(value, dict):
            evidence, text, repeated = "both", "audio and video, a third of the length or more", False
        else:
            evidence, text, repeated = "content", value.replace("_", " "), bool(REPEATED.search(value))
            if medium == "audio" or value.startswith("verbal") and not value.startswith("verbal_or"):
                evidence = "spoken"
            elif OUTSIDE.match(value) or medium == "image" and value not in ("on_image", "superimposed"):
                evidence = "outside"
        made["media"].append(fact(f"{code}.{medium}", leaf, medium=medium, evidence=evidence, repeated=repeated, text=text))
    bio = placement["bio_or_profile_only"]
    made["elsewhere"] = fact(f"{code}.elsewhere", bio, counts="no" if bio["v"] == "not_sufficient" else "unknown")
    flag = given["platform_tool"]
    assert flag["v"] in FLAGS, flag
    made["flag"] = fact(f"{code}.flag", flag, rule=readings["flag"].get(code, flag["v"]))
    brand = given["brand_name_required"]
    value = {True: "required", False: "no", "depends": "no"}[brand["v"]]
    made["brand_name"] = fact(f"{code}.brand_name", brand, rule=readings["brand_name"].get(code, value))

    read = readings["duties"].pop(code, [])
    assert len(read) == len(given["duties"]), f"{code}: {len(given['duties'])} duties, {len(read)} readings"
    for n, (leaf, reading) in enumerate(zip(given["duties"], read), 1):
        duties.append(fact(f"{code}.duty.{n}", {**leaf, "note": None}, **reading))
    made["duties"] = duties
    read = readings["bans"].pop(code, [])
    assert bool(read) == bool(given["bans"]), f"{code}: bans without reading"
    made["bans"] = [fact(f"{code}.ban.{n}", {**given["bans"][min(n, len(given["bans"])) - 1], "note": None}, **reading)
                    for n, reading in enumerate(read, 1)]
    for group in made.values():
        for rule in group if isinstance(group, list) else [group]:
            if isinstance(rule, dict) and rule.get("id") in readings["from"]:
                rule["from"] = readings["from"].pop(rule["id"])
    return made


def main():
    facts = yaml.safe_load(pathlib.Path(sys.argv[1]).read_text())
    readings = json.loads((FOLDER / "readings.json").read_text())
    compiled = facts["meta"]["compiled"]
    made = {
        "format": "creatorscope.disclosure/1", "version": compiled.replace("-", "."), "compiled": compiled,
        "sources": {}, "baselines": readings["members"], "categories": readings["categories"], "platforms": {},
        "hashtag_pile": 2, "negations": [], "jurisdictions": {},
    }
    for name, given in facts["platforms"].items():
        engine, usual = given["fold_engine_default"], given["fold_chars"]
        made["platforms"][name] = fact(
            f"platform.{name}.fold", {**engine, "note": None}, sure_characters=engine["v"]["chars"],
            sure_lines=engine["v"].get("lines"), usual_characters=usual["v"], usual_confidence=usual["c"])
    for language, phrases in facts["matching"]["negations"].items():
        for text in phrases + readings["negations"].pop(language, []):
            made["negations"].append({"id": f"negation.{language}.{slug(text)}", "text": text, "language": language})
    for code, given in facts["jurisdictions"].items():
        made["jurisdictions"][code] = jurisdiction(code, given, readings)
    for name in ["negations", "spellings", "from", "duties", "bans"]:
        assert not readings[name], f"{name}: nothing is called {list(readings[name])}"
    used = set(re.findall(r'"([a-z0-9_]+)"', json.dumps([made["platforms"], made["jurisdictions"]])))
    for name, source in facts["sources"].items():
        if name != "recall" and name in used:
            made["sources"][name] = {"uri": source.get("url") or "", "kind": source.get("kind") or "", "about": source.get("about") or ""}
    (FOLDER / "disclosure.json").write_text(layout(made))
    print(len(made["jurisdictions"]), "jurisdictions,", len(made["sources"]), "sources")


def layout(made):
    """One rule a line, so that a change shows as one line."""
    def line(value):
        return json.dumps(value, ensure_ascii=False)

    lines = ["{"]
    for key in ["format", "version", "compiled", "hashtag_pile", "categories", "baselines"]:
        lines.append(f"{line(key)}: {line(made[key])},")
    for key in ["sources", "platforms"]:
        lines += [f"{line(key)}: {{", ",\n".join(f"  {line(k)}: {line(v)}" for k, v in made[key].items()), "},"]
    lines += ['"negations": [', ",\n".join("  " + line(v) for v in made["negations"]), "],", '"jurisdictions": {']
    blocks = []
    for code, given in made["jurisdictions"].items():
        parts = []
        for key, value in given.items():
            if isinstance(value, list) and value:
                parts.append(f"    {line(key)}: [\n" + ",\n".join("      " + line(v) for v in value) + "\n    ]")
            else:
                parts.append(f"    {line(key)}: {line(value)}")
        blocks.append(f"  {line(code)}: {{\n" + ",\n".join(parts) + "\n  }")
    lines += [",\n".join(blocks), "}", "}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
