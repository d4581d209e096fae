//! Owns the limit: columns as plain vectors in the order of followers, lists of places for words, one loop per question. Never
//! anything but these questions: it takes no updates and keeps nothing.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use creatorscope_discovery::words;

use super::{
    engine::{self, Engine},
    population::{self, ER_VIEWS, METRICS, Member, VIEWS_MEAN},
    questions::{PAGE, Question, SUGGESTED},
    report::Answer,
};

/// A creator without the value; no real value is below.
const NO_NUMBER: i64 = -1;

/// Words of a column, numbered in the order of their first use.
#[derive(Default)]
struct Words {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Words {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }
}

/// Lists of a column, end to end.
struct Lists {
    ends: Vec<u32>,
    values: Vec<u32>,
}

impl Lists {
    fn of(&self, row: usize) -> &[u32] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        &self.values[start..self.ends[row] as usize]
    }

    fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.values.extend(list);
        self.ends.push(self.values.len() as u32);
    }
}

/// Columns, most followers first.
pub(crate) struct Scan {
    index: Vec<u32>,
    followers: Vec<i64>,
    /// NaN when missing: it is above and below nothing.
    metrics: Vec<Vec<f64>>,
    /// Platform, tier, country; 0 when missing.
    choices: [Vec<u8>; 3],
    /// By the column, then by the number in it.
    choice_words: [Words; 3],
    niches: Lists,
    niche_words: Words,
    tags: Lists,
    tag_words: Words,
    /// Rows that have a word, ascending.
    having: HashMap<String, Vec<u32>>,
    /// Beginnings of names and handles with their rows, sorted.
    names: Vec<(String, u32)>,
}

impl Scan {
    /// Sorts all creators by followers and takes them apart.
    pub(crate) fn load(creators: u64) -> (Self, Duration) {
        let mut order: Vec<(i64, u32)> = Vec::with_capacity(creators as usize);
        let mut spent = engine::feed(creators, |members| {
            order.extend(members.iter().map(|member| (member.followers.unwrap_or(NO_NUMBER), member.index as u32)));
        });
        let begun = Instant::now();
        order.sort_by_key(|(followers, index)| (std::cmp::Reverse(*followers), *index));
        let mut choice_words: [Words; 3] = Default::default();
        for words in &mut choice_words {
            words.number("");
        }
        let lists = || Lists { ends: Vec::new(), values: Vec::new() };
        let mut scan = Self {
            index: Vec::with_capacity(order.len()),
            followers: Vec::with_capacity(order.len()),
            metrics: vec![Vec::with_capacity(order.len()); METRICS.len()],
            choices: Default::default(),
            choice_words,
            niches: lists(),
            niche_words: Words::default(),
            tags: lists(),
            tag_words: Words::default(),
            having: HashMap::new(),
            names: Vec::with_capacity(3 * order.len()),
        };
        spent += begun.elapsed();
        for (_, index) in order {
            let member = population::member(index.into());
            let begun = Instant::now();
            scan.push(&member);
            spent += begun.elapsed();
        }
        let begun = Instant::now();
        scan.names.sort();
        (scan, spent + begun.elapsed())
    }

    fn push(&mut self, member: &Member) {
        let row = self.index.len() as u32;
        self.index.push(member.index as u32);
        self.followers.push(member.followers.unwrap_or(NO_NUMBER));
        for (column, value) in self.metrics.iter_mut().zip(member.metrics) {
            column.push(value.unwrap_or(f64::NAN));
        }
        let values = [Some(member.platform.word()), member.tier(), member.country];
        for ((column, words), value) in self.choices.iter_mut().zip(&mut self.choice_words).zip(values) {
            column.push(u8::try_from(words.number(value.unwrap_or_default())).expect("few words"));
        }
        self.niches.push(member.niches.iter().map(|niche| self.niche_words.number(niche)));
        self.tags.push(member.tags().iter().map(|tag| self.tag_words.number(tag)));
        for word in words::of_text(&member.text()) {
            let rows = self.having.entry(word).or_default();
            if rows.last() != Some(&row) {
                rows.push(row);
            }
        }
        for word in member.display_name.to_lowercase().split(' ').chain([member.handle.as_str()]) {
            self.names.push((word.to_owned(), row));
        }
    }

    /// The rows with followers in a range, missing ones aside.
    fn rows(&self, (low, high): (i64, i64)) -> std::ops::Range<usize> {
        let first = self.followers.partition_point(|followers| *followers > high);
        first..self.followers.partition_point(|followers| *followers >= low.max(0))
    }

    fn ids(&self, rows: impl IntoIterator<Item = usize>) -> Vec<String> {
        rows.into_iter().map(|row| population::member(self.index[row].into()).id()).collect()
    }

