//! Owns which creators may resemble one, and how many have each value. Never how similar they are.
//!
//! Values that few have are looked up together, the rarest first, until [`MOST_POSTINGS`] creators have them; those with the
//! highest sum of rarity are candidates. Values that many have (a niche of a million creators) are only looked up together
//! with others of the same creator, the most demanding combination first, and no more of these creators are taken than are
//! wanted. So the work is bounded, however many creators there are.

use std::collections::HashMap;

use tantivy::{
    DocSet, Score, Searcher, TERMINATED, Term,
    collector::TopDocs,
    query::{BooleanQuery, ConstScoreQuery, EnableScoring, Occur, Query, TermSetQuery},
};

use super::{
    query::{Boxed, expression, matching, term},
    schema::IndexSchema,
    suggest::name_of,
};
use crate::{
    facts,
    filter::{Field, Filter},
    model::CreatorRecord,
    similarity::{LISTS, Rarity},
};

/// Creators with values of the one that are looked at, over all its values.
const MOST_POSTINGS: u64 = 200_000;
/// The most values that are looked up together.
const MOST_VALUES: usize = 64;

/// Finds candidates.
pub(super) struct Finder<'a> {
    pub(super) schema: &'a IndexSchema,
    pub(super) searcher: &'a Searcher,
}

impl Finder<'_> {
    /// How rare values are.
    pub(super) fn rarity(&self, values: impl IntoIterator<Item = (Field, String)>) -> tantivy::Result<Rarity> {
        let mut counts = HashMap::new();
        for (field, value) in values {
            if !counts.contains_key(&(field.clone(), value.clone())) {
                let count = self.count(&field, &value)?;
                counts.insert((field, value), count);
            }
        }
        Ok(Rarity::new(self.searcher.num_docs(), counts))
    }

    fn count(&self, field: &Field, value: &str) -> tantivy::Result<u64> {
        let Some(column) = self.schema.terms(field) else { return Ok(0) };
        self.searcher.doc_freq(&Term::from_field_text(column, value))
    }

    /// The names of at most `limit` creators who share something with this one and pass the filter. The creator itself and
    /// other accounts of the person are not among them.
    pub(super) fn candidates(
        &self,
        creator: &CreatorRecord,
        filter: &Filter,
        limit: usize,
    ) -> tantivy::Result<Vec<String>> {
        let mut values = Vec::new();
        for (field, weight) in &LISTS {
            for value in facts::terms(creator, field) {
                let count = self.count(field, &value)?;
                values.push((count, field.clone(), value, *weight));
            }
        }
        values.sort_by_key(|(count, ..)| *count);
        let rarity = self.rarity(values.iter().map(|(_, field, value, _)| (field.clone(), value.clone())))?;
        let mut postings = 0;
        let (mut rare, mut common): (Vec<(Occur, Boxed)>, Vec<Boxed>) = (Vec::new(), Vec::new());
        for (count, field, value, weight) in &values {
            let Some(found) = self.schema.terms(field).map(|column| term(column, value)) else { continue };
            postings += count;
            if postings <= MOST_POSTINGS && rare.len() < MOST_VALUES {
                let weight = (weight * rarity.of(field, value)) as Score;
                rare.push((Occur::Should, Box::new(ConstScoreQuery::new(found, weight))));
            } else {
                common.push(found);
            }
        }
        let mut names = Vec::with_capacity(limit);
        if !rare.is_empty() {
            let any: Boxed = Box::new(BooleanQuery::new(rare));
            let best = self
                .searcher
                .search(&self.others(any, creator, filter), &TopDocs::with_limit(limit).order_by_score())?;
            for (_, address) in best {
                names.push(name_of(self.searcher.segment_reader(address.segment_ord), address.doc_id)?);
            }
        }
        let alike = [Field::Country, Field::Tier];
        let alike =
            alike.iter().flat_map(|field| facts::terms(creator, field).into_iter().map(move |value| (field, value)));
        common.extend(alike.filter_map(|(field, value)| Some(term(self.schema.terms(field)?, &value))));
        // All of them, then without the last, and so on: the rarest stay longest.
        while !common.is_empty() && names.len() < limit {
            let all: Boxed = Box::new(BooleanQuery::intersection(common.iter().map(|part| part.box_clone()).collect()));
            self.add_first(&mut names, &self.others(all, creator, filter), limit)?;
            common.pop();
        }
        Ok(names)
    }

    /// Those of these creators who pass the filter.
    pub(super) fn keeping(&self, names: &[String], filter: &Filter) -> tantivy::Result<Vec<String>> {
        let terms = names.iter().map(|name| Term::from_field_text(self.schema.name, name));
        let any: Boxed = Box::new(TermSetQuery::new(terms));
        let mut found = Vec::new();
        self.add_first(&mut found, &matching(self.schema, Some(&any), filter), names.len())?;
        Ok(found)
    }

    /// Those of these creators who are other people than one and pass the filter.
    pub(super) fn others_of(
        &self,
        names: &[String],
        creator: &CreatorRecord,
        filter: &Filter,
    ) -> tantivy::Result<Vec<String>> {
        let terms = names.iter().map(|name| Term::from_field_text(self.schema.name, name));
        let any: Boxed = Box::new(TermSetQuery::new(terms));
        let mut found = Vec::new();
        self.add_first(&mut found, &self.others(any, creator, filter), names.len())?;
        Ok(found)
    }

    /// Those of them that are other people and pass the filter.
    fn others(&self, found: Boxed, creator: &CreatorRecord, filter: &Filter) -> BooleanQuery {
        let mut parts = vec![(Occur::Must, found)];
        for clause in &filter.clauses {
            let kept = ConstScoreQuery::new(expression(self.schema, &clause.expression), 0.0);
            parts.push((Occur::Must, Box::new(kept)));
        }
        parts.push((Occur::MustNot, term(self.schema.name, &creator.creator.id.name())));
        let person = self.schema.terms(&Field::Person).zip(facts::terms(creator, &Field::Person).pop());
        parts.extend(person.map(|(column, person)| (Occur::MustNot, term(column, &person))));
        BooleanQuery::new(parts)
    }

    /// Adds the first that a query finds.
    fn add_first(&self, names: &mut Vec<String>, query: &dyn Query, limit: usize) -> tantivy::Result<()> {
        let weight = query.weight(EnableScoring::disabled_from_searcher(self.searcher))?;
        for segment in self.searcher.segment_readers() {
            let mut documents = weight.scorer(segment, 1.0)?;
            let alive = segment.alive_bitset();
            let mut taken = 0;
            while documents.doc() != TERMINATED && names.len() < limit && taken < limit {
                let document = documents.doc();
                documents.advance();
                taken += 1;
                if alive.is_some_and(|alive| !alive.is_alive(document)) {
                    continue;
                }
                let name = name_of(segment, document)?;
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Ok(())
    }
}
