//! Owns the sample of comments that the encoders read too: what is in it when comments are taken, and both readings of it. Never the choice.
//!
//! The comments that take part are those that were taken while the present encoders were there (`second_model`). In the random order of
//! their ranks those up to the first that was not read are the sample, at most as many as its size: erasure and expiry may open
//! gaps, and what lies behind a gap is no random sample any more.

use std::collections::HashMap;

use creatorscope_domain::CreatorId;
use creatorscope_kit::db::{Arg, DbError, json_texts, timestamp};

use super::Store;
use crate::{second::Known, two_phase::Pair};

/// Which encoders read how many comments of each creator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sampling {
    /// The encoders with their versions.
    pub model: String,
    /// Comments of a creator, 1 and more.
    pub size: usize,
}

impl Sampling {
    /// The condition on a comment that takes part.
    pub(super) fn takes_part(&self) -> String {
        format!("second_model = '{}'", self.model.replace('\'', "''"))
    }

    /// `cutoffs`: the greatest rank of the sample of each creator, over the comments where `of` holds.
    fn cutoffs(&self, of: &str) -> String {
        let (takes_part, size) = (self.takes_part(), self.size);
        format!(
            "unread AS (SELECT creator_id AS unread_of, MIN(sample_rank) AS first_unread FROM comments \
               WHERE {of} AND {takes_part} AND second_negative IS NULL GROUP BY creator_id), \
             ranked AS (SELECT creator_id AS owner, sample_rank AS owned_rank, \
                 ROW_NUMBER() OVER (PARTITION BY creator_id ORDER BY sample_rank) AS place \
               FROM comments LEFT JOIN unread ON unread_of = creator_id \
               WHERE {of} AND {takes_part} AND second_negative IS NOT NULL \
                 AND (first_unread IS NULL OR sample_rank < first_unread)), \
             cutoffs AS (SELECT owner, MAX(owned_rank) AS cutoff FROM ranked WHERE place <= {size} GROUP BY owner)"
        )
    }
}

#[derive(Debug, sqlx::FromRow)]
struct PairRow {
    label: String,
    weight: f64,
    at_creator: i64,
    negative: f64,
    neutral: f64,
    positive: f64,
    second_negative: f64,
    second_neutral: f64,
    second_positive: f64,
}

impl Store {
    /// The same store, where encoders read a sample.
    #[must_use]
    pub fn with_sampling(self, sampling: Option<Sampling>) -> Self {
        Self { sampling, ..self }
    }

    /// What is in the samples of creators, or would be but for comments that were erased. Errors: the database's.
    pub async fn sampled(&self, creators: impl Iterator<Item = &CreatorId> + Send) -> Result<Known, DbError> {
        let Some(sampling) = &self.sampling else { return Ok(Known::new()) };
        let wanted = json_texts(creators.map(CreatorId::as_str));
        let sql = format!(
            "SELECT creator_id, sample_rank, observe_time FROM (SELECT creator_id, sample_rank, observe_time, \
               ROW_NUMBER() OVER (PARTITION BY creator_id ORDER BY sample_rank) AS place FROM comments \
               WHERE creator_id {} AND {} AND second_negative IS NOT NULL AND {}) AS ranked \
             WHERE place <= {} ORDER BY creator_id, sample_rank",
            self.db.engine().in_texts("$1"),
            sampling.takes_part(),
            self.live(),
            sampling.size,
        );
        let rows: Vec<(String, i64, i64)> = self.db.fetch(sql, vec![wanted]).await?;
        let mut known = Known::new();
        for (creator, rank, time) in rows {
            if let Ok(creator) = CreatorId::parse(&creator) {
                known.entry(creator).or_default().push((rank, timestamp(time)));
            }
        }
        Ok(known)
    }

    /// Both readings of the comments in the samples, by label: of those that `marked` (a list of tables) makes and that count for the
    /// shares, while the samples are drawn where `of` holds. Errors: the database's.
    pub(super) async fn pairs(
        &self,
        of: &str,
        marked: &str,
        label: &str,
        args: Vec<Arg>,
    ) -> Result<HashMap<String, Vec<Pair>>, DbError> {
        let Some(sampling) = &self.sampling else { return Ok(HashMap::new()) };
        let (cutoffs, takes_part) = (sampling.cutoffs(of), sampling.takes_part());
        let sql = format!(
            "WITH {cutoffs}, {marked} SELECT {label} AS label, weight, \
               CAST(CASE WHEN target = 1 THEN 1 ELSE 0 END AS BIGINT) AS at_creator, negative, neutral, positive, \
               second_negative, second_neutral, second_positive \
             FROM marked JOIN cutoffs ON owner = creator_id \
             WHERE counts = 1 AND {takes_part} AND second_negative IS NOT NULL AND sample_rank <= cutoff \
             ORDER BY label, sample_rank"
        );
        let rows: Vec<PairRow> = self.db.fetch(sql, args).await?;
        let mut pairs: HashMap<String, Vec<Pair>> = HashMap::new();
        for row in rows {
            pairs.entry(row.label).or_default().push(Pair {
                weight: row.weight,
                at_creator: row.at_creator == 1,
                first: [row.negative, row.neutral, row.positive],
                second: [row.second_negative, row.second_neutral, row.second_positive],
            });
        }
        Ok(pairs)
    }
}
