//! Operators by themselves, on the shapes of real models.

use crate::{
    candle,
    table::{Machine, Row},
    timing, weights,
};
use eyre::Result;
use opml_engine::{Cpu, Engine, ModelFile};
use opml_kernels::{Channel, Output};
use opml_tensor::{
    ConvSpec, DenseSpec, FinishSpec, Header, Operand, ProductKind, ProductSpec, Record, ValuesSpec,
    WindowSpec, condition,
    layout::{ACTIVATIONS, WEIGHTS},
};
use std::{hint::black_box, sync::Arc, time::Duration};

/// Multiply-adds per round: some milliseconds, so that a busy machine leaves some rounds alone.
const WORK: u64 = 1 << 32;
/// Bytes of weights per round where there is little else.
const BYTES: u64 = 1 << 26;
/// Bytes of weights that take turns where none may be in the caches of the cores when it is read.
const COLD: u64 = 96 << 20;

/// What is multiplied.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// f32 rows and panels, beside candle.
    F32,
    /// f32 rows, quantised on the way, by Q8_0, beside candle.
    Q8_0,
    /// s8 rows and panels, beside the machine's multipliers.
    S8,
    /// A 3×3 convolution of `K / 9` channels in f32, on a square of `M` pixels, beside the machine's multipliers.
    ConvF32,
    /// The same in s8.
    ConvS8,
    /// Q8_0 as above, by weights that no cache of a core holds, as those of a model, beside the same weights again and again.
    Cold,
    /// Q8_0 as above, with the roots that a claim takes, beside the same without.
    Claim,
}

/// One comparison.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    pub(crate) name: String,
    kind: Kind,
    /// Rows M, columns N, terms K.
    dims: [u32; 3],
}

/// All comparisons.
pub(crate) fn all() -> Vec<Operator> {
    // One row is decoding, 256 rows are a prompt.
    let llama = [
        [768, 768],
        [2048, 768],
        [768, 2048],
        [2048, 2048],
        [5632, 2048],
        [2048, 5632],
        [32_000, 2048],
    ];
    let mut operators = Vec::new();
    for rows in [1, 256] {
        for [columns, terms] in
            llama.into_iter().filter(|[columns, _]| rows == 1 || *columns < 32_000)
        {
            for (kind, name) in [(Kind::F32, "f32"), (Kind::Q8_0, "q8_0")] {
                let name = format!("{name} {rows}x{columns}x{terms}");
                operators.push(Operator { name, kind, dims: [rows, columns, terms] });
            }
        }
    }
    // A prompt goes by in blocks of 128 positions.
    for [columns, terms] in llama.into_iter().filter(|[columns, _]| *columns < 32_000) {
        operators.push(Operator {
            name: format!("q8_0 128x{columns}x{terms}, cold"),
            kind: Kind::Cold,
            dims: [128, columns, terms],
        });
    }
    for dims in [[256, 1024, 1024], [1024, 4096, 1024]] {
        let [rows, columns, terms] = dims;
        operators.push(Operator {
            name: format!("s8 {rows}x{columns}x{terms}"),
            kind: Kind::S8,
            dims,
        });
    }
    // The 3×3 layers of ResNet-50.
    for (size, channels) in [(56, 64), (28, 128), (14, 256), (7, 512)] {
        let dims = [size * size, channels, 9 * channels];
        for (kind, name) in [(Kind::ConvF32, "f32"), (Kind::ConvS8, "s8")] {
            let name = format!("{name} conv 3x3 {size}x{size}x{channels}");
            operators.push(Operator { name, kind, dims });
        }
    }
    let dims = [256, 2048, 2048];
    operators.push(Operator {
        name: "q8_0 256x2048x2048, claimed".into(),
        kind: Kind::Claim,
        dims,
    });
    operators
}