    fn text(&self, texts: &[String], platform: &str, country: &str, followers: (i64, i64)) -> Answer {
        let choice = |column: usize, word: &str| {
            self.choice_words[column].numbers.get(word).and_then(|number| u8::try_from(*number).ok())
        };
        let lists: Option<Vec<&Vec<u32>>> = texts.iter().map(|word| self.having.get(word)).collect();
        let (Some(mut lists), Some(platform), Some(country)) = (lists, choice(0, platform), choice(2, country)) else {
            return Answer { total: Some(0), ..Answer::default() };
        };
        lists.sort_by_key(|list| list.len());
        let (rows, mut total, mut first) = (self.rows(followers), 0, Vec::new());
        let begin = lists[0].partition_point(|row| (*row as usize) < rows.start);
        for row in lists[0][begin..].iter().take_while(|row| (**row as usize) < rows.end) {
            let place = *row as usize;
            if self.choices[0][place] != platform || self.choices[2][place] != country {
                continue;
            }
            if lists[1..].iter().all(|list| list.binary_search(row).is_ok()) {
                total += 1;
                if first.len() < PAGE {
                    first.push(place);
                }
            }
        }
        Answer { total: Some(total), first: self.ids(first), ..Answer::default() }
    }

    fn ranges(&self, followers: (i64, i64), er: f64, views: f64, total: bool, facets: bool) -> Answer {
        let (ers, means) = (&self.metrics[ER_VIEWS], &self.metrics[VIEWS_MEAN]);
        let (mut count, mut first) = (0, Vec::new());
        let mut counts: [Vec<u64>; 3] = Default::default();
        for (counts, words) in counts.iter_mut().zip(&self.choice_words) {
            counts.resize(words.texts.len(), 0);
        }
        let mut niches = vec![0; self.niche_words.texts.len()];
        for row in self.rows(followers) {
            if !(ers[row] >= er && means[row] >= views) {
                continue;
            }
            count += 1;
            if first.len() < PAGE {
                first.push(row);
            } else if !total {
                break;
            }
            if facets {
                for (counts, column) in counts.iter_mut().zip(&self.choices) {
                    counts[usize::from(column[row])] += 1;
                }
                for niche in self.niches.of(row) {
                    niches[*niche as usize] += 1;
                }
            }
        }
        let mut counted = BTreeMap::new();
        if facets {
            for ((name, counts), words) in ["platform", "tier", "country"].iter().zip(counts).zip(&self.choice_words) {
                counted.insert((*name).to_owned(), named(&words.texts, &counts));
            }
            counted.insert("niche".to_owned(), named(&self.niche_words.texts, &niches));
        }
        Answer { total: total.then_some(count), first: self.ids(first), facets: counted }
    }

    fn suggest(&self, prefix: &str) -> Answer {
        let begin = self.names.partition_point(|(word, _)| word.as_str() < prefix);
        let mut best: Vec<u32> = Vec::new();
        for (_, row) in self.names[begin..].iter().take_while(|(word, _)| word.starts_with(prefix)) {
            let place = best.partition_point(|known| known < row);
            if place < SUGGESTED && best.get(place) != Some(row) {
                best.insert(place, *row);
                best.truncate(SUGGESTED);
            }
        }
        let known = best.into_iter().map(|row| row as usize).filter(|row| self.followers[*row] != NO_NUMBER);
        Answer { first: self.ids(known), ..Answer::default() }
    }

    /// As the statement of the databases: shared tags over all tags, less a little for other sizes.
    fn similar(&self, member: u64) -> Answer {
        let known = population::member(member);
        let wanted: Vec<u32> = known.tags().iter().filter_map(|tag| self.tag_words.numbers.get(tag)).copied().collect();
        let size = known.followers.unwrap_or(1).max(1) as f64;
        let mut best: Vec<(f64, usize)> = Vec::new();
        for row in 0..self.index.len() {
            let tags = self.tags.of(row);
            let shared = tags.iter().filter(|tag| wanted.contains(tag)).count();
            if shared == 0 || u64::from(self.index[row]) == member || self.followers[row] == NO_NUMBER {
                continue;
            }
            let ratio = self.followers[row].max(1) as f64 / size;
            let score = shared as f64 / (tags.len() + wanted.len() - shared) as f64 - 0.02 * ratio.ln().abs();
            let place = best.partition_point(|(known, _)| *known >= score);
            if place < PAGE {
                best.insert(place, (score, row));
                best.truncate(PAGE);
            }
        }
        Answer { first: self.ids(best.into_iter().map(|(_, row)| row)), ..Answer::default() }
    }
}

impl Engine for Scan {
    fn ask(&self, question: &Question) -> Option<Answer> {
        match question {
            Question::Text { by_relevance: true, .. } => None,
            Question::Text { words, platform, country, followers, .. } => {
                Some(self.text(words, platform.word(), country, *followers))
            }
            Question::Ranges { followers, er, views, total, facets } => {
                Some(self.ranges(*followers, *er, *views, *total, *facets))
            }
            Question::Suggest { prefix } => Some(self.suggest(prefix)),
            Question::Similar { member } => Some(self.similar(*member)),
        }
    }

    fn update(&self, _: &[Member]) -> bool {
        false
    }

    fn disk(&self) -> u64 {
        0
    }
}

fn named(texts: &[String], counts: &[u64]) -> BTreeMap<String, u64> {
    let known = texts.iter().zip(counts).filter(|(text, count)| !text.is_empty() && **count > 0);
    known.map(|(text, count)| (text.clone(), *count)).collect()
}
