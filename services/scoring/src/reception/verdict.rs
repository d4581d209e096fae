//! Owns what follows from the signs. Never how a sign is read.

use jiff::SignedDuration;

use super::{
    Evidence, Inputs, JudgedPost, Judgement, MAX_UNKNOWN, MIN_AT_CREATOR, MIN_POSTS, MIN_SCORED, Score, Sign, Verdict,
    signs::{Reading, mean, score_of},
};
use crate::model::Cell;

/// A post from this score on shows dislike.
const SHOWS: f64 = 0.5;
/// The lower end of the score from which on a creator is watched to hate.
const LOWEST: f64 = 0.4;
/// The lowest percentile of comments per view: hate-watching is watching.
const ENGAGED: f64 = 60.0;
/// How far what is aimed at the creator must deviate to be dislike of the creator.
const AT_CREATOR: f64 = 0.5;
/// How far dislikes must deviate when no comments are known.
const DISLIKED: f64 = 1.0;
/// A share of negative comments from which on a topic is contested.
const CONTESTED: f64 = 0.35;
/// The largest share of negative among what is aimed at a creator that is loved.
const LOVED: f64 = 0.18;
/// The share of posts that deviate by chance alone: of hundreds of posts, a few do.
const CHANCE: f64 = 0.05;
const LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What the comments of all posts say.
struct Feelings {
    /// Sums over all posts.
    sum: Cell,
    /// Whether there are enough of them.
    known: bool,
}

impl Feelings {
    fn of(inputs: &Inputs<'_>) -> Self {
        let mut sum = Cell::default();
        for cell in inputs.posts.iter().filter_map(|post| post.cell.as_ref()) {
            sum.add(cell);
        }
        let unknown = sum.unknown.iter().sum::<i64>() as f64 / sum.comments.max(1) as f64;
        let known = sum.scored >= MIN_SCORED && sum.at_creator >= MIN_AT_CREATOR && unknown <= MAX_UNKNOWN;
        Self { sum, known }
    }

    fn negative(&self) -> f64 {
        self.sum.negative / self.sum.scored.max(1) as f64
    }

    fn negative_at_creator(&self) -> f64 {
        self.sum.at_creator_negative / self.sum.at_creator.max(1) as f64
    }

    fn positive(&self) -> f64 {
        self.sum.positive / self.sum.scored.max(1) as f64
    }

    fn needed(&self) -> Vec<String> {
        let mut needed = Vec::new();
        if self.sum.scored < MIN_SCORED {
            needed.push(format!("{} more comments with a sentiment", MIN_SCORED - self.sum.scored));
        }
        if self.sum.at_creator < MIN_AT_CREATOR {
            needed
                .push(format!("{} more comments that are aimed at the creator", MIN_AT_CREATOR - self.sum.at_creator));
        }
        if needed.is_empty() {
            needed.push("comments in languages that are supported: most of those known have no sentiment".to_owned());
        }
        needed
    }
}

pub(super) fn conclude(inputs: &Inputs<'_>, reading: Reading) -> Judgement {
    let feelings = Feelings::of(inputs);
    let disliked =
        inputs.posts.iter().filter(|post| post.dislikes.is_some() && post.likes.is_some()).count() >= MIN_POSTS;
    let score = (reading.posts.len() >= MIN_POSTS).then(|| score(&reading));
    let persistence = Persistence::of(&reading);
    let engaged = inputs.engagement_percentile.is_none_or(|percentile| percentile >= ENGAGED);
    let verdict = match score {
        Some(score) if feelings.known || disliked => verdict(score, &feelings, &reading, persistence, engaged),
        _ => Verdict::InsufficientData,
    };
    let needed = if verdict == Verdict::InsufficientData { needed(&feelings, &reading) } else { Vec::new() };
    let caveats = caveats(inputs, &feelings, disliked, &reading);
    let counts_only = !feelings.known && !disliked;
    let Reading { posts, mut evidence, .. } = reading;
    evidence.push(persistence.evidence(posts.len()));
    evidence.extend(engagement(inputs));
    evidence.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    let mut posts: Vec<JudgedPost> = posts.into_iter().map(|(post, _)| post).collect();
    posts.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.post_id.cmp(&b.post_id)));
    Judgement { verdict, score, counts_only, evidence, posts, caveats, needed }
}

fn score(reading: &Reading) -> Score {
    let n = reading.posts.len() as f64;
    let centre = mean(reading.posts.iter().map(|(_, sum)| *sum));
    let squares: f64 = reading.posts.iter().map(|(_, sum)| (sum - centre).powi(2)).sum();
    let spread = ((squares + 2.0) / (n + 1.0)).sqrt();
    let half = 1.645 * spread / n.sqrt();
    Score { value: score_of(centre), low: score_of(centre - half), high: score_of(centre + half) }
}

