//! Owns the making of the built-in model of meaning and the measure of how well it finds creators for a brief. Never part of the program.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    error::Error,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::{Parser, Subcommand};
use creatorscope_text::embed::{Embedder, make};

mod briefs;
mod rank;

use briefs::{BRIEFS, LANGUAGES};
use rank::{Creator, Ranking};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Makes the built-in model from a folder of real data and an imported USE model, or measures models.
#[derive(Parser)]
struct Ask {
    /// The folder of real data.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// The folder of model files; without, only the built-in model is measured.
    #[arg(long)]
    models: Option<PathBuf>,
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Writes the built-in model.
    Make {
        /// The file to write.
        #[arg(default_value = "services/text/weights/embed.bin")]
        to: PathBuf,
    },
    /// Prints nDCG@10 of creators found for briefs.
    Eval,
}

fn main() -> Outcome<()> {
    let ask = Ask::parse();
    match &ask.step {
        Step::Make { to } => {
            let (first, texts) = sources(&ask.data)?;
            let models = ask.models.as_deref().ok_or("--models has to name the folder of the USE model")?;
            let file = make::make(&first, &texts, models)?;
            writeln!(io::stdout(), "{} texts, {} bytes", texts.len(), file.len())?;
            Ok(fs::write(to, file)?)
        }
        Step::Eval => eval(&ask.data, ask.models.as_deref()),
    }
}

/// Words that have to be known (the names of the IAB taxonomy), and all different titles, tags, captions and comments of the folder.
fn sources(data: &Path) -> Outcome<(Vec<String>, Vec<String>)> {
    const COLUMNS: [&str; 7] = ["title", "tags", "hashtags", "description", "text", "caption", "content"];
    let taxonomy = fs::read_to_string(data.join("taxonomy/Content_Taxonomy_3.1.tsv"))?;
    let first = taxonomy.lines().skip(2).filter_map(|line| line.split('\t').nth(2)).map(str::to_owned).collect();
    let mut texts = HashSet::new();
    let mut folders: Vec<PathBuf> =
        fs::read_dir(data)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    folders.sort();
    for folder in folders.iter().filter(|path| path.is_dir()) {
        for path in fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()? {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("tsv") => {
                    let file = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
                    texts
                        .extend(file.lines().filter_map(|line| line.split_once('\t')).map(|(_, text)| text.to_owned()));
                }
                Some("csv") => {
                    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(&path)?;
                    let names: Vec<String> = reader
                        .byte_headers()?
                        .iter()
                        .map(|name| String::from_utf8_lossy(name).to_lowercase())
                        .collect();
                    for record in reader.byte_records().filter_map(Result::ok) {
                        let wanted = names.iter().zip(&record).filter(|(name, _)| {
                            COLUMNS.iter().any(|column| name.trim_start_matches('\u{feff}') == *column)
                        });
                        texts.extend(wanted.map(|(_, text)| String::from_utf8_lossy(text).into_owned()));
                    }
                }
                _ => {}
            }
        }
    }
    let mut texts: Vec<String> = texts.into_iter().map(|text| without_links(&text)).collect();
    texts.sort();
    Ok((first, texts))
}

fn without_links(text: &str) -> String {
    text.split_whitespace()
        .filter(|word| !word.contains("http") && !word.starts_with('@'))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Creators with the category of most of their videos, and what they wrote: titles and tags without their own name.
fn creators(path: &Path, columns: [&str; 4]) -> Outcome<Vec<Creator>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path)?;
    let names: Vec<String> = reader
        .byte_headers()?
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').to_owned())
        .collect();
    let places = columns.map(|column| names.iter().position(|name| name == column));
    let mut found: BTreeMap<String, (HashMap<u32, u32>, Vec<String>)> = BTreeMap::new();
    for record in reader.byte_records().filter_map(Result::ok) {
        let cell = |at: usize| {
            places[at].and_then(|place| record.get(place)).map(|cell| String::from_utf8_lossy(cell).into_owned())
        };
        let (Some(channel), Some(category), Some(title)) = (cell(0), cell(1).and_then(|id| id.parse().ok()), cell(2))
        else {
            continue;
        };
        let (categories, texts) = found.entry(channel.clone()).or_default();
        *categories.entry(category).or_default() += 1;
        let tags = cell(3).unwrap_or_default().replace('|', " ").replace("[none]", "");
        let text = format!("{title} {tags}").to_lowercase().replace(&channel.to_lowercase(), " ");
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let creator = |(_, (categories, texts)): (String, (HashMap<u32, u32>, Vec<String>))| {
        let category = categories.iter().max_by_key(|(id, count)| (**count, **id)).map_or(0, |(id, _)| *id);
        Creator { category, text: texts.join(" ") }
    };
    Ok(found.into_iter().map(creator).collect())
}

fn eval(data: &Path, models: Option<&Path>) -> Outcome<()> {
    let sets = [
        (
            "US 2017",
            creators(
                &data.join("youtube_trending_us_2017/USvideos.csv"),
                ["channel_title", "category_id", "title", "tags"],
            )?,
        ),
        (
            "FR 2018",
            creators(
                &data.join("captions_youtube_2018/18.01.11_FR_videos.csv"),
                ["channelTitle", "categoryId", "title", "tags"],
            )?,
        ),
        (
            "KR 2026",
            creators(
                &data.join("youtube_trending_kr_2026/kr_trending_timeseries.csv"),
                ["channel", "category", "title", "tags"],
            )?,
        ),
    ];
    let mut embedders = vec![Embedder::embedded()];
    embedders.extend(models.map(Embedder::open).transpose()?);
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "| creators | briefs | n | random | BM25 | {} |",
        embedders.iter().map(Embedder::model).collect::<Vec<_>>().join(" | ")
    )?;
    writeln!(out, "|---|---|---|---|---|{}", "---|".repeat(embedders.len()))?;
    for (name, creators) in &sets {
        let texts: Vec<&str> = creators.iter().map(|creator| creator.text.as_str()).collect();
        let vectors: Vec<Vec<Vec<f32>>> = embedders.iter().map(|embedder| embedder.embed(&texts)).collect();
        for (at, language) in LANGUAGES.iter().enumerate() {
            let mut sums = vec![0.0; 2 + embedders.len()];
            let mut count = 0.0;
            for (category, briefs) in &BRIEFS {
                // A category that fewer than three creators have says nothing.
                if creators.iter().filter(|creator| creator.category == *category).count() < 3 {
                    continue;
                }
                for brief in briefs.iter().map(|brief| brief[at]) {
                    let ranking = Ranking { creators, category: *category };
                    count += 1.0;
                    sums[0] += ranking.expected_at_random();
                    sums[1] += ranking.ndcg(&rank::bm25(brief, &texts));
                    for ((sum, embedder), vectors) in sums[2..].iter_mut().zip(&embedders).zip(&vectors) {
                        let brief = embedder.embed(&[brief]).remove(0);
                        let dot = |vector: &Vec<f32>| vector.iter().zip(&brief).map(|(one, other)| one * other).sum();
                        *sum += ranking.ndcg(&vectors.iter().map(dot).collect::<Vec<f32>>());
                    }
                }
            }
            let figures: Vec<String> = sums.iter().map(|sum| format!("{:.3}", sum / count)).collect();
            writeln!(out, "| {name} ({}) | {language} | {count} | {} |", creators.len(), figures.join(" | "))?;
        }
    }
    Ok(())
}
