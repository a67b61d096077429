//! Which loads and stores of a block share a check.
//!
//! Accesses to one base register need only one: that their lowest and their highest byte lie in one
//! page that the tables serve.

use cranelift_codegen::ir::Value;

use crate::{Instruction, LoadOp, Register, StoreOp, jit::region::Block};

/// Most bytes from the first to the last of a group: longer groups cross pages too often.
const MAX_BYTES: i64 = 256;
/// Fewer accesses than this are checked one by one, because leaving such a check in the middle of a
/// block needs less code.
const MIN_MEMBERS: usize = 3;

/// The loads and stores of a block.
#[derive(Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    accesses: Vec<Option<Access>>,
    /// The instruction at hand.
    index: usize,
}

/// A load or store.
#[derive(Clone, Copy)]
struct Access {
    base: Register,
    store: bool,
    width: i64,
    offset: i64,
    group: usize,
    half: Half,
}

/// What becomes of a load or store of a part of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// It is executed for itself.
    Alone,
    /// Here the whole word is loaded or stored, wherever it lies.
    Whole,
    /// It is done already.
    Done,
}

/// Accesses to `base + offset` while `base` stays the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) store: bool,
    /// Offsets of the first byte and behind the last.
    pub(super) low: i64,
    pub(super) high: i64,
    /// The widest access, and the offset of one.
    pub(super) align: i64,
    anchor: i64,
    pub(super) members: usize,
    last: usize,
    /// Some of it has no check of its own.
    inseparable: bool,
    /// Where `base` would lie on the host, from the first access on.
    pub(super) host: Option<Value>,
}

impl Group {
    const fn new(access: &Access, index: usize) -> Self {
        Self {
            store: access.store,
            low: access.offset,
            high: access.offset + access.width,
            align: access.width,
            anchor: access.offset,
            members: 1,
            last: index,
            inseparable: false,
            host: None,
        }
    }

    /// The group with one more access, if one check can serve them all: the widest access being
    /// aligned implies it of the others.
    fn with(self, access: &Access, index: usize) -> Option<Self> {
        let Access { width, offset, .. } = *access;
        if (offset - self.anchor) % width.min(self.align) != 0 {
            return None;
        }
        let (align, anchor) =
            if width > self.align { (width, offset) } else { (self.align, self.anchor) };
        let low = self.low.min(offset);
        let low = low - (low - anchor).rem_euclid(align);
        let high = self.high.max(offset + width);
        let members = self.members + 1;
        (high - low <= MAX_BYTES).then_some(Self {
            low,
            high,
            align,
            anchor,
            members,
            last: index,
            ..self
        })
    }
}

impl Groups {
    pub(super) fn of(block: &Block) -> Self {
        let mut groups = Self::default();
        let mut open: Vec<(Register, usize)> = Vec::new();
        for instruction in &block.body {
            groups.push(*instruction, &mut open);
        }
        groups.pair(&block.body);
        if let Some(slot) = block.end.slot() {
            open.retain(|(base, _)| block.end.links() >> base.index() & 1 == 0);
            groups.push(*slot, &mut open);
        }
        groups.separate();
        groups
    }

    /// Goes on to the next instruction.
    pub(super) const fn next(&mut self) {
        self.index += 1;
    }

    pub(super) fn half(&self) -> Half {
        self.access().half
    }

    /// The group of the instruction at hand.
    pub(super) fn group(&mut self) -> &mut Group {
        let index = self.access().group;
        &mut self.groups[index]
    }

    /// Whether some later instruction uses what an earlier one found out about a page for loads.
    pub(super) fn holds_loads(&self) -> bool {
        let held = |group: &Group| !group.store && group.host.is_some() && group.last > self.index;
        self.groups.iter().any(held)
    }

    fn access(&self) -> Access {
        let Some(access) = self.accesses[self.index] else {
            unreachable!("every load and store is an access")
        };
        access
    }

