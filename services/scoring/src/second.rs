//! Owns which comments the encoders read after the fast tier, and the seam to whoever reads them. Never what both readings make of a share.
//!
//! Texts are not kept, so the choice falls when comments are taken: of each creator those whose names have the smallest keyed hashes.
//! The hashes know nothing of what comments say and not of their order, so the chosen ones are a random sample, and the same one when
//! the same comments come again.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
};

use creatorscope_domain::CreatorId;
use creatorscope_text::{
    encoder::Encoders,
    sentiment::{Reading, Scratch},
};
use jiff::Timestamp;

use crate::model::{Comment, Second};

/// The most texts of a message that are read a second time: with both encoders some twenty seconds of one core.
pub const MOST_OF_MESSAGE: usize = 2_000;

/// Reads texts better and slower than the fast tier.
pub trait SecondReader: fmt::Debug + Send + Sync {
    /// Name and version of the models.
    fn model(&self) -> &str;
    /// Whether shares may follow it.
    fn corrects(&self) -> bool {
        true
    }
    /// Reads texts, already cleaned, in their order.
    fn read(&self, texts: &[&str], scratch: &mut Scratch) -> Vec<Reading>;
}

impl SecondReader for Encoders {
    fn model(&self) -> &str {
        Encoders::model(self)
    }

    /// USE alone made shares of reviews worse (mean error of net sentiment .18 instead of .14), so only e5 corrects.
    fn corrects(&self) -> bool {
        self.model().contains("e5")
    }

    fn read(&self, texts: &[&str], scratch: &mut Scratch) -> Vec<Reading> {
        Encoders::read(self, texts, scratch)
    }
}

/// The comments of creators that are in the sample already: rank and time of reading, the smallest rank first.
pub type Known = HashMap<CreatorId, Vec<(i64, Timestamp)>>;

/// A comment of a message that may be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    place: usize,
    observe_time: Timestamp,
    text: String,
}

/// The comments of a message that may be chosen: of each creator those of the smallest ranks.
#[derive(Debug, Default)]
pub struct Candidates {
    size: usize,
    of: BTreeMap<CreatorId, BTreeMap<i64, Candidate>>,
}

/// What of a message is read a second time.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Places in the message with texts.
    pub texts: Vec<(usize, String)>,
    /// Creators whose comments have no part in the sample, because the message has more to read than is read of one.
    pub passed_over: HashSet<CreatorId>,
}

impl Candidates {
    /// None yet; of each creator at most `size` are kept, so none for 0.
    pub fn new(size: usize) -> Self {
        Self { size, of: BTreeMap::new() }
    }

    /// Takes part in the choice: the comment at a place of the message, which has a sentiment.
    pub fn offer(&mut self, comment: &Comment, place: usize, text: &str) {
        let rank = comment.hashes.rank;
        let is_in = |of: &BTreeMap<i64, Candidate>| {
            of.len() < self.size || of.last_key_value().is_some_and(|(last, _)| rank <= *last)
        };
        let known = self.of.get(&comment.post.creator);
        if self.size == 0 || !known.is_none_or(is_in) {
            return;
        }
        let of = self.of.entry(comment.post.creator.clone()).or_default();
        // Of several readings of one comment the store takes the last, and the first of those of the same time.
        if of.get(&rank).is_some_and(|other| other.observe_time >= comment.observe_time) {
            return;
        }
        of.insert(rank, Candidate { place, observe_time: comment.observe_time, text: text.to_owned() });
        if of.len() > self.size {
            of.pop_last();
        }
    }

    /// Whose comments are among them.
    pub fn creators(&self) -> impl Iterator<Item = &CreatorId> {
        self.of.keys()
    }

    /// Those that are among the smallest of their creator together with the known ones and were not read yet; of at most so many texts.
    pub fn choose(self, known: &Known, most: usize) -> Chosen {
        let mut chosen = Chosen::default();
        for (creator, of) in self.of {
            let known = known.get(&creator).map_or(&[][..], Vec::as_slice);
            let of = fresh(of, known, self.size);
            if chosen.texts.len() + of.len() > most {
                chosen.passed_over.insert(creator);
            } else {
                chosen.texts.extend(of.into_iter().map(|candidate| (candidate.place, candidate.text)));
            }
        }
        chosen
    }
}

fn fresh(of: BTreeMap<i64, Candidate>, known: &[(i64, Timestamp)], size: usize) -> Vec<Candidate> {
    let mut ranks: Vec<i64> = of.keys().copied().chain(known.iter().map(|(rank, _)| *rank)).collect();
    ranks.sort_unstable();
    ranks.dedup();
    ranks.truncate(size);
    let is_known = |rank: i64, time: Timestamp| known.iter().any(|(other, read)| *other == rank && *read >= time);
    let chosen = of.into_iter().filter(|(rank, candidate)| {
        ranks.last().is_some_and(|last| rank <= last) && !is_known(*rank, candidate.observe_time)
    });
    chosen.map(|(_, candidate)| candidate).collect()
}

