//! Owns writing what clients pour in: one transaction for several messages, exact counts of what was new. Never validation.
//!
//! Creators are taken first, in the order of their ids: writers of one creator wait for one another and cannot wait in a
//! circle. Then keys that exist are read with one statement a table, all items are judged in order, and what is new is
//! inserted in bulk. The change log comes last.

use std::collections::HashMap;

use creatorscope_domain::{CreatorId, Source};
use creatorscope_kit::db::{Arg, Conflict, DbError, Tx, json_texts, micros};
use jiff::Timestamp;

use super::{
    Store,
    entry::Entry,
    for_update,
    known::Known,
    rows::{
        ACCOUNT_COUNT_COLUMNS, CREATOR_COLUMNS, CreatorRow, POST_COLUMNS, POST_COUNT_COLUMNS, post_args, push_counts,
    },
};
use crate::model::{AccountCounts, AccountTerm, Observation, PostCounts, PostRecord, Reading};

/// How often a creator may vanish between being added and being taken, because others erase it.
const TRIES: usize = 5;

/// Something that a client sent and that was checked.
#[derive(Debug, Clone)]
pub enum Item {
    /// A post with its counts.
    Post(Box<PostRecord>),
    /// Counts of an account or a post.
    Observation(Box<Observation>),
}

impl Item {
    fn creator(&self) -> &CreatorId {
        match self {
            Self::Post(record) => &record.name.creator,
            Self::Observation(observation) => observation.reading.creator(),
        }
    }

    pub(super) fn observed_at(&self) -> i64 {
        match self {
            Self::Post(record) => micros(record.observe_time),
            Self::Observation(observation) => micros(observation.observe_time),
        }
    }

    /// When it was read.
    pub fn observe_time(&self) -> Timestamp {
        match self {
            Self::Post(record) => record.observe_time,
            Self::Observation(observation) => observation.observe_time,
        }
    }

    /// Where it was read.
    pub fn source(&self) -> Source {
        match self {
            Self::Post(record) => record.source,
            Self::Observation(observation) => observation.source,
        }
    }

    /// The name of the post or the account.
    pub fn name(&self) -> String {
        match self {
            Self::Post(record) => record.name.to_string(),
            Self::Observation(observation) => match &observation.reading {
                Reading::Account(creator, _) => creator.name(),
                Reading::Post(post, _) => post.to_string(),
            },
        }
    }

    /// Its counts of a post, with the post's id.
    pub(super) fn post_counts(&self) -> Option<(&str, &PostCounts)> {
        match self {
            Self::Post(record) => record.counts.as_ref().map(|counts| (record.name.post.as_str(), counts)),
            Self::Observation(observation) => match &observation.reading {
                Reading::Post(post, counts) => Some((post.post.as_str(), counts)),
                Reading::Account(..) => None,
            },
        }
    }

    pub(super) fn account_counts(&self) -> Option<&AccountCounts> {
        match self {
            Self::Post(_) => None,
            Self::Observation(observation) => match &observation.reading {
                Reading::Account(_, counts) => Some(counts),
                Reading::Post(..) => None,
            },
        }
    }
}

/// An item that was known under its key with other counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its place among the message's items.
    pub place: usize,
    /// Its name.
    pub name: String,
    /// The counts that differ.
    pub terms: Vec<&'static str>,
}

/// What came of one message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Landed {
    /// Items that brought something new.
    pub accepted: usize,
    /// Items that were known, those with other counts included.
    pub duplicates: usize,
    /// Items that were known with other counts; the first was kept.
    pub conflicts: Vec<Difference>,
}

/// What came of several messages; durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
    /// One entry a message, in order.
    pub messages: Vec<Landed>,
    /// The place in the change log behind which readers see all of it.
    pub position: i64,
}

/// What an item adds.
#[derive(Debug, Clone, Copy, Default)]
struct Verdict {
    counts: bool,
    description: Described,
}

/// What becomes of an item's description.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Described {
    /// It has none, or a newer one is known.
    #[default]
    Keep,
    /// The post was not described before.
    Add,
    /// It replaces an older one.
    Replace,
}

