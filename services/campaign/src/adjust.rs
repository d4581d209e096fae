//! Owns what could be changed in a campaign that is behind or ahead, with what each change is expected to do. Never the
//! change itself, and never whether an alert is due.
//!
//! Each suggestion is the campaign's forecast made again with the change in it: the effect is the difference of the
//! medians at the deadline, the probability is that of reaching the target after the change.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    curve::{Growth, Outlook, Series, Usual, series::hours},
    forecast::Total,
};

/// An extension is looked for up to so many days.
pub const LONGEST_EXTENSION_DAYS: u32 = 180;
/// No more posts than this are suggested of one creator.
pub const MOST_POSTS: u32 = 10;
/// More posts are suggested of so many creators, those with the lowest cost per result.
const CHEAPEST: usize = 5;
/// The probability that changes aim at.
pub const SAFE: f64 = 0.8;
/// The probability of an extension that is as likely as not to do.
pub const EVEN: f64 = 0.5;
/// Posts are cancelled in a campaign that is ahead only while the probability stays at or above this.
pub const STILL_SAFE: f64 = 0.9;
/// The posts that a creator's results in the campaign weigh against, when they say more or less than usual.
const USUAL_WEIGHT: f64 = 2.0;

/// A post of the campaign, published or planned.
#[derive(Debug, Clone)]
pub struct CampaignPost<'a> {
    /// Index into [`Situation::creators`].
    pub creator: usize,
    /// How its platform's format grows.
    pub growth: &'a Growth,
    /// When it was or is to be published.
    pub published: Timestamp,
    /// What was read of it, cut at the situation's moment; empty while there is nothing.
    pub series: Series,
    /// What is paid for it, in minor units of the campaign's currency.
    pub fee_minor: i64,
}

/// A creator who takes part or could.
#[derive(Debug, Clone)]
pub struct Creator<'a> {
    /// Stable id; order of last resort between equal suggestions.
    pub id: String,
    /// Whether the creator takes part already.
    pub takes_part: bool,
    /// What one more post costs, in minor units of the campaign's currency; none when that is not known: then no more
    /// posts are suggested.
    pub fee_minor: Option<i64>,
    /// What the creator's posts usually reach; none when that is not known.
    pub usual: Option<Usual>,
    /// How one more post would grow.
    pub growth: &'a Growth,
    /// When one more post could be published at the earliest; the next ones a day later each.
    pub earliest: Timestamp,
}

/// A campaign's goal, posts and possibilities at a moment.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// The moment; published posts lie before it.
    pub as_of: Timestamp,
    /// When the target is to be reached.
    pub deadline: Timestamp,
    /// Views to reach.
    pub target: f64,
    /// Posts, published and planned.
    pub posts: Vec<CampaignPost<'a>>,
    /// Participants and possible ones.
    pub creators: Vec<Creator<'a>>,
    /// What may be spent beyond the fees of the posts, in minor units; none when there is no such bound.
    pub budget_left_minor: Option<i64>,
    /// See [`crate::forecast::CORRELATION`].
    pub correlation: f64,
}

/// A change of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Ask a creator for more posts.
    MorePosts {
        /// The creator's id.
        creator: String,
        /// How many more.
        posts: u32,
    },
    /// Cancel a planned post and pay another participant's posts from its fee.
    MoveBudget {
        /// Whose planned post is cancelled.
        from: String,
        /// Who is paid.
        to: String,
        /// Posts that the fee pays.
        posts: u32,
    },
    /// Give a participant's planned posts to a creator who does not take part yet.
    Replace {
        /// Whose planned posts.
        creator: String,
        /// Who makes as many.
        by: String,
        /// How many.
        posts: u32,
    },
    /// Move the deadline.
    Extend {
        /// So many days later.
        days: u32,
    },
    /// Cancel a participant's planned posts.
    Reduce {
        /// The participant.
        creator: String,
        /// How many.
        posts: u32,
    },
    /// Change nothing.
    Keep,
}

