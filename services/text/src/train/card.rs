//! Owns the card that lies beside the weights. Never the weights.

use std::fmt::Write as _;

use ring::digest::{SHA256, digest};

use crate::{
    corpus::{Corpus, Role},
    train::Options,
};

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

/// Where files come from and on what terms, as far as that is known: the beginning of their name, the source, the terms.
const TERMS: [(&str, &str, &str); 7] = [
    (
        "en_semeval",
        "SemEval 2013 to 2016, Twitter, by way of the DataStories team's files",
        "states no licence; texts fall under Twitter's terms",
    ),
    (
        "en_tweeteval",
        "TweetEval, sentiment, validation part (Barbieri et al., 2020)",
        "states no licence for the texts; Twitter's terms",
    ),
    ("en_goemotions", "GoEmotions, Reddit comments (Demszky et al., 2020)", "Apache-2.0 as published by Google"),
    (
        "xlmt",
        "UMSAB of XLM-T, tweets in eight languages (Barbieri et al., 2022)",
        "states no licence for the texts; Twitter's terms",
    ),
    ("ml12", "Indonesian, Malay, Japanese and Chinese reviews and posts", "states no licence"),
    ("more texts", "comments of seven Brazilian channels, and halves of the texts above", "states no licence"),
    ("others", "translations inside Django 5.2 and Faker 40", "BSD-3-Clause and MIT"),
];

const HEAD: &str = "\
# Weights

`fast.bin` is the fast sentiment tier with its language identification, `heads.bin` what reads sentiment from the vectors of the optional
encoders. Both are compiled in; `creatorscope-train` made them, and the same command on the same texts makes the same bytes. They hold
weights of hashes: no text is stored.

* **Fast tier**: a linear model over hashed words, pairs of words, letters inside words, pictographs and shape, 2^18 buckets with two
  weights each. Logistic regression (L-BFGS) on soft targets: where an encoder taught, its probabilities mixed with the gold label.
* **Languages**: letters decide where a script has one language; nine languages in Latin letters, Turkish, Vietnamese, Polish, Dutch and
  \"another one\" are told apart by a second regression on the same features, 2^14 buckets. Only languages in the tables below are read.
  Where that says romanised Hindi and half of the words are common English ones, it is English (`src/sentiment/english.rs`).
* **Heads**: logistic regression on the vectors of multilingual-e5-small and USE-multilingual-v3, and the factors with which their logits
  are added to those of the fast tier. The encoders themselves are not here.
* **Pictographs**: what the commonest of them say alone is the authors' judgement (`src/train/emoji.rs`); beside words, texts taught it.
";

const LIMITS: &str = "
## Limits

* **Sarcasm and mockery are not understood**: about half of sarcastic texts are read as what they say.
* Labels are about tweets of 2013 to 2017 and, for Indonesian, Malay, Japanese and Chinese, mostly reviews; comments on videos differ. Shares
  over many comments are far better than single ones, but absolute shares are biased by place and time; ranks are safer than levels.
* **Hindi is romanised only, and the labels of its texts contradict what the texts say**: its figures are near those of a guess and say more
  about the labels than about the reading. Hindi in Devanagari is named and not read.
* Indonesian and Malay are taken for one another in a text in twenty; Hindi in Latin letters with many English words is taken for English.
* Japanese and Chinese: one in five texts of their only file was kept aside to measure on; all other figures come from files of their own.
* Which texts were measured on was never looked at in training: texts are compared by their letters and digits, and those of the
  measured files are left out of all others. Settings were chosen on these files, so figures are slightly kind.
* `answered` is the share of texts whose language was accepted; what is not answered counts as missed.
";

/// The card of weights: what they are, what they were made of, how good they are.
pub(crate) fn text(corpus: &Corpus, fast: &[u8], heads: Option<&[u8]>, table: &str, options: &Options) -> String {
    let mut card = String::from(HEAD);
    _ = write!(
        card,
        "\n| file | bytes | SHA-256 |\n|---|---|---|\n| `fast.bin` | {} | `{}` |\n",
        fast.len(),
        sha256(fast)
    );
    if let Some(heads) = heads {
        _ = writeln!(card, "| `heads.bin` | {} | `{}` |", heads.len(), sha256(heads));
    }
    card += "\n## How they were made\n\n```\n";
    card += "creatorscope-train train --data DATA --others OTHERS --texts TEXTS --vectors VECTORS\n```\n\n";
    card += "`DATA` holds `label<TAB>text` files, `OTHERS` what `src/train/other_languages.py` writes, `TEXTS` unlabelled comments in\n";
    card += "`pt.txt`, `VECTORS` the vectors of all of them as `creatorscope-train embed` writes them. Settings: ";
    let Options { l2, iterations, english, unlabelled, emoji, gold, gold_reviews, .. } = options;
    _ = writeln!(
        card,
        "l2 {l2}, {iterations} steps, an English text\ncounts {english}, one without a label {unlabelled}, a pictograph {emoji}; {gold} of a target is the\ngold label ({gold_reviews} for reviews), the rest the teacher.\n"
    );
    card +=
        "| texts | learnt with label | learnt without | measured on | source | terms |\n|---|---|---|---|---|---|\n";
    for (name, source, terms) in TERMS {
        let count = |examples: &[crate::corpus::Example], gold: Option<bool>| {
            let own = examples.iter().filter(|example| example.source.name.starts_with(name));
            own.filter(|example| gold.is_none_or(|gold| gold == (example.source.role != Role::Text))).count()
        };
        let counts =
            [count(&corpus.train, Some(true)), count(&corpus.train, Some(false)), count(&corpus.validation, None)];
        let counts = if name == "others" {
            "for languages only | |".to_owned()
        } else {
            counts.map(|count| count.to_string()).join(" | ")
        };
        _ = writeln!(card, "| {name} | {counts} | {source} | {terms} |");
    }
    _ = write!(
        card,
        "\n## Quality\n\nOn texts that were not learnt; percent. `creatorscope-train eval --data DATA` repeats the first table.\n\n{table}{LIMITS}"
    );
    card
}