impl Store {
    /// Writes the items of several messages in one transaction. Errors: the database's; then nothing is written.
    pub async fn ingest(&self, messages: Vec<Vec<Item>>) -> Result<Ingested, DbError> {
        let lengths: Vec<usize> = messages.iter().map(Vec::len).collect();
        let items: Vec<Item> = messages.into_iter().flatten().collect();
        if items.is_empty() {
            let messages = vec![Landed::default(); lengths.len()];
            return Ok(Ingested { messages, position: self.log.head().await? });
        }
        let mut tx = self.db.begin().await?;
        let mut creators = take_creators(&mut tx, &items).await?;
        let owners = owners(&items, &creators);
        let known = Known::read(&mut tx, &items, &owners, &creators).await?;
        let (verdicts, messages) = judge(&items, &owners, &known, &lengths);
        drop(known);

        let mut changed = vec![false; creators.len()];
        for ((item, verdict), owner) in items.iter().zip(&verdicts).zip(&owners) {
            if verdict.counts || verdict.description != Described::Keep {
                changed[*owner] = true;
                note(&mut creators[*owner], item, *verdict);
            }
        }
        write_items(&mut tx, items, &verdicts, |place| creators[owners[place]].version).await?;
        let mut creators: Vec<CreatorRow> =
            creators.into_iter().zip(changed).filter_map(|(row, changed)| changed.then_some(row)).collect();
        if creators.is_empty() {
            drop(tx);
            return Ok(Ingested { messages, position: self.log.head().await? });
        }
        let entry = |row: &CreatorRow| Entry::Posts { since: row.version }.kind();
        let changes: Vec<(&str, i64)> = creators.iter().map(|row| (row.creator_id.as_str(), entry(row))).collect();
        let position = self.log.append(&mut tx, &changes).await?;
        for row in &mut creators {
            row.version = position;
        }
        let rows = creators.into_iter().map(CreatorRow::into_args).collect();
        tx.insert("creators", &CREATOR_COLUMNS, rows, Conflict::Replace { key: &["creator_id"] }).await?;
        tx.commit().await?;
        self.log.published(position);
        Ok(Ingested { messages, position })
    }
}

/// Adds the creators of the items that are not known, with version 0, and takes all of them until the end of the
/// transaction. Answers in the order of ids.
async fn take_creators(tx: &mut Tx, items: &[Item]) -> Result<Vec<CreatorRow>, DbError> {
    let mut creators: Vec<&CreatorId> = items.iter().map(Item::creator).collect();
    creators.sort_unstable_by_key(|creator| creator.as_str());
    creators.dedup();
    let fresh = |creator: &&CreatorId| {
        let row = CreatorRow {
            creator_id: creator.as_str().to_owned(),
            platform: creator.platform().number().into(),
            version: 0,
            as_of: i64::MIN,
            followers: None,
            followers_at: None,
            posts_purged_to: None,
            account_purged_to: None,
        };
        row.into_args()
    };
    let sql = format!(
        "SELECT * FROM creators WHERE creator_id {} ORDER BY creator_id{}",
        tx.engine().in_texts("$1"),
        for_update(tx)
    );
    let mut taken: Vec<CreatorRow> = Vec::new();
    for _ in 0..TRIES {
        tx.insert("creators", &CREATOR_COLUMNS, creators.iter().map(fresh).collect(), Conflict::Ignore).await?;
        taken = tx.fetch(sql.clone(), vec![json_texts(creators.iter().map(|creator| creator.as_str()))]).await?;
        if taken.len() == creators.len() {
            break;
        }
    }
    if taken.len() != creators.len() {
        return Err(DbError::Setting("a creator was erased again and again while it was written".into()));
    }
    // A row that waited for another writer keeps the place it had before the wait.
    taken.sort_by(|left, right| left.creator_id.cmp(&right.creator_id));
    Ok(taken)
}

/// For each item the place of its creator.
fn owners(items: &[Item], creators: &[CreatorRow]) -> Vec<usize> {
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(creators.len());
    for (place, row) in creators.iter().enumerate() {
        places.insert(&row.creator_id, place);
    }
    // Every creator was taken, so each is found.
    items.iter().map(|item| places.get(item.creator().as_str()).copied().unwrap_or_default()).collect()
}

