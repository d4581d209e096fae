//! Owns what creators' texts mean, as vectors in memory, and which are nearest to one. Never where vectors come from, or I/O.
//!
//! A vector is kept in whole numbers of one byte each; the cosine of two does not depend on their lengths, so no scale is kept.
//! The nearest are found by looking at all: a vector of 512 numbers costs about 0.6 KiB, and a pass reads each once.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use crate::model::Creator;

/// The most characters of a text that is given a meaning.
const LONGEST_TEXT: usize = 8_000;
/// What a vector costs beside its numbers, in bytes: its name twice, its length, its place.
const OVERHEAD: usize = 160;

/// What is said of a creator's subject: niches, hashtags, titles and bio, without the name; empty when nothing is.
pub fn text(creator: &Creator) -> String {
    let lists = [creator.niches.join(", "), creator.hashtags.join(", "), creator.recent_titles.join(". ")];
    let parts: Vec<&str> =
        lists.iter().map(String::as_str).chain([creator.bio.as_str()]).filter(|part| !part.trim().is_empty()).collect();
    parts.join(". ").chars().take(LONGEST_TEXT).collect()
}

/// A vector in whole numbers from -127 to 127, the largest of them 127 or -127; none for what has no length.
pub fn quantised(components: &[f32]) -> Option<Vec<u8>> {
    let largest = components.iter().fold(0.0f32, |largest, component| largest.max(component.abs()));
    if !largest.is_finite() || largest <= 0.0 {
        return None;
    }
    let scaled = components.iter().map(|component| (component / largest * 127.0).round() as i8);
    Some(scaled.map(i8::cast_unsigned).collect())
}

/// The vectors of all creators, of one model. Cheap to clone.
#[derive(Clone)]
pub struct Vectors(Arc<RwLock<Table>>);

struct Table {
    most_bytes: usize,
    model: String,
    dimensions: usize,
    rows: Vec<i8>,
    lengths: Vec<f32>,
    names: Vec<Arc<str>>,
    places: HashMap<Arc<str>, usize>,
}

impl Vectors {
    /// None yet, and never more than so many bytes.
    pub fn new(most_bytes: usize) -> Self {
        let (model, rows, lengths, names, places) = (String::new(), Vec::new(), Vec::new(), Vec::new(), HashMap::new());
        Self(Arc::new(RwLock::new(Table { most_bytes, model, dimensions: 0, rows, lengths, names, places })))
    }

    /// The model that the vectors are of; empty before the first.
    pub fn model(&self) -> String {
        self.read().model.clone()
    }

    /// Forgets all vectors and goes on with those of another model.
    pub fn begin(&self, model: &str) {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *table = Table {
            most_bytes: table.most_bytes,
            model: model.to_owned(),
            dimensions: 0,
            rows: Vec::new(),
            lengths: Vec::new(),
            names: Vec::new(),
            places: HashMap::new(),
        };
    }

