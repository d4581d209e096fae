//! Owns the index of creators: derived from the tables, rebuilt whenever it does not fit them. Never SQL, the wire or filters'
//! grammar.
//!
//! The place in the change log up to which the index has followed is committed together with the documents, so a crash
//! neither loses nor doubles a change. An index for other metrics is another folder; it is built while the one before
//! answers.

mod collect;
mod columns;
mod distribute;
mod erase;
mod explain;
mod facet;
mod pass;
mod plan;
mod query;
mod schema;
mod similar;
mod snapshot;
mod suggest;
#[cfg(test)]
mod tests;
mod text;
mod ties;
mod write;

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use serde::{Deserialize, Serialize};
use tantivy::{
    Index as Tantivy, IndexReader, IndexSettings, IndexSortByField, IndexWriter, ReloadPolicy, TantivyError, Term,
    indexer::IndexWriterOptions, tokenizer::TokenizerManager,
};
use thiserror::Error;

pub use self::{collect::Hit, columns::Memory, text::NAMES};
use self::{schema::IndexSchema, similar::Finder, snapshot::Snapshot, suggest::Suggester};
use crate::{
    distribution::{Buckets, Distribution},
    filter::{Field, Fields, Filter},
    model::CreatorRecord,
    order::{Order, Place},
    similarity::Rarity,
    words,
};

/// Memory for documents that are not committed, in bytes. The index needs 15 MB at least.
const WRITER_MEMORY: usize = 24_000_000;
/// The most values of a facet.
pub const MAX_FACET_VALUES: usize = 100;

/// What went wrong in the index.
#[derive(Debug, Error)]
pub enum IndexError {
    /// The engine.
    #[error("the index did not do as asked")]
    Engine(#[from] TantivyError),
    /// The folder.
    #[error("the folder of the index cannot be used")]
    Folder(#[from] io::Error),
}

impl IndexError {
    /// Whether the disk did not do as asked, e.g. has no room: what was not committed may be written later, after a
    /// [`Generation::roll_back`]. A writer that met it says only that a thread of it has ended, and some parts of the engine keep nothing
    /// of it but its words, in which the system's own errors have their number.
    pub fn is_of_disk(&self) -> bool {
        use TantivyError::{ErrorInThread, InternalError, IoError, OpenWriteError};
        match self {
            Self::Folder(_) | Self::Engine(IoError(_) | OpenWriteError(_) | ErrorInThread(_)) => true,
            Self::Engine(InternalError(told)) => told.contains("(os error "),
            Self::Engine(_) => false,
        }
    }
}

/// What is committed with the documents.
#[derive(Debug, Serialize, Deserialize)]
struct Commit {
    /// Changes up to this position are in the index.
    cursor: i64,
}

/// What creators are looked for.
#[derive(Debug, Clone)]
pub struct Search {
    /// Words to look for; may be empty.
    pub query: String,
    /// Whether the words are found only as they are written.
    pub exact: bool,
    /// What they must be.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// Only those behind this place.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: usize,
    /// Fields to count values of.
    pub facets: Vec<Field>,
    /// Whether nobody needs to know how many match. By followers, most first, and without facets, the search then ends as
    /// soon as it has found enough.
    pub skip_total: bool,
}

/// Creators that were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Results {
    /// In order.
    pub hits: Vec<Hit>,
    /// How many match, `after` and `limit` aside; none when it was not asked for.
    pub total: Option<u64>,
    /// One for each field asked for, in that order.
    pub facets: Vec<Facet>,
}

/// The values of one field among the creators that match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// The field.
    pub field: Field,
    /// At most [`MAX_FACET_VALUES`], the most frequent first.
    pub values: Vec<(String, u64)>,
    /// Creators that have none of these values.
    pub other: u64,
}

/// What one clause of a filter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// Creators that it keeps by itself.
    pub kept: u64,
    /// Creators that match when it alone is left out.
    pub without: u64,
}