/// Notes with comments what a model read of the chosen ones. What could not be read has no part in the sample, which stays random.
pub fn note(comments: &mut [Comment], model: &str, chosen: &Chosen, readings: Vec<Reading>) {
    let read: HashMap<usize, Reading> = chosen.texts.iter().map(|(place, _)| *place).zip(readings).collect();
    for (place, comment) in comments.iter_mut().enumerate() {
        if comment.score.sentiment.is_err() || chosen.passed_over.contains(&comment.post.creator) {
            continue;
        }
        let read = match read.get(&place).map(|reading| reading.sentiment) {
            Some(Ok(found)) => Some(found),
            Some(Err(_)) => continue,
            None => None,
        };
        comment.second = Some(Second { model: model.to_owned(), read });
    }
}

#[cfg(test)]
mod tests {
    use creatorscope_domain::{PostName, Source};
    use creatorscope_text::sentiment::{FAST_MODEL, Probabilities};

    use super::*;
    use crate::model::{Hashes, Score};

    fn comment(creator: &str, rank: i64, second: i64) -> Comment {
        Comment {
            post: PostName::parse(&format!("creators/youtube:{creator}/posts/aaaaaaaaaaa")).unwrap(),
            comment_id: rank.to_string(),
            publish_time: None,
            observe_time: Timestamp::from_second(second).unwrap(),
            source: Source::File,
            score: Score {
                language: "en".into(),
                language_confidence: 1.0,
                sentiment: Ok(Probabilities { negative: 0.5, neutral: 0.25, positive: 0.25 }),
                model: FAST_MODEL.into(),
                aim: None,
            },
            second: None,
            likes: None,
            hashes: Hashes { key_id: 1, author: None, fingerprint: 0, rank },
            is_empty: false,
            is_reply: false,
            author_country: String::new(),
            excerpt: None,
        }
    }

    fn chosen(size: usize, comments: &[Comment], known: &Known, most: usize) -> (Vec<usize>, usize) {
        let mut candidates = Candidates::new(size);
        for (place, comment) in comments.iter().enumerate() {
            candidates.offer(comment, place, "text");
        }
        let chosen = candidates.choose(known, most);
        let mut places: Vec<usize> = chosen.texts.iter().map(|(place, _)| *place).collect();
        places.sort_unstable();
        (places, chosen.passed_over.len())
    }

    fn of_a(known: &[(i64, i64)]) -> Known {
        let known = known.iter().map(|(rank, second)| (*rank, Timestamp::from_second(*second).unwrap()));
        HashMap::from([(CreatorId::parse("youtube:a").unwrap(), known.collect())])
    }

    #[test]
    fn the_smallest_ranks_of_each_creator_are_chosen() {
        let ranks = [("a", 5), ("a", -9), ("b", 70), ("a", 3), ("a", 8), ("b", 60)];
        let comments: Vec<Comment> = ranks.iter().map(|(creator, rank)| comment(creator, *rank, 1)).collect();
        assert_eq!(chosen(2, &comments, &Known::new(), 99).0, [1, 2, 3, 5]);
        assert_eq!(chosen(0, &comments, &Known::new(), 99).0, [0; 0]);
    }

    #[test]
    fn what_is_known_takes_part_and_is_not_read_twice() {
        let comments = [comment("a", 5, 1), comment("a", 1, 1), comment("a", 3, 1)];
        assert_eq!(chosen(3, &comments, &of_a(&[(0, 1), (1, 1), (2, 1)]), 99).0, [0; 0]);
        assert_eq!(chosen(3, &comments, &of_a(&[(1, 1), (9, 1)]), 99).0, [0, 2]);
        let later = [comment("a", 1, 2)];
        assert_eq!(chosen(3, &later, &of_a(&[(1, 1)]), 99).0, [0], "a later reading may say something else");
    }

    #[test]
    fn a_comment_that_stands_many_times_in_a_message_takes_one_place() {
        let mut comments: Vec<Comment> = (0..40).map(|_| comment("a", 1, 1)).collect();
        comments.extend([comment("a", 2, 1), comment("a", 1, 7)]);
        assert_eq!(chosen(2, &comments, &Known::new(), 99).0, [40, 41]);
    }

    #[test]
    fn a_creator_is_read_whole_or_has_no_part() {
        let mut comments = vec![comment("a", 5, 1), comment("a", 1, 1), comment("b", 3, 1)];
        assert_eq!(chosen(5, &comments, &Known::new(), 2), (vec![0, 1], 1));
        let mut candidates = Candidates::new(1);
        comments.iter().enumerate().for_each(|(place, comment)| candidates.offer(comment, place, "text"));
        let chosen = candidates.choose(&Known::new(), 1);
        let reading = Reading { language: None, sentiment: comments[0].score.sentiment };
        note(&mut comments, "better@1", &chosen, vec![reading]);
        let noted: Vec<_> =
            comments.iter().map(|comment| comment.second.as_ref().map(|second| second.read.is_some())).collect();
        assert_eq!(noted, [Some(false), Some(true), None]);
    }
}