fn verdict(score: Score, feelings: &Feelings, reading: &Reading, lasting: Persistence, engaged: bool) -> Verdict {
    let at_creator = reading.deviation(Sign::NegativeAtCreator).filter(|_| feelings.known);
    let dislikes = reading.deviation(Sign::Dislikes);
    // Counts that deviate are no dislike of the creator unless comments or dislikes say so.
    let meant = match (at_creator, dislikes) {
        (Some(deviation), _) => deviation >= AT_CREATOR,
        (None, Some(deviation)) => deviation >= DISLIKED,
        (None, None) => false,
    };
    let hated = meant && engaged && lasting.lasts && score.value >= SHOWS && score.low >= LOWEST;
    if hated {
        return Verdict::HateWatched;
    }
    let more_than_chance = lasting.showing as f64 > CHANCE * reading.posts.len() as f64;
    if more_than_chance && !lasting.lasts && reading.posts.len() > lasting.showing {
        return Verdict::Backlash;
    }
    if feelings.known && !meant && feelings.negative() >= CONTESTED {
        return Verdict::ContestedTopic;
    }
    let loved = match (feelings.known, dislikes) {
        (true, _) => {
            feelings.negative_at_creator() <= LOVED && feelings.positive() > feelings.negative() && score.value < SHOWS
        }
        (false, Some(deviation)) => deviation <= -AT_CREATOR && score.high < SHOWS,
        (false, None) => false,
    };
    if loved { Verdict::Loved } else { Verdict::Mixed }
}

/// Whether dislike shows again and again.
#[derive(Clone, Copy)]
struct Persistence {
    /// Posts that show it.
    showing: usize,
    /// Whether 3 posts and half of all show it, or 2 at least 30 days apart and half of all.
    lasts: bool,
}

impl Persistence {
    fn of(reading: &Reading) -> Self {
        let shown: Vec<&JudgedPost> =
            reading.posts.iter().map(|(post, _)| post).filter(|post| post.score >= SHOWS).collect();
        let times = || shown.iter().filter_map(|post| post.time);
        let apart = match (times().min(), times().max()) {
            (Some(first), Some(last)) => last.duration_since(first) >= LASTS,
            _ => false,
        };
        let half = 2 * shown.len() >= reading.posts.len();
        Self { showing: shown.len(), lasts: half && (shown.len() >= 3 || (shown.len() == 2 && apart)) }
    }

    fn evidence(self, posts: usize) -> Evidence {
        let word = if self.lasts { "it lasts" } else { "it does not last" };
        Evidence {
            signal: "persistence",
            value: (posts > 0).then(|| self.showing as f64 / posts as f64),
            usual: None,
            against: "own posts".to_owned(),
            deviation: None,
            contribution: 0.0,
            sample_size: posts,
            description: format!("{} of {posts} posts show dislike: {word}", self.showing),
        }
    }
}

fn engagement(inputs: &Inputs<'_>) -> Option<Evidence> {
    let percentile = inputs.engagement_percentile?;
    let word = if percentile >= ENGAGED { "the audience is engaged" } else { "too little for hate-watching" };
    Some(Evidence {
        signal: "engagement",
        value: Some(percentile),
        usual: Some(50.0),
        against: inputs.cohort.name.clone(),
        deviation: None,
        contribution: 0.0,
        sample_size: inputs.posts.len(),
        description: format!("comments per view are at percentile {percentile:.0} of the cohort: {word}"),
    })
}

fn needed(feelings: &Feelings, reading: &Reading) -> Vec<String> {
    let mut needed = Vec::new();
    if reading.posts.len() < MIN_POSTS {
        needed.push(format!("{} more posts with likes and comments or views", MIN_POSTS - reading.posts.len()));
    }
    if !feelings.known {
        needed.extend(feelings.needed());
    }
    needed
}

fn caveats(inputs: &Inputs<'_>, feelings: &Feelings, disliked: bool, reading: &Reading) -> Vec<String> {
    let mut caveats = vec!["the score is no probability: nothing labelled exists to calibrate it on".to_owned()];
    if feelings.sum.scored > 0 {
        caveats.push("sarcasm and mock praise are mostly read as praise: of sarcastic texts more than half".to_owned());
    }
    if !feelings.known && !disliked {
        caveats.push("the score rests on counts alone, without comments or dislikes".to_owned());
    }
    let counts = [Sign::CommentsPerLike, Sign::LikesPerView].iter().any(|sign| reading.deviation(*sign).is_some());
    if counts && inputs.cohort.comments_per_like.is_none() && inputs.cohort.likes_per_view.is_none() {
        caveats.push("no cohort is known: counts are compared with the creator's own posts only, which hides what all of them share".to_owned());
    }
    if inputs.engagement_percentile.is_none() {
        caveats.push("whether the audience is engaged more than usual is not known".to_owned());
    }
    caveats
}
