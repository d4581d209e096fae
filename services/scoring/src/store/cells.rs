//! Owns adding up comments: sums of a span by post, by language or all together. Never what the sums mean.

use std::collections::HashMap;

use creatorscope_domain::{CreatorId, Platform};
use creatorscope_kit::db::{Arg, DbError, timestamp};
use jiff::Timestamp;

use super::{Sampling, Store};
use crate::{
    model::{Cell, PostCell},
    two_phase::Pair,
};

/// Posts of the window of posts.
const LAST_POSTS: i64 = 20;
const DAY: i64 = 24 * 3_600 * 1_000_000;

/// Comments of one creator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span<'a> {
    /// All.
    All,
    /// Those of the last so many days, counted from the creator's last comment.
    Days(i64),
    /// Those of the 20 posts that were commented on last.
    LastPosts,
    /// Those of one post.
    Post(&'a str),
}

/// What comments are added up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// All together.
    All,
    /// The language; the most comments first.
    Language,
    /// The post; the last commented first.
    Post,
}

/// The sums of one scope, and who and what made them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope {
    /// The post's id or the language; empty for all together.
    pub label: String,
    /// The sums.
    pub cell: Cell,
    /// The sum of the squares of the weights of the scored ones.
    pub weight_squares: f64,
    /// When the last was written, microseconds since the epoch.
    pub last: i64,
    /// The last reading, microseconds since the epoch.
    pub as_of: i64,
    /// Different authors that are known.
    pub authors: i64,
    /// Comments of the author who wrote most.
    pub most: i64,
    /// Comments whose author is known.
    pub known: i64,
    /// Generated comments.
    pub synthetic: i64,
    /// Models with the comments that each scored, the most first.
    pub models: Vec<(String, i64)>,
    /// The encoders that read a sample; none without them.
    pub second_model: Option<String>,
    /// Scored comments that the sample is drawn from: those that were taken while the encoders were there.
    pub drawn_from: i64,
    /// Both readings of those of the sample.
    pub pairs: Vec<Pair>,
}

#[derive(Debug, sqlx::FromRow)]
struct CellRow {
    label: String,
    last: i64,
    read: i64,
    comments: i64,
    no_text: i64,
    language_unknown: i64,
    not_supported: i64,
    scored: i64,
    negative: f64,
    neutral: f64,
    positive: f64,
    weight: f64,
    weighted_negative: f64,
    weighted_neutral: f64,
    weighted_positive: f64,
    weight_squares: f64,
    at_creator: i64,
    at_creator_negative: f64,
    repeated: i64,
    empty: i64,
    synthetic: i64,
    drawn_from: i64,
}

impl From<CellRow> for Scope {
    fn from(row: CellRow) -> Self {
        let cell = Cell {
            comments: row.comments,
            unknown: [row.no_text, row.language_unknown, row.not_supported],
            scored: row.scored,
            negative: row.negative,
            neutral: row.neutral,
            positive: row.positive,
            weight: row.weight,
            weighted_negative: row.weighted_negative,
            weighted_neutral: row.weighted_neutral,
            weighted_positive: row.weighted_positive,
            at_creator: row.at_creator,
            at_creator_negative: row.at_creator_negative,
            repeated: row.repeated,
            empty: row.empty,
        };
        Self {
            label: row.label,
            cell,
            weight_squares: row.weight_squares,
            last: row.last,
            as_of: row.read,
            synthetic: row.synthetic,
            drawn_from: row.drawn_from,
            ..Self::default()
        }
    }
}

impl Span<'_> {
    /// The condition on comments of the creator `$1` that are `live`; the post is `$2`.
    fn condition(self, live: &str) -> String {
        let of_creator = format!("creator_id = $1 AND {live}");
        match self {
            Self::All => of_creator,
            Self::Days(days) => format!(
                "{of_creator} AND at > (SELECT MAX(at) FROM comments WHERE {of_creator}) - {}",
                days.saturating_mul(DAY)
            ),
            Self::LastPosts => format!(
                "{of_creator} AND post_id IN (SELECT post_id FROM comments WHERE {of_creator} GROUP BY post_id \
                 ORDER BY MAX(at) DESC, post_id LIMIT {LAST_POSTS})"
            ),
            Self::Post(_) => format!("{of_creator} AND post_id = $2"),
        }
    }

    fn args(self, creator: &CreatorId) -> Vec<Arg> {
        let mut args = vec![Arg::from(creator.as_str())];
        if let Self::Post(post) = self {
            args.push(post.into());
        }
        args
    }
}

