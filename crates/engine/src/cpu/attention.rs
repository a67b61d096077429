//! Attention: keys become panels, which the queries of some rows or heads meet; the scores of each are weighed, and mix the values.

use super::{
    Cpu,
    pool::with_waiting,
    shared::{Input, Output},
    split::Area,
};
use crate::{
    regions::Regions,
    simd::{
        Isa, Sink,
        attention::{Mix, PackPanel, Weigh, panels_of},
        f32_panels::{F32Panels, Rows},
    },
};
use opml_kernels::{
    PANEL, PARTIAL, POSITIONS,
    float::{Arithmetic, Hardware, store},
};
use opml_tensor::{Attention, Span};
use std::{cell::RefCell, ops::Range};

/// Queries that meet the same keys together.
const QUERIES: usize = 32;
/// Positions whose keys are laid out at a time.
const TOGETHER: usize = 128;
/// Longest head for which there is a fast way.
const LONGEST: usize = 256;
/// Scores between those of two queries: not at the same place of a cache.
const STRIDE: usize = POSITIONS + PANEL;

/// A thread's room for what lies between the steps.
struct Room {
    panels: Vec<[f32; PANEL]>,
    scores: Vec<f32>,
    mixed: [[f32; LONGEST]; 2],
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::new(Room {
        panels: vec![[0.0; PANEL]; TOGETHER / PANEL * LONGEST],
        scores: vec![0.0; QUERIES * STRIDE],
        mixed: [[0.0; LONGEST]; 2],
    });
}

/// Makes the thread's room.
pub(super) fn make_room() {
    ROOM.with_borrow(|_| ());
}

/// Computes an area; `None`, and nothing done, where there is no fast way.
pub(super) fn execute(
    cpu: &Cpu,
    data: &mut Regions,
    attention: &Attention,
    area: &Area,
) -> Option<()> {
    if attention.inner as usize > LONGEST {
        return None;
    }
    let input = |data: &Regions, (span, strides): (Span, [u64; 2])| {
        Some((Input::of(data, span)?, strides.map(|stride| stride as usize)))
    };
    let work = Work {
        cpu,
        attention,
        area,
        query: input(data, attention.query)?,
        keys: input(data, attention.keys)?,
        values: input(data, attention.values)?,
        bias: match attention.bias {
            Some(bias) => Some(input(data, bias)?),
            None => None,
        },
        out: Output::of(data, attention.out.0)?,
    };
    cpu.each(work.units(), |index| {
        if let Some(unit) = work.unit(index) {
            ROOM.with_borrow_mut(|room| work.compute(&unit, room));
        }
    });
    Some(())
}

/// Operands with the strides of row or position, and of head.
type Operand = (Input, [usize; 2]);

struct Work<'a> {
    cpu: &'a Cpu,
    attention: &'a Attention,
    area: &'a Area,
    query: Operand,
    keys: Operand,
    values: Operand,
    bias: Option<Operand>,
    out: Output,
}

/// Queries that look at the same chunk of the same keys: one head of some rows, or some heads of one row.
struct Unit {
    rows: Range<usize>,
    heads: Range<usize>,
    chunk: usize,
}

impl Unit {
    const fn count(&self) -> usize {
        let rows = self.rows.end - self.rows.start;
        let heads = self.heads.end - self.heads.start;
        rows * heads
    }

    /// Row and head of a query.
    const fn query(&self, index: usize) -> (usize, usize) {
        let rows = self.rows.end - self.rows.start;
        (self.rows.start + index % rows, self.heads.start + index / rows)
    }
}

