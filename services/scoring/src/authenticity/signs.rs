//! Owns how suspicious each sign is. Never what they make together.

use jiff::{SignedDuration, Timestamp};

use super::{Inputs, Kind, Lacks, Signal};
use crate::reception::PostSigns;

const MIN_COMMENTS: i64 = 30;
const MIN_UNIFORM_POSTS: usize = 8;
const MIN_FIT_POSTS: usize = 3;
const MIN_OBSERVATIONS: usize = 5;
/// Bought followers are gone after so long.
const SAG: SignedDuration = SignedDuration::from_hours(45 * 24);

pub(super) fn all(inputs: &Inputs<'_>) -> Vec<Signal> {
    vec![
        sawtooth(&inputs.followers),
        above(inputs),
        below(inputs),
        share_of_comments(inputs, Kind::RepeatedComments),
        share_of_comments(inputs, Kind::EmptyComments),
        following(inputs),
        authors(inputs),
        fit(inputs.posts),
        profile(inputs),
        uniform(inputs.posts),
    ]
}

/// 0 up to `from`, 1 from `to` on, straight between.
fn ramp(value: f64, from: f64, to: f64) -> f64 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

fn weight(kind: Kind) -> f64 {
    match kind {
        Kind::GrowthSawtooth | Kind::RepeatedComments | Kind::EmptyProfile => 1.5,
        Kind::FarAboveCohort | Kind::CountsDoNotFit | Kind::UniformEngagement | Kind::ConcentratedAuthors => 1.0,
        Kind::FarBelowCohort | Kind::FollowingRatio | Kind::EmptyComments => 0.75,
    }
}

fn lacking(kind: Kind, lacks: Lacks, sample_size: usize, description: &str) -> Signal {
    let (suspicion, description) = (Err(lacks), description.to_owned());
    Signal { kind, suspicion, value: None, usual: None, weight: weight(kind), sample_size, description, posts: vec![] }
}

fn found(kind: Kind, suspicion: f64, (value, usual): (f64, f64), sample_size: usize, description: String) -> Signal {
    let (value, usual) = (Some(value), Some(usual));
    Signal {
        kind,
        suspicion: Ok(suspicion),
        value,
        usual,
        weight: weight(kind),
        sample_size,
        description,
        posts: vec![],
    }
}

/// The largest jump (at least 2 % in one step and 3 times the usual step) that sags: what of it is lost within 45 days.
fn sawtooth(observed: &[(Timestamp, f64)]) -> Signal {
    let kind = Kind::GrowthSawtooth;
    let mut followers: Vec<(Timestamp, f64)> = observed.iter().copied().filter(|(_, count)| *count > 0.0).collect();
    followers.sort_by_key(|(time, _)| *time);
    if followers.len() < MIN_OBSERVATIONS {
        return lacking(kind, Lacks::Observations, followers.len(), "followers were observed fewer than 5 times");
    }
    let mut steps: Vec<f64> = followers.windows(2).map(|pair| (pair[1].1 / pair[0].1 - 1.0).abs()).collect();
    steps.sort_by(f64::total_cmp);
    let usual_step = steps[steps.len() / 2];
    let (mut suspicion, mut lost) = (0.0_f64, 0.0_f64);
    let mut description = format!("no jump in {} observations of followers sagged again", followers.len());
    for (place, pair) in followers.windows(2).enumerate() {
        let ((_, before), (jumped, after)) = (pair[0], pair[1]);
        let jump = after / before - 1.0;
        if jump < 0.02 || jump < 3.0 * usual_step {
            continue;
        }
        let later = followers[place + 2..].iter().take_while(|(time, _)| time.duration_since(jumped) <= SAG);
        let lowest = later.map(|(_, count)| *count).fold(after, f64::min);
        let sagged = ((after - lowest) / (after - before)).min(1.0);
        let this = ramp(jump, 0.01, 0.08) * ramp(sagged, 0.1, 0.6);
        if this > suspicion {
            (suspicion, lost) = (this, sagged);
            let (up, down) = (100.0 * jump, 100.0 * sagged);
            description =
                format!("followers jumped by {up:.1} % on {}, and {down:.0} % of that was lost again", date(jumped));
        }
    }
    found(kind, suspicion, (lost, 0.0), followers.len(), description)
}

fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

fn against_cohort(inputs: &Inputs<'_>, kind: Kind, sign: f64, word: &str) -> Signal {
    let Some(engagement) = inputs.engagement.filter(|engagement| engagement.rate > 0.0) else {
        return lacking(kind, Lacks::NotReported, 0, "no engagement rate with a cohort is known");
    };
    let deviation = (engagement.rate.ln() - engagement.usual.centre) / engagement.usual.spread;
    let usual = engagement.usual.centre.exp();
    let (rate, typical) = (100.0 * engagement.rate, 100.0 * usual);
    let description =
        format!("an engagement rate of {rate:.2} %; {typical:.2} % are usual ({deviation:+.1} deviations; {word})");
    found(kind, ramp(sign * deviation, 1.5, 3.5), (engagement.rate, usual), engagement.posts, description)
}

fn above(inputs: &Inputs<'_>) -> Signal {
    against_cohort(inputs, Kind::FarAboveCohort, 1.0, "suspicious from 1.5 above")
}

fn below(inputs: &Inputs<'_>) -> Signal {
    against_cohort(inputs, Kind::FarBelowCohort, -1.0, "suspicious from 1.5 below")
}

fn share_of_comments(inputs: &Inputs<'_>, kind: Kind) -> Signal {
    let Some(cell) = inputs.comments.filter(|cell| cell.comments >= MIN_COMMENTS) else {
        return lacking(kind, Lacks::Comments, 0, "fewer than 30 comments were read");
    };
    let (count, usual, (from, to), word) = match kind {
        Kind::RepeatedComments => (cell.repeated, 0.03, (0.08, 0.40), "repeat an earlier one word for word"),
        _ => (cell.empty, 0.25, (0.40, 0.85), "say nothing: one word, or no letters"),
    };
    let share = count as f64 / cell.comments as f64;
    let description = format!("{count} of {} comments {word}", cell.comments);
    found(kind, ramp(share, from, to), (share, usual), size(cell.comments), description)
}

fn size(count: i64) -> usize {
    usize::try_from(count).unwrap_or(0)
}

fn following(inputs: &Inputs<'_>) -> Signal {
    let kind = Kind::FollowingRatio;
    let (Some(followers), Some(following)) = (inputs.profile.followers, inputs.profile.following) else {
        return lacking(kind, Lacks::NotReported, 0, "followers or followed accounts are not known");
    };
    let ratio = (following.max(0) as f64 + 1.0) / (followers.max(0) as f64 + 1.0);
    let description = format!("follows {following} accounts and is followed by {followers}");
    found(kind, ramp(ratio.ln(), 0.0, 10.0_f64.ln()), (ratio, 0.5), 1, description)
}

fn authors(inputs: &Inputs<'_>) -> Signal {
    let kind = Kind::ConcentratedAuthors;
    let Some(commenters) = inputs.commenters.filter(|commenters| commenters.known >= MIN_COMMENTS) else {
        return lacking(kind, Lacks::Comments, 0, "the authors of fewer than 30 comments are known");
    };
    let top = commenters.most as f64 / commenters.known as f64;
    let each = commenters.known as f64 / commenters.authors.max(1) as f64;
    let description =
        format!("{} comments by {} people, {} of them by one", commenters.known, commenters.authors, commenters.most);
    let suspicion = ramp(top, 0.10, 0.50).max(ramp(each, 3.0, 12.0));
    found(kind, suspicion, (top, 0.03), size(commenters.known), description)
}

