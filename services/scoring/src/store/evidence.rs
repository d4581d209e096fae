//! Owns finding comments that show something. Never what they show.

use creatorscope_domain::CreatorId;
use creatorscope_kit::db::{Arg, DbError};

use super::{
    Store,
    rows::{SHOWN, ShownRow},
};
use crate::model::CommentRow;

impl Store {
    /// The comments of a creator that are most certainly negative and aimed at the creator, or most certainly positive, each text once;
    /// the most certain first. Errors: the database's.
    pub async fn strongest_comments(
        &self,
        creator: &CreatorId,
        negative_at_creator: bool,
        limit: usize,
    ) -> Result<Vec<CommentRow>, DbError> {
        let (condition, order) = if negative_at_creator {
            ("target = 1 AND negative > neutral AND negative > positive", "negative * target_confidence")
        } else {
            ("positive > neutral AND positive > negative", "positive")
        };
        self.strongest("creator_id = $1", condition, order, vec![creator.as_str().into()], limit).await
    }

    /// The comments of one post that are most certainly negative, or positive, each text once; the most certain first. Errors: the
    /// database's.
    pub async fn strongest_of_post(
        &self,
        creator: &CreatorId,
        post: &str,
        negative: bool,
        limit: usize,
    ) -> Result<Vec<CommentRow>, DbError> {
        let (condition, order) = if negative {
            ("negative > neutral AND negative > positive", "negative")
        } else {
            ("positive > neutral AND positive > negative", "positive")
        };
        let args = vec![creator.as_str().into(), post.into()];
        self.strongest("creator_id = $1 AND post_id = $2", condition, order, args, limit).await
    }

    async fn strongest(
        &self,
        of: &str,
        condition: &str,
        order: &str,
        args: Vec<Arg>,
        limit: usize,
    ) -> Result<Vec<CommentRow>, DbError> {
        let sql = format!(
            "SELECT {SHOWN} FROM (SELECT comments.*, ROW_NUMBER() OVER (PARTITION BY fingerprint \
               ORDER BY at, post_id, comment_id) AS time_said FROM comments WHERE {of} AND {condition} AND {}) AS said \
             WHERE time_said = 1 ORDER BY {order} DESC, post_id, comment_id LIMIT {limit}",
            self.live()
        );
        let rows: Vec<ShownRow> = self.db.fetch(sql, args).await?;
        Ok(rows.into_iter().map(CommentRow::from).collect())
    }

    /// Texts that stand more than once under a creator's posts: the first comment that says each and how many say it, the most first.
    /// Errors: the database's.
    pub async fn repeated_examples(
        &self,
        creator: &CreatorId,
        limit: usize,
    ) -> Result<Vec<(CommentRow, i64)>, DbError> {
        let live = self.live();
        let said = format!(
            "FROM (SELECT comments.*, \
               ROW_NUMBER() OVER (PARTITION BY fingerprint ORDER BY at, post_id, comment_id) AS time_said, \
               COUNT(*) OVER (PARTITION BY fingerprint) AS times \
             FROM comments WHERE creator_id = $1 AND COALESCE(unknown, 0) <> 1 AND {live}) AS said \
             WHERE time_said = 1 AND times > 1 ORDER BY times DESC, post_id, comment_id LIMIT {limit}"
        );
        let rows: Vec<ShownRow> =
            self.db.fetch(format!("SELECT {SHOWN} {said}"), vec![creator.as_str().into()]).await?;
        let times: Vec<(i64, String)> =
            self.db.fetch(format!("SELECT times, comment_id {said}"), vec![creator.as_str().into()]).await?;
        Ok(rows.into_iter().map(CommentRow::from).zip(times.into_iter().map(|(times, _)| times)).collect())
    }
}