impl Work<'_> {
    const fn chunks(&self) -> usize {
        self.attention.chunks as usize
    }

    /// Heads that share keys and values, if they can be computed together: of a single row.
    fn heads_together(&self) -> usize {
        let group = self.attention.group as usize;
        if self.area.rows.len() == 1 && group <= QUERIES { group } else { 1 }
    }

    /// Heads of which a chunk is in the area, from the first that begins a group.
    fn heads(&self) -> Range<usize> {
        let Range { start, end } = self.area.columns;
        let together = self.heads_together();
        start / self.chunks() / together * together..end.div_ceil(self.chunks())
    }

    /// Number of units.
    fn units(&self) -> usize {
        let rows = self.area.rows.len().div_ceil(QUERIES);
        self.heads().len().div_ceil(self.heads_together()) * self.chunks() * rows
    }

    /// Unit `index`; none if no part of it is in the area.
    fn unit(&self, index: usize) -> Option<Unit> {
        let (index, block) = {
            let blocks = self.area.rows.len().div_ceil(QUERIES);
            (index / blocks, index % blocks)
        };
        let (index, chunk) = (index / self.chunks(), index % self.chunks());
        let first = self.heads().start + index * self.heads_together();
        // Column `head·chunks + chunk` lies in the area.
        let bound = |column: usize| column.saturating_sub(chunk).div_ceil(self.chunks());
        let Range { start, end } = self.area.columns;
        let inside = |head: usize| head.clamp(bound(start), bound(end).max(bound(start)));
        let heads = inside(first)..inside(first + self.heads_together());
        let start = self.area.rows.start + block * QUERIES;
        let rows = start..self.area.rows.end.min(start + QUERIES);
        (!heads.is_empty()).then_some(Unit { rows, heads, chunk })
    }

    /// Positions of a chunk, and those of them that a row sees.
    fn positions(&self, unit: &Unit, row: usize) -> (usize, usize) {
        let Attention { first, causal, chunk, .. } = *self.attention;
        let seen = first as usize + if causal { row } else { 0 };
        let size = chunk.map_or(POSITIONS, |chunk| chunk as usize);
        let from = unit.chunk * size;
        (from, seen.saturating_sub(from).min(size))
    }

    fn compute(&self, unit: &Unit, room: &mut Room) {
        let level = self.cpu.level();
        let head = unit.heads.start / self.attention.group as usize;
        let (from, most) = self.positions(unit, unit.rows.end - 1);
        self.score(unit, head, room);
        let inner = self.attention.inner as usize;
        let (values, [position, of_head]) = self.values;
        // A chunk behind all that is seen has no values.
        let offset = if most == 0 { 0 } else { from * position + head * of_head };
        let values = Rows { start: values.at(offset), stride: position };
        for pair in (0..unit.count()).step_by(2) {
            let of_pair = [pair, (pair + 1).min(unit.count() - 1)];
            let mut results = [[0.0; 2]; 2];
            // The last query of an odd number is its own neighbour.
            let distinct = if of_pair[0] == of_pair[1] { 1 } else { 2 };
            for (index, result) in of_pair.iter().zip(&mut results).take(distinct) {
                let scores = self.scores_mut(unit, *index, &mut room.scores);
                // SAFETY: the level is the processor's; weighing asks for nothing else.
                unsafe { level.run(Weigh { scores, result }) };
            }
            let weights = of_pair.map(|index| {
                let (_, count) = self.positions(unit, unit.query(index).0);
                &room.scores[index * STRIDE..][..count]
            });
            let [first, second] = &mut room.mixed;
            let y = [&mut first[..inner], &mut second[..inner]];
            // SAFETY: the level is the processor's; admission has made sure of the values of all positions that are seen.
            unsafe { level.run(Mix { weights, values, y }) };
            for ((index, [max, sum]), mixed) in
                of_pair.into_iter().zip(results).zip(&room.mixed).take(distinct)
            {
                self.finish(unit, index, max, sum, &mixed[..inner]);
            }
        }
    }

    /// The scores of all queries of a unit, of the positions that the last of them sees.
    fn score(&self, unit: &Unit, head: usize, room: &mut Room) {
        let level = self.cpu.level();
        let inner = self.attention.inner as usize;
        let (from, most) = self.positions(unit, unit.rows.end - 1);
        let (keys, [position, of_head]) = self.keys;
        let (query, [of_row, of_query]) = self.query;
        let (row, first_head) = unit.query(0);
        let x = Rows {
            start: query.at(row * of_row + first_head * of_query),
            stride: if unit.heads.len() == 1 { of_row } else { of_query },
        };
        let Room { panels, scores, .. } = room;
        for start in (0..most).step_by(TOGETHER) {
            let count = TOGETHER.min(most - start);
            for (index, to) in panels.chunks_exact_mut(inner).enumerate() {
                let first = index * PANEL;
                if first >= count {
                    break;
                }
                let offset = (from + start + first) * position + head * of_head;
                let rows = Rows { start: keys.at(offset), stride: position };
                let pack = PackPanel { rows, count: PANEL.min(count - first), to };
                // SAFETY: the level is the processor's; admission has made sure of the keys.
                unsafe { level.run(pack) };
            }
            let sink = Scores { work: self, unit, start, scores };
            with_waiting(|waiting| {
                let kernel = F32Panels {
                    x,
                    weights: panels_of(panels, inner),
                    terms: inner,
                    rows: 0..unit.count(),
                    panels: 0..count.div_ceil(PANEL),
                    waiting,
                    sink,
                };
                // SAFETY: the level is the processor's; admission has made sure of the queries, and what positions that are not there
                // come to is not looked at.
                unsafe { level.run(kernel) };
            });
        }
    }

    /// The scores of a query.
    fn scores_mut<'a>(&self, unit: &Unit, index: usize, scores: &'a mut [f32]) -> &'a mut [f32] {
        let (_, count) = self.positions(unit, unit.query(index).0);
        &mut scores[index * STRIDE..][..count]
    }

    /// Writes what a query comes to.
    fn finish(&self, unit: &Unit, index: usize, max: f32, sum: f32, mixed: &[f32]) {
        let (row, head) = unit.query(index);
        let [of_row, of_head, of_chunk] = self.attention.out.1.map(|stride| stride as usize);
        let mut offset = row * of_row + head * of_head + unit.chunk * of_chunk;
        let whole = self.attention.chunk.is_none();
        let inverse = Hardware::div(1.0, sum);
        let mut words = [[0; 4]; LONGEST];
        for (word, value) in words.iter_mut().zip(mixed) {
            *word = store(if whole { Hardware::mul(*value, inverse) } else { *value });
        }
        // SAFETY: the query is in this unit only, and so is its output.
        unsafe {
            if !whole {
                self.out.write(offset, &[store(max), store(sum)]);
                offset += 4 * PARTIAL;
            }
            self.out.write(offset, &words[..mixed.len()]);
        }
    }
}

/// Where the products of queries and keys go, times the scale and with the bias.
struct Scores<'a> {
    work: &'a Work<'a>,
    unit: &'a Unit,
    start: usize,
    scores: &'a mut [f32],
}

impl Sink<f32> for Scores<'_> {
    #[inline(always)]
    fn sums<S: Isa>(&mut self, row: usize, panel: usize, sums: &[f32; PANEL]) {
        let factor = f32::from_bits(self.work.attention.scale);
        let start = self.start + panel * PANEL;
        let mut values = sums.map(|sum| Hardware::mul(sum, factor));
        if let Some((bias, [of_row, of_head])) = self.work.bias {
            let (query, head) = self.unit.query(row);
            let (from, _) = self.work.positions(self.unit, query);
            let offset = query * of_row + head * of_head + 4 * (from + start);
            let bias = bias.bytes(offset, 4 * PANEL).as_chunks().0;
            for (value, bias) in values.iter_mut().zip(bias) {
                *value = Hardware::add(*value, f32::from_le_bytes(*bias));
            }
        }
        if let Some(to) = self.scores[row * STRIDE..].get_mut(start..start + PANEL) {
            to.copy_from_slice(&values);
        }
    }
}