impl Operator {
    /// Compares.
    ///
    /// # Errors
    /// If one of the sides fails.
    pub(crate) fn measure(&self, cpu: &Cpu, machine: &Machine) -> Result<Row> {
        let [rows, columns, terms] = self.dims.map(|dim| dim as usize);
        let macs = rows as u64 * columns as u64 * terms as u64;
        match self.kind {
            Kind::F32 | Kind::Q8_0 => {
                let (x, w) = (weights::numbers(rows * terms), weights::numbers(columns * terms));
                let (peer, panels) = if matches!(self.kind, Kind::F32) {
                    (candle::Product::f32(&x, &w, terms)?, weights::f32_panels(&w, terms))
                } else {
                    let (peer, blocks) = candle::Product::q8_0(&x, &w, terms)?;
                    (peer, weights::q8_0_panels(&blocks, terms / 32)?)
                };
                let bytes = panels.len() as u64;
                let count = (WORK / macs).min(BYTES / bytes).max(1) as u32;
                let ours = self.workload(&self.product(), &panels, &weights::encode(&x), count)?;
                let [ours, peer] = timing::best_of_both(|| ours.time(cpu), || peer.time(count))?;
                let (unit, work) = if rows == 1 { ("GB/s", bytes) } else { ("GMAC/s", macs) };
                Ok(self.row(unit, work * u64::from(count), ours, peer, "candle"))
            }
            Kind::Cold => {
                let bytes = columns as u64 * terms as u64 / 32 * 34;
                let copies = COLD.div_ceil(bytes);
                let x = weights::encode(&weights::numbers(rows * terms));
                let w = weights::bytes((copies * bytes) as usize);
                let program = |step: u64| -> Vec<Record> {
                    let quantise = self.product().into_iter().take(1);
                    let products = (0..copies)
                        .flat_map(|copy| self.product_behind(copy * step).into_iter().skip(1));
                    quantise.chain(products).collect()
                };
                let [cold, warm] = [program(bytes), program(0)];
                let cold = self.workload(&cold, &w, &x, 1)?;
                let warm = self.workload(&warm, &w[..bytes as usize], &x, 1)?;
                let [cold, warm] = timing::best_of_both(|| cold.time(cpu), || warm.time(cpu))?;
                Ok(self.row("GMAC/s", macs * copies, cold, warm, "warm"))
            }
            Kind::Claim => {
                let (x, w) =
                    (weights::numbers(rows * terms), weights::bytes(columns * terms / 32 * 34));
                // A prompt of 256 tokens meets some hundred such layers; their outputs take turns in the same pages.
                let count = 32;
                let ours = self.workload(&self.product(), &w, &weights::encode(&x), count)?;
                let [claimed, plain] = timing::best_of_both(|| ours.claim(cpu), || ours.time(cpu))?;
                let work = macs * u64::from(count);
                Ok(self.row("GMAC/s", work, claimed, plain, "without roots"))
            }
            Kind::S8 | Kind::ConvF32 | Kind::ConvS8 => {
                let count = (WORK / macs).max(1) as u32;
                let ours = self.against_peak(count)?;
                let ours = timing::best(|| ours.time(cpu))?;
                let (peak, name) = if matches!(self.kind, Kind::ConvF32) {
                    (machine.f32_gmac_s, "f32 multipliers")
                } else {
                    (machine.s8_gmac_s, "s8 multipliers")
                };
                let work = macs * u64::from(count);
                let peer = Duration::from_secs_f64(work as f64 / 1e9 / peak);
                Ok(self.row("GMAC/s", work, ours, peer, name))
            }
        }
    }

    fn row(
        &self,
        unit: &'static str,
        work: u64,
        ours: Duration,
        peer: Duration,
        peer_name: &'static str,
    ) -> Row {
        let [ours, peer] = [ours, peer].map(|time| work as f64 / time.as_secs_f64() / 1e9);
        Row { name: self.name.clone(), unit, ours, peer, peer_name, ratio: ours / peer }
    }

    /// The records of a product with f32 values.
    fn product(&self) -> Vec<Record> {
        self.product_behind(0)
    }

    /// The same, with the weights behind so many bytes of others.
    fn product_behind(&self, others: u64) -> Vec<Record> {
        let [rows, columns, terms] = self.dims;
        let out = Operand::at(ACTIVATIONS, [4 * columns, 0, 0]);
        let input = Operand::at(WEIGHTS, [4 * terms, 0, 0]);
        let behind = WEIGHTS + u64::from(4 * rows * terms) + others;
        let spec = ProductSpec {
            kind: ProductKind::F32,
            dims: [rows, columns, terms],
            tile: [1, 64],
            x: input,
            weights: Operand::at(behind, [64 * terms, 0, 0]),
            finish: FinishSpec::default(),
            out,
        };
        if matches!(self.kind, Kind::F32) {
            return vec![Record::product(spec)];
        }
        let blocks = terms / 32;
        let q8 = Operand::at(ACTIVATIONS + u64::from(4 * columns * rows), [36 * blocks, 0, 0]);
        let weights = Operand::at(behind, [544 * blocks, 0, 0]);
        let product = ProductSpec { kind: ProductKind::Q8_0, x: q8, weights, ..spec };
        vec![Record::quantise([rows, terms], 1, input, q8), Record::product(product)]
    }

