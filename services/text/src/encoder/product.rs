//! Owns products of matrices of whole numbers of 8 bits, as fast as the processor has instructions for. Never what the matrices mean.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp as _;
use rten_tensor::NdTensorView;
use rten_vecmath::{ExtendInit as _, MinMax, Quantize};

/// The instructions that this processor has. Cheap to make, and shared by threads but never sent to one: each call makes its own.
pub(crate) struct Engine {
    /// The largest value of an activation: some kernels add two products in 16 bits, which have room for 7 bits a value.
    top: u8,
}

impl Engine {
    pub(crate) fn new() -> Self {
        let top = if GemmExecutor::<u8, i8, i32>::new().may_saturate() { 127 } else { 255 };
        Self { top }
    }

    /// The kernels for these instructions. They cannot be handed to another thread, and are found anew for next to nothing.
    fn gemm(&self) -> GemmExecutor<u8, i8, i32> {
        GemmExecutor::new()
    }
}

/// Rows of activations as whole numbers: `value = (number - zero) * scale`, each row with a zero and a scale of its own.
#[derive(Debug, Default)]
pub(crate) struct Activations {
    pub numbers: Vec<u8>,
    pub zeros: Vec<u8>,
    pub scales: Vec<f32>,
}

impl Activations {
    /// Forgets all rows.
    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
        self.zeros.clear();
        self.scales.clear();
    }

    /// Holds rows of `width` floats, rounded, instead of what it held.
    pub(crate) fn round(&mut self, engine: &Engine, rows: &[f32], width: usize) {
        let top = f32::from(engine.top);
        self.clear();
        self.numbers.reserve(rows.len());
        for row in rows.chunks_exact(width) {
            let (low, high) = MinMax::new(row).dispatch();
            let (low, high) = (low.min(0.0), high.max(0.0));
            let scale = ((high - low) / top).max(f32::MIN_POSITIVE);
            let zero = (-low / scale).round().min(top) as u8;
            self.zeros.push(zero);
            self.scales.push(scale);
            self.numbers.extend_init(|spare| Quantize::new(row, &mut spare[..width], scale.recip(), zero).dispatch());
        }
    }
}

/// Weights of 8 bits with one scale for each output, and what is added to each output.
pub(crate) struct Weights {
    packed: PackedBMatrix<i8>,
    scales: Vec<f32>,
    bias: Vec<f32>,
    /// The sum of the rounded weights of each output: a zero of the activations adds this many times itself.
    whole_sums: Vec<i32>,
}

impl Weights {
    /// Rounds the weights of each output to 8 bits; `rows` holds them output after output.
    pub(crate) fn new(engine: &Engine, rows: &[f32], inputs: usize, bias: Vec<f32>) -> Self {
        let mut numbers = Vec::with_capacity(rows.len());
        let mut scales = Vec::with_capacity(bias.len());
        for row in rows.chunks_exact(inputs) {
            let highest = row.iter().fold(0.0_f32, |highest, weight| highest.max(weight.abs()));
            let scale = (highest / 127.0).max(f32::MIN_POSITIVE);
            numbers.extend(row.iter().map(|weight| (weight / scale).round() as i8));
            scales.push(scale);
        }
        let sum = |row: &[i8]| row.iter().map(|number| i32::from(*number)).sum();
        let whole_sums = numbers.chunks_exact(inputs).map(sum).collect();
        let view = NdTensorView::from_data([scales.len(), inputs], numbers.as_slice());
        Self { packed: engine.gemm().prepack_b(view.transposed()), scales, bias, whole_sums }
    }

    /// The same, from weights that lie input after input.
    pub(crate) fn from_columns(engine: &Engine, columns: &[f32], inputs: usize, bias: Vec<f32>) -> Self {
        let outputs = columns.len() / inputs;
        let rows: Vec<f32> =
            (0..outputs).flat_map(|output| columns.iter().skip(output).step_by(outputs).copied()).collect();
        Self::new(engine, &rows, inputs, bias)
    }

    pub(crate) fn inputs(&self) -> usize {
        self.packed.rows()
    }

    pub(crate) fn outputs(&self) -> usize {
        self.scales.len()
    }

    /// What each output grows by when every input grows by 1.
    pub(crate) fn slopes(&self) -> Vec<f32> {
        self.scales.iter().zip(&self.whole_sums).map(|(scale, sum)| scale * *sum as f32).collect()
    }

    /// Writes a row of outputs for each row of activations to `out`, using `whole` for the sums on the way.
    pub(crate) fn apply(&self, engine: &Engine, rows: &Activations, whole: &mut Vec<i32>, out: &mut Vec<f32>) {
        let count = rows.scales.len();
        whole.resize(count * self.outputs(), 0);
        out.resize(count * self.outputs(), 0.0);
        let view = NdTensorView::from_data([count, self.inputs()], rows.numbers.as_slice());
        engine
            .gemm()
            .gemm(whole, GemmInputA::Unpacked(view), GemmInputB::Packed(&self.packed), GemmOptions::default())
            .expect("weights and activations are of one shape, and this engine packed the weights");
        let lines = whole.chunks_exact(self.outputs()).zip(out.chunks_exact_mut(self.outputs()));
        // The zeros are taken off here: rten-gemm 0.27 takes them off wrongly where there are more than 1024 inputs.
        for ((whole, out), (scale, zero)) in lines.zip(rows.scales.iter().zip(&rows.zeros)) {
            let columns = self.scales.iter().zip(&self.bias).zip(&self.whole_sums);
            for ((whole, out), ((column, bias), sum)) in whole.iter().zip(out).zip(columns) {
                *out = (whole - i32::from(*zero) * sum) as f32 * (scale * column) + bias;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_of_rounded_numbers_is_close_to_the_product() {
        let engine = Engine::new();
        for (count, inputs, outputs) in [(1, 64, 32), (7, 384, 1152), (33, 1280, 512), (100, 1536, 384)] {
            let number = |seed: usize| ((seed * 7919 + 13) % 1009) as f32 / 1009.0 - 0.3;
            let rows: Vec<f32> =
                (0..count * inputs).map(|at| number(at) + (at / inputs % 5) as f32 / 4.0 - 0.4).collect();
            let weights: Vec<f32> = (0..outputs * inputs).map(|at| number(at * 31)).collect();
            let bias: Vec<f32> = (0..outputs).map(number).collect();
            let (mut rounded, mut out) = (Activations::default(), Vec::new());
            rounded.round(&engine, &rows, inputs);
            Weights::new(&engine, &weights, inputs, bias.clone()).apply(&engine, &rounded, &mut Vec::new(), &mut out);
            for row in 0..count {
                for output in 0..outputs {
                    let pairs = rows[row * inputs..].iter().zip(&weights[output * inputs..]).take(inputs);
                    let exact = bias[output] + pairs.map(|(one, other)| one * other).sum::<f32>();
                    let found = out[row * outputs + output];
                    assert!(
                        (found - exact).abs() < 0.3,
                        "{count}x{inputs}x{outputs} at {row}, {output}: {found} for {exact}"
                    );
                }
            }
        }
    }
}
