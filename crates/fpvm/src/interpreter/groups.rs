//! Loads that share a check of their page.
//!
//! Programs load many values from one base before they change it. The first load of such a group looks the page up for all of
//! them, and keeps where the base would lie on the host; the others load from there. What a page lies at changes only when
//! the reference step runs, and then the block is left.

use super::op::Registers;
use crate::{Instruction, LoadOp, Register, load_store::load_width};

/// Fewer loads are checked one by one, which costs less.
const MIN_MEMBERS: usize = 3;

/// An instruction, with its part in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It has none.
    Alone(Instruction),
    /// The first load of the group that uses `slot`.
    First {
        /// The load.
        load: Load,
        slot: u8,
        /// Bytes of the group before those of this load, and behind them.
        around: [u8; 2],
    },
    /// A later load.
    Member { load: Load, slot: u8 },
}

/// A load of a value that is as wide as it must be aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) op: LoadOp,
    pub(super) rt: Register,
    pub(super) base: Register,
    pub(super) offset: i16,
}

impl Load {
    const fn of(instruction: Instruction) -> Option<Self> {
        match instruction {
            Instruction::Load {
                op: LoadOp::Lwl | LoadOp::Lwr | LoadOp::Ldl | LoadOp::Ldr, ..
            } => None,
            Instruction::Load { op, rt, base, offset } => Some(Self { op, rt, base, offset }),
            _ => None,
        }
    }

    /// Offsets of the first byte and behind the last.
    fn bytes(self) -> [i32; 2] {
        let low = i32::from(self.offset);
        [low, low + load_width(self.op) as i32]
    }
}

/// A group as far as it is known.
struct Group {
    first: Load,
    /// Places of its loads in the text.
    members: Vec<usize>,
    around: [u8; 2],
}

impl Group {
    /// Takes one more load, if the check of the first can serve it: it is aligned if the first is, and near.
    fn take(&mut self, load: Load, place: usize) -> bool {
        let ([low, high], [first_low, first_high]) = (load.bytes(), self.first.bytes());
        let width = high - low;
        let is_aligned = width <= first_high - first_low && (low - first_low) % width == 0;
        let [below, above] = self.around;
        let around = (
            u8::try_from((first_low - low).max(below.into())),
            u8::try_from((high - first_high).max(above.into())),
        );
        let (true, (Ok(below), Ok(above))) = (is_aligned, around) else { return false };
        self.around = [below, above];
        self.members.push(place);
        true
    }
}

/// Finds the groups in the text of a block, instructions one after the other that are entered at the first only.
pub(super) fn forms(text: &[Instruction]) -> Vec<Form> {
    let mut groups: Vec<Group> = Vec::new();
    // The group of each base that may still grow.
    let mut open = [None; 32];
    for (place, instruction) in text.iter().enumerate() {
        if let Some(load) = Load::of(*instruction) {
            let base = load.base.index();
            let joins = open[base].is_some_and(|group: usize| groups[group].take(load, place));
            if !joins {
                open[base] = Some(groups.len());
                groups.push(Group { first: load, members: vec![place], around: [0; 2] });
            }
        }
        let written = instruction.written();
        for (_, group) in open.iter_mut().enumerate().filter(|(base, _)| written >> base & 1 != 0) {
            *group = None;
        }
    }
    let mut forms: Vec<_> = text.iter().map(|instruction| Form::Alone(*instruction)).collect();
    let large = groups.iter().filter(|group| group.members.len() >= MIN_MEMBERS);
    for (slot, group) in Registers::SLOTS.zip(large) {
        for place in &group.members {
            let Some(load) = Load::of(text[*place]) else { continue };
            forms[*place] = Form::Member { load, slot };
        }
        let (load, around) = (group.first, group.around);
        forms[group.members[0]] = Form::First { load, slot, around };
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::{Form, forms};
    use crate::decode;

    /// `lb at, OFFSET(t0)`.
    const fn lb(offset: u16) -> u32 {
        0x8101_0000 | offset as u32
    }

    /// `ld at, OFFSET(t0)`.
    const fn ld(offset: u16) -> u32 {
        0xdd01_0000 | offset as u32
    }

    fn parts(text: &[u32]) -> Vec<Option<[u8; 2]>> {
        let text: Vec<_> = text.iter().filter_map(|word| decode(*word)).collect();
        let part = |form: &Form| match form {
            Form::Alone(_) => None,
            Form::First { around, .. } => Some(*around),
            Form::Member { .. } => Some([0; 2]),
        };
        forms(&text).iter().map(part).collect()
    }

    #[test]
    fn a_first_load_answers_for_the_bytes_around_it() {
        assert_eq!(parts(&[lb(8), lb(3), lb(12)]), [Some([5, 4]), Some([0; 2]), Some([0; 2])]);
    }

    #[test]
    fn two_loads_are_no_group() {
        assert_eq!(parts(&[lb(8), lb(3)]), [None; 2]);
    }

    #[test]
    fn a_changed_base_ends_the_group() {
        // daddiu t0, t0, 1
        assert_eq!(parts(&[lb(0), lb(1), 0x6508_0001, lb(2)]), [None; 4]);
        // lb t0, 0(t0)
        assert_eq!(
            parts(&[lb(0), lb(1), 0x8108_0000, lb(2)]),
            [Some([0, 1]), Some([0; 2]), Some([0; 2]), None]
        );
    }

    #[test]
    fn what_the_first_cannot_vouch_for_stays_out() {
        // Too far, and wider or aligned otherwise than the first.
        assert_eq!(parts(&[lb(0), lb(257), lb(1), lb(2)]), [None; 4]);
        assert_eq!(parts(&[ld(0), lb(264), ld(8), lb(265)]), [None; 4]);
        let members = [Some([0, 7]), Some([0; 2]), Some([0; 2])];
        assert_eq!(
            parts(&[lb(0), ld(8), lb(9), lb(15)])[1..],
            members.map(|part| part.map(|_: [u8; 2]| [0; 2]))
        );
        assert_eq!(parts(&[ld(0), ld(12), ld(8), ld(16)]), [None; 4]);
    }
}
