//! Guest programs from hand-made ELF files.

use opml_fpvm::{ElfError, Fault, Program};
use opml_memory::{DATA_HALF, DATA_HEIGHT, Memory, zero_hash};

/// A program header: type, address, bytes in the file, bytes in memory.
type Segment<'a> = (u32, u64, &'a [u8], u64);

/// A little-endian ELF64 file of the given type and machine.
fn elf(kind: u16, machine: u16, entry: u64, segments: &[Segment<'_>]) -> Vec<u8> {
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend([kind.to_le_bytes(), machine.to_le_bytes()].concat());
    file.extend(1u32.to_le_bytes());
    file.extend([entry, 64, 0].map(u64::to_le_bytes).concat());
    file.extend(0u32.to_le_bytes());
    file.extend([64u16, 56, segments.len() as u16, 64, 0, 0].map(u16::to_le_bytes).concat());
    let mut offset = 64 + 56 * segments.len() as u64;
    for (kind, address, bytes, size) in segments {
        file.extend([*kind, 5].map(u32::to_le_bytes).concat());
        let length = bytes.len() as u64;
        file.extend([offset, *address, *address, length, *size, 1].map(u64::to_le_bytes).concat());
        offset += length;
    }
    for (_, _, bytes, _) in segments {
        file.extend(*bytes);
    }
    file
}

const CODE: u64 = 0x1_0000;

#[test]
fn a_program_is_its_loadable_segments() {
    let code = [0x0du32.to_le_bytes(); 4].concat();
    let segments: &[Segment<'_>] =
        &[(1, CODE, &code, 16), (4, 0x5000, b"note", 4), (1, 1 << 24, b"data", 0x10_0000)];
    let program = Program::from_elf(&elf(2, 8, CODE + 4, segments)).unwrap();
    let mut expected = Memory::new();
    expected.write(CODE, &code);
    expected.write(1 << 24, b"data");
    assert_eq!(program.guest_root(), expected.node(DATA_HEIGHT, 0));

    let mut data = Memory::new();
    data.write(DATA_HALF, b"state");
    let mut state = program.start(data.clone());
    assert_eq!((state.cpu.pc, state.cpu.next_pc), (CODE + 4, CODE + 8));
    assert_eq!(state.memory.node(DATA_HEIGHT, 0), program.guest_root());
    assert_eq!(state.memory.node(DATA_HEIGHT, 1), data.node(DATA_HEIGHT, 1));
    state.step();
    assert_eq!(state.cpu.exit, Fault::Breakpoint.exit_word());
}

#[test]
fn a_file_may_lie_at_any_address() {
    let file = elf(2, 8, CODE, &[(1, CODE, b"code", 4)]);
    let expected = Program::from_elf(&file).unwrap().guest_root();
    for by in 1..8 {
        let shifted = [&vec![0; by], &file[..]].concat();
        assert_eq!(Program::from_elf(&shifted[by..]).unwrap().guest_root(), expected, "{by}");
    }
}

#[test]
fn an_empty_program_is_zeroes() {
    let program = Program::from_elf(&elf(2, 8, 0, &[])).unwrap();
    assert_eq!(program.guest_root(), zero_hash(DATA_HEIGHT));
}

#[test]
fn other_files_are_refused() {
    let refused = |file: &[u8]| Program::from_elf(file).map(|program| program.entry()).unwrap_err();
    assert!(matches!(refused(b""), ElfError::Malformed(_)));
    assert!(matches!(refused(b"\x7fELF\x02\x01\x01"), ElfError::Malformed(_)));
    assert_eq!(refused(b"\x7fELF\x01\x01\x01"), ElfError::Class(1));
    assert_eq!(refused(&elf(3, 8, 0, &[])), ElfError::Kind { kind: 3, machine: 8 });
    assert_eq!(refused(&elf(2, 62, 0, &[])), ElfError::Kind { kind: 2, machine: 62 });
    let mut big_endian = elf(2, 8, 0, &[]);
    big_endian[5] = 2;
    assert_eq!(refused(&big_endian), ElfError::Endianness(2));
    for entry in [2, 1 << 24, u64::MAX] {
        assert_eq!(refused(&elf(2, 8, entry, &[])), ElfError::Entry(entry));
    }
    for address in [DATA_HALF - 3, DATA_HALF, u64::MAX - 2] {
        assert_eq!(
            refused(&elf(2, 8, 0, &[(1, address, b"data", 4)])),
            ElfError::SegmentOutOfRange { address, size: 4 }
        );
    }
    assert_eq!(
        refused(&elf(2, 8, 0, &[(1, CODE, b"data", 3)])),
        ElfError::SegmentSize { address: CODE, file: 4, memory: 3 }
    );
    let whole = elf(2, 8, 0, &[(1, CODE, b"data", 4)]);
    assert!(matches!(refused(&whole[..whole.len() - 1]), ElfError::Malformed(_)));
}

/// Where `e_flags` stands in a file.
const FLAGS: usize = 48;

#[test]
fn programs_for_other_machines_of_the_family_are_refused() {
    let with_flags = |flags: u32| {
        let mut file = elf(2, 8, 0, &[]);
        file[FLAGS..FLAGS + 4].copy_from_slice(&flags.to_le_bytes());
        Program::from_elf(&file).map(|program| program.entry())
    };
    // MIPS III, 64, 64r2 with PIC conventions; then 64r6, microMIPS, MIPS16.
    for flags in [0x2000_0000, 0x6000_0001, 0x8000_0007] {
        assert_eq!(with_flags(flags), Ok(0));
    }
    for flags in [0xa000_0000, 0x8200_0000, 0x8400_0000] {
        assert_eq!(with_flags(flags), Err(ElfError::Architecture(flags)));
    }
}

#[test]
fn programs_that_need_a_linker_or_an_fpu_are_refused() {
    let refused = |segments: &[Segment<'_>]| {
        Program::from_elf(&elf(2, 8, 0, segments)).map(|program| program.entry())
    };
    assert_eq!(refused(&[(2, CODE, b"dyna", 4)]), Err(ElfError::Dynamic(2)));
    assert_eq!(refused(&[(3, CODE, b"ld", 2)]), Err(ElfError::Dynamic(3)));
    let abi_flags = |fp_abi| [[0; 7].as_slice(), &[fp_abi], &[0; 16]].concat();
    for fp_abi in 0..8 {
        let expected =
            if [0, 3].contains(&fp_abi) { Ok(0) } else { Err(ElfError::HardFloat(fp_abi)) };
        assert_eq!(refused(&[(0x7000_0003, CODE, &abi_flags(fp_abi), 24)]), expected);
    }
}

#[test]
fn segments_that_overlap_are_refused() {
    let load = |segments: &[Segment<'_>]| {
        Program::from_elf(&elf(2, 8, 0, segments)).map(|program| program.entry())
    };
    assert_eq!(load(&[(1, CODE + 4, b"high", 4), (1, CODE, b"low.", 4), (1, CODE, b"", 0)]), Ok(0));
    assert_eq!(
        load(&[(1, CODE + 4, b"high", 4), (1, CODE, b"low.", 5)]),
        Err(ElfError::Overlap { first: CODE, size: 5, second: CODE + 4 })
    );
}