/// Counts that cannot be, or hardly: more likes or comments than views, more comments than likes on posts that are liked.
fn fit(posts: &[PostSigns]) -> Signal {
    let kind = Kind::CountsDoNotFit;
    let judged = |post: &&PostSigns| post.views.is_some_and(|views| views > 0) && post.likes.is_some();
    let known: Vec<&PostSigns> = posts.iter().filter(judged).collect();
    if known.len() < MIN_FIT_POSTS {
        return lacking(kind, Lacks::Posts, known.len(), "fewer than 3 posts have views and likes");
    }
    let odd = |post: &&&PostSigns| {
        let (views, likes) = (post.views.unwrap_or_default(), post.likes.unwrap_or_default());
        let comments = post.comments.unwrap_or_default();
        likes > views || comments > views || (comments > 3 * likes && likes >= 10)
    };
    let strange: Vec<String> = known.iter().filter(odd).map(|post| post.post_id.clone()).collect();
    let share = strange.len() as f64 / known.len() as f64;
    let description = format!(
        "counts of {} of {} posts do not fit together: more likes or comments than views",
        strange.len(),
        known.len()
    );
    let mut signal = found(kind, ramp(share, 0.0, 0.4), (share, 0.0), known.len(), description);
    signal.posts = strange.into_iter().take(10).collect();
    signal
}

/// The weighted mean of what is known: no bio, digits in the handle, few posts, few followers, no picture.
fn profile(inputs: &Inputs<'_>) -> Signal {
    let kind = Kind::EmptyProfile;
    let profile = &inputs.profile;
    let parts = [
        (0.25, profile.bio_length.map(|length| 1.0 - ramp(length as f64, 0.0, 30.0))),
        (0.25, profile.digits_in_handle.map(|share| ramp(share, 0.05, 0.40))),
        (0.25, profile.posts.map(|posts| 1.0 - ramp((posts.max(0) as f64 + 1.0).ln(), 0.0, 40.0_f64.ln()))),
        (
            0.15,
            profile
                .followers
                .map(|count| 1.0 - ramp((count.max(0) as f64 + 1.0).ln(), 30.0_f64.ln(), 1_000.0_f64.ln())),
        ),
        (0.10, profile.picture.map(|there| if there { 0.0 } else { 1.0 })),
    ];
    let known: Vec<(f64, f64)> = parts.into_iter().filter_map(|(weight, part)| Some((weight, part?))).collect();
    let names = [profile.bio_length.is_some(), profile.digits_in_handle.is_some(), profile.posts.is_some()];
    if names.iter().filter(|known| **known).count() < 2 {
        return lacking(kind, Lacks::NotReported, 0, "too little of the profile is known");
    }
    let (sum, weights) =
        known.iter().fold((0.0, 0.0), |(sum, all), (weight, part)| (sum + weight * part, all + weight));
    let value = sum / weights;
    let mut words: Vec<String> = Vec::new();
    words.extend(profile.bio_length.map(|length| format!("{length} characters of bio")));
    words.extend(profile.digits_in_handle.map(|share| format!("{:.0} % digits in the handle", 100.0 * share)));
    words.extend(profile.posts.map(|posts| format!("{posts} posts")));
    words.extend(profile.picture.filter(|there| !there).map(|_| "no picture".to_owned()));
    found(kind, ramp(value, 0.2, 0.9), (value, 0.2), known.len(), words.join(", "))
}

/// How little likes vary: the standard deviation of their logarithm, and of likes per view where views are known; the smaller.
fn uniform(posts: &[PostSigns]) -> Signal {
    let kind = Kind::UniformEngagement;
    let likes: Vec<f64> =
        posts.iter().filter_map(|post| post.likes).filter(|likes| *likes >= 20).map(|n| (n as f64).ln()).collect();
    if likes.len() < MIN_UNIFORM_POSTS {
        return lacking(kind, Lacks::Posts, likes.len(), "fewer than 8 posts have 20 likes and more");
    }
    let mean = likes.iter().sum::<f64>() / likes.len() as f64;
    let spread = (likes.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (likes.len() - 1) as f64).sqrt();
    let description = format!("likes of {} posts spread by {:.0} % around their middle", likes.len(), 100.0 * spread);
    found(kind, 1.0 - ramp(spread, 0.05, 0.20), (spread, 0.7), likes.len(), description)
}