/// A change with what it is expected to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What to do.
    pub action: Action,
    /// What it costs, in minor units; negative when it saves.
    pub cost_minor: i64,
    /// Views more at the (new) deadline, by the median; negative when there will be fewer.
    pub effect: f64,
    /// The probability of reaching the target after it.
    pub probability: f64,
}

/// Suggestions beside the forecast without any change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The median at the deadline as things are.
    pub median: f64,
    /// The probability of reaching the target as things are.
    pub probability: f64,
    /// Posts that have neither readings nor a usual result of their creator: they are counted with nothing.
    pub unknown_posts: usize,
    /// What could be done, best first.
    pub suggestions: Vec<Suggestion>,
}

impl Situation<'_> {
    /// The total at a deadline, and how many posts nothing is known of.
    pub fn total(&self, deadline: Timestamp) -> (Total, usize) {
        let outlooks: Vec<Outlook> = self.posts.iter().filter_map(|post| self.outlook(post, deadline)).collect();
        let unknown = self.posts.len() - outlooks.len();
        (Total::of(&outlooks, self.correlation), unknown)
    }

    fn outlook(&self, post: &CampaignPost<'_>, deadline: Timestamp) -> Option<Outlook> {
        let age = hours(post.published, deadline);
        let read = Outlook::of_post(post.growth, &post.series, age);
        read.or_else(|| Some(Outlook::of_usual(post.growth, self.creators.get(post.creator)?.usual?, age)))
    }

    /// What one more post of a creator is expected to do: the usual median, moved by how the creator's posts in the
    /// campaign do against it (geometric mean, weighed `n / (n + 2)`).
    fn expected_of(&self, creator: usize) -> Option<Usual> {
        let usual = self.creators[creator].usual.filter(|usual| usual.median > 0.0)?;
        let ratios: Vec<f64> = self
            .posts
            .iter()
            .filter(|post| post.creator == creator)
            .filter_map(|post| Outlook::of_post(post.growth, &post.series, crate::curve::FINAL_AGE))
            .map(|outlook| (outlook.quantile(0.5) / usual.median).ln())
            .collect();
        let moved = ratios.iter().sum::<f64>() / (ratios.len() as f64 + USUAL_WEIGHT);
        Some(Usual { median: usual.median * moved.exp(), ..usual })
    }

    /// Outlooks at the deadline of so many more posts of a creator; those after the deadline bring nothing.
    fn more(&self, creator: usize, posts: u32) -> Option<Vec<Outlook>> {
        let expected = self.expected_of(creator)?;
        let Creator { growth, earliest, .. } = &self.creators[creator];
        let outlook = |post: u32| {
            let published = *earliest + SignedDuration::from_hours(24 * i64::from(post));
            Outlook::of_usual(growth, expected, hours(published, self.deadline))
        };
        Some((0..posts).map(outlook).collect())
    }

    /// Cost per view of one more post of a creator; none when it is unknown or the post would come too late.
    fn cost_per_view(&self, creator: usize) -> Option<f64> {
        let fee = self.creators[creator].fee_minor.filter(|fee| *fee >= 0)?;
        let views = self.more(creator, 1)?.first()?.increment;
        (views > 0.0).then(|| fee as f64 / views)
    }

    /// Creators who could make more posts, the lowest cost per view first.
    fn cheapest(&self, taking_part: bool) -> Vec<(usize, f64)> {
        let known = (0..self.creators.len()).filter(|creator| self.creators[*creator].takes_part == taking_part);
        let mut found: Vec<(usize, f64)> = known.filter_map(|it| Some((it, self.cost_per_view(it)?))).collect();
        found.sort_by(|one, other| one.1.total_cmp(&other.1).then_with(|| self.id(one.0).cmp(self.id(other.0))));
        found
    }

    fn id(&self, creator: usize) -> &str {
        self.creators.get(creator).map_or("", |creator| &creator.id)
    }

    /// Indices of planned posts of a creator, the latest first.
    fn planned(&self, creator: usize) -> Vec<usize> {
        let planned = |post: &CampaignPost<'_>| post.creator == creator && post.published > self.as_of;
        let mut found: Vec<usize> = (0..self.posts.len()).filter(|index| planned(&self.posts[*index])).collect();
        found.sort_by_key(|index| (std::cmp::Reverse(self.posts[*index].published), *index));
        found
    }

    /// The total at the deadline without some posts and with other outlooks.
    fn changed(&self, without: &[usize], with: &[Outlook]) -> Total {
        let kept = self.posts.iter().enumerate().filter(|(index, _)| !without.contains(index));
        let mut outlooks: Vec<Outlook> = kept.filter_map(|(_, post)| self.outlook(post, self.deadline)).collect();
        outlooks.extend_from_slice(with);
        Total::of(&outlooks, self.correlation)
    }

    fn suggestion(&self, action: Action, cost_minor: i64, total: &Total, median: f64) -> Suggestion {
        let probability = total.probability_of(self.target);
        Suggestion { action, cost_minor, effect: total.quantile(0.5) - median, probability }
    }
}

