//! Which instructions become one host function.

use std::collections::{BTreeMap, VecDeque};

use crate::{Condition, Instruction, Register, TEXT_END};

/// Bounds of a region, so that compiling one stays short.
const MAX_BLOCKS: usize = 256;
const MAX_INSTRUCTIONS: usize = 2048;
const MAX_BLOCK: usize = 256;
/// Calls that are followed into each other.
const MAX_CALLS: usize = 4;

/// Blocks of text that lead to each other. Block 0 is the entry.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) blocks: Vec<Block>,
}

/// Instructions that run one after the other.
#[derive(Debug)]
pub(super) struct Block {
    /// Address of the first instruction.
    pub(super) start: u64,
    pub(super) body: Vec<Instruction>,
    pub(super) end: End,
    /// At loop heads and the entry: the most steps from here until the next such block or the exit.
    pub(super) budget: Option<u64>,
    /// The registers that the block may write, and those that may be written since the entry when it
    /// begins: numbered as by [`Instruction::written`].
    pub(super) written: u64,
    pub(super) dirty: u64,
}

/// How a block ends. The address of a branch is that behind the body.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// Control falls through.
    Next(Target),
    /// The next instruction is left to the interpreter.
    Refuse,
    Branch {
        when: Condition,
        rs: Register,
        rt: Register,
        link: bool,
        likely: bool,
        slot: Instruction,
        taken: Target,
        untaken: Target,
    },
    Jump {
        link: bool,
        slot: Instruction,
        target: Target,
    },
    /// With what the jump is guessed to go to, if it returns from a call inside the region.
    JumpRegister {
        rd: Register,
        rs: Register,
        slot: Instruction,
        guess: Option<(u64, Target)>,
    },
}

/// Where control goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// To a block of this region.
    Block(usize),
    /// Out of the region to an address.
    Leave(u64),
}

impl End {
    /// Steps of the end itself; of a likely branch that is not taken.
    pub(super) const fn steps(&self) -> u64 {
        match self {
            Self::Next(_) | Self::Refuse => 0,
            Self::Branch { likely: true, .. } => 1,
            Self::Branch { .. } | Self::Jump { .. } | Self::JumpRegister { .. } => 2,
        }
    }

    /// The instruction in the delay slot.
    pub(super) const fn slot(&self) -> Option<&Instruction> {
        match self {
            Self::Next(_) | Self::Refuse => None,
            Self::Branch { slot, .. }
            | Self::Jump { slot, .. }
            | Self::JumpRegister { slot, .. } => Some(slot),
        }
    }

    /// The register that the branch or jump itself writes, as a set.
    pub(super) const fn links(&self) -> u64 {
        match self {
            Self::Branch { link: true, .. } | Self::Jump { link: true, .. } => Register::RA.bit(),
            Self::JumpRegister { rd, .. } => rd.bit(),
            _ => 0,
        }
    }

    fn successors(&self) -> impl Iterator<Item = usize> {
        let targets = match *self {
            Self::Next(target) | Self::Jump { target, .. } => [Some(target), None],
            Self::Branch { taken, untaken, .. } => [Some(taken), Some(untaken)],
            Self::JumpRegister { guess, .. } => [guess.map(|(_, target)| target), None],
            Self::Refuse => [None, None],
        };
        targets.into_iter().flatten().filter_map(|target| match target {
            Target::Block(block) => Some(block),
            Target::Leave(_) => None,
        })
    }
}

impl Block {
    /// Steps from the head to the end, without the delay slot of a likely branch.
    pub(super) const fn steps(&self) -> u64 {
        self.body.len() as u64 + self.end.steps()
    }
}

impl Region {
    /// Finds the region of `entry`, a multiple of 4 inside the text. None if even its first
    /// instruction is one for the interpreter.
    pub(super) fn discover(
        entry: u64,
        fetch: &mut impl FnMut(u64) -> Option<Instruction>,
    ) -> Option<Self> {
        let mut search = Search { fetch, places: BTreeMap::new(), todo: VecDeque::new(), size: 0 };
        search.target(Place { pc: entry, calls: Vec::new() });
        let mut blocks = Vec::new();
        while let Some(place) = search.todo.pop_front() {
            blocks.push(search.block(place));
        }
        let mut region = Self { blocks };
        region.set_budgets();
        region.set_dirty();
        (region.blocks[0].steps() > 0).then_some(region)
    }

    /// Follows what is written along all ways through the region.
    fn set_dirty(&mut self) {
        let mut todo: Vec<_> = (0..self.blocks.len()).collect();
        while let Some(index) = todo.pop() {
            let block = &self.blocks[index];
            let after = block.dirty | block.written;
            for next in block.end.successors().collect::<Vec<_>>() {
                let dirty = &mut self.blocks[next].dirty;
                if after & !*dirty != 0 {
                    *dirty |= after;
                    todo.push(next);
                }
            }
        }
    }

