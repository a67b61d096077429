//! Bugs of what must not succeed.

use super::{A0, CODE, Case, DATA, MIN32, MIN64, NEG1, T0, T1, V0, Word};
use opml_fpvm::{Fault, TEXT_END};

/// Unknown system calls succeeded silently (Cantina, medium); and the numbers and the error convention of other ABIs
/// were mixed up for years.
pub(crate) fn unknown_system_calls_fault() -> Vec<Case> {
    let others =
        [0, 1, 4001, 4246, 5000, 5001, 5057, 5059, 5205, 1 << 32 | 5058, 5058 << 1, NEG1, 0x100];
    others
        .into_iter()
        .map(|number| {
            Case::of(&[("syscall", 0x0000_000c)]).with(V0, number).then_fault(Fault::UnknownSyscall)
        })
        .collect()
}

/// Division by zero left hi and lo undefined, or panicked.
pub(crate) fn division_by_zero_faults() -> Vec<Case> {
    let divide = |word, by| Case::of(&[word]).with(T1, by).then_fault(Fault::DivisionByZero);
    vec![
        divide(("div t0, t1", 0x018d_001a), 0),
        divide(("divu t0, t1", 0x018d_001b), 0),
        divide(("ddiv t0, t1", 0x018d_001e), 0),
        divide(("ddivu t0, t1", 0x018d_001f), 0),
        // Zero in the 32 bits that count.
        divide(("div t0, t1", 0x018d_001a), 1 << 32),
        divide(("divu t0, t1", 0x018d_001b), MIN64),
        Case::of(&[("ddivu t0, t1", 0x018d_001f)])
            .with(T0, MIN64)
            .with(T1, 1 << 32)
            .then_hi_lo(0, 1 << 31),
    ]
}

/// Reservations of linked accesses had to be part of the state, and were forgotten by some writes. Here there are none:
/// linked accesses fault, before their address is looked at.
pub(crate) fn linked_accesses_fault() -> Vec<Case> {
    let mut cases = Vec::new();
    let words: [Word; 4] = [
        ("ll/sc", 0xc18d_0000),
        ("ll/sc", 0xd18d_0000),
        ("ll/sc", 0xe18d_0000),
        ("ll/sc", 0xf18d_0000),
    ];
    for word in words {
        for address in [DATA, DATA + 1, 0, 1 << 44] {
            cases.push(Case::of(&[word]).with(T0, address).then_fault(Fault::LinkedAccess));
        }
    }
    cases
}

/// Encodings were checked laxly: a word near an instruction was that instruction.
pub(crate) fn fields_that_must_be_zero_are_checked() -> Vec<Case> {
    let near = [
        0x018d_7061, // addu with sa
        0x018d_706d, // daddu with sa
        0x018d_0058, // mult with sa
        0x018d_0818, // mult with rd
        0x0180_0808, // jr with rd
        0x0181_0008, // jr with rt
        0x0181_f809, // jalr with rt
        0x3d8e_1234, // lui with rs
        0x1981_0003, // blez with rt
        0x1d81_0003, // bgtz with rt
        0x5981_0003, // blezl with rt
        0x002c_6800, // sll with rs
        0x004c_6802, // srl with rs = 2
        0x018c_6887, // srav with sa = 2
        0x018c_6886, // srlv with sa = 2
        0x0020_7010, // mfhi with rs
        0x0000_7050, // mfhi with sa
        0x7c2c_7420, // seb with rs
        0x7c0c_7460, // bshfl 17
        0x718d_7042, // mul with sa
        0x7180_7060, // clz with sa
        0x718d_0800, // madd with rd
        0x7d8c_ffc0, // ext beyond bit 31
        0x7d8c_0fc4, // ins with msb < lsb
        0x0584_0000, // regimm 4
        0x4000_6000, // mfc0
        0x4400_0000, // mfc1
        0x4600_0000, // add.s
        0xc58c_0000, // lwc1
        0xbd80_0000, // cache
        0x7c03_e83b, // rdhwr
        0x7000_003f, // sdbbp
        0x7400_0000, // jalx
        0x0000_0001, // movf
        0x0000_0005, // lsa of release 6
        0x0000_003d,
        0xf7ff_ffff,
    ];
    near.into_iter()
        .map(|word| Case::of(&[("", word)]).then_fault(Fault::ReservedInstruction))
        .collect()
}

/// Constants differed between the two implementations (Cannon's flags of `clone`): every fault, by its code.
pub(crate) fn every_fault_has_its_own_code() -> Vec<Case> {
    let at = |pc: u64| {
        let mut case = Case::of(&[("nop", 0x0000_0000)]);
        (case.start.cpu.pc, case.start.cpu.next_pc) = (pc, pc.wrapping_add(4));
        case
    };
    let of = |word: Word, address| Case::of(&[word]).with(T0, address).with(T1, 0);
    vec![
        at(CODE + 1).then_exit(0x201),
        at(TEXT_END).then_exit(0x202),
        of(("", 0x0000_0001), 0).then_exit(0x203),
        of(("beq zero, zero, .+8", 0x1000_0001), 0).with_next_pc(CODE + 8).then_exit(0x204),
        of(("lw t1, 0(t0)", 0x8d8d_0000), DATA + 2).then_exit(0x205),
        of(("lb t1, 0(t0)", 0x818d_0000), 1 << 44).then_exit(0x206),
        of(("sb t1, 0(t0)", 0xa18d_0000), CODE).then_exit(0x207),
        of(("addi t1, t0, -1", 0x218d_ffff), MIN32).then_exit(0x208),
        of(("teq t0, t0", 0x018c_0034), 0).then_exit(0x209),
        of(("break", 0x0000_000d), 0).then_exit(0x20a),
        of(("syscall", 0x0000_000c), 0).then_exit(0x20b),
        of(("divu t0, t1", 0x018d_001b), 0).then_exit(0x20c),
        of(("ll/sc", 0xc18d_0000), DATA).then_exit(0x20d),
        of(("syscall", 0x0000_000c), 0).with(V0, 5058).with(A0, 3).then_exit(0x103),
    ]
}