/// What could be done for a campaign that is behind or at risk: more posts of those with the lowest cost per view,
/// moving the fee of the dearest planned post, another creator, more time. What changes nothing or makes it worse is
/// left out; what costs nothing comes first (most effect first), then by views per money.
pub fn raise(situation: &Situation<'_>) -> Advice {
    let (total, unknown_posts) = situation.total(situation.deadline);
    let median = total.quantile(0.5);
    let mut suggestions = more_posts(situation, median);
    suggestions.extend(move_budget(situation, median));
    suggestions.extend(replace(situation, median));
    suggestions.extend(extend(situation, median, &total));
    suggestions.retain(|suggestion| suggestion.effect >= 0.5);
    suggestions.sort_by(by_effect_per_cost);
    Advice { median, probability: total.probability_of(situation.target), unknown_posts, suggestions }
}

/// What could be done for a campaign that is ahead: for each participant as many planned posts cancelled, the latest
/// first, as keep the probability at or above [`STILL_SAFE`]; or nothing. Most saved per lost view first, keeping last.
pub fn lower(situation: &Situation<'_>) -> Advice {
    let (total, unknown_posts) = situation.total(situation.deadline);
    let median = total.quantile(0.5);
    let mut suggestions: Vec<Suggestion> =
        (0..situation.creators.len()).filter_map(|creator| reduce(situation, creator, median)).collect();
    let saved_per_view = |it: &Suggestion| it.cost_minor as f64 / it.effect.abs().max(1.0);
    suggestions.sort_by(|one, other| {
        saved_per_view(one).total_cmp(&saved_per_view(other)).then_with(|| one.action.cmp(&other.action))
    });
    suggestions.push(situation.suggestion(Action::Keep, 0, &total, median));
    Advice { median, probability: total.probability_of(situation.target), unknown_posts, suggestions }
}

fn more_posts(situation: &Situation<'_>, median: f64) -> Vec<Suggestion> {
    let mut candidates = situation.cheapest(true);
    candidates.truncate(CHEAPEST);
    let suggest = |(creator, _): (usize, f64)| {
        let fee = situation.creators[creator].fee_minor?;
        let mut best = None;
        for posts in 1..=MOST_POSTS {
            let cost = fee.checked_mul(i64::from(posts))?;
            if situation.budget_left_minor.is_some_and(|left| cost > left) {
                break;
            }
            let total = situation.changed(&[], &situation.more(creator, posts)?);
            let action = Action::MorePosts { creator: situation.id(creator).to_owned(), posts };
            let suggestion = situation.suggestion(action, cost, &total, median);
            let enough = suggestion.probability >= SAFE;
            // Posts past the deadline would be paid for nothing.
            if best.as_ref().is_some_and(|best: &Suggestion| suggestion.effect <= best.effect + 0.5) {
                break;
            }
            best = Some(suggestion);
            if enough {
                break;
            }
        }
        best
    };
    candidates.into_iter().filter_map(suggest).collect()
}

