//! Weights as checkpoints store them, and as the machine wants them.

use opml_kernels::{
    BLOCK, PANEL,
    float::{Word, from_f16},
};

use super::CheckpointError;

/// How the elements of a [`Matrix`] are stored, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// binary32.
    F32,
    /// binary16.
    F16,
    /// The upper half of a binary32.
    Bf16,
    /// Blocks of 32: a binary16 scale, then 32 signed bytes.
    Q8_0,
    /// Blocks of 32: a binary16 scale, then 16 bytes, elements 0 to 15 in the low nibbles, 16 to 31 in the high ones, each 8 too great.
    Q4_0,
}

impl Format {
    /// Whether elements are floats, each for itself.
    pub(crate) const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F16 | Self::Bf16)
    }

    /// Elements and bytes of the least unit.
    const fn unit(self) -> (u64, u64) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 | Self::Bf16 => (1, 2),
            Self::Q8_0 => (BLOCK as u64, 34),
            Self::Q4_0 => (BLOCK as u64, 18),
        }
    }

    /// Bytes of a row of `columns` elements, if it is a whole number of units.
    pub(crate) const fn row_bytes(self, columns: u64) -> Option<u64> {
        let (elements, bytes) = self.unit();
        if columns.is_multiple_of(elements) {
            (columns / elements).checked_mul(bytes)
        } else {
            None
        }
    }
}

/// A matrix of finite elements in a file.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    rows: usize,
    columns: usize,
    format: Format,
    bytes: &'a [u8],
}

/// Weights in panels of 16 rows, ready for the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelMatrix {
    /// How a panel is laid out.
    pub format: PanelFormat,
    /// Rows N.
    pub rows: u32,
    /// Terms K.
    pub columns: u32,
    /// Bytes of a panel.
    pub stride: u32,
    /// The panels.
    pub bytes: Vec<u8>,
}

/// Layout of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelFormat {
    /// `[K][16]` f32.
    F32,
    /// `[K/32]` blocks of 544 bytes.
    Q8_0,
    /// `[K/32]` blocks of 288 bytes.
    Q4_0,
}

impl<'a> Matrix<'a> {
    /// A matrix of `bytes`, which must be exactly its rows.
    ///
    /// # Errors
    /// [`CheckpointError::Size`] or [`CheckpointError::Short`] if they are not, [`CheckpointError::NotFinite`] if an element is none.
    pub fn new(
        name: &str,
        [rows, columns]: [u32; 2],
        format: Format,
        bytes: &'a [u8],
    ) -> Result<Self, CheckpointError> {
        let length = format.row_bytes(columns.into()).and_then(|row| row.checked_mul(rows.into()));
        let length = length.ok_or_else(|| CheckpointError::Size {
            what: "a row of blocks",
            value: columns.into(),
            rule: format!("must be a multiple of {BLOCK} in tensor {name}"),
        })?;
        if bytes.len() as u64 != length {
            let left = bytes.len() as u64;
            return Err(CheckpointError::Short {
                what: format!("tensor {name}"),
                needed: length,
                left,
            });
        }
        let matrix = Self { rows: rows as usize, columns: columns as usize, format, bytes };
        if matrix.is_finite() {
            Ok(matrix)
        } else {
            Err(CheckpointError::NotFinite(name.to_owned()))
        }
    }

    fn is_finite(&self) -> bool {
        let half = |bits: [u8; 2]| u16::from_le_bytes(bits) & 0x7c00 != 0x7c00;
        match self.format {
            Format::F32 => {
                words(self.bytes).iter().all(|word| f32::from_le_bytes(*word).is_finite())
            }
            Format::F16 => self.bytes.as_chunks().0.iter().all(|bits| half(*bits)),
            Format::Bf16 => {
                let bits = self.bytes.as_chunks().0;
                bits.iter().all(|bits| u16::from_le_bytes(*bits) & 0x7f80 != 0x7f80)
            }
            Format::Q8_0 => self.bytes.as_chunks::<34>().0.iter().all(|[a, b, ..]| half([*a, *b])),
            Format::Q4_0 => self.bytes.as_chunks::<18>().0.iter().all(|[a, b, ..]| half([*a, *b])),
        }
    }