/// One index: a schema, a folder, a writer.
pub struct Generation {
    schema: IndexSchema,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    memory: Memory,
    /// What reads see.
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Generation {
    /// Opens the index for these fields below a folder, or makes an empty one. Answers with the position up to which it has
    /// followed the log; none when it must be filled. Errors: the folder or the index in it cannot be used.
    pub fn open(folder: &Path, fields: Fields, memory: &Memory) -> Result<(Self, Option<i64>), IndexError> {
        let path = Self::path(folder, &fields);
        match Self::open_at(&path, fields.clone(), memory) {
            Err(IndexError::Engine(error)) if !matches!(error, TantivyError::LockFailure(..)) => {
                // What cannot be read is derived: it is made anew.
                tracing::warn!(%error, path = %path.display(), "the index cannot be read and is built anew");
                fs::remove_dir_all(&path)?;
                Self::open_at(&path, fields, memory)
            }
            opened => opened,
        }
    }

    fn path(folder: &Path, fields: &Fields) -> PathBuf {
        folder.join(IndexSchema::fingerprint(fields))
    }

    fn open_at(path: &Path, fields: Fields, memory: &Memory) -> Result<(Self, Option<i64>), IndexError> {
        fs::create_dir_all(path)?;
        let schema = IndexSchema::new(fields);
        let tokenizers = TokenizerManager::default();
        tokenizers.register(schema::WORDS, words::analyzer());
        let directory = tantivy::directory::MmapDirectory::open(path).map_err(TantivyError::from)?;
        let sorted = IndexSortByField { field: schema::RANK.to_owned(), order: tantivy::Order::Desc };
        let settings = IndexSettings { sort_by_field: Some(sorted), ..IndexSettings::default() };
        let builder = Tantivy::builder().schema(schema.schema.clone()).settings(settings);
        let mut index = builder.open_or_create(directory)?;
        index.set_tokenizers(tokenizers);
        let payload = index.load_metas()?.payload;
        let commit: Option<Commit> = payload.and_then(|text| serde_json::from_str(&text).ok());
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_MEMORY)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer = index.writer_with_options(options)?;
        // The engine numbers the first operation like the last commit, and a merge of what was committed would then leave
        // that operation out. This takes the number.
        writer.run([])?;
        let reader: IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let snapshot = RwLock::new(Arc::new(Snapshot::new(&schema, &index, reader.searcher(), None, memory)?));
        let generation = Self { schema, reader, writer: Mutex::new(writer), memory: memory.clone(), snapshot };
        Ok((generation, commit.map(|commit| commit.cursor)))
    }

