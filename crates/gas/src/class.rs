//! Instruction classes: every instruction of the machine on registers that let it run, and every fault.

use opml_fpvm::{Cpu, Fault, State};
use opml_memory::{LEAF_BYTES, Memory};

use crate::{
    model::{Model, STACK_END, TEXT},
    word::{self, RS, RT, immediate, immediates, pair, word},
};

/// Where the instruction stands.
const PC: u64 = TEXT + 0x1000;
/// A leaf of the stack.
const STACK: u64 = STACK_END - 0x200;
/// `exit` in v0.
const EXIT: u64 = 5058;

/// What an instruction touches besides the leaf that it was fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touches {
    Nothing,
    Stack,
    Weights,
    Activations,
}

impl Touches {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "its text",
            Self::Stack => "the stack",
            Self::Weights => "the weights",
            Self::Activations => "the activations",
        }
    }

    /// Whether the proof depends on the size of the model.
    pub(crate) const fn grows(self) -> bool {
        matches!(self, Self::Weights | Self::Activations)
    }

    const fn address(self, model: &Model) -> Option<u64> {
        match self {
            Self::Nothing => None,
            Self::Stack => Some(STACK),
            Self::Weights => Some(model.a_weight()),
            Self::Activations => Some(model.an_activation()),
        }
    }
}

/// What the registers hold that the instruction does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Registers {
    /// What they hold in the midst of a dot product of the committed guest: addresses, counters, products, and some nothing.
    Typical,
    /// Eight bytes that are not zero, each of them, hi and lo.
    Full,
}

/// Instructions that cost about the same, for they prove and do the same.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) touches: Touches,
    words: Vec<u32>,
    /// Last changes to the registers.
    set: fn(&mut Cpu),
}

impl Class {
    fn new(name: &str, touches: Touches, words: Vec<u32>) -> Self {
        Self { name: name.to_owned(), touches, words, set: |_| {} }
    }

    fn fault(fault: Fault, word: u32, set: fn(&mut Cpu)) -> Self {
        let name = format!("fault: {fault:?}");
        Self { name, touches: Touches::Nothing, words: vec![word], set }
    }

    /// A machine that is about to execute each of the instructions.
    pub(crate) fn states(&self, model: &Model, registers: Registers) -> Vec<State> {
        self.words.iter().map(|word| self.state(model, registers, *word)).collect()
    }

    fn state(&self, model: &Model, registers: Registers, word: u32) -> State {
        let mut memory = Memory::new();
        // Eight times, so that the words around it are not zero.
        memory.write(PC, &word.to_le_bytes().repeat(LEAF_BYTES / 4));
        let mut cpu = Cpu::start(PC);
        match registers {
            Registers::Typical => typical(&mut cpu),
            Registers::Full => full(&mut cpu),
        }
        if let Some(address) = self.touches.address(model) {
            memory.write(address, &[0xa5; LEAF_BYTES]);
            cpu.regs[RS] = address + 8;
        }
        (self.set)(&mut cpu);
        State { cpu, memory }
    }
}

const fn typical(cpu: &mut Cpu) {
    cpu.lo = 0x1f40;
    cpu.regs = [
        0,
        0x40,
        0xffff_ffff_ffff_fff3,
        0x2a,
        0xc00_4000_1e40,
        0xc00_4000_2e40,
        0x11,
        0x880_0000_0340,
        0x1000,
        0x340,
        0xffff_ffff_ffff_c0de,
        0x1_09a4,
        0x25,
        0,
        0xffff_ffff_ffff_ffd1,
        0x5c0,
        0x880_0000_0000,
        0xc00_4000_1000,
        0x1000,
        0x8,
        0x880_0001_0000,
        0x3,
        0xc00_4000_0000,
        0,
        0x1000,
        0x7f,
        0,
        0,
        0,
        0x1ff_fb80,
        0xc00_0000_1000,
        0x1_12f8,
    ];
}

fn full(cpu: &mut Cpu) {
    (cpu.hi, cpu.lo) = (0x0102_0304_0506_0708, 0x1112_1314_1516_1718);
    for (n, register) in (0..).zip(&mut cpu.regs).skip(1) {
        *register = 0x0102_0304_0506_0701 + n;
    }
}

