//! Owns the signs of dislike on one post and what is usual of them. Never a verdict.

use super::{Evidence, Inputs, JudgedPost, MIN_AT_CREATOR, PostSigns};

const OFFSET: f64 = -1.5;
const GAIN: f64 = 1.6;
/// One wild ratio must not decide alone.
const MAX_DEVIATION: f64 = 4.0;
/// The weight of own posts is at most this: who is disliked on every post still deviates from others.
const MAX_OWN: f64 = 0.5;
/// Own posts after which they weigh half of what they may.
const OWN_HALF: f64 = 10.0;
/// Narrower spreads come from few or equal posts.
const MIN_SPREAD: f64 = 0.4;
/// Comments on the creator that the usual share is worth on a post.
const PRIOR_COMMENTS: f64 = 10.0;
/// From so many likes on, no comment at all means that comments are off.
const LIKES_WITH_COMMENTS: i64 = 100;

/// A sign of dislike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// How much of what is aimed at the creator is negative.
    NegativeAtCreator,
    /// Many comments for each like: the ratio.
    CommentsPerLike,
    /// Few likes for each view.
    LikesPerView,
    /// Dislikes in likes and dislikes.
    Dislikes,
}

/// Where a sign usually lies, on the scale that deviations are taken on (logarithms of ratios, log odds of shares).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// The median.
    pub centre: f64,
    /// The robust standard deviation, above 0.
    pub spread: f64,
}

impl Usual {
    /// From the quartiles of a ratio, each above 0: median of the logarithms and their range / 1.349, as of a normal distribution.
    pub fn of_quartiles(p25: f64, p50: f64, p75: f64) -> Option<Self> {
        let ordered = p25 > 0.0 && p25 <= p50 && p50 <= p75 && p75.is_finite();
        ordered.then(|| Self { centre: p50.ln(), spread: ((p75.ln() - p25.ln()) / 1.349).max(MIN_SPREAD) })
    }

    /// The same of the ratio's inverse.
    #[must_use]
    pub fn inverted(self) -> Self {
        Self { centre: -self.centre, spread: self.spread }
    }

    /// Median and 1.4826 times the median distance from it. None without values.
    pub fn of(values: &[f64]) -> Option<Self> {
        let centre = median(values.to_vec())?;
        let distances = values.iter().map(|value| (value - centre).abs()).collect();
        Some(Self { centre, spread: (1.4826 * median(distances)?).max(MIN_SPREAD) })
    }

    /// The own posts (`n` of them) blended with those of others.
    fn blended(own: Option<Self>, n: usize, others: Option<Self>) -> Option<Self> {
        let (Some(mine), Some(theirs)) = (own, others) else { return others.or(own) };
        let weight = MAX_OWN * n as f64 / (n as f64 + OWN_HALF);
        let mix = |mine: f64, theirs: f64| weight * mine + (1.0 - weight) * theirs;
        Some(Self { centre: mix(mine.centre, theirs.centre), spread: mix(mine.spread, theirs.spread) })
    }

    fn deviation(self, value: f64) -> f64 {
        ((value - self.centre) / self.spread).clamp(-MAX_DEVIATION, MAX_DEVIATION)
    }
}

