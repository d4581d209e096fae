//! Owns the search for the least value of a smooth function (limited-memory BFGS). Never which function.
//!
//! After Nocedal and Wright, Numerical Optimization, 2nd edition, algorithms 7.4 and 7.5; steps halve until the Armijo condition holds.

/// Pairs of steps and changes of the gradient that are remembered.
const MEMORY: usize = 8;
/// Share of the promised fall that a step has to bring.
const ARMIJO: f64 = 1e-4;
const MOST_HALVINGS: usize = 20;

struct Pair {
    step: Vec<f32>,
    change: Vec<f32>,
    product: f64,
}

fn dot(left: &[f32], right: &[f32]) -> f64 {
    left.iter().zip(right).map(|(left, right)| f64::from(*left) * f64::from(*right)).sum()
}

fn add(to: &mut [f32], factor: f64, direction: &[f32]) {
    to.iter_mut().zip(direction).for_each(|(to, by)| *to += (factor * f64::from(*by)) as f32);
}

/// Changes `point` so that `function` falls, at most `iterations` times. `function` answers with its value and writes its gradient.
pub(crate) fn minimise(
    point: &mut [f32],
    iterations: usize,
    mut function: impl FnMut(&[f32], &mut [f32]) -> f64,
) -> f64 {
    let mut gradient = vec![0.0; point.len()];
    let mut value = function(point, &mut gradient);
    let mut pairs: Vec<Pair> = Vec::new();
    for _ in 0..iterations {
        let direction = descent(&gradient, &pairs);
        let slope = dot(&gradient, &direction);
        if slope >= 0.0 {
            break;
        }
        let mut length = if pairs.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt() } else { 1.0 };
        let mut next_gradient = vec![0.0; point.len()];
        let mut next = point.to_vec();
        let mut next_value = f64::INFINITY;
        for _ in 0..MOST_HALVINGS {
            next.copy_from_slice(point);
            add(&mut next, length, &direction);
            next_value = function(&next, &mut next_gradient);
            if next_value <= value + ARMIJO * length * slope {
                break;
            }
            length /= 2.0;
        }
        if next_value >= value {
            break;
        }
        let mut step = next.clone();
        add(&mut step, -1.0, point);
        let mut change = next_gradient.clone();
        add(&mut change, -1.0, &gradient);
        let product = dot(&step, &change);
        if product > 1e-12 {
            if pairs.len() == MEMORY {
                pairs.remove(0);
            }
            pairs.push(Pair { step, change, product });
        }
        let done = (value - next_value) < 1e-8 * value.abs();
        point.copy_from_slice(&next);
        (value, gradient) = (next_value, next_gradient);
        if done {
            break;
        }
    }
    value
}

/// The direction of the two-loop recursion.
fn descent(gradient: &[f32], pairs: &[Pair]) -> Vec<f32> {
    let mut direction: Vec<f32> = gradient.iter().map(|slope| -slope).collect();
    let mut factors = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let factor = dot(&pair.step, &direction) / pair.product;
        add(&mut direction, -factor, &pair.change);
        factors.push(factor);
    }
    if let Some(last) = pairs.last() {
        let scale = (last.product / dot(&last.change, &last.change)) as f32;
        direction.iter_mut().for_each(|part| *part *= scale);
    }
    for (pair, factor) in pairs.iter().zip(factors.into_iter().rev()) {
        let back = dot(&pair.change, &direction) / pair.product;
        add(&mut direction, factor - back, &pair.step);
    }
    direction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_of_a_bent_valley_is_found() {
        // Rosenbrock's function; its least value, 0, lies at (1, 1).
        let mut point = [-1.2, 1.0];
        let value = minimise(&mut point, 200, |point, gradient| {
            let (x, y) = (f64::from(point[0]), f64::from(point[1]));
            gradient[0] = (-400.0 * x * (y - x * x) - 2.0 * (1.0 - x)) as f32;
            gradient[1] = (200.0 * (y - x * x)) as f32;
            100.0 * (y - x * x).powi(2) + (1.0 - x).powi(2)
        });
        assert!(value < 1e-6, "{value} at {point:?}");
        assert!((point[0] - 1.0).abs() < 0.01 && (point[1] - 1.0).abs() < 0.01, "{point:?}");
    }

    #[test]
    fn a_flat_place_is_left_alone() {
        let mut point = [3.0, 4.0];
        assert_eq!(
            minimise(&mut point, 10, |_, gradient| {
                gradient.fill(0.0);
                5.0
            }),
            5.0
        );
        assert_eq!(point, [3.0, 4.0]);
    }
}