    /// Removes the folders of other generations.
    pub fn remove_others(&self, folder: &Path) -> Result<(), IndexError> {
        let own = IndexSchema::fingerprint(&self.schema.fields);
        let names: HashSet<String> = HashSet::from([own]);
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if !names.contains(&entry.file_name().to_string_lossy().into_owned()) && entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// The fields that filters and orders may name.
    pub fn fields(&self) -> &Fields {
        &self.schema.fields
    }

    fn writer(&self) -> MutexGuard<'_, IndexWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was written and not committed.
    pub fn roll_back(&self) -> Result<(), IndexError> {
        let mut writer = self.writer();
        writer.rollback()?;
        // As when it is opened.
        writer.run([])?;
        Ok(())
    }

    /// Removes everything, also what was written and not committed; seen after the next commit.
    pub fn clear(&self) -> Result<(), IndexError> {
        let mut writer = self.writer();
        // The engine keeps what waits to be committed, and numbers what follows as if it were older.
        writer.rollback()?;
        writer.delete_all_documents()?;
        Ok(())
    }

    /// Takes the states of creators by name, none for one that is gone; seen after the next commit.
    pub fn write(&self, states: &[(String, Option<CreatorRecord>)]) -> Result<(), IndexError> {
        let writer = self.writer();
        for (name, state) in states {
            writer.delete_term(Term::from_field_text(self.schema.name, name));
            if let Some(record) = state {
                writer.add_document(write::document(&self.schema, record))?;
            }
        }
        Ok(())
    }

    /// Makes what was written durable and seen, together with the position that it belongs to. What reads used of other
    /// segments is made of new ones before they are seen.
    pub fn commit(&self, cursor: i64) -> Result<(), IndexError> {
        let mut writer = self.writer();
        let mut prepared = writer.prepare_commit()?;
        let payload = serde_json::to_string(&Commit { cursor }).map_err(io::Error::from)?;
        prepared.set_payload(&payload);
        prepared.commit()?;
        self.refresh(&writer)
    }

    /// Lets reads see what is committed. It is done under the writer's lock, so that an older state never follows a newer one.
    fn refresh(&self, writer: &IndexWriter) -> Result<(), IndexError> {
        self.reader.reload()?;
        let before = self.snapshot();
        let next = Snapshot::new(&self.schema, writer.index(), self.reader.searcher(), Some(&before), &self.memory)?;
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Finds creators.
    pub fn search(&self, search: &Search) -> Result<Results, IndexError> {
        let snapshot = self.snapshot();
        let text = text::looked_for(&self.schema, &snapshot.searcher, &search.query, search.exact)?;
        let found = pass::search(&self.schema, &snapshot, search, text.as_deref())?;
        let mut facets = Vec::with_capacity(search.facets.len());
        for field in &search.facets {
            facets.push(facet::count(&self.schema, &snapshot, &found.kept, field)?);
        }
        let total = Some(found.total).filter(|_| !search.skip_total);
        Ok(Results { hits: found.hits, total, facets })
    }

    /// Tells what each clause of a filter does.
    pub fn explain(&self, text: &str, exact: bool, filter: &Filter) -> Result<Vec<Effect>, IndexError> {
        let snapshot = self.snapshot();
        let text = text::looked_for(&self.schema, &snapshot.searcher, text, exact)?;
        Ok(explain::effects(&self.schema, &snapshot, filter, text.as_deref())?)
    }

    /// The names of creators that what was typed could become, the best first.
    pub fn suggest(&self, typed: &str, filter: &Filter, limit: usize) -> Result<Vec<String>, IndexError> {
        let snapshot = self.snapshot();
        let suggester = Suggester { schema: &self.schema, snapshot: &snapshot };
        Ok(suggester.suggest(typed, filter, limit)?)
    }

    /// The names of at most `limit` creators who may resemble one: others, who pass the filter.
    pub fn candidates(
        &self,
        creator: &CreatorRecord,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<String>, IndexError> {
        let snapshot = self.snapshot();
        let finder = Finder { schema: &self.schema, searcher: &snapshot.searcher };
        Ok(finder.candidates(creator, filter, limit)?)
    }

    /// Those of these creators, by their names, who pass the filter, in no order.
    pub fn keeping(&self, names: &[String], filter: &Filter) -> Result<Vec<String>, IndexError> {
        let snapshot = self.snapshot();
        let finder = Finder { schema: &self.schema, searcher: &snapshot.searcher };
        Ok(finder.keeping(names, filter)?)
    }

    /// Those of these creators, by their names, who are others than one and pass the filter, in no order.
    pub fn others_of(
        &self,
        names: &[String],
        creator: &CreatorRecord,
        filter: &Filter,
    ) -> Result<Vec<String>, IndexError> {
        let snapshot = self.snapshot();
        let finder = Finder { schema: &self.schema, searcher: &snapshot.searcher };
        Ok(finder.others_of(names, creator, filter)?)
    }

    /// How rare values of fields are among all creators.
    pub fn rarity(&self, values: impl IntoIterator<Item = (Field, String)>) -> Result<Rarity, IndexError> {
        let snapshot = self.snapshot();
        let finder = Finder { schema: &self.schema, searcher: &snapshot.searcher };
        Ok(finder.rarity(values)?)
    }

    /// Counts creators by platform and followers.
    pub fn distribution(&self, filter: &Filter, buckets: &Buckets) -> Result<Distribution, IndexError> {
        let snapshot = self.snapshot();
        let kept = pass::matching(&self.schema, &snapshot, filter, None)?;
        Ok(distribute::count(&self.schema, &snapshot, &kept, buckets)?)
    }
}

/// The index that answers now. Cheap to clone.
#[derive(Clone)]
pub struct Index(Arc<RwLock<Arc<Generation>>>);

impl Index {
    /// Begins with a generation.
    pub fn new(generation: Arc<Generation>) -> Self {
        Self(Arc::new(RwLock::new(generation)))
    }

    /// The generation that answers now.
    pub fn current(&self) -> Arc<Generation> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets another generation answer.
    pub fn replace(&self, generation: Arc<Generation>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = generation;
    }
}