impl Sign {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NegativeAtCreator, Self::CommentsPerLike, Self::LikesPerView, Self::Dislikes];

    /// What a deviation of 1 adds to a post's sum; dislikes are what the others only hint at.
    pub fn weight(self) -> f64 {
        match self {
            Self::NegativeAtCreator => 0.28,
            Self::CommentsPerLike | Self::LikesPerView => 0.30,
            Self::Dislikes => 0.60,
        }
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::NegativeAtCreator => "negative_at_creator",
            Self::CommentsPerLike => "comments_per_like",
            Self::LikesPerView => "likes_per_view",
            Self::Dislikes => "dislikes",
        }
    }

    /// Where the sign lies when neither own posts nor a cohort say it. Shares that are negative or disliked are set by hand: 20 % of
    /// what is aimed at a creator, and 3 % of likes and dislikes (the median of 2 342 videos that trended in the USA in 2017).
    /// The ratios of counts differ too much between platforms to have one.
    fn prior(self) -> Option<Usual> {
        match self {
            Self::NegativeAtCreator => Some(Usual { centre: logit(0.20), spread: 0.8 }),
            Self::Dislikes => Some(Usual { centre: logit(0.03), spread: 1.0 }),
            Self::CommentsPerLike | Self::LikesPerView => None,
        }
    }

    /// The sign of a post on its scale; higher speaks for dislike. None when the counts do not give it.
    fn of(self, post: &PostSigns) -> Option<f64> {
        match self {
            Self::NegativeAtCreator => {
                let cell = post.cell.as_ref().filter(|cell| cell.at_creator > 0)?;
                let usual = 0.20 * PRIOR_COMMENTS;
                Some(logit((cell.at_creator_negative + usual) / (cell.at_creator as f64 + PRIOR_COMMENTS)))
            }
            Self::CommentsPerLike => {
                let (comments, likes) = (post.comments?, post.likes?);
                let off = comments == 0 && likes >= LIKES_WITH_COMMENTS;
                (!off).then(|| ratio(comments, likes).ln())
            }
            Self::LikesPerView => {
                let (likes, views) = (post.likes?, post.views?);
                (views > 0).then(|| -ratio(likes, views).ln())
            }
            Self::Dislikes => {
                let (likes, dislikes) = (post.likes?, post.dislikes?);
                (likes + dislikes > 0).then(|| ratio(dislikes, likes).ln())
            }
        }
    }

    /// A value on the scale in the unit that people know.
    fn shown(self, value: f64) -> f64 {
        match self {
            Self::NegativeAtCreator | Self::Dislikes => sigmoid(value),
            Self::CommentsPerLike => value.exp(),
            Self::LikesPerView => (-value).exp(),
        }
    }

    fn words(self, value: f64, usual: f64) -> String {
        match self {
            Self::NegativeAtCreator => {
                format!(
                    "{:.0} % of what is aimed at the creator is negative; usual are {:.0} %",
                    100.0 * value,
                    100.0 * usual
                )
            }
            Self::CommentsPerLike => format!("{value:.3} comments for each like; usual are {usual:.3}"),
            Self::LikesPerView => format!("{value:.4} likes for each view; usual are {usual:.4}"),
            Self::Dislikes => {
                format!("{:.1} % of likes and dislikes are dislikes; usual are {:.1} %", 100.0 * value, 100.0 * usual)
            }
        }
    }
}

/// What was read from the posts.
pub(super) struct Reading {
    /// Those that have a sign, with their weighted sum of deviations, in the order given.
    pub(super) posts: Vec<(JudgedPost, f64)>,
    /// The signs that are known.
    pub(super) evidence: Vec<Evidence>,
    /// The mean deviation by sign.
    pub(super) deviations: Vec<(Sign, f64)>,
}

impl Reading {
    pub(super) fn deviation(&self, sign: Sign) -> Option<f64> {
        self.deviations.iter().find(|(of, _)| *of == sign).map(|(_, deviation)| *deviation)
    }
}