    /// Marks the blocks that loops go back to, and bounds the steps between marks.
    fn set_budgets(&mut self) {
        let count = self.blocks.len();
        let (mut order, mut head) = (Vec::new(), vec![false; count]);
        let (mut seen, mut open) = (vec![false; count], vec![false; count]);
        head[0] = true;
        let mut stack = vec![(0, false)];
        while let Some((block, done)) = stack.pop() {
            if done {
                open[block] = false;
                order.push(block);
                continue;
            }
            if seen[block] {
                continue;
            }
            (seen[block], open[block]) = (true, true);
            stack.push((block, true));
            for next in self.blocks[block].end.successors() {
                head[next] |= open[next];
                stack.push((next, false));
            }
        }
        let mut longest = vec![0; count];
        for block in order {
            let Block { end, .. } = &self.blocks[block];
            let slot = u64::from(matches!(end, End::Branch { likely: true, .. }));
            let rest = end.successors().filter(|next| !head[*next]).map(|next| longest[next]);
            longest[block] = self.blocks[block].steps() + slot + rest.max().unwrap_or(0);
            self.blocks[block].budget = head[block].then_some(longest[block]);
        }
    }
}

/// A block is one for each chain of calls that leads to it, given by the return addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    pc: u64,
    calls: Vec<u64>,
}

struct Search<'a, F> {
    fetch: &'a mut F,
    places: BTreeMap<Place, usize>,
    todo: VecDeque<Place>,
    size: usize,
}

impl<F: FnMut(u64) -> Option<Instruction>> Search<'_, F> {
    /// The block at `place`, which joins the region if there is room.
    fn target(&mut self, place: Place) -> Target {
        if let Some(block) = self.places.get(&place) {
            return Target::Block(*block);
        }
        let block = self.places.len();
        if block == MAX_BLOCKS || self.size >= MAX_INSTRUCTIONS || place.pc >= TEXT_END {
            return Target::Leave(place.pc);
        }
        self.places.insert(place.clone(), block);
        self.todo.push_back(place);
        Target::Block(block)
    }

    fn instruction(&mut self, pc: u64) -> Option<Instruction> {
        if pc >= TEXT_END { None } else { (self.fetch)(pc) }
    }

    /// What stands in the delay slot of the branch at `pc`, if it can be compiled.
    fn slot(&mut self, pc: u64) -> Option<Instruction> {
        self.instruction(pc + 4).filter(|slot| is_plain(*slot))
    }

    fn block(&mut self, place: Place) -> Block {
        let Place { pc: start, calls } = place;
        let mut body = Vec::new();
        let end = loop {
            let pc = start + 4 * body.len() as u64;
            let here = Place { pc, calls: calls.clone() };
            if !body.is_empty() && (self.places.contains_key(&here) || body.len() == MAX_BLOCK) {
                break End::Next(self.target(here));
            }
            match self.instruction(pc) {
                Some(instruction) if is_plain(instruction) => body.push(instruction),
                Some(transfer) => break self.transfer(transfer, here).unwrap_or(End::Refuse),
                None => break End::Refuse,
            }
        };
        self.size += body.len() + end.steps() as usize;
        let written = body
            .iter()
            .chain(end.slot())
            .fold(end.links(), |set, instruction| set | instruction.written());
        Block { start, body, end, budget: None, written, dirty: 0 }
    }

    /// The end that a branch or jump makes, with the instruction in its delay slot.
    fn transfer(&mut self, transfer: Instruction, here: Place) -> Option<End> {
        let Place { pc, calls } = here;
        match transfer {
            Instruction::Branch { when, rs, rt, offset, likely, link } => {
                let slot = self.slot(pc)?;
                let target = crate::branch::branch_target(pc, offset);
                let untaken = self.target(Place { pc: pc + 8, calls: calls.clone() });
                let taken = self.target(Place { pc: target, calls });
                Some(End::Branch { when, rs, rt, link, likely, slot, taken, untaken })
            }
            Instruction::Jump { index, link } => {
                let slot = self.slot(pc)?;
                let mut calls = calls;
                let target = crate::branch::jump_target(pc, index);
                if link && calls.len() == MAX_CALLS {
                    return Some(End::Jump { link, slot, target: Target::Leave(target) });
                }
                if link {
                    calls.push(pc + 8);
                }
                let target = self.target(Place { pc: target, calls });
                Some(End::Jump { link, slot, target })
            }
            Instruction::JumpRegister { rd, rs } => {
                let slot = self.slot(pc)?;
                let mut calls = calls;
                let returns = rs == Register::RA && rd == Register::ZERO;
                let guess = calls.pop().filter(|_| returns).map(|pc| {
                    let target = self.target(Place { pc, calls });
                    (pc, target)
                });
                Some(End::JumpRegister { rd, rs, slot, guess })
            }
            _ => None,
        }
    }
}

/// Whether an instruction is compiled and goes on to the next one.
const fn is_plain(instruction: Instruction) -> bool {
    match instruction {
        Instruction::Alu { .. }
        | Instruction::AluImmediate { .. }
        | Instruction::MoveIf { .. }
        | Instruction::Extract { .. }
        | Instruction::Insert { .. }
        | Instruction::MulDiv { .. }
        | Instruction::MoveFrom { .. }
        | Instruction::MoveTo { .. }
        | Instruction::Load { .. }
        | Instruction::Store { .. }
        | Instruction::Trap { .. }
        | Instruction::TrapImmediate { .. }
        | Instruction::Nop => true,
        Instruction::Branch { .. }
        | Instruction::Jump { .. }
        | Instruction::JumpRegister { .. }
        | Instruction::Syscall
        | Instruction::Break
        | Instruction::Linked => false,
    }
}
