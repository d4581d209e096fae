//! Owns the measurement of checks a second on one core: all jurisdictions loaded, three applicable, captions as people write
//! them. Never whether the verdicts are right.
//!
//! ```text
//! cargo run --release -p creatorscope-disclosure --example speed -- --seconds 3
//! ```
#![allow(missing_docs, reason = "a measurement for people")]

use std::{
    error::Error,
    hint::black_box,
    io::{self, Write},
    time::{Duration, Instant},
};

use clap::Parser;
use creatorscope_disclosure::{Content, Context, Medium, Relation, Rules};
use jiff::civil::date;

#[derive(Parser)]
struct Arguments {
    /// Seconds for each measurement.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { seconds } = Arguments::parse();
    let mut out = io::stdout().lock();
    let started = Instant::now();
    let rules = Rules::builtin();
    writeln!(
        out,
        "rules {} read in {:?}: {} jurisdictions",
        rules.version(),
        started.elapsed(),
        rules.jurisdictions().len()
    )?;
    let posts = posts();
    let mut context = Context::on(date(2026, 11, 23));
    context.relations = vec![Relation::Paid];
    context.brand_names = vec!["Glow".into()];
    context.brand_handles = vec!["@glow".into()];
    context.brand_hashtags = vec!["#glowskin".into()];
    for jurisdictions in [vec!["US", "GB", "JP"], vec!["DE", "FR"]] {
        // Two member states bring the baseline along: three as well.
        context.jurisdictions = jurisdictions.iter().map(|&code| code.to_owned()).collect();
        let (mut checks, mut characters) = (0_u64, 0);
        let started = Instant::now();
        let end = started + Duration::from_secs_f64(seconds);
        while Instant::now() < end {
            for post in &posts {
                black_box(rules.check(black_box(post), &context));
                characters += post.caption.chars().count();
            }
            checks += posts.len() as u64;
        }
        let rate = checks as f64 / started.elapsed().as_secs_f64();
        let mean = characters as u64 / checks;
        writeln!(out, "{jurisdictions:?}: {rate:.0} checks/s, {mean} characters a caption")?;
    }
    for size in [1_000, 10_000, 100_000] {
        let post = Content { caption: "neues Serum #ad ".repeat(size / 16), ..Content::default() };
        let started = Instant::now();
        black_box(rules.check(&post, &context));
        writeln!(out, "{size} bytes full of labels: {:?}", started.elapsed())?;
    }
    Ok(())
}

/// Captions of the usual lengths and scripts.
fn posts() -> Vec<Content> {
    let captions = [
        (
            "#ad My new morning routine with @glow! Three weeks in and my skin has never felt this calm. I use two drops after \
          cleansing, then cream.\n\nLink in bio, code MARA15 until Sunday.\n#skincare #morningroutine #glowskin",
            "en",
        ),
        (
            "So happy with it ✨ this was the best weekend in a long time, thank you all for coming! #friends #weekend #love",
            "en",
        ),
        (
            "Werbung | Mein neues Serum von @glow: seit drei Wochen benutze ich es jeden Morgen und meine Haut ist so ruhig wie nie. \
          Mehr dazu in der Story 🧴 #hautpflege #routine",
            "de",
        ),
        (
            "Collaboration commerciale avec @glow. Je l'utilise depuis trois semaines, deux gouttes le matin et c'est tout.",
            "fr",
        ),
        (
            "【PR】新しい美容液を使ってみました。朝に二滴だけで肌がしっとりします。香りも好きです。 @glow #美容 #スキンケア #朝活",
            "ja",
        ),
        ("새 세럼 후기 남겨요. 아침마다 두 방울씩 쓰고 있는데 피부가 정말 편안해졌어요. #광고 #스킨케어 #데일리", "ko"),
    ];
    captions
        .into_iter()
        .map(|(caption, language)| Content {
            caption: caption.into(),
            platform: "instagram".into(),
            medium: Medium::Image,
            language: language.into(),
            platform_flag: Some(false),
            ..Content::default()
        })
        .collect()
}
