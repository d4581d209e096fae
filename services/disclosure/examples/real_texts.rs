//! Owns the counting of verdicts over real captions, by set. Never labels of truth: the sets are collected by hashtag.
//!
//! ```text
//! cargo run --release -p creatorscope-disclosure --example real_texts -- ../shared/data --sample 60
//! ```
#![allow(missing_docs, reason = "a count for people")]

use std::{
    collections::{BTreeMap, HashSet},
    error::Error,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Parser;
use creatorscope_disclosure::{Content, Context, Medium, Relation, Rules, Verdict};
use jiff::civil::date;

#[derive(Parser)]
struct Arguments {
    /// The folder of the data.
    data: PathBuf,
    /// Posts of each set to print with verdict, reason and span, spread evenly over the set.
    #[arg(long, default_value_t = 0)]
    sample: usize,
}

/// Posts of one kind and the jurisdictions that they are held against.
struct Set {
    name: String,
    relation: Relation,
    jurisdictions: Vec<&'static str>,
    posts: Vec<Content>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { data: folder, sample } = Arguments::parse();
    let rules = Rules::builtin();
    let mut out = io::stdout().lock();
    let mut sets = Vec::new();
    for (file, relation) in [("sponsored_hyeopchan", Relation::Paid), ("own_money_naedonnaesan", Relation::OwnPurchase)]
    {
        let posts = korean(&folder.join(format!("captions_instagram_kr/{file}.csv")))?;
        sets.push(Set { name: format!("instagram_kr {file}"), relation, jurisdictions: vec!["KR"], posts });
    }
    for (country, language) in [("US", "en"), ("FR", "fr")] {
        let posts = youtube(&folder.join(format!("captions_youtube_2018/18.01.11_{country}_videos.csv")), language)?;
        let name = format!("youtube_2018 {country}");
        sets.push(Set { name, relation: Relation::Paid, jurisdictions: vec![country], posts });
    }
    for tag in ["ad", "sponsored"] {
        let posts = tiktok(&folder.join("tiktok_famous"), tag)?;
        let jurisdictions = vec!["US", "GB", "DE", "FR", "JP"];
        sets.push(Set { name: format!("tiktok #{tag}"), relation: Relation::Paid, jurisdictions, posts });
    }
    for set in &sets {
        judge(&rules, set, sample, &mut out)?;
    }
    Ok(())
}

fn judge(rules: &Rules, set: &Set, sample: usize, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut context = Context::on(date(2026, 11, 23));
    context.relations = vec![set.relation];
    context.jurisdictions = set.jurisdictions.iter().map(|&code| code.to_owned()).collect();
    let mut counts: BTreeMap<(&str, Verdict), usize> = BTreeMap::new();
    let mut reasons: BTreeMap<(&str, String), usize> = BTreeMap::new();
    writeln!(out, "\n== {} as {}: {} posts", set.name, set.relation.as_str(), set.posts.len())?;
    let step = set.posts.len().checked_div(sample).unwrap_or(usize::MAX).max(1);
    for (n, post) in set.posts.iter().enumerate() {
        let check = rules.check(post, &context);
        for &code in &set.jurisdictions {
            let verdict = check.verdicts.iter().find(|one| one.jurisdiction == code).ok_or("not judged")?;
            let first = &verdict.findings[0];
            *counts.entry((code, verdict.verdict)).or_default() += 1;
            *reasons
                .entry((code, format!("{} {} {}", verdict.verdict.as_str(), first.reason.name(), first.rule)))
                .or_default() += 1;
            if step != usize::MAX && n % step == 0 && code == set.jurisdictions[n / step % set.jurisdictions.len()] {
                let text: String =
                    if post.caption.is_empty() { post.hashtags.join(" #") } else { post.caption.clone() };
                let shown: String = text.chars().map(|c| if c == '\n' { '⏎' } else { c }).take(260).collect();
                let span = first.span.as_ref().map_or(String::new(), |span| {
                    format!(" at {:?} {}..{} `{}`", span.field, span.start, span.end, span.text)
                });
                let verdict = verdict.verdict.as_str();
                writeln!(
                    out,
                    "[{n}] {code} {verdict} {} {}{span}\n    {} {shown}",
                    first.reason.name(),
                    first.rule,
                    post.title
                )?;
            }
        }
    }
    for ((code, verdict), count) in counts {
        writeln!(out, "{code} {:<15} {count}", verdict.as_str())?;
    }
    for ((code, reason), count) in reasons {
        writeln!(out, "    {code} {reason}: {count}")?;
    }
    Ok(())
}

fn korean(path: &Path) -> Result<Vec<Content>, Box<dyn Error>> {
    let mut seen = HashSet::new();
    let mut posts = Vec::new();
    for row in csv::ReaderBuilder::new().flexible(true).from_path(path)?.records() {
        let caption = row?.get(1).unwrap_or_default().to_owned();
        if !caption.trim().is_empty() && seen.insert(caption.clone()) {
            posts.push(Content {
                caption,
                platform: "instagram".into(),
                medium: Medium::Image,
                language: "ko".into(),
                platform_flag: Some(false),
                ..Content::default()
            });
        }
    }
    Ok(posts)
}

fn youtube(path: &Path, language: &str) -> Result<Vec<Content>, Box<dyn Error>> {
    let mut posts = Vec::new();
    for row in csv::ReaderBuilder::new().flexible(true).from_path(path)?.records() {
        let row = row?;
        posts.push(Content {
            title: row.get(1).unwrap_or_default().to_owned(),
            caption: row.get(15).unwrap_or_default().to_owned(),
            platform: "youtube".into(),
            medium: Medium::Video,
            language: language.into(),
            ..Content::default()
        });
    }
    Ok(posts)
}

/// Posts whose hashtags hold one, each once. The lists are Python's: `['one', 'two']`.
fn tiktok(folder: &Path, tag: &str) -> Result<Vec<Content>, Box<dyn Error>> {
    let mut seen = HashSet::new();
    let mut posts = Vec::new();
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    for path in files {
        for row in csv::ReaderBuilder::new().flexible(true).from_path(path)?.records() {
            let row = row?;
            let hashtags: Vec<String> = row
                .get(3)
                .unwrap_or_default()
                .trim_matches(['[', ']'])
                .split(", ")
                .map(|tag| tag.trim_matches(['\'', '"']).to_owned())
                .filter(|tag| !tag.is_empty())
                .collect();
            if hashtags.iter().any(|one| one.eq_ignore_ascii_case(tag))
                && seen.insert(row.get(0).unwrap_or_default().to_owned())
            {
                posts.push(Content {
                    hashtags,
                    platform: "tiktok".into(),
                    medium: Medium::Short,
                    language: "en".into(),
                    ..Content::default()
                });
            }
        }
    }
    Ok(posts)
}
