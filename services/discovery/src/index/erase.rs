//! Owns letting deleted documents go from the files of the index. Never which are deleted.
//!
//! The engine only marks a document as deleted; its terms stay in the segment's files until the segment is merged, which may
//! never come for a large one.

use tantivy::{SegmentReader, Term, schema::IndexRecordOption};

use super::{Generation, IndexError};

impl Generation {
    /// Rewrites the segments that hold deleted documents of these creators (`creators/{creator}`), or, for none, all that hold
    /// any deleted document, and removes the old files. Answers with how many were rewritten. Errors: the engine's, also when a
    /// merge of its own was in the way; try again.
    pub fn erase(&self, names: Option<&[String]>) -> Result<usize, IndexError> {
        self.refresh(&self.writer())?;
        let mut stale = Vec::new();
        for segment in self.snapshot().searcher.segment_readers() {
            if segment.num_deleted_docs() > 0 && self.holds(segment, names)? {
                stale.push(segment.segment_id());
            }
        }
        for segment in &stale {
            // The lock is held to begin only: writing goes on meanwhile.
            let merge = self.writer().merge(&[*segment]);
            merge.wait()?;
        }
        // What reads hold open, the files of the old segments included, is let go by this.
        self.refresh(&self.writer())?;
        let collected = self.writer().garbage_collect_files();
        collected.wait()?;
        Ok(stale.len())
    }

    fn holds(&self, segment: &SegmentReader, names: Option<&[String]>) -> Result<bool, IndexError> {
        let Some(names) = names else { return Ok(true) };
        let terms = segment.inverted_index(self.schema.name)?;
        for name in names {
            let term = Term::from_field_text(self.schema.name, name);
            if terms.read_postings(&term, IndexRecordOption::Basic).map_err(IndexError::from)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
