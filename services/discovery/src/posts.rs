//! Owns the index of posts: derived from what the metrics service tells, with the place in its log committed together with the
//! posts. Never posts that are not also there, and never what their creators are: that is asked of the creators' index.

mod collect;
mod document;
mod query;

use std::{
    collections::HashSet,
    fs, io,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use creatorscope_domain::CreatorId;
use creatorscope_proto::metrics::v1::PostState;
use serde::{Deserialize, Serialize};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term, directory::MmapDirectory,
    indexer::IndexWriterOptions, query::BooleanQuery, schema::Value as _, tokenizer::TokenizerManager,
};
use tokio::sync::watch;

use self::{collect::Top, document::Columns};
use crate::{
    filter::{Field, Fields, Filter},
    index::{Facet, IndexError, MAX_FACET_VALUES},
    order::{Order, Place},
    words,
};

/// Memory for documents that are not committed, in bytes.
const WRITER_MEMORY: usize = 24_000_000;

/// What is committed with the posts.
#[derive(Debug, Serialize, Deserialize)]
struct Commit {
    /// Changes of the metrics service up to this position are in the index.
    cursor: i64,
}

/// What posts are looked for.
#[derive(Debug, Clone)]
pub struct PostSearch {
    /// Words that all must be found; may be empty.
    pub query: String,
    /// What they must be.
    pub filter: Filter,
    /// Keys of the creators that count; none for all.
    pub creators: Option<Arc<HashSet<u64>>>,
    /// In which order.
    pub order: Order,
    /// Only those behind this place.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: usize,
    /// Fields to count values of.
    pub facets: Vec<Field>,
    /// Posts that expire up to this time, in microseconds since the epoch, are left out.
    pub now: i64,
}

/// Posts that were found.
#[derive(Debug, Default)]
pub struct PostResults {
    /// In order: each encoded as it came, with its place.
    pub posts: Vec<(Vec<u8>, Place)>,
    /// How many match.
    pub total: u64,
    /// One for each field asked for.
    pub facets: Vec<Facet>,
}

/// The index of posts.
pub struct PostIndex {
    columns: Columns,
    fields: Fields,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    shown: watch::Sender<i64>,
    /// Whether posts were removed since the last commit, and whether removed posts were committed since the last erasure.
    removing: AtomicBool,
    removed: AtomicBool,
}

impl PostIndex {
    /// Opens the index in a folder, or makes an empty one. Answers with the position up to which it has followed; none when it
    /// must be filled. Errors: the folder or the index in it cannot be used.
    pub fn open(folder: &Path) -> Result<(Self, Option<i64>), IndexError> {
        let path = folder.join(document::VERSION);
        match Self::open_at(&path) {
            Err(IndexError::Engine(error)) if !matches!(error, TantivyError::LockFailure(..)) => {
                tracing::warn!(%error, path = %path.display(), "the index of posts cannot be read and is built anew");
                fs::remove_dir_all(&path)?;
                Self::open_at(&path)
            }
            opened => opened,
        }
    }

