//! Admission: the only way from a record to something that is executed.

use core::array;

use opml_kernels::{BLOCK, Channel, Output, PANEL, PANEL_BLOCK, Q8_BLOCK};

use crate::{
    Blocks, ControlFlow, Dense, Grid, Header, Map, MapKind, Operation, Record, Refusal, Registers,
    RowKind, Rows, Span, condition,
    cost::{MAX_COST, MAX_LENGTH},
    form::{self, SLOT_A, SLOT_B, SLOT_OUT, SLOT_TABLE},
    opcode,
    operand::{Lattice, Role, resolve},
};

/// Longest dot product of s8 values: 2^16 products of at most 2^14 fit an i32.
const MAX_DOT: u64 = 1 << 16;

/// Checks every rule of `docs/tensor.md` on a record, given the registers and the model's bounds.
///
/// Total: any record, any registers, any header. What it admits reads and writes only where protocol §4 allows, has disjoint
/// tiles, and costs at most [`MAX_COST`] small steps per tile.
///
/// # Errors
/// The first rule that the record breaks.
pub fn admit(
    record: &Record,
    registers: &Registers,
    header: &Header,
) -> Result<Operation, Refusal> {
    form::check(record)?;
    let context = Context { record, registers, header };
    let operation = match (record.op, record.sub) {
        (opcode::CTRL, sub) => Operation::Control(context.control(sub)?),
        (opcode::MATMUL, opcode::DENSE_S8) => Operation::Dense(context.dense()?),
        (opcode::MATMUL, _) => Operation::Blocks(context.blocks()?),
        (opcode::EW, _) => {
            Operation::Map(context.map(MapKind::Relu(context.signed_immediate(0)?))?)
        }
        (opcode::REDUCE, _) => Operation::Rows(context.rows(RowKind::Argmax)?),
        (opcode::COPY, _) => Operation::Map(context.map(MapKind::Copy)?),
        (opcode::SOFTMAX, _) => Operation::Rows(context.rows(RowKind::Softmax)?),
        (opcode::QUANT, _) => Operation::Rows(context.rows(RowKind::Quantise)?),
        (op, sub) => return Err(Refusal::Operator { op, sub }),
    };
    if operation.tiles() > MAX_LENGTH {
        return Err(Refusal::Length);
    }
    let cost = operation.cost(header);
    if cost > MAX_COST {
        return Err(Refusal::Cost(cost));
    }
    Ok(operation)
}

struct Context<'a> {
    record: &'a Record,
    registers: &'a Registers,
    header: &'a Header,
}