/// Reads the signs of all posts against what is usual.
pub(super) fn read(inputs: &Inputs<'_>) -> Reading {
    let at_creator: i64 = inputs.posts.iter().filter_map(|post| post.cell.as_ref()).map(|cell| cell.at_creator).sum();
    let mut rows: Vec<Vec<(Sign, f64)>> = vec![Vec::new(); inputs.posts.len()];
    let (mut evidence, mut deviations) = (Vec::new(), Vec::new());
    for sign in Sign::ALL {
        if sign == Sign::NegativeAtCreator && at_creator < MIN_AT_CREATOR {
            continue;
        }
        let found: Vec<(usize, f64)> =
            inputs.posts.iter().enumerate().filter_map(|(place, post)| Some((place, sign.of(post)?))).collect();
        let values: Vec<f64> = found.iter().map(|(_, value)| *value).collect();
        let own = Usual::of(&values);
        let cohort = match sign {
            Sign::CommentsPerLike => inputs.cohort.comments_per_like,
            Sign::LikesPerView => inputs.cohort.likes_per_view,
            Sign::NegativeAtCreator | Sign::Dislikes => None,
        };
        let others = cohort.or(sign.prior());
        let Some(usual) = Usual::blended(own, values.len(), others) else { continue };
        for (place, value) in &found {
            rows[*place].push((sign, usual.deviation(*value)));
        }
        let Some(typical) = own.map(|own| own.centre) else { continue };
        let deviation = mean(values.iter().map(|value| usual.deviation(*value)));
        let (value, expected) = (sign.shown(typical), sign.shown(usual.centre));
        let against = match (cohort, others) {
            (Some(_), _) => format!("own posts and {}", inputs.cohort.name),
            (None, Some(_)) => "own posts and a built-in usual share".to_owned(),
            (None, None) => "own posts".to_owned(),
        };
        deviations.push((sign, deviation));
        evidence.push(Evidence {
            signal: sign.name(),
            value: Some(value),
            usual: Some(expected),
            against,
            deviation: Some(deviation),
            contribution: 0.0,
            sample_size: values.len(),
            description: sign.words(value, expected),
        });
    }
    let posts: Vec<(JudgedPost, f64)> = inputs
        .posts
        .iter()
        .zip(&rows)
        .filter(|(_, row)| !row.is_empty())
        .map(|(post, row)| judged(post, row))
        .collect();
    let contributions = contributions(&rows, posts.len());
    for (item, (sign, _)) in evidence.iter_mut().zip(&deviations) {
        item.contribution = contributions.iter().find(|(of, _)| of == sign).map_or(0.0, |(_, sum)| *sum);
    }
    Reading { posts, evidence, deviations }
}

/// What each sign adds to the logit of the score: they and the offset sum up to it.
fn contributions(rows: &[Vec<(Sign, f64)>], posts: usize) -> Vec<(Sign, f64)> {
    let of_sign = |sign: Sign| {
        let sum: f64 = rows
            .iter()
            .map(|row| {
                factor(row) * row.iter().filter(|(of, _)| *of == sign).map(|(of, z)| of.weight() * z).sum::<f64>()
            })
            .sum();
        (sign, GAIN * sum / posts.max(1) as f64)
    };
    Sign::ALL.map(of_sign).to_vec()
}

/// Signs that are not known leave their weight to the others, except for dislikes, which come on top.
fn factor(row: &[(Sign, f64)]) -> f64 {
    let weight = |signs: &mut dyn Iterator<Item = Sign>| signs.map(Sign::weight).sum::<f64>();
    let full = weight(&mut Sign::ALL.into_iter().filter(|sign| *sign != Sign::Dislikes));
    let known = weight(&mut row.iter().map(|(sign, _)| *sign));
    if known > 0.0 { full.max(known) / known } else { 0.0 }
}

fn judged(post: &PostSigns, row: &[(Sign, f64)]) -> (JudgedPost, f64) {
    let sum = factor(row) * row.iter().map(|(sign, z)| sign.weight() * z).sum::<f64>();
    let strongest = row.iter().max_by(|a, b| (a.0.weight() * a.1).total_cmp(&(b.0.weight() * b.1)));
    let description =
        strongest.map_or_else(String::new, |(sign, z)| format!("{} is {z:+.1} deviations from the usual", sign.name()));
    let score = score_of(sum);
    (JudgedPost { post_id: post.post_id.clone(), time: post.time, score, signs: row.len(), description }, sum)
}

/// The score of a weighted sum of deviations.
pub(super) fn score_of(sum: f64) -> f64 {
    sigmoid(OFFSET + GAIN * sum)
}

fn ratio(numerator: i64, denominator: i64) -> f64 {
    (numerator.max(0) as f64 + 1.0) / (denominator.max(0) as f64 + 1.0)
}

fn logit(share: f64) -> f64 {
    let share = share.clamp(1e-6, 1.0 - 1e-6);
    (share / (1.0 - share)).ln()
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / count as f64 }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { upper } else { (values[middle - 1] + upper) / 2.0 })
}
