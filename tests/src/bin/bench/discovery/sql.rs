//! Owns the statements that Postgres and DuckDB are asked with. Never their tables.

use super::{
    population,
    questions::{PAGE, Question, SUGGESTED},
};

/// Which words of SQL are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Postgres,
    DuckDb,
}

/// The statements of one question; each is one round trip.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    /// Answers with ids, in order.
    pub(crate) first: String,
    /// Answers with one count.
    pub(crate) total: Option<String>,
    /// Answers with name of field, value, count.
    pub(crate) facets: Option<String>,
}

/// Puts a question; none when the dialect cannot.
pub(crate) fn statements(question: &Question, dialect: Dialect) -> Option<Statements> {
    match question {
        Question::Text { words, platform, country, followers: (low, high), by_relevance } => {
            let (matching, order) = match dialect {
                Dialect::Postgres => {
                    let query = format!("'{}'::tsquery", words.join(" & "));
                    let order = if *by_relevance { format!("ts_rank(found, {query}) DESC, ") } else { String::new() };
                    (format!("found @@ {query}"), order)
                }
                Dialect::DuckDb if *by_relevance => return None,
                Dialect::DuckDb => {
                    let each: Vec<String> = words.iter().map(|word| format!("contains(found, ' {word} ')")).collect();
                    (each.join(" AND "), String::new())
                }
            };
            let condition = format!(
                "{matching} AND platform = '{}' AND country = '{country}' AND followers BETWEEN {low} AND {high}",
                platform.word()
            );
            Some(Statements {
                first: format!("SELECT id FROM creators WHERE {condition} ORDER BY {order}followers DESC LIMIT {PAGE}"),
                total: Some(format!("SELECT count(*) FROM creators WHERE {condition}")),
                facets: None,
            })
        }
        Question::Ranges { followers: (low, high), er, views, total, facets } => {
            let condition =
                format!("followers BETWEEN {low} AND {high} AND er_views >= {er} AND views_mean >= {views}");
            Some(Statements {
                first: format!("SELECT id FROM creators WHERE {condition} ORDER BY followers DESC LIMIT {PAGE}"),
                total: (*total).then(|| format!("SELECT count(*) FROM creators WHERE {condition}")),
                facets: facets.then(|| counted(&condition)),
            })
        }
        Question::Suggest { prefix } => {
            let matching = match dialect {
                Dialect::Postgres => format!("names @@ '{prefix}:*'::tsquery"),
                Dialect::DuckDb => format!("contains(names, ' {prefix}')"),
            };
            let first = format!(
                "SELECT id FROM creators WHERE {matching} AND followers IS NOT NULL ORDER BY followers DESC LIMIT {SUGGESTED}"
            );
            Some(Statements { first, ..Statements::default() })
        }
        Question::Similar { member } => Some(Statements { first: similar(*member, dialect), ..Statements::default() }),
    }
}

fn counted(condition: &str) -> String {
    let scalar = |field: &str| {
        format!(
            " UNION ALL SELECT '{field}', {field}, count(*) FROM matching WHERE {field} IS NOT NULL GROUP BY {field}"
        )
    };
    let scalars: String = ["platform", "tier", "country"].map(scalar).concat();
    format!(
        "WITH matching AS MATERIALIZED (SELECT platform, tier, country, niches FROM creators WHERE {condition}), \
         listed AS (SELECT unnest(niches) AS niche FROM matching) \
         SELECT 'niche', niche, count(*) FROM listed GROUP BY niche{scalars}"
    )
}

/// Shared tags over all tags, less a little for other sizes.
fn similar(member: u64, dialect: Dialect) -> String {
    let known = population::member(member);
    let tags: Vec<String> = known.tags().iter().map(|tag| format!("'{tag}'")).collect();
    let (count, tags) = (tags.len(), tags.join(","));
    let size = known.followers.unwrap_or(1).max(1);
    let (any, shared, length) = match dialect {
        Dialect::Postgres => (
            format!("tags && ARRAY[{tags}]"),
            format!("(SELECT count(*) FROM unnest(tags) AS tag WHERE tag IN ({tags}))"),
            "cardinality(tags)",
        ),
        Dialect::DuckDb => {
            (format!("list_has_any(tags, [{tags}])"), format!("len(list_intersect(tags, [{tags}]))"), "len(tags)")
        }
    };
    format!(
        "SELECT id FROM (SELECT id, {length} AS length, followers, {shared} AS shared FROM creators \
         WHERE {any} AND id <> '{}' AND followers IS NOT NULL) AS near \
         ORDER BY CAST(shared AS DOUBLE PRECISION) / (length + {count} - shared) \
         - 0.02 * abs(ln(CAST(greatest(followers, 1) AS DOUBLE PRECISION) / {size})) DESC LIMIT {PAGE}",
        known.id()
    )
}

/// The statement that makes the updates of one round, which stand in table `updates`.
pub(crate) fn update(round: &str) -> String {
    let columns = super::rows::changing();
    let set: Vec<String> = columns.iter().map(|(name, _)| format!("{name} = updates.{name}")).collect();
    format!(
        "UPDATE creators SET tier = updates.tier, {} FROM updates WHERE updates.round = {round} AND creators.id = updates.id",
        set.join(", ")
    )
}

/// The table of updates.
pub(crate) fn updates_table() -> String {
    let columns: Vec<String> = super::rows::changing().iter().map(|(name, kind)| format!("{name} {kind}")).collect();
    format!("CREATE TABLE updates (round BIGINT, id TEXT, tier TEXT, {})", columns.join(", "))
}