/// Every class.
pub(crate) fn classes() -> Vec<Class> {
    use Touches::{Activations, Nothing, Stack, Weights};
    let loads = immediates([0x20, 0x21, 0x23, 0x24, 0x25, 0x27, 0x37]);
    let partial_loads = immediates([0x1a, 0x1b, 0x22, 0x26]);
    let stores = immediates([0x28, 0x29, 0x2b, 0x3f]);
    let partial_stores = immediates([0x2a, 0x2c, 0x2d, 0x2e]);
    let mut classes = vec![
        Class::new("ALU", Nothing, word::alu()),
        Class::new("shift", Nothing, word::shifts()),
        Class::new("bit field", Nothing, word::bit_fields()),
        Class::new("multiply", Nothing, word::multiplications()),
        Class::new("divide", Nothing, (0x1a..0x1c).chain(0x1e..0x20).map(pair).collect()),
        Class::new("load", Stack, loads.clone()),
        Class::new("load", Weights, loads),
        Class::new("partial load", Stack, partial_loads.clone()),
        Class::new("partial load", Weights, partial_loads),
        Class::new("store", Stack, stores.clone()),
        Class::new("store", Activations, stores),
        Class::new("partial store", Stack, partial_stores.clone()),
        Class::new("partial store", Activations, partial_stores),
        Class::new("branch", Nothing, word::branches()),
        Class::new("jump", Nothing, word::jumps()),
        Class::new("trap, not taken", Nothing, word::traps()),
        Class { set: exits, ..Class::new("exit", Nothing, vec![0x0c]) },
        Class::new(
            "no operation",
            Nothing,
            vec![0x0f, word(1, 5, 0x1f, 0, 0, 0), word(0x33, 5, 0, 0, 0, 0)],
        ),
    ];
    classes.extend(faults());
    classes
}

const fn exits(cpu: &mut Cpu) {
    cpu.regs[2] = EXIT;
}

fn faults() -> [Class; 13] {
    let load = immediate(0x37);
    [
        Class::fault(Fault::UnalignedFetch, 0, |cpu| cpu.pc += 2),
        Class::fault(Fault::FetchOutsideText, 0, |cpu| cpu.pc = 1 << 24),
        Class::fault(Fault::ReservedInstruction, word(0x1f, 5, 6, 2, 31, 0), |_| {}),
        Class::fault(Fault::BranchInDelaySlot, immediate(0x04), |cpu| cpu.next_pc += 4),
        Class::fault(Fault::UnalignedAccess, load, |cpu| cpu.regs[RS] = STACK + 1),
        Class::fault(Fault::AddressOutOfRange, load, |cpu| cpu.regs[RS] = 1 << 44),
        Class::fault(Fault::StoreToText, immediate(0x3f), |cpu| cpu.regs[RS] = TEXT),
        Class::fault(Fault::IntegerOverflow, pair(0x20) | 2 << 11, |cpu| {
            (cpu.regs[RS], cpu.regs[RT]) = (0x7fff_ffff, 1);
        }),
        Class::fault(Fault::Trap, pair(0x34), |cpu| cpu.regs[RS] = cpu.regs[RT]),
        Class::fault(Fault::Breakpoint, 0x0d, |_| {}),
        Class::fault(Fault::UnknownSyscall, 0x0c, |_| {}),
        Class::fault(Fault::DivisionByZero, pair(0x1a), |cpu| cpu.regs[RT] = 0),
        Class::fault(Fault::LinkedAccess, immediate(0x30), |_| {}),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MODELS;
    use opml_fpvm::decode;

    #[test]
    fn classes_do_what_they_are_called() {
        for class in classes() {
            for registers in [Registers::Typical, Registers::Full] {
                for (state, word) in
                    class.states(&MODELS[2], registers).into_iter().zip(&class.words)
                {
                    let mut after = state;
                    after.step();
                    let exit = match class.name.strip_prefix("fault: ") {
                        Some(_) => 0x200,
                        None if class.name == "exit" => 0x100,
                        None => 0,
                    };
                    let text = decode(*word).map(|i| i.to_string());
                    assert_eq!(
                        after.cpu.exit & 0xf00,
                        exit,
                        "{} {text:?} {word:#010x}",
                        class.name
                    );
                }
            }
        }
    }
}