impl Grouping {
    fn label(self) -> &'static str {
        match self {
            // Postgres wants to know that it is a text.
            Self::All => "CAST('' AS TEXT)",
            Self::Language => "language",
            Self::Post => "post_id",
        }
    }

    fn order(self) -> &'static str {
        match self {
            Self::All | Self::Language => "comments DESC, label",
            Self::Post => "last DESC, label",
        }
    }
}

/// The comments where `condition` holds, each with whether it counts for the shares and whether it says what an earlier one of the
/// same creator says. What has no text says nothing twice.
pub(super) fn marked(condition: &str) -> String {
    const EARLIER: &str = "ORDER BY at, post_id, comment_id";
    format!(
        "said AS (SELECT comments.*, \
           ROW_NUMBER() OVER (PARTITION BY creator_id, fingerprint {EARLIER}) AS time_said, \
           ROW_NUMBER() OVER (PARTITION BY creator_id, fingerprint, author {EARLIER}) AS time_said_by_author \
           FROM comments WHERE {condition}), \
         marked AS (SELECT said.*, \
           CASE WHEN time_said > 1 AND COALESCE(unknown, 0) <> 1 THEN 1 ELSE 0 END AS repeated, \
           CASE WHEN negative IS NOT NULL AND (author IS NULL OR time_said_by_author = 1) THEN 1 ELSE 0 END AS counts \
           FROM said)"
    )
}

/// The columns of [`CellRow`] behind the label, over `marked`; `takes_part` is the condition on what a sample is drawn from.
fn sums(takes_part: &str) -> String {
    let count =
        |condition: &str, name: &str| format!("CAST(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS BIGINT) AS {name}");
    let sum = |condition: &str, value: &str, name: &str| {
        format!("COALESCE(SUM(CASE WHEN {condition} THEN {value} END), 0.0) AS {name}")
    };
    [
        "MAX(at) AS last, MAX(observe_time) AS read, COUNT(*) AS comments".to_owned(),
        count("unknown = 1", "no_text"),
        count("unknown = 2", "language_unknown"),
        count("unknown = 3", "not_supported"),
        count("counts = 1", "scored"),
        sum("counts = 1", "negative", "negative"),
        sum("counts = 1", "neutral", "neutral"),
        sum("counts = 1", "positive", "positive"),
        sum("counts = 1", "weight", "weight"),
        sum("counts = 1", "weight * negative", "weighted_negative"),
        sum("counts = 1", "weight * neutral", "weighted_neutral"),
        sum("counts = 1", "weight * positive", "weighted_positive"),
        sum("counts = 1", "weight * weight", "weight_squares"),
        count("counts = 1 AND target = 1", "at_creator"),
        sum("counts = 1 AND target = 1", "negative", "at_creator_negative"),
        count("repeated = 1", "repeated"),
        count("empty = 1", "empty"),
        count("source = 8", "synthetic"),
        count(&format!("counts = 1 AND {takes_part}"), "drawn_from"),
    ]
    .join(", ")
}

impl Store {
    /// The sums of a creator's comments by post, the last commented first. Errors: the database's.
    pub async fn post_cells(&self, creator: &CreatorId) -> Result<Vec<PostCell>, DbError> {
        let scopes = self.sums_of(creator, Span::All, Grouping::Post).await?;
        let post = |scope: Scope| PostCell { post_id: scope.label, last_time: timestamp(scope.last), cell: scope.cell };
        Ok(scopes.into_iter().map(post).collect())
    }