    fn stored(&self, row: usize) -> &'a [u8] {
        let length = self.format.row_bytes(self.columns as u64).unwrap_or(0) as usize;
        self.bytes.get(row * length..(row + 1) * length).unwrap_or(&[])
    }

    /// Row `row` in f32, exactly: scales have 11 significant bits, values 8.
    #[must_use]
    pub fn row(&self, row: usize) -> Vec<f32> {
        let bytes = self.stored(row);
        let scaled = |[a, b]: [u8; 2], q: i32| from_f16(u16::from_le_bytes([a, b])) * q as f32;
        match self.format {
            Format::F32 => words(bytes).iter().map(|word| f32::from_le_bytes(*word)).collect(),
            Format::F16 => {
                let bits = bytes.as_chunks().0;
                bits.iter().map(|bits| from_f16(u16::from_le_bytes(*bits))).collect()
            }
            Format::Bf16 => {
                let bits = bytes.as_chunks().0;
                let value = |bits| f32::from_bits(u32::from(u16::from_le_bytes(bits)) << 16);
                bits.iter().map(|bits| value(*bits)).collect()
            }
            Format::Q8_0 => {
                let blocks = bytes.as_chunks::<34>().0;
                let block =
                    |[a, b, q @ ..]: &[u8; 34]| q.map(|q| scaled([*a, *b], i32::from(q as i8)));
                blocks.iter().flat_map(block).collect()
            }
            Format::Q4_0 => {
                let block = |block: &[u8; 18]| {
                    nibbles(block).map(|q| scaled([block[0], block[1]], i32::from(q) - 8))
                };
                bytes.as_chunks::<18>().0.iter().flat_map(block).collect()
            }
        }
    }

    /// The whole matrix in f32, row by row, as bytes.
    #[must_use]
    pub fn to_f32(self) -> Vec<u8> {
        if self.format == Format::F32 {
            return self.bytes.to_vec();
        }
        (0..self.rows).flat_map(|row| self.row(row)).flat_map(f32::to_le_bytes).collect()
    }

    /// The rows in panels of 16, zeroes behind the last.
    #[must_use]
    pub fn panels(self) -> PanelMatrix {
        let (format, panel): (_, fn(&Self, usize, &mut Vec<u8>)) = match self.format {
            Format::Q8_0 => (PanelFormat::Q8_0, Self::panel_q8_0),
            Format::Q4_0 => (PanelFormat::Q4_0, Self::panel_q4_0),
            _ => (PanelFormat::F32, Self::panel_f32),
        };
        let mut bytes = Vec::new();
        for first in (0..self.rows).step_by(PANEL) {
            panel(&self, first, &mut bytes);
        }
        PanelMatrix::new(format, self.rows, self.columns, bytes)
    }

    fn panel_f32(&self, first: usize, out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + 4 * PANEL * self.columns, 0);
        let panel = out.get_mut(start..).unwrap_or(&mut []).as_chunks_mut::<{ 4 * PANEL }>().0;
        for (lane, row) in (first..self.rows.min(first + PANEL)).enumerate() {
            for (terms, value) in panel.iter_mut().zip(self.row(row)) {
                terms.as_chunks_mut::<4>().0[lane] = value.to_le_bytes();
            }
        }
    }

    /// Per block 16 scales, then `[8][16][4]` values.
    fn panel_q8_0(&self, first: usize, out: &mut Vec<u8>) {
        let rows: Vec<_> =
            (0..PANEL).map(|lane| self.stored(first + lane).as_chunks::<34>().0).collect();
        let zero = [0; 34];
        for block in 0..self.columns / BLOCK {
            let blocks: Vec<_> = rows.iter().map(|row| row.get(block).unwrap_or(&zero)).collect();
            for [a, b, ..] in &blocks {
                out.extend([*a, *b]);
            }
            for group in 0..BLOCK / 4 {
                for [_, _, values @ ..] in &blocks {
                    out.extend(values.as_chunks::<4>().0[group]);
                }
            }
        }
    }

    /// Per block 16 scales, then `[4][16][4]` bytes: term 8g + i in the low nibble, 8g + 4 + i in the high one. A row that is not there
    /// has the scale 0.
    fn panel_q4_0(&self, first: usize, out: &mut Vec<u8>) {
        let rows: Vec<_> =
            (0..PANEL).map(|lane| self.stored(first + lane).as_chunks::<18>().0).collect();
        let zero = [0; 18];
        for block in 0..self.columns / BLOCK {
            let blocks: Vec<_> = rows.iter().map(|row| row.get(block).unwrap_or(&zero)).collect();
            for [a, b, ..] in &blocks {
                out.extend([*a, *b]);
            }
            let values: Vec<_> = blocks.iter().map(|block| nibbles(block)).collect();
            for group in 0..BLOCK / 8 {
                for values in &values {
                    let [low, high] = [
                        values.as_chunks::<4>().0[2 * group],
                        values.as_chunks::<4>().0[2 * group + 1],
                    ];
                    out.extend(low.into_iter().zip(high).map(|(low, high)| low | high << 4));
                }
            }
        }
    }

    /// Rows and columns.
    #[must_use]
    pub const fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }

    /// The rows as they are stored.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How it is stored.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }
}

impl PanelMatrix {
    fn new(format: PanelFormat, rows: usize, columns: usize, bytes: Vec<u8>) -> Self {
        let stride = (bytes.len() / rows.div_ceil(PANEL).max(1)) as u32;
        Self { format, rows: rows as u32, columns: columns as u32, stride, bytes }
    }

    /// Panels of two matrices of the same shape in turn: the halves of a gated layer. `rows` stays the number of outputs.
    #[must_use]
    pub fn interleave(self, other: &Self) -> Self {
        let stride = self.stride as usize;
        let pairs = self.bytes.chunks(stride).zip(other.bytes.chunks(stride));
        Self { bytes: pairs.flat_map(|(a, b)| [a, b]).flatten().copied().collect(), ..self }
    }
}

/// The 32 values of a Q4_0 block, each 8 too great.
fn nibbles(block: &[u8; 18]) -> [u8; BLOCK] {
    std::array::from_fn(|i| if i < 16 { block[2 + i] & 15 } else { block[2 + i - 16] >> 4 })
}

const fn words(bytes: &[u8]) -> &[Word] {
    bytes.as_chunks().0
}
