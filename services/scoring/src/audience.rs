//! Owns what follows from who comments: how audiences overlap, and in what else they are interested. Never where it comes from.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use crate::model::{Commenters, SKETCH_SIZE};

/// The fewest commenters of either creator that give an overlap.
pub const MIN_COMMENTERS: i64 = 20;
/// The fewest shared commenters that make an interest.
pub const MIN_SHARED: i64 = 5;

/// A share with the range that holds it in 90 % of cases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// 0 to 1.
    pub value: f64,
    /// The lower end, 0 to `value`.
    pub low: f64,
    /// The upper end, `value` to 1.
    pub high: f64,
}

/// How much two audiences overlap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Commenters of both in those of either.
    pub jaccard: Share,
    /// The share of the first one's that are also the second one's.
    pub of_first: Share,
    /// The share of the second one's that are also the first one's.
    pub of_second: Share,
    /// Hashes that were compared.
    pub compared: usize,
    /// Whether all commenters were compared: no estimate then.
    pub exact: bool,
}

/// The overlap of two audiences from their sketches; none when one has no commenter. Sketches that hold all their authors are
/// compared exactly; otherwise the k smallest hashes of the union are a random sample of it, whose share in both is the Jaccard
/// index J (A. Broder, On the resemblance and containment of documents, 1997), with the binomial error of k (Wilson, 90 %). The
/// exact numbers of authors turn J into the shared authors, `J / (1 + J) * (|A| + |B|)`, and these into the containments.
pub fn overlap(first: &Commenters, second: &Commenters) -> Option<Overlap> {
    if first.smallest.is_empty() || second.smallest.is_empty() {
        return None;
    }
    let exact = is_complete(first) && is_complete(second);
    let limit = match (is_complete(first), is_complete(second)) {
        (true, true) => usize::MAX,
        (true, false) => second.smallest.len(),
        (false, true) => first.smallest.len(),
        (false, false) => first.smallest.len().min(second.smallest.len()),
    };
    let (shared, compared) = merge(&first.smallest, &second.smallest, limit);
    let jaccard = if exact { certain(shared as f64 / compared as f64) } else { wilson(shared, compared) };
    let (a, b) = (first.authors.max(1) as f64, second.authors.max(1) as f64);
    let of = |size: f64| {
        if exact {
            return certain(shared as f64 / size);
        }
        let contained = |j: f64| (j / (1.0 + j) * (a + b) / size).min(1.0);
        Share { value: contained(jaccard.value), low: contained(jaccard.low), high: contained(jaccard.high) }
    };
    Some(Overlap { jaccard, of_first: of(a), of_second: of(b), compared, exact })
}

/// How many times more of the creator's commenters comment in a niche than commenters in general do: `(shared / mine) / (niche /
/// all)`. None with fewer than [`MIN_SHARED`] shared commenters or without a base.
pub fn lift(shared: i64, mine: i64, niche: i64, all: i64) -> Option<f64> {
    let known = shared >= MIN_SHARED && mine > 0 && niche > 0 && all > 0;
    known.then(|| (shared as f64 / mine as f64) / (niche as f64 / all as f64))
}

fn is_complete(commenters: &Commenters) -> bool {
    commenters.smallest.len() < SKETCH_SIZE || commenters.authors <= commenters.smallest.len() as i64
}

/// Of the `limit` smallest hashes of the union: how many are in both, and how many there are.
fn merge(first: &[i64], second: &[i64], limit: usize) -> (usize, usize) {
    let (mut a, mut b, mut shared, mut seen) = (0, 0, 0, 0);
    while seen < limit && (a < first.len() || b < second.len()) {
        let order = match (first.get(a), second.get(b)) {
            (Some(one), Some(other)) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        a += usize::from(order.is_le());
        b += usize::from(order.is_ge());
        shared += usize::from(order.is_eq());
        seen += 1;
    }
    (shared, seen)
}

fn certain(value: f64) -> Share {
    Share { value, low: value, high: value }
}

/// The share of `hits` in `n` with Wilson's interval of 90 %.
fn wilson(hits: usize, n: usize) -> Share {
    const Z: f64 = 1.645;
    let (n, value) = (n as f64, hits as f64 / n as f64);
    let (centre, scale) = (value + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    let half = Z * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
    let (low, high) = (((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0));
    Share { value, low: low.min(value), high: high.max(value) }
}