    /// Sets the vectors of creators by id, in whole numbers; an empty one removes. Answers with how many had no room.
    pub fn set<'a>(&self, model: &str, vectors: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> usize {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if table.model != model {
            return 0;
        }
        vectors.into_iter().filter(|(id, vector)| !table.put(id, vector)).count()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.read().names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The vector of a creator, by its id.
    pub fn of(&self, id: &str) -> Option<Vec<u8>> {
        let table = self.read();
        let place = *table.places.get(id)?;
        Some(table.row(place).iter().map(|number| number.cast_unsigned()).collect())
    }

    /// The cosine of a vector with that of a creator, -1 to 1; none when the creator has none.
    pub fn nearness(&self, vector: &[u8], id: &str) -> Option<f64> {
        let table = self.read();
        let place = *table.places.get(id)?;
        let query = Query::new(vector).filter(|query| query.numbers.len() == table.dimensions)?;
        Some(f64::from(table.cosine(&query, place)))
    }

    /// At most `limit` creators, by id, whose vectors are nearest to one, with their cosines above 0; the nearest first, of
    /// equals by id.
    pub fn nearest(&self, vector: &[u8], limit: usize) -> Vec<(Arc<str>, f64)> {
        let table = self.read();
        let Some(query) = Query::new(vector).filter(|query| query.numbers.len() == table.dimensions) else {
            return Vec::new();
        };
        let all = (0..table.names.len()).map(|place| (table.cosine(&query, place), place));
        let mut near: Vec<(f32, usize)> = all.filter(|(cosine, _)| *cosine > 0.0).collect();
        let order = |left: &(f32, usize), right: &(f32, usize)| {
            right.0.total_cmp(&left.0).then_with(|| table.names[left.1].cmp(&table.names[right.1]))
        };
        if near.len() > limit && limit > 0 {
            near.select_nth_unstable_by(limit - 1, order);
        }
        near.truncate(limit);
        near.sort_unstable_by(order);
        near.into_iter().map(|(cosine, place)| (table.names[place].clone(), f64::from(cosine))).collect()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Table> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Query {
    numbers: Vec<i8>,
    length: f32,
}

impl Query {
    fn new(vector: &[u8]) -> Option<Self> {
        let numbers: Vec<i8> = vector.iter().map(|byte| byte.cast_signed()).collect();
        let length = length(&numbers);
        (length > 0.0).then_some(Self { numbers, length })
    }
}

fn dot(left: &[i8], right: &[i8]) -> i32 {
    left.iter().zip(right).map(|(left, right)| i32::from(*left) * i32::from(*right)).sum()
}

fn length(numbers: &[i8]) -> f32 {
    (dot(numbers, numbers) as f32).sqrt()
}

impl Table {
    fn row(&self, place: usize) -> &[i8] {
        &self.rows[place * self.dimensions..(place + 1) * self.dimensions]
    }

    fn cosine(&self, query: &Query, place: usize) -> f32 {
        dot(&query.numbers, self.row(place)) as f32 / (query.length * self.lengths[place])
    }

    /// False when there is no room for it.
    fn put(&mut self, id: &str, vector: &[u8]) -> bool {
        let numbers: Vec<i8> = vector.iter().map(|byte| byte.cast_signed()).collect();
        let length = length(&numbers);
        if length <= 0.0 {
            self.remove(id);
            return true;
        }
        if self.names.is_empty() {
            self.dimensions = numbers.len();
        }
        if numbers.len() != self.dimensions {
            return false;
        }
        if let Some(place) = self.places.get(id).copied() {
            let start = place * self.dimensions;
            self.rows[start..start + numbers.len()].copy_from_slice(&numbers);
            self.lengths[place] = length;
            return true;
        }
        if (self.names.len() + 1) * (self.dimensions + OVERHEAD) > self.most_bytes {
            return false;
        }
        let name: Arc<str> = id.into();
        self.places.insert(name.clone(), self.names.len());
        self.names.push(name);
        self.lengths.push(length);
        self.rows.extend(numbers);
        true
    }

    /// The last takes the place of the one that goes.
    fn remove(&mut self, id: &str) {
        let Some(place) = self.places.remove(id) else { return };
        let last = self.names.len() - 1;
        let start = last * self.dimensions;
        self.rows.copy_within(start..start + self.dimensions, place * self.dimensions);
        self.rows.truncate(start);
        self.names.swap_remove(place);
        self.lengths.swap_remove(place);
        if let Some(moved) = self.names.get(place) {
            self.places.insert(moved.clone(), place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(components: &[f32]) -> Vec<u8> {
        quantised(components).expect("a length")
    }

    #[test]
    fn the_nearest_come_first_whatever_their_lengths() {
        let vectors = Vectors::new(1 << 20);
        vectors.begin("m");
        let [east, north, both, west] =
            [[2.0, 0.0], [0.0, 0.1], [1.0, 1.0], [-1.0, 0.0]].map(|components| vector(&components));
        let all = [("east", &east), ("north", &north), ("both", &both), ("west", &west)];
        assert_eq!(vectors.set("m", all.map(|(id, vector)| (id, vector.as_slice()))), 0);
        let near = vectors.nearest(&vector(&[1.0, 0.1]), 10);
        assert_eq!(near.iter().map(|(id, _)| id.as_ref()).collect::<Vec<_>>(), ["east", "both", "north"]);
        let cosine = vectors.nearness(&vector(&[3.0, 3.0]), "east").expect("known");
        assert!((cosine - 0.5f64.sqrt()).abs() < 1e-6, "{cosine}");
        assert_eq!(vectors.nearest(&vector(&[1.0, 0.1]), 1).len(), 1);
        assert!(vectors.nearest(&vector(&[1.0, 0.1, 0.0]), 1).is_empty(), "of another model");
    }

    #[test]
    fn a_vector_that_goes_leaves_the_others_as_they_are() {
        let vectors = Vectors::new(1 << 20);
        vectors.begin("m");
        let [east, north] = [[1.0, 0.0], [0.0, 1.0]].map(|components| vector(&components));
        vectors.set("m", [("a", east.as_slice()), ("b", north.as_slice()), ("a", &[])]);
        assert_eq!((vectors.len(), vectors.of("a"), vectors.of("b")), (1, None, Some(north.clone())));
        assert_eq!(vectors.set("other", [("c", east.as_slice())]), 0);
        assert_eq!(vectors.len(), 1, "vectors of another model are not taken");
    }

    #[test]
    fn memory_is_bounded() {
        let vectors = Vectors::new(2 * (2 + OVERHEAD));
        vectors.begin("m");
        let east = vector(&[1.0, 0.0]);
        assert_eq!(vectors.set("m", ["a", "b", "c"].map(|id| (id, east.as_slice()))), 1);
        assert_eq!(vectors.len(), 2);
    }

    #[test]
    fn what_has_no_length_has_no_vector() {
        assert_eq!(quantised(&[0.0, 0.0]), None);
        assert_eq!(quantised(&[]), None);
        assert_eq!(quantised(&[f32::INFINITY]), None);
    }
}