    fn push(&mut self, instruction: Instruction, open: &mut Vec<(Register, usize)>) {
        let index = self.accesses.len();
        let access = access(instruction).map(|mut access| {
            let same = |(base, group): &&(Register, usize)| {
                *base == access.base && self.groups[*group].store == access.store
            };
            let known = open.iter().find(same).map(|(_, group)| *group);
            let joined = known.and_then(|group| self.groups[group].with(&access, index));
            access.group = match (known, joined) {
                (Some(group), Some(joined)) => {
                    self.groups[group] = joined;
                    group
                }
                _ => {
                    open.retain(|(_, group)| Some(*group) != known);
                    open.push((access.base, self.groups.len()));
                    self.groups.push(Group::new(&access, index));
                    self.groups.len() - 1
                }
            };
            access
        });
        self.accesses.push(access);
        let written = instruction.written();
        open.retain(|(base, _)| written >> base.index() & 1 == 0);
    }

    /// Finds the left and right halves of unaligned words.
    ///
    /// Two loads become one where the second stands, if no store stands between them and the target
    /// stays untouched; two stores become one where the first stands, if the second follows at once.
    fn pair(&mut self, body: &[Instruction]) {
        let mut lefts: Vec<(usize, Register)> = Vec::new();
        for (index, instruction) in body.iter().enumerate() {
            match *instruction {
                Instruction::Load { op: LoadOp::Lwr | LoadOp::Ldr, rt, .. } => {
                    let left = lefts.iter().find(|(left, to)| {
                        *to == rt
                            && body[*left].halves(*instruction).is_some()
                            && self.alike(*left, index)
                    });
                    if left.is_some() {
                        self.mark(index, Half::Whole);
                    }
                }
                Instruction::Store { op: StoreOp::Swr | StoreOp::Sdr, .. } if index > 0 => {
                    let left = index - 1;
                    if body[left].halves(*instruction).is_some() && self.alike(left, index) {
                        self.mark(left, Half::Whole);
                        self.mark(index, Half::Done);
                    }
                }
                _ => {}
            }
            if matches!(instruction, Instruction::Store { .. }) {
                lefts.clear();
            }
            let written = instruction.written();
            lefts.retain(|(_, to)| written >> to.index() & 1 == 0);
            if let Instruction::Load { op: LoadOp::Lwl | LoadOp::Ldl, rt, .. } = *instruction {
                lefts.push((index, rt));
            }
        }
    }

    fn alike(&self, left: usize, right: usize) -> bool {
        let group = |index: usize| self.accesses[index].map(|access| access.group);
        group(left) == group(right)
    }

    fn mark(&mut self, index: usize, half: Half) {
        if let Some(access) = &mut self.accesses[index] {
            access.half = half;
            self.groups[access.group].inseparable = true;
        }
    }

    /// Gives the members of small groups a check each.
    fn separate(&mut self) {
        for (index, access) in self.accesses.iter_mut().enumerate() {
            let Some(access) = access else { continue };
            let group = self.groups[access.group];
            if group.members < MIN_MEMBERS && !group.inseparable {
                access.group = self.groups.len();
                self.groups.push(Group::new(access, index));
            }
        }
    }
}

/// The access that an instruction makes. Parts of a word count as the byte at the address: the whole
/// aligned word around it lies in the same page.
const fn access(instruction: Instruction) -> Option<Access> {
    let (base, store, width, offset) = match instruction {
        Instruction::Load { op, base, offset, .. } => {
            let width = match op {
                LoadOp::Lh | LoadOp::Lhu => 2,
                LoadOp::Lw | LoadOp::Lwu => 4,
                LoadOp::Ld => 8,
                _ => 1,
            };
            (base, false, width, offset)
        }
        Instruction::Store { op, base, offset, .. } => {
            let width = match op {
                StoreOp::Sh => 2,
                StoreOp::Sw => 4,
                StoreOp::Sd => 8,
                _ => 1,
            };
            (base, true, width, offset)
        }
        _ => return None,
    };
    Some(Access { base, store, width, offset: offset as i64, group: 0, half: Half::Alone })
}
