//! Owns who comments: keyed hashes of authors, their languages and countries, and whom else they comment on. Never a name.

use creatorscope_domain::CreatorId;
use creatorscope_kit::db::DbError;

use super::Store;
use crate::model::{Commenters, SKETCH_SIZE};

impl Store {
    /// Who wrote the comments of a creator. Errors: the database's.
    pub async fn commenters(&self, creator: &CreatorId) -> Result<Commenters, DbError> {
        let live = self.live();
        let authors = format!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN posts >= 2 THEN 1 ELSE 0 END), 0) AS BIGINT), \
               COALESCE(MAX(written), 0), CAST(COALESCE(SUM(written), 0) AS BIGINT) FROM \
             (SELECT author, COUNT(*) AS written, COUNT(DISTINCT post_id) AS posts FROM comments \
              WHERE creator_id = $1 AND author IS NOT NULL AND {live} GROUP BY author) AS authors"
        );
        let smallest = format!(
            "SELECT DISTINCT author FROM comments WHERE creator_id = $1 AND author IS NOT NULL AND {live} \
             ORDER BY author LIMIT {SKETCH_SIZE}"
        );
        let key = || vec![creator.as_str().into()];
        let counts: Option<(i64, i64, i64, i64)> = self.db.fetch_optional(authors, key()).await?;
        let (authors, returning, most, known) = counts.unwrap_or_default();
        let smallest: Vec<(i64,)> = self.db.fetch(smallest, key()).await?;
        let smallest = smallest.into_iter().map(|(author,)| author).collect();
        Ok(Commenters { smallest, authors, returning, most, known })
    }

    /// The languages of a creator's comments with how many are in each, the most first; empty for what could not be told. Errors: the
    /// database's.
    pub async fn comment_languages(&self, creator: &CreatorId) -> Result<Vec<(String, i64)>, DbError> {
        let sql = format!(
            "SELECT language, COUNT(*) AS count FROM comments WHERE creator_id = $1 AND {} \
             GROUP BY language ORDER BY count DESC, language",
            self.live()
        );
        self.db.fetch(sql, vec![creator.as_str().into()]).await
    }

    /// The countries of a creator's commenters, where their source tells them, with the comments from each, the most first. Errors: the
    /// database's.
    pub async fn commenter_countries(&self, creator: &CreatorId) -> Result<Vec<(String, i64)>, DbError> {
        let sql = format!(
            "SELECT author_country, COUNT(*) AS count FROM comments WHERE creator_id = $1 AND author_country <> '' AND {} \
             GROUP BY author_country ORDER BY count DESC, author_country",
            self.live()
        );
        self.db.fetch(sql, vec![creator.as_str().into()]).await
    }

    /// Other creators on whom the authors of a creator's comments comment, with how many authors they share, the most first. Errors:
    /// the database's.
    pub async fn co_commented(&self, creator: &CreatorId, limit: usize) -> Result<Vec<(CreatorId, i64)>, DbError> {
        let live = self.live();
        let sql = format!(
            "SELECT creator_id, COUNT(DISTINCT author) AS shared FROM comments WHERE creator_id <> $1 AND {live} AND author IN \
             (SELECT author FROM comments WHERE creator_id = $1 AND author IS NOT NULL AND {live}) \
             GROUP BY creator_id ORDER BY shared DESC, creator_id LIMIT $2"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<(String, i64)> = self.db.fetch(sql, vec![creator.as_str().into(), limit.into()]).await?;
        Ok(rows.into_iter().filter_map(|(other, shared)| Some((CreatorId::parse(&other).ok()?, shared))).collect())
    }
}