fn move_budget(situation: &Situation<'_>, median: f64) -> Vec<Suggestion> {
    let cheapest = situation.cheapest(true);
    let suggest = |from: usize| {
        let (to, _) = *cheapest.iter().find(|(to, _)| *to != from)?;
        let cancelled = *situation.planned(from).first()?;
        let fee = situation.creators[to].fee_minor.filter(|fee| *fee > 0)?;
        let freed = situation.posts[cancelled].fee_minor;
        let posts = u32::try_from(freed / fee).unwrap_or(0).min(MOST_POSTS);
        if posts == 0 {
            return None;
        }
        let total = situation.changed(&[cancelled], &situation.more(to, posts)?);
        let (from, to) = (situation.id(from).to_owned(), situation.id(to).to_owned());
        let cost = fee * i64::from(posts) - freed;
        Some(situation.suggestion(Action::MoveBudget { from, to, posts }, cost, &total, median))
    };
    (0..situation.creators.len()).filter_map(suggest).collect()
}

fn replace(situation: &Situation<'_>, median: f64) -> Vec<Suggestion> {
    let Some((by, _)) = situation.cheapest(false).first().copied() else { return Vec::new() };
    let suggest = |creator: usize| {
        let planned = situation.planned(creator);
        let posts = u32::try_from(planned.len()).ok().filter(|posts| (1..=MOST_POSTS).contains(posts))?;
        let freed: i64 = planned.iter().map(|index| situation.posts[*index].fee_minor).sum();
        let cost = situation.creators[by].fee_minor?.checked_mul(i64::from(posts))? - freed;
        if situation.budget_left_minor.is_some_and(|left| cost > left) {
            return None;
        }
        let total = situation.changed(&planned, &situation.more(by, posts)?);
        let (creator, by) = (situation.id(creator).to_owned(), situation.id(by).to_owned());
        Some(situation.suggestion(Action::Replace { creator, by, posts }, cost, &total, median))
    };
    (0..situation.creators.len()).filter(|it| *it != by).filter_map(suggest).collect()
}

/// The shortest extensions, by halving, that are likely enough: one that is as likely as not to do, one that is safe.
fn extend(situation: &Situation<'_>, median: f64, now: &Total) -> Vec<Suggestion> {
    let later = |days: u32| situation.total(situation.deadline + SignedDuration::from_hours(24 * i64::from(days))).0;
    let mut found: Vec<Suggestion> = Vec::new();
    for wanted in [EVEN, SAFE] {
        let enough = |total: &Total| total.probability_of(situation.target) >= wanted;
        if enough(now) || !enough(&later(LONGEST_EXTENSION_DAYS)) {
            continue;
        }
        let (mut short, mut long) = (0, LONGEST_EXTENSION_DAYS);
        while long - short > 1 {
            let middle = short + (long - short) / 2;
            if enough(&later(middle)) {
                long = middle;
            } else {
                short = middle;
            }
        }
        let suggestion = situation.suggestion(Action::Extend { days: long }, 0, &later(long), median);
        if found.last().is_none_or(|last| last.action != suggestion.action) {
            found.push(suggestion);
        }
    }
    found
}

fn reduce(situation: &Situation<'_>, creator: usize, median: f64) -> Option<Suggestion> {
    let planned = situation.planned(creator);
    let mut best = None;
    for posts in 1..=planned.len().min(MOST_POSTS as usize) {
        let without = &planned[..posts];
        let total = situation.changed(without, &[]);
        let saved: i64 = without.iter().map(|index| situation.posts[*index].fee_minor).sum();
        let action = Action::Reduce { creator: situation.id(creator).to_owned(), posts: u32::try_from(posts).ok()? };
        let suggestion = situation.suggestion(action, -saved, &total, median);
        if suggestion.probability < STILL_SAFE {
            break;
        }
        best = Some(suggestion);
    }
    best
}

/// What costs nothing first, most effect first; then most effect per money; equal ones by their action.
fn by_effect_per_cost(one: &Suggestion, other: &Suggestion) -> Ordering {
    let free = |it: &Suggestion| it.cost_minor <= 0;
    let worth = |it: &Suggestion| if free(it) { it.effect } else { it.effect / it.cost_minor as f64 };
    free(other)
        .cmp(&free(one))
        .then_with(|| worth(other).total_cmp(&worth(one)))
        .then_with(|| one.action.cmp(&other.action))
}

#[cfg(test)]
mod tests;
