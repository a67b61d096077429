//! The committed guest: its text holds nothing that the machine does not know, and it can call
//! nothing but `exit`.

#![expect(clippy::unwrap_used, reason = "a helper of tests ends them at the first surprise")]

use object::{
    LittleEndian,
    elf::{FileHeader64, PF_X, PT_LOAD},
    read::elf::{FileHeader, ProgramHeader},
};
use opml_fpvm::{Instruction, Program, TEXT_END, decode};

/// The file as it is committed. At run time it is only ever read through [`Program`].
const ELF: &[u8] = include_bytes!("../../../guest/opml-guest.elf");

/// The words of the executable segments with their addresses, read past [`Program`].
fn text() -> Vec<(u64, u32)> {
    let header = FileHeader64::<LittleEndian>::parse(ELF).unwrap();
    let endian = header.endian().unwrap();
    let segments = header.program_headers(endian, ELF).unwrap();
    let executable = segments
        .iter()
        .filter(|segment| segment.p_type(endian) == PT_LOAD && segment.p_flags(endian) & PF_X != 0);
    let mut words = Vec::new();
    for segment in executable {
        let bytes = segment.data(endian, ELF).unwrap();
        assert_eq!(bytes.len() % 4, 0, "the text ends inside an instruction");
        for (i, word) in bytes.chunks_exact(4).enumerate() {
            let address = segment.p_vaddr(endian) + 4 * i as u64;
            words.push((address, u32::from_le_bytes(word.try_into().unwrap())));
        }
    }
    words
}

#[test]
fn every_instruction_is_one_the_machine_supports() {
    let words = text();
    assert!(words.len() > 1000, "{} words are no guest", words.len());
    let unknown: Vec<String> = words
        .iter()
        .filter(|(_, word)| decode(*word).is_none())
        .map(|(address, word)| format!("{word:#010x} at {address:#x}"))
        .collect();
    assert!(unknown.is_empty(), "reserved instructions: {unknown:?}");
}

#[test]
fn text_lies_where_it_can_be_fetched() {
    let entry = Program::from_elf(ELF).unwrap().entry();
    let words = text();
    assert!(words.iter().any(|(address, _)| *address == entry), "entry {entry:#x} is no text");
    assert!(words.iter().all(|(address, _)| *address < TEXT_END));
}

#[test]
fn the_guest_has_one_way_out_and_links_nothing() {
    let count = |wanted: fn(&Instruction) -> bool| {
        text().iter().filter_map(|(_, word)| decode(*word)).filter(wanted).count()
    };
    assert_eq!(count(|i| matches!(i, Instruction::Syscall)), 1, "exit is the only system call");
    assert_eq!(count(|i| matches!(i, Instruction::Linked)), 0, "ll and sc always fault");
}
