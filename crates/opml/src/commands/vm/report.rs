//! How states are written for people and for programs.

use opml_fpvm::{Cpu, FIELDS, Fault, Register, Symbols, TEXT_END, decode};
use opml_memory::Memory;
use serde::{Serialize, Serializer};

/// Names of the fields of a state that are no general registers, in the order of §5 of the protocol.
const SPECIAL: [&str; 5] = ["pc", "next_pc", "hi", "lo", "exit"];

/// A number as JSON has it: in hex, since readers of JSON lose bits of numbers above 2^53.
pub(super) fn hex(value: u64) -> String {
    format!("{value:#x}")
}

/// The code of an exit word `0x100 | code`.
pub(super) fn exit_code(exit: u64) -> Option<u8> {
    (exit >> 8 == 1).then_some(exit as u8)
}

/// The name of the fault in an exit word.
pub(super) fn fault(exit: u64) -> Option<String> {
    Fault::from_exit_word(exit).map(|fault| format!("{fault:?}"))
}

/// What an exit word that is not 0 says.
pub(super) fn end(exit: u64) -> String {
    match (exit_code(exit), Fault::from_exit_word(exit)) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(fault)) => format!("stopped with fault {fault:?} ({fault})"),
        (None, None) => format!("stopped with exit word {exit:#x}"),
    }
}

/// The name of a field of a state, by its place in the order of §5.
fn field_name(index: usize) -> String {
    match SPECIAL.get(index) {
        Some(name) => (*name).to_owned(),
        None => Register::new((index + 1 - SPECIAL.len()) as u32).to_string(),
    }
}

/// A field or a double word of memory on two sides: before and after a step, or in two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair<K> {
    pub(super) key: K,
    pub(super) left: u64,
    pub(super) right: u64,
}

/// The fields that differ, by their names, in the order of §5.
pub(super) fn differing_fields(left: &Cpu, right: &Cpu) -> Vec<Pair<String>> {
    let (left, right) = (left.fields(), right.fields());
    (0..FIELDS)
        .filter(|&i| left[i] != right[i])
        .map(|i| Pair { key: field_name(i), left: left[i], right: right[i] })
        .collect()
}

/// All fields of a state by name; writes one JSON object.
#[derive(Debug)]
pub(super) struct Registers(pub(super) Cpu);

impl Serialize for Registers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self.0.fields();
        serializer.collect_map((0..FIELDS).map(|i| (field_name(i), hex(fields[i]))))
    }
}

/// The word that a running state executes next, if it can be fetched.
pub(super) fn word_at(cpu: &Cpu, memory: &Memory) -> Option<u32> {
    let fetched = cpu.exit == 0 && cpu.pc.is_multiple_of(4) && cpu.pc < TEXT_END;
    fetched.then(|| {
        let mut bytes = [0; 4];
        memory.read(cpu.pc, &mut bytes);
        u32::from_le_bytes(bytes)
    })
}

/// The instruction that a state executes next.
pub(super) fn instruction(cpu: &Cpu, memory: &Memory) -> String {
    match word_at(cpu, memory) {
        None => "(none)".to_owned(),
        Some(word) => match decode(word) {
            Some(instruction) => instruction.to_string(),
            None => format!(".word {word:#010x}"),
        },
    }
}

/// `name+0xoffset`, as far as the program has names.
pub(super) fn place(symbols: &Symbols, pc: u64) -> Option<String> {
    symbols.at(pc).map(|(name, offset)| match offset {
        0 => readable(name),
        _ => format!("{}+{offset:#x}", readable(name)),
    })
}

/// A symbol without the compiler's encoding.
pub(super) fn readable(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}