    /// The sums of a span of a creator's comments, with authors and models. Errors: the database's.
    pub async fn scopes(&self, creator: &CreatorId, span: Span<'_>, by: Grouping) -> Result<Vec<Scope>, DbError> {
        let mut scopes = self.sums_of(creator, span, by).await?;
        let of_creator = Span::All.condition(&self.live());
        let marked = marked(&span.condition(&self.live()));
        let pairs = self.pairs(&of_creator, &marked, by.label(), span.args(creator)).await?;
        self.add_pairs(&mut scopes, pairs);
        let (label, condition) = (by.label(), span.condition(&self.live()));
        let authors = format!(
            "SELECT label, COUNT(*), MAX(written), CAST(SUM(written) AS BIGINT) FROM \
             (SELECT {label} AS label, author, COUNT(*) AS written FROM comments WHERE {condition} AND author IS NOT NULL \
              GROUP BY {label}, author) AS authors GROUP BY label"
        );
        let models = format!(
            "SELECT label, model, COUNT(*) AS scored FROM (SELECT {label} AS label, model FROM comments \
             WHERE {condition} AND model <> '') AS models GROUP BY label, model ORDER BY scored DESC, model"
        );
        let authors: Vec<(String, i64, i64, i64)> = self.db.fetch(authors, span.args(creator)).await?;
        let models: Vec<(String, String, i64)> = self.db.fetch(models, span.args(creator)).await?;
        for scope in &mut scopes {
            if let Some((_, authors, most, known)) = authors.iter().find(|(label, ..)| *label == scope.label) {
                (scope.authors, scope.most, scope.known) = (*authors, *most, *known);
            }
            let of_scope = models.iter().filter(|(label, ..)| *label == scope.label);
            scope.models = of_scope.map(|(_, model, count)| (model.clone(), *count)).collect();
        }
        Ok(scopes)
    }

    fn takes_part(&self) -> String {
        self.sampling.as_ref().map_or_else(|| "1 = 0".to_owned(), Sampling::takes_part)
    }

    fn add_pairs(&self, scopes: &mut [Scope], mut pairs: HashMap<String, Vec<Pair>>) {
        let Some(sampling) = &self.sampling else { return };
        for scope in scopes {
            scope.second_model = Some(sampling.model.clone());
            scope.pairs = pairs.remove(&scope.label).unwrap_or_default();
        }
    }

    async fn sums_of(&self, creator: &CreatorId, span: Span<'_>, by: Grouping) -> Result<Vec<Scope>, DbError> {
        let (label, sums, order) = (by.label(), sums(&self.takes_part()), by.order());
        let marked = marked(&span.condition(&self.live()));
        let sql = format!(
            "WITH {marked}, labelled AS (SELECT {label} AS label, marked.* FROM marked) \
             SELECT label, {sums} FROM labelled GROUP BY label ORDER BY {order}"
        );
        let rows: Vec<CellRow> = self.db.fetch(sql, span.args(creator)).await?;
        Ok(rows.into_iter().map(Scope::from).collect())
    }

    /// The sums of all creators of a platform over the last so many days of each, counted from its own last comment. Reads all
    /// comments of the platform. Errors: the database's.
    pub async fn platform_sums(&self, platform: Platform, days: i64) -> Result<Vec<Scope>, DbError> {
        let (live, sums) = (self.live(), sums(&self.takes_part()));
        let of_platform = format!("creator_id >= $1 AND creator_id < $2 AND {live}");
        let ends = format!(
            "ends AS (SELECT creator_id AS owner, MAX(at) AS newest FROM comments \
             WHERE {of_platform} GROUP BY creator_id)"
        );
        let marked = marked(&format!(
            "{of_platform} AND at > (SELECT newest FROM ends WHERE owner = creator_id) - {}",
            days.saturating_mul(DAY)
        ));
        let sql = format!("WITH {ends}, {marked} SELECT creator_id AS label, {sums} FROM marked GROUP BY creator_id");
        // The ids of a platform are those between its slug with `:` and with the next character.
        let (first, end) = (format!("{}:", platform.slug()), format!("{};", platform.slug()));
        let args = || vec![Arg::from(first.as_str()), Arg::from(end.as_str())];
        let rows: Vec<CellRow> = self.db.fetch(sql, args()).await?;
        let mut scopes: Vec<Scope> = rows.into_iter().map(Scope::from).collect();
        let pairs = self.pairs(&of_platform, &format!("{ends}, {marked}"), "creator_id", args()).await?;
        self.add_pairs(&mut scopes, pairs);
        Ok(scopes)
    }

    /// When the first comment of a creator may no longer be kept; none when no limit is set for its sources. Errors: the database's.
    pub async fn expiry(&self, creator: &CreatorId) -> Result<Option<Timestamp>, DbError> {
        let sql = format!(
            "SELECT source, MIN(observe_time) FROM comments WHERE creator_id = $1 AND {} GROUP BY source",
            self.live()
        );
        let rows: Vec<(i64, i64)> = self.db.fetch(sql, vec![creator.as_str().into()]).await?;
        let expiry = |(source, first): (i64, i64)| {
            let source = creatorscope_domain::Source::from_number(i32::try_from(source).ok()?)?;
            self.retention.expiry(source, timestamp(first))
        };
        Ok(rows.into_iter().filter_map(expiry).min())
    }
}
