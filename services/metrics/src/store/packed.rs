//! Owns everything known about creators as the database packs it: one row a creator, whose posts and readings are texts of numbers.
//! Never which creators, and never a computation.
//!
//! Row by row, the driver took several times as long as the database: a creator with 50 posts was 101 rows. `concat` and
//! `string_agg` are the same on both databases, and none of the fields can hold a separator.

use creatorscope_domain::{CreatorId, PostFormat};
use creatorscope_kit::db::timestamp;

use super::rows::{source, verdict};
use crate::model::{AccountCounts, CreatorHistory, Expired, Facts, Observed, PostCounts, PostHistory, Term};

/// Fields of a row, in the order in which they are read.
const FACTS: &str = "t.post_id, ' ', t.describe_time, ' ', t.publish_time, ' ', t.format, ' ', t.sponsored, ' ', t.source, ' ', \
     t.verdict, ' ', CAST(ROUND(t.verdict_confidence * 1000000000) AS BIGINT)";
const POST_COUNTS: &str = "t.post_id, ' ', t.observed_at, ' ', t.source, ' ', t.hidden, ' ', t.views, ' ', t.likes, ' ', \
     t.dislikes, ' ', t.comments, ' ', t.shares, ' ', t.saves";
const ACCOUNT_COUNTS: &str = "t.observed_at, ' ', t.source, ' ', t.hidden, ' ', t.followers, ' ', t.following, ' ', t.total_views, \
     ' ', t.total_likes, ' ', t.total_posts";

/// A creator with everything known about it: id, version, what was purged of posts and of the account, posts, counts of posts,
/// counts of the account.
pub(super) type PackedRow = (String, i64, Option<i64>, Option<i64>, Option<String>, Option<String>, Option<String>);

/// The statement for creators of whom this is true; see [`Engine::in_texts`](creatorscope_kit::db::Engine::in_texts).
pub(super) fn select(among: &str) -> String {
    let all = |fields: &str, table: &str| {
        format!("(SELECT string_agg(concat({fields}), ';') FROM {table} AS t WHERE t.creator_id = c.creator_id)")
    };
    format!(
        "SELECT c.creator_id, c.version, c.posts_purged_to, c.account_purged_to, {}, {}, {} \
         FROM creators AS c WHERE c.creator_id {among} ORDER BY c.creator_id",
        all(FACTS, "posts"),
        all(POST_COUNTS, "post_counts"),
        all(ACCOUNT_COUNTS, "account_counts")
    )
}

/// The history in a row. Only checked ids are stored, so that every row reads back.
pub(super) fn history(row: PackedRow) -> Option<CreatorHistory> {
    let (id, version, posts_purged, account_purged, facts, post_counts, account_counts) = row;
    let creator = CreatorId::parse(&id).ok()?;
    let (facts, counts) = (facts.unwrap_or_default(), post_counts.unwrap_or_default());
    let mut facts: Vec<(&str, Facts)> = entries(&facts).filter_map(read_facts).collect();
    let mut counts: Vec<_> = entries(&counts).filter_map(read_post_counts).collect();
    // The database mostly gives them in this order.
    facts.sort_by_key(|(post, _)| *post);
    counts.sort_by_key(|(post, _)| *post);
    let mut posts: Vec<PostHistory> = Vec::with_capacity(facts.len());
    let (mut facts, mut counts) = (facts.into_iter().peekable(), counts.into_iter().peekable());
    while let Some(next) =
        [facts.peek().map(|(post, _)| *post), counts.peek().map(|(post, _)| *post)].into_iter().flatten().min()
    {
        let mut post = PostHistory { id: next.to_owned(), facts: None, observations: Vec::new() };
        post.facts = facts.next_if(|(id, _)| *id == next).map(|(_, facts)| facts);
        while let Some((_, observed)) = counts.next_if(|(id, _)| *id == next) {
            post.observations.push(observed);
        }
        posts.push(post);
    }
    let account =
        account_counts.as_deref().map(entries).into_iter().flatten().filter_map(read_account_counts).collect();
    let mut history = CreatorHistory::new(creator, version, posts, account);
    history.expired = Expired { posts: posts_purged.map(timestamp), account: account_purged.map(timestamp) };
    Some(history)
}

fn entries(packed: &str) -> impl Iterator<Item = &str> {
    packed.split(';').filter(|entry| !entry.is_empty())
}

/// The numbers of an entry; an empty field is none.
fn numbers(fields: &str) -> impl Iterator<Item = Option<i64>> {
    fields.split(' ').map(|field| field.parse().ok())
}

fn read_facts(entry: &str) -> Option<(&str, Facts)> {
    let (post, fields) = entry.split_once(' ')?;
    let mut fields = numbers(fields);
    let mut next = || fields.next().flatten();
    let (describe_time, publish_time, format, sponsored, from) = (next()?, next(), next(), next(), next()?);
    let (found, billionths) = (next(), next());
    let facts = Facts {
        describe_time: timestamp(describe_time),
        publish_time: publish_time.map(timestamp),
        format: format.and_then(|number| PostFormat::from_number(i32::try_from(number).ok()?)),
        sponsored: sponsored.map(|mark| mark != 0),
        source: source(from),
        verdict: verdict(found, billionths.map(|billionths| billionths as f64 / 1e9)),
    };
    Some((post, facts))
}

fn read_post_counts(entry: &str) -> Option<(&str, Observed<crate::model::PostTerm>)> {
    let (post, fields) = entry.split_once(' ')?;
    let (time, from, hidden, values) = reading(fields)?;
    Some((post, Observed { time: timestamp(time), counts: PostCounts::stored(values, hidden), source: source(from) }))
}

fn read_account_counts(entry: &str) -> Option<Observed<crate::model::AccountTerm>> {
    let (time, from, hidden, values) = reading(entry)?;
    Some(Observed { time: timestamp(time), counts: AccountCounts::stored(values, hidden), source: source(from) })
}

/// When, where, what is hidden, and the counts in the order of their terms.
fn reading(fields: &str) -> Option<(i64, i64, i64, [Option<i64>; TERMS])> {
    let mut fields = numbers(fields);
    let mut next = || fields.next().flatten();
    let (time, from, hidden) = (next()?, next()?, next()?);
    let mut values = [None; TERMS];
    values.fill_with(&mut next);
    Some((time, from, hidden, values))
}

/// The most terms that a subject has.
const TERMS: usize = crate::model::PostTerm::ALL.len();