impl Context<'_> {
    fn control(&self, sub: u8) -> Result<ControlFlow, Refusal> {
        let [packed, low, high, _] = self.record.imm;
        let [register, a, b, code] = packed.to_le_bytes();
        // Of the packed bytes an operation may use only some; the others are zero.
        let used: [bool; 4] = match sub {
            opcode::HALT => [false, true, false, false],
            opcode::SET => [true, false, false, false],
            opcode::ADD => [true, true, true, false],
            _ => [false, code != condition::ALWAYS, code != condition::ALWAYS, true],
        };
        let malformed = |(byte, used): (u8, bool)| byte > 15 || (!used && byte != 0);
        if [register, a, b, code].into_iter().zip(used).any(malformed) {
            return Err(Refusal::Immediate { index: 0, value: packed });
        }
        let constant = u64::from(high) << 32 | u64::from(low);
        let (x, y) = (self.registers.get(a), self.registers.get(b));
        let assign = |value| match register {
            0 => Err(Refusal::Immediate { index: 0, value: packed }),
            _ => Ok(ControlFlow::Assign { register, value }),
        };
        match sub {
            opcode::HALT => {
                let length = x.wrapping_add(constant);
                if length > u64::from(self.header.output_max) {
                    return Err(Refusal::OutputLength { length, max: self.header.output_max });
                }
                Ok(ControlFlow::Halt { length })
            }
            opcode::SET => assign(constant),
            opcode::ADD => assign(x.wrapping_add(y).wrapping_add(constant)),
            _ => {
                let holds = match code {
                    condition::ALWAYS => true,
                    condition::EQUAL => x == y,
                    condition::NOT_EQUAL => x != y,
                    condition::LESS => x < y,
                    condition::GREATER_OR_EQUAL => x >= y,
                    _ => return Err(Refusal::Immediate { index: 0, value: packed }),
                };
                Ok(ControlFlow::Branch { target: holds.then_some(u64::from(low)) })
            }
        }
    }

    fn dense(&self) -> Result<Dense, Refusal> {
        let [rows, columns, inner] = self.dims()?;
        let [tile_rows, tile_columns] = self.tiles()?;
        if inner > MAX_DOT {
            return Err(Refusal::DotLength(inner));
        }
        let output = Output {
            zero_point: self.signed_immediate(0)?,
            low: self.signed_immediate(1)?,
            high: self.signed_immediate(2)?,
        };
        if output.low > output.high {
            return Err(Refusal::Immediate { index: 1, value: self.word(&self.record.imm, 1) });
        }
        let [x_stride, ..] = self.strides(SLOT_A);
        let [weight_stride, ..] = self.strides(SLOT_B);
        let [table_stride, ..] = self.strides(SLOT_TABLE);
        let [out_stride, ..] = self.strides(SLOT_OUT);
        let matrix = |dims, stride| Lattice { dims, strides: [stride, 1], element: 1 };
        let table =
            Lattice { dims: [columns], strides: [table_stride], element: Channel::BYTES as u64 };
        let dense = Dense {
            grid: Grid { rows, columns, tile_rows, tile_columns },
            inner,
            x: self.resolve(SLOT_A, matrix([rows, inner], x_stride), Role::Source)?,
            x_stride,
            weights: self.resolve(SLOT_B, matrix([columns, inner], weight_stride), Role::Source)?,
            weight_stride,
            table: self.resolve(SLOT_TABLE, table, Role::Source)?,
            table_stride,
            output,
            out: self.resolve(SLOT_OUT, matrix([rows, columns], out_stride), Role::Target)?,
            out_stride,
        };
        disjoint(SLOT_A, &dense.x, &dense.out)?;
        disjoint(SLOT_B, &dense.weights, &dense.out)?;
        disjoint(SLOT_TABLE, &dense.table, &dense.out)?;
        Ok(dense)
    }

    fn map(&self, kind: MapKind) -> Result<Map, Refusal> {
        let [outer, middle, columns] = self.dims()?;
        let [tile_rows, tile_columns] = self.tiles()?;
        let (source_stride, target_stride) = (self.strides(SLOT_A), self.strides(SLOT_OUT));
        let lattice = |strides| Lattice { dims: [outer, middle, columns], strides, element: 1 };
        let source = self.resolve(SLOT_A, lattice(source_stride), Role::Source)?;
        let target = self.resolve(SLOT_OUT, lattice(target_stride), Role::Target)?;
        // Elementwise operators may work in place: the same elements, one by one. A copy onto itself is a mistake.
        let in_place = source == target && source_stride == target_stride;
        if !in_place || kind == MapKind::Copy {
            disjoint(SLOT_A, &source, &target)?;
        }
        // Two dimensions below 2^31 each: the product fits.
        let rows = outer.saturating_mul(middle);
        let grid = Grid { rows, columns, tile_rows, tile_columns };
        Ok(Map { kind, grid, middle, source, source_stride, target, target_stride })
    }

    fn blocks(&self) -> Result<Blocks, Refusal> {
        let [rows, columns, terms] = self.dims()?;
        let [tile_rows, tile_columns] = self.tiles()?;
        if !tile_columns.is_multiple_of(PANEL as u64) {
            return Err(Refusal::TileSize { index: 1, value: self.word(&self.record.tile, 1) });
        }
        let inner = whole_blocks(2, terms)?;
        let panels = columns.div_ceil(PANEL as u64);
        let [x_stride, ..] = self.strides(SLOT_A);
        let [weight_stride, ..] = self.strides(SLOT_B);
        let [out_stride, ..] = self.strides(SLOT_OUT);
        let matrix = |dims, stride, element: usize| {
            let element = element as u64;
            Lattice { dims, strides: [stride, element], element }
        };
        let x = matrix([rows, inner], x_stride, Q8_BLOCK);
        let weights = matrix([panels, inner], weight_stride, PANEL_BLOCK);
        let out = matrix([rows, columns], out_stride, 4);
        let blocks = Blocks {
            grid: Grid { rows, columns, tile_rows, tile_columns },
            inner,
            x: self.resolve(SLOT_A, x, Role::Source)?,
            x_stride,
            weights: self.resolve(SLOT_B, weights, Role::Source)?,
            weight_stride,
            out: self.resolve(SLOT_OUT, out, Role::Target)?,
            out_stride,
        };
        disjoint(SLOT_A, &blocks.x, &blocks.out)?;
        disjoint(SLOT_B, &blocks.weights, &blocks.out)?;
        Ok(blocks)
    }

    fn rows(&self, kind: RowKind) -> Result<Rows, Refusal> {
        let [rows, inner] = self.dims()?;
        let [tile_rows] = self.tiles()?;
        let [source_stride, ..] = self.strides(SLOT_A);
        let [target_stride, ..] = self.strides(SLOT_OUT);
        // Elements per row and their sizes.
        let (source, target) = match kind {
            RowKind::Argmax => ((inner, 1), (1, 4)),
            RowKind::Softmax => ((inner, 4), (inner, 4)),
            RowKind::Quantise => ((inner, 4), (whole_blocks(1, inner)?, Q8_BLOCK as u64)),
        };
        let lattice = |(length, element), stride| Lattice {
            dims: [rows, length],
            strides: [stride, element],
            element,
        };
        let (source, target) = (lattice(source, source_stride), lattice(target, target_stride));
        let rows = Rows {
            kind,
            grid: Grid { rows, columns: 1, tile_rows, tile_columns: 1 },
            inner,
            source: self.resolve(SLOT_A, source, Role::Source)?,
            source_stride,
            target: self.resolve(SLOT_OUT, target, Role::Target)?,
            target_stride,
        };
        disjoint(SLOT_A, &rows.source, &rows.target)?;
        Ok(rows)
    }

    /// The first `N` dimensions with their registers read.
    fn dims<const N: usize>(&self) -> Result<[u64; N], Refusal> {
        const REGISTER: u32 = 1 << 31;
        let mut dims = [0; N];
        for (index, (dim, word)) in dims.iter_mut().zip(&self.record.dim).enumerate() {
            let name = word ^ REGISTER;
            *dim = match name {
                0..16 => self.registers.get(name as u8),
                _ => u64::from(*word),
            };
            if *dim < 1 || *dim >= u64::from(REGISTER) {
                return Err(Refusal::Dimension { index, value: *dim });
            }
        }
        Ok(dims)
    }

    /// The first `N` tile sizes.
    fn tiles<const N: usize>(&self) -> Result<[u64; N], Refusal> {
        let mut tiles = [0; N];
        for (index, (tile, word)) in tiles.iter_mut().zip(&self.record.tile).enumerate() {
            if *word < 1 || *word >= 1 << 31 {
                return Err(Refusal::TileSize { index, value: *word });
            }
            *tile = u64::from(*word);
        }
        Ok(tiles)
    }

    /// Immediate `index` as an s8 value, sign-extended to its word.
    fn signed_immediate(&self, index: usize) -> Result<i8, Refusal> {
        let value = self.word(&self.record.imm, index);
        i8::try_from(value as i32).map_err(|_| Refusal::Immediate { index, value })
    }

    fn word(&self, words: &[u32], index: usize) -> u32 {
        words.get(index).copied().unwrap_or(0)
    }

    fn strides(&self, slot: usize) -> [u64; 3] {
        let operand = self.record.operand.get(slot).copied().unwrap_or_default();
        array::from_fn(|index| u64::from(self.word(&operand.stride, index)))
    }

    fn resolve<const D: usize>(
        &self,
        slot: usize,
        lattice: Lattice<D>,
        role: Role,
    ) -> Result<Span, Refusal> {
        let operand = self.record.operand.get(slot).copied().unwrap_or_default();
        resolve(slot, &operand, &lattice, role, self.registers, self.header)
    }
}

/// The number of quantisation blocks in dimension `index`.
const fn whole_blocks(index: usize, terms: u64) -> Result<u64, Refusal> {
    if terms.is_multiple_of(BLOCK as u64) {
        Ok(terms / BLOCK as u64)
    } else {
        Err(Refusal::Dimension { index, value: terms })
    }
}

const fn disjoint(slot: usize, source: &Span, target: &Span) -> Result<(), Refusal> {
    if source.overlaps(target) { Err(Refusal::Alias(slot)) } else { Ok(()) }
}
