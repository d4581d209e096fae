//! Owns how good an order of creators is, and the order that words alone give. Never a vector.

use std::collections::HashMap;

/// A creator as the measure sees one.
pub(crate) struct Creator {
    /// The YouTube category of most videos.
    pub(crate) category: u32,
    /// What was written.
    pub(crate) text: String,
}

/// Creators of whom those of one category are right.
pub(crate) struct Ranking<'a> {
    pub(crate) creators: &'a [Creator],
    pub(crate) category: u32,
}

const TOP: usize = 10;

impl Ranking<'_> {
    fn right(&self) -> usize {
        self.creators.iter().filter(|creator| creator.category == self.category).count()
    }

    /// Normalised discounted cumulative gain of the ten with the highest scores (Järvelin and Kekäläinen, 2002): gain 1, discount log2(rank + 1).
    pub(crate) fn ndcg(&self, scores: &[f32]) -> f64 {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]).then(one.cmp(other)));
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let right = |at: &usize| self.creators[*at].category == self.category && scores[*at] != 0.0;
        let found: f64 =
            order.iter().take(TOP).enumerate().filter(|(_, at)| right(at)).map(|(rank, _)| gain(rank)).sum();
        found / (0..self.right().min(TOP)).map(gain).sum::<f64>()
    }

    /// What an order without any knowledge reaches on average.
    pub(crate) fn expected_at_random(&self) -> f64 {
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let share = self.right() as f64 / self.creators.len() as f64;
        share * (0..TOP).map(gain).sum::<f64>() / (0..self.right().min(TOP)).map(gain).sum::<f64>()
    }
}

/// Okapi BM25, k1 = 1.2, b = .75 (Robertson and Zaragoza, 2009), over words of letters and digits.
pub(crate) fn bm25(query: &str, texts: &[&str]) -> Vec<f32> {
    let words = |text: &str| {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let texts: Vec<Vec<String>> = texts.iter().map(|text| words(text)).collect();
    let average = texts.iter().map(Vec::len).sum::<usize>() as f32 / texts.len() as f32;
    let mut holders: HashMap<String, f32> = HashMap::new();
    let query = words(query);
    for word in &query {
        holders.insert(word.clone(), texts.iter().filter(|text| text.contains(word)).count() as f32);
    }
    let score = |text: &Vec<String>| {
        let each = query.iter().map(|word| {
            let times = text.iter().filter(|other| *other == word).count() as f32;
            let rare = ((texts.len() as f32 - holders[word] + 0.5) / (holders[word] + 0.5) + 1.0).ln();
            rare * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * text.len() as f32 / average))
        });
        each.sum()
    };
    texts.iter().map(score).collect()
}