    fn open_at(path: &Path) -> Result<(Self, Option<i64>), IndexError> {
        fs::create_dir_all(path)?;
        let columns = Columns::new();
        let tokenizers = TokenizerManager::default();
        tokenizers.register(document::WORDS, words::analyzer());
        let directory = MmapDirectory::open(path).map_err(TantivyError::from)?;
        let mut index = Index::open_or_create(directory, columns.schema.clone())?;
        index.set_tokenizers(tokenizers);
        let commit = index.load_metas()?.payload.and_then(|text| serde_json::from_str::<Commit>(&text).ok());
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_MEMORY)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer = index.writer_with_options(options)?;
        // As in the creators' index: the first operation would be numbered like the last commit.
        writer.run([])?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let cursor = commit.map(|commit| commit.cursor);
        let shown = watch::channel(cursor.unwrap_or(0)).0;
        Ok((
            Self {
                columns,
                fields: Fields::of_posts(),
                reader,
                writer: Mutex::new(writer),
                shown,
                removing: AtomicBool::default(),
                removed: AtomicBool::default(),
            },
            cursor,
        ))
    }

    /// The fields that filters and orders may name.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    fn writer(&self) -> MutexGuard<'_, IndexWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was written and not committed.
    pub fn roll_back(&self) -> Result<(), IndexError> {
        let mut writer = self.writer();
        writer.rollback()?;
        writer.run([])?;
        Ok(())
    }

    /// Removes everything; seen after the next commit.
    pub fn clear(&self) -> Result<(), IndexError> {
        let mut writer = self.writer();
        writer.rollback()?;
        writer.delete_all_documents()?;
        Ok(())
    }

    /// Takes posts of a creator as they are now, and removes those that are no longer known.
    pub fn write(&self, creator: &CreatorId, posts: &[PostState], removed: &[String]) -> Result<(), IndexError> {
        let writer = self.writer();
        if !removed.is_empty() {
            self.removing.store(true, Ordering::SeqCst);
        }
        for name in removed {
            writer.delete_term(Term::from_field_text(self.columns.name, name));
        }
        for state in posts {
            let Some(post) = &state.post else { continue };
            writer.delete_term(Term::from_field_text(self.columns.name, &post.name));
            writer.add_document(self.columns.document(creator, post, state))?;
        }
        Ok(())
    }

    /// Removes all posts of a creator.
    pub fn remove(&self, creator: &CreatorId) {
        self.writer().delete_term(Term::from_field_text(self.columns.creator, &creator.name()));
        self.removing.store(true, Ordering::SeqCst);
    }

    /// Makes what was written durable and seen, together with the position that it belongs to.
    pub fn commit(&self, cursor: i64) -> Result<(), IndexError> {
        let mut writer = self.writer();
        let mut prepared = writer.prepare_commit()?;
        prepared.set_payload(&serde_json::to_string(&Commit { cursor }).map_err(io::Error::from)?);
        prepared.commit()?;
        drop(writer);
        self.reader.reload()?;
        if self.removing.swap(false, Ordering::SeqCst) {
            self.removed.store(true, Ordering::SeqCst);
        }
        self.shown.send_replace(cursor);
        Ok(())
    }

    /// Waits until the index shows the changes of the metrics service up to a position.
    pub async fn reach(&self, position: i64) {
        // The sender lives as long as this borrow, so the wait cannot end otherwise.
        _ = self.shown.subscribe().wait_for(|shown| *shown >= position).await;
    }

    /// Whether posts that were removed may still lie on the disk; asking answers for what was removed before.
    pub fn has_removed(&self) -> bool {
        self.removed.swap(false, Ordering::SeqCst)
    }

    /// Rewrites all segments that hold deleted posts, and removes the old files. Answers with how many were rewritten.
    pub fn erase(&self) -> Result<usize, IndexError> {
        self.reader.reload()?;
        let searcher = self.reader.searcher();
        let stale: Vec<_> =
            searcher.segment_readers().iter().filter(|segment| segment.num_deleted_docs() > 0).collect();
        for segment in &stale {
            let merge = self.writer().merge(&[segment.segment_id()]);
            merge.wait()?;
        }
        let count = stale.len();
        drop(searcher);
        self.reader.reload()?;
        let collected = self.writer().garbage_collect_files();
        collected.wait()?;
        Ok(count)
    }

    /// Finds posts.
    pub fn search(&self, search: &PostSearch) -> Result<PostResults, IndexError> {
        let searcher = self.reader.searcher();
        let matching = query::matching(&self.columns, &search.query, &search.filter);
        let top = Top {
            order: search.order.clone(),
            columns: search.order.keys.iter().map(|key| self.columns.of_key(&key.by)).collect(),
            after: search.after.as_ref().map(collect::rank),
            limit: search.limit,
            facets: search.facets.iter().map(|field| field.name().to_owned()).collect(),
            creators: search.creators.clone(),
            now: search.now,
        };
        let found = searcher.search(&matching, &top)?;
        let mut facets = Vec::with_capacity(search.facets.len());
        for (field, (counts, valueless)) in search.facets.iter().zip(found.facets) {
            let mut values: Vec<(String, u64)> = counts.into_iter().collect();
            values.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
            let mut other = valueless;
            if values.len() > MAX_FACET_VALUES {
                values.truncate(MAX_FACET_VALUES);
                let any = query::any_term(&self.columns, field, values.iter().map(|(value, _)| value.as_str()));
                let both = BooleanQuery::intersection(vec![matching.box_clone(), any]);
                let counting = Top { limit: 0, facets: Vec::new(), ..top.clone() };
                other = found.total - searcher.search(&both, &counting)?.total;
            }
            facets.push(Facet { field: field.clone(), values, other });
        }
        let mut posts = Vec::with_capacity(found.first.len());
        for (rank, address) in found.first {
            let document: TantivyDocument = searcher.doc(address)?;
            let encoded = document.get_first(self.columns.state).and_then(|value| value.as_bytes().map(<[u8]>::to_vec));
            posts.push((encoded.unwrap_or_default(), collect::place(&rank)));
        }
        Ok(PostResults { posts, total: found.total, facets })
    }
}
