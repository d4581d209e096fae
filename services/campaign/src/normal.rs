//! Owns the normal distribution: its sum, its quantiles, and points that stand for it. Never a use of it.

/// Sums are taken at this many points.
pub const NODES: usize = 33;

/// `P(Z ≤ z)` of the standard normal distribution, to 1e-7: Abramowitz & Stegun, *Handbook of Mathematical Functions*,
/// 26.2.17.
pub fn cumulative(z: f64) -> f64 {
    if z.is_nan() {
        return 0.5;
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series =
        t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt() * series;
    if z < 0.0 { tail } else { 1.0 - tail }
}

/// The `z` with `P(Z ≤ z) = probability`, by halving, to 1e-9; −8 and 8 stand for what lies further out.
pub fn quantile(probability: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if cumulative(middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Points −4, −3.75, … 4 with weights that sum to 1: sums over them stand for means over the standard normal
/// distribution.
pub fn nodes() -> [(f64, f64); NODES] {
    let mut nodes = std::array::from_fn(|index| {
        let z = -4.0 + 0.25 * index as f64;
        (z, (-0.5 * z * z).exp())
    });
    let total: f64 = nodes.iter().map(|(_, weight)| weight).sum();
    for node in &mut nodes {
        node.1 /= total;
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_the_normal_distribution_are_met() {
        for (z, probability) in [(0.0, 0.5), (1.0, 0.841_344_746), (-1.281_551_566, 0.1), (2.326_347_874, 0.99)] {
            assert!((cumulative(z) - probability).abs() < 1e-6);
            assert!((quantile(probability) - z).abs() < 1e-5);
        }
        assert!(quantile(0.0) <= -4.0 && quantile(1.0) >= 4.0);
    }

    #[test]
    fn points_have_the_mean_and_spread_of_what_they_stand_for() {
        let moment = |power| nodes().iter().map(|(z, weight)| weight * z.powi(power)).sum::<f64>();
        assert!((moment(0) - 1.0).abs() < 1e-12 && moment(1).abs() < 1e-12);
        assert!((moment(2) - 1.0).abs() < 2e-3, "{}", moment(2));
    }
}