    /// The machine's work for the kinds that have no peer but its limits.
    fn against_peak(&self, count: u32) -> Result<Workload> {
        let [rows, columns, terms] = self.dims;
        let is_f32 = matches!(self.kind, Kind::ConvF32);
        let element = if is_f32 { 4 } else { 1 };
        let panel = if is_f32 { 64 * terms } else { 64 * terms.div_ceil(4) };
        let panels = columns.div_ceil(16) * panel;
        let channel = Channel { bias: 0, multiplier: 1 << 30, shift: 40 };
        let (mut weight_bytes, input) = if is_f32 {
            let numbers = |bytes: u32| weights::encode(&weights::numbers(bytes as usize / 4));
            (numbers(panels), numbers(rows * terms / 9 * 4))
        } else {
            let input = if matches!(self.kind, Kind::S8) { rows * terms } else { rows * terms / 9 };
            (weights::bytes(panels as usize), weights::bytes(input as usize))
        };
        weight_bytes.extend((0..columns).flat_map(|_| channel.to_bytes()));
        let output = Output { zero_point: 0, low: -128, high: 127 };
        let behind = WEIGHTS + input.len() as u64;
        let table = Operand::at(behind + u64::from(panels), [12, 0, 0]);
        let record = if matches!(self.kind, Kind::S8) {
            Record::dense(DenseSpec {
                dims: [rows, columns, terms],
                tile: [1, 256],
                output,
                x: Operand::at(WEIGHTS, [terms, 0, 0]),
                weights: Operand::at(behind, [panel, 0, 0]),
                table,
                out: Operand::at(ACTIVATIONS, [columns, 0, 0]),
            })
        } else {
            let size = rows.isqrt();
            let image = |channels: u32| {
                let pixel = element * channels;
                [size * size * pixel, size * pixel, pixel]
            };
            let values = if is_f32 {
                ValuesSpec::F32(FinishSpec::default())
            } else {
                ValuesSpec::S8 { output, padding: 0, table }
            };
            Record::conv(ConvSpec {
                output: [1, size, size],
                channels: [terms / 9, columns],
                groups: 1,
                window: WindowSpec {
                    kernel: [3, 3],
                    stride: [1, 1],
                    padding: [1, 1],
                    dilation: [1, 1],
                    size: [size, size],
                },
                tile: [1, 16],
                x: Operand::at(WEIGHTS, image(terms / 9)),
                weights: Operand::at(behind, [panel, 0, 0]),
                values,
                out: Operand::at(ACTIVATIONS, image(columns)),
            })
        };
        self.workload(&[record], &weight_bytes, &input, count)
    }

    /// A program that executes some records `count` times; activations lie before the weights.
    fn workload(
        &self,
        records: &[Record],
        weights: &[u8],
        x: &[u8],
        count: u32,
    ) -> Result<Workload> {
        const COUNT: u8 = 1;
        const END: u8 = 2;
        let [rows, columns, terms] = self.dims.map(u64::from);
        let mut program = vec![Record::set(END, count.into())];
        program.extend_from_slice(records);
        program.push(Record::add(COUNT, COUNT, 0, 1));
        program.push(Record::branch(condition::LESS, COUNT, END, 1));
        program.push(Record::halt(0, 0));
        let bounds = Header {
            whole: false,
            records: 0,
            max_steps: 1 << 40,
            input_min: 0,
            input_max: 0,
            output_max: 0,
            activation_bytes: rows * (4 * columns + 2 * terms),
            weight_bytes: 0,
        };
        let model = ModelFile::build(bounds, "operator", &program, [x, weights].concat())?;
        Ok(Workload { model: Arc::new(model) })
    }
}

/// A program.
#[derive(Debug)]
struct Workload {
    model: Arc<ModelFile>,
}

impl Workload {
    /// The time of one run.
    fn time(&self, cpu: &Cpu) -> Result<Duration> {
        self.run(cpu, |_| ())
    }

    /// The time of one run and of the roots at its end.
    fn claim(&self, cpu: &Cpu) -> Result<Duration> {
        self.run(cpu, |engine| {
            black_box([engine.run_root(), engine.root()]);
        })
    }

    fn run(&self, cpu: &Cpu, then: impl FnOnce(&mut Engine)) -> Result<Duration> {
        let mut engine = Engine::new(Arc::clone(&self.model), &[])?.with_cpu(cpu.clone());
        let time = timing::time(|| {
            engine.run_to_halt(u64::MAX)?;
            then(&mut engine);
            Ok(())
        })?;
        if let Some(refusal) = engine.refusal() {
            eyre::bail!("the program was refused: {refusal}");
        }
        Ok(time)
    }
}