/// Says for each item what it adds, in order, each seeing those before it, and counts for each message.
fn judge(items: &[Item], owners: &[usize], known: &Known, lengths: &[usize]) -> (Vec<Verdict>, Vec<Landed>) {
    let mut post_counts: HashMap<(usize, &str, i64), &PostCounts> = HashMap::with_capacity(items.len());
    let mut account_counts: HashMap<(usize, i64), &AccountCounts> = HashMap::new();
    // When a post was last described, whether it is stored, and by which item of these.
    let mut described: HashMap<(usize, &str), (i64, bool, Option<usize>)> = HashMap::with_capacity(items.len());
    for (owner, post, time, counts) in &known.post_counts {
        post_counts.insert((*owner, post, *time), counts);
    }
    for (owner, time, counts) in &known.account_counts {
        account_counts.insert((*owner, *time), counts);
    }
    for (owner, post, time) in &known.described {
        described.insert((*owner, post), (*time, true, None));
    }

    let mut verdicts = vec![Verdict::default(); items.len()];
    let mut messages = Vec::with_capacity(lengths.len());
    let mut place = 0;
    for length in lengths {
        let mut landed = Landed::default();
        for index in 0..*length {
            let (item, owner, time) = (&items[place], owners[place], items[place].observed_at());
            let mut differs = Vec::new();
            if let Some((post, counts)) = item.post_counts() {
                let first = *post_counts.entry((owner, post, time)).or_insert(counts);
                verdicts[place].counts = std::ptr::eq(first, counts);
                differs = first.differences(counts);
            }
            if let Some(counts) = item.account_counts() {
                let first = *account_counts.entry((owner, time)).or_insert(counts);
                verdicts[place].counts = std::ptr::eq(first, counts);
                differs = first.differences(counts);
            }
            let mut described_anew = false;
            if let Item::Post(record) = item {
                let last = described.entry((owner, record.name.post.as_str())).or_insert((i64::MIN, false, None));
                if time > last.0 {
                    if let Some(overtaken) = last.2.replace(place) {
                        verdicts[overtaken].description = Described::Keep;
                    }
                    last.0 = time;
                    verdicts[place].description = if last.1 { Described::Replace } else { Described::Add };
                    described_anew = true;
                }
            }
            if !differs.is_empty() {
                landed.duplicates += 1;
                landed.conflicts.push(Difference { place: index, name: item.name(), terms: differs });
            } else if verdicts[place].counts || described_anew {
                landed.accepted += 1;
            } else {
                landed.duplicates += 1;
            }
            place += 1;
        }
        messages.push(landed);
    }
    (verdicts, messages)
}

/// Moves the creator's row on by what an item adds.
fn note(row: &mut CreatorRow, item: &Item, verdict: Verdict) {
    let time = item.observed_at();
    row.as_of = row.as_of.max(time);
    let Some(counts) = item.account_counts().filter(|_| verdict.counts) else { return };
    let term = AccountTerm::Followers;
    let tells = counts.get(term).is_some() || counts.hides(term);
    if tells && row.followers_at.is_none_or(|last| time > last) {
        row.followers = counts.get(term);
        row.followers_at = Some(time);
    }
}

/// Writes what is new. `version` tells the version that an item's creator had before.
async fn write_items(
    tx: &mut Tx,
    items: Vec<Item>,
    verdicts: &[Verdict],
    version: impl Fn(usize) -> i64,
) -> Result<(), DbError> {
    let (mut added, mut replaced, mut post_counts, mut account_counts) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, (mut item, verdict)) in items.into_iter().zip(verdicts).enumerate() {
        let time = item.observed_at();
        if let Item::Post(record) = &mut item {
            match verdict.description {
                Described::Add => added.push(post_args(record, version(place))),
                Described::Replace => replaced.push(post_args(record, version(place))),
                Described::Keep => {}
            }
        }
        if !verdict.counts {
            continue;
        }
        let source = item.source();
        if let Some((post, counts)) = item.post_counts() {
            let mut row = Vec::with_capacity(POST_COUNT_COLUMNS.len());
            row.extend([Arg::from(item.creator().as_str()), Arg::from(post), Arg::from(time)]);
            push_counts(&mut row, counts, source);
            row.push(Arg::from(version(place)));
            post_counts.push(row);
        }
        if let Some(counts) = item.account_counts() {
            let mut row = Vec::with_capacity(ACCOUNT_COUNT_COLUMNS.len());
            row.extend([Arg::from(item.creator().as_str()), Arg::from(time)]);
            push_counts(&mut row, counts, source);
            account_counts.push(row);
        }
    }
    tx.insert("posts", &POST_COLUMNS, added, Conflict::Fail).await?;
    tx.insert("posts", &POST_COLUMNS, replaced, Conflict::Replace { key: &["creator_id", "post_id"] }).await?;
    tx.insert("post_counts", &POST_COUNT_COLUMNS, post_counts, Conflict::Fail).await?;
    tx.insert("account_counts", &ACCOUNT_COUNT_COLUMNS, account_counts, Conflict::Fail).await?;
    Ok(())
}
