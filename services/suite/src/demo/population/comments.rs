//! Owns the invented comments under the posts of some generated accounts. Never an account or a post.

use creatorscope_domain::Source;
use creatorscope_proto::{metrics::v1::PostRecord, scoring::v1::Comment};
use jiff::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    DAY, before, one_of,
    remarks::{REMARKS, Remarks},
};

/// The first so many creators have comments: enough to compare, few enough to start quickly.
pub(super) const COMMENTED: usize = 300;
/// Fewest and most comments of such a creator.
const COUNTS: std::ops::RangeInclusive<usize> = 30..=150;
/// Under how many of the newest posts they stand.
const POSTS: usize = 20;
/// How long after a post its comments come, in seconds.
const LATEST: i64 = 3 * DAY;
/// The streams of random numbers of comments are apart from those of the creators.
const STREAMS: u64 = 1 << 40;

/// Shares of praise, of blame for the creator and of quarrel about the topic; the rest says neither.
struct Mood {
    praise: f64,
    blame: f64,
    quarrel: f64,
}

/// The moods of the first creators: loved, hated, and loved by some with a topic that others quarrel about.
const FACES: [Mood; 3] = [
    Mood { praise: 0.85, blame: 0.01, quarrel: 0.01 },
    Mood { praise: 0.05, blame: 0.75, quarrel: 0.05 },
    Mood { praise: 0.15, blame: 0.02, quarrel: 0.65 },
];

/// Draws the comments of a creator; none for most. `language` is the creator's.
pub(super) fn draw(seed: u64, index: usize, language: &str, posts: &[PostRecord], end: Timestamp) -> Vec<Comment> {
    if index >= COMMENTED || posts.is_empty() {
        return Vec::new();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(STREAMS + index as u64);
    let drawn;
    let mood = match FACES.get(index) {
        Some(mood) => mood,
        None => {
            let praise = rng.random_range(0.3..0.7);
            drawn = Mood { praise, blame: rng.random_range(0.0..0.12), quarrel: rng.random_range(0.0..0.15) };
            &drawn
        }
    };
    let count = if index < FACES.len() { *COUNTS.end() } else { rng.random_range(COUNTS) };
    let comments = (0..count).filter_map(|number| comment(index, number, language, mood, posts, end, &mut rng));
    comments.collect()
}

fn comment(
    index: usize,
    number: usize,
    language: &str,
    mood: &Mood,
    posts: &[PostRecord],
    end: Timestamp,
    rng: &mut ChaCha8Rng,
) -> Option<Comment> {
    let post = posts[rng.random_range(0..posts.len().min(POSTS))].post.as_ref()?;
    let published = post.publish_time.as_ref()?.seconds;
    let latest = (end.as_second() - published).clamp(1, LATEST);
    let remarks = remarks(if rng.random_bool(0.15) { "en" } else { language });
    let drawn: f64 = rng.random();
    let texts = if drawn < mood.praise {
        remarks.praise
    } else if drawn < mood.praise + mood.blame {
        remarks.blame
    } else if drawn < mood.praise + mood.blame + mood.quarrel {
        remarks.quarrel
    } else {
        remarks.other
    };
    // Neighbours share some of their commenters.
    let author = index * 60 + rng.random_range(0..120);
    Some(Comment {
        name: format!("{}/comments/~demo-{index}-{number}", post.name),
        text: one_of(texts, rng).to_owned(),
        author: format!("synthetic-commenter-{author}"),
        publish_time: Some(prost_types::Timestamp { seconds: published + rng.random_range(0..latest), nanos: 0 }),
        likes: Some(rng.random_range(0..30)),
        observe_time: Some(before(end, 0)),
        source: Source::Synthetic.number(),
        ..Comment::default()
    })
}

/// What is said in a language; in English where there is nothing in it.
fn remarks(language: &str) -> &'static Remarks {
    REMARKS.iter().find(|remarks| remarks.language == language).unwrap_or(&REMARKS[0])
}
