//! Results of every arithmetic instruction, written by hand.

use crate::asm::{RD, RS, RT, execute, fault, i, r};
use opml_fpvm::Fault;

const MIN32: u64 = 0xffff_ffff_8000_0000;
const MAX32: u64 = 0x7fff_ffff;
const MIN64: u64 = 1 << 63;
const MAX64: u64 = MIN64 - 1;
const NEG1: u64 = u64::MAX;
/// Low word as wanted, high word that no 32-bit operation may read.
const fn dirty(low: u32) -> u64 {
    0x0123_4567_0000_0000 | low as u64
}

#[test]
fn three_register_operations() {
    let cases: &[(&str, u32, u64, u64, u64)] = &[
        ("add", r(0, RS, RT, RD, 0, 0x20), 5, NEG1, 4),
        ("add", r(0, RS, RT, RD, 0, 0x20), dirty(0x8000_0000), dirty(1), MIN32 + 1),
        ("addu", r(0, RS, RT, RD, 0, 0x21), MAX32, 1, MIN32),
        ("addu", r(0, RS, RT, RD, 0, 0x21), dirty(0xffff_ffff), dirty(2), 1),
        ("sub", r(0, RS, RT, RD, 0, 0x22), 3, 5, NEG1 - 1),
        ("subu", r(0, RS, RT, RD, 0, 0x23), MIN32, 1, MAX32),
        ("subu", r(0, RS, RT, RD, 0, 0x23), dirty(0), dirty(1), NEG1),
        (
            "and",
            r(0, RS, RT, RD, 0, 0x24),
            0xff00_ff00_ff00_ff00,
            0xf0f0_f0f0_f0f0_f0f0,
            0xf000_f000_f000_f000,
        ),
        ("or", r(0, RS, RT, RD, 0, 0x25), 0xff00_0000_0000_0000, 0x0f, 0xff00_0000_0000_000f),
        ("xor", r(0, RS, RT, RD, 0, 0x26), NEG1, 0xff, 0xffff_ffff_ffff_ff00),
        ("nor", r(0, RS, RT, RD, 0, 0x27), 0xff00_0000_0000_0000, 0x0f, 0x00ff_ffff_ffff_fff0),
        ("slt", r(0, RS, RT, RD, 0, 0x2a), NEG1, 0, 1),
        ("slt", r(0, RS, RT, RD, 0, 0x2a), 1 << 32, 1, 0),
        ("sltu", r(0, RS, RT, RD, 0, 0x2b), NEG1, 0, 0),
        ("sltu", r(0, RS, RT, RD, 0, 0x2b), 1, 1 << 32, 1),
        ("dadd", r(0, RS, RT, RD, 0, 0x2c), MAX32, 1, 0x8000_0000),
        ("daddu", r(0, RS, RT, RD, 0, 0x2d), MAX64, 1, MIN64),
        ("dsub", r(0, RS, RT, RD, 0, 0x2e), 0, 1, NEG1),
        ("dsubu", r(0, RS, RT, RD, 0, 0x2f), MIN64, 1, MAX64),
        ("sllv", r(0, RS, RT, RD, 0, 0x04), 4, dirty(0x1800_0001), 0xffff_ffff_8000_0010),
        ("srlv", r(0, RS, RT, RD, 0, 0x06), 4, dirty(0x8000_0010), 0x0800_0001),
        ("srlv by 0 sign-extends", r(0, RS, RT, RD, 0, 0x06), 32, dirty(0x8000_0010), MIN32 + 0x10),
        ("srav", r(0, RS, RT, RD, 0, 0x07), 4, dirty(0x8000_0010), 0xffff_ffff_f800_0001),
        ("rotrv", r(0, RS, RT, RD, 1, 0x06), 4, dirty(0x0000_0018), 0xffff_ffff_8000_0001),
        ("rotrv by 32", r(0, RS, RT, RD, 1, 0x06), 32, dirty(0x8000_0018), MIN32 + 0x18),
        ("dsllv", r(0, RS, RT, RD, 0, 0x14), 36, 0x1800_0001, 0x8000_0010_0000_0000),
        ("dsrlv", r(0, RS, RT, RD, 0, 0x16), 36, 0x8000_0010_0000_0000, 0x0800_0001),
        ("dsrav", r(0, RS, RT, RD, 0, 0x17), 36, 0x8000_0010_0000_0000, 0xffff_ffff_f800_0001),
        ("drotrv", r(0, RS, RT, RD, 1, 0x16), 36, 0x0000_0018_0000_0000, 0x8000_0000_0000_0001),
        ("mul", r(0x1c, RS, RT, RD, 0, 0x02), dirty(0x1_0000), dirty(0x8000), MIN32),
        ("mul", r(0x1c, RS, RT, RD, 0, 0x02), NEG1, 7, NEG1 - 6),
        ("clz", r(0x1c, RS, RT, RD, 0, 0x20), dirty(0x0001_0000), 0, 15),
        ("clz of 0", r(0x1c, RS, RT, RD, 0, 0x20), dirty(0), 0, 32),
        ("clo", r(0x1c, RS, RT, RD, 0, 0x21), dirty(0xfffe_0000), 0, 15),
        ("dclz", r(0x1c, RS, RT, RD, 0, 0x24), 1, 0, 63),
        ("dclz of 0", r(0x1c, RS, RT, RD, 0, 0x24), 0, 0, 64),
        ("dclo", r(0x1c, RS, RT, RD, 0, 0x25), NEG1, 0, 64),
        ("seb", r(0x1f, 0, RT, RD, 0x10, 0x20), 0, dirty(0x1280), 0xffff_ffff_ffff_ff80),
        ("seh", r(0x1f, 0, RT, RD, 0x18, 0x20), 0, dirty(0x1_8000), 0xffff_ffff_ffff_8000),
        ("wsbh", r(0x1f, 0, RT, RD, 0x02, 0x20), 0, dirty(0x1180_3344), 0xffff_ffff_8011_4433),
        ("dsbh", r(0x1f, 0, RT, RD, 0x02, 0x24), 0, 0x1122_3344_5566_7788, 0x2211_4433_6655_8877),
        ("dshd", r(0x1f, 0, RT, RD, 0x05, 0x24), 0, 0x1122_3344_5566_7788, 0x7788_5566_3344_1122),
    ];
    for (name, word, rs, rt, expected) in cases {
        let cpu = execute(*word, *rs, *rt);
        assert_eq!(cpu.exit, 0, "{name}");
        assert_eq!(cpu.regs[RD as usize], *expected, "{name} {rs:#x} {rt:#x}");
        assert_eq!((cpu.hi, cpu.lo), (0, 0), "{name}");
    }
}

#[test]
fn immediate_operations() {
    let cases: &[(&str, u32, u64, u64)] = &[
        ("addi", i(0x08, RS, RT, 0xffff), 5, 4),
        ("addiu", i(0x09, RS, RT, 1), dirty(0x7fff_ffff), MIN32),
        ("slti sign-extends", i(0x0a, RS, RT, 0xffff), NEG1 - 1, 1),
        ("sltiu sign-extends, then compares unsigned", i(0x0b, RS, RT, 0xffff), 5, 1),
        ("sltiu", i(0x0b, RS, RT, 0xffff), NEG1, 0),
        ("andi zero-extends", i(0x0c, RS, RT, 0xff00), NEG1, 0xff00),
        ("ori zero-extends", i(0x0d, RS, RT, 0xff00), 1 << 63, 1 << 63 | 0xff00),
        ("xori zero-extends", i(0x0e, RS, RT, 0xffff), NEG1, 0xffff_ffff_ffff_0000),
        ("lui sign-extends", i(0x0f, 0, RT, 0x8001), 0, 0xffff_ffff_8001_0000),
        ("daddi", i(0x18, RS, RT, 0xffff), 0, NEG1),
        ("daddiu wraps", i(0x19, RS, RT, 0xffff), MIN64, MAX64),
    ];
    for (name, word, rs, expected) in cases {
        let cpu = execute(*word, *rs, 0x5555);
        assert_eq!((cpu.exit, cpu.regs[RT as usize]), (0, *expected), "{name}");
    }
}

#[test]
fn shifts_by_a_constant() {
    let value = 0x0123_4567_89ab_cdef;
    let cases: &[(&str, u32, u64)] = &[
        ("sll 0 sign-extends", r(0, 0, RT, RD, 0, 0x00), 0xffff_ffff_89ab_cdef),
        ("sll 4", r(0, 0, RT, RD, 4, 0x00), 0xffff_ffff_9abc_def0),
        ("srl 4", r(0, 0, RT, RD, 4, 0x02), 0x089a_bcde),
        ("rotr 4", r(0, 1, RT, RD, 4, 0x02), 0xffff_ffff_f89a_bcde),
        ("sra 31", r(0, 0, RT, RD, 31, 0x03), NEG1),
        ("dsll 4", r(0, 0, RT, RD, 4, 0x38), 0x1234_5678_9abc_def0),
        ("dsrl 4", r(0, 0, RT, RD, 4, 0x3a), 0x0012_3456_789a_bcde),
        ("drotr 4", r(0, 1, RT, RD, 4, 0x3a), 0xf012_3456_789a_bcde),
        ("dsra 4", r(0, 0, RT, RD, 4, 0x3b), 0x0012_3456_789a_bcde),
        ("dsll32 0", r(0, 0, RT, RD, 0, 0x3c), 0x89ab_cdef_0000_0000),
        ("dsll32 31", r(0, 0, RT, RD, 31, 0x3c), MIN64),
        ("dsrl32 4", r(0, 0, RT, RD, 4, 0x3e), 0x0012_3456),
        ("drotr32 4", r(0, 1, RT, RD, 4, 0x3e), 0x789a_bcde_f012_3456),
        ("dsra32 0", r(0, 0, RT, RD, 0, 0x3f), 0x0123_4567),
    ];
    for (name, word, expected) in cases {
        let cpu = execute(*word, 0, value);
        assert_eq!((cpu.exit, cpu.regs[RD as usize]), (0, *expected), "{name}");
    }
    assert_eq!(execute(r(0, 0, RT, RD, 0, 0x3f), 0, MIN64).regs[RD as usize], MIN32);
}

#[test]
fn products_and_quotients() {
    // (rs, rt, hi before, lo before, hi after, lo after)
    let cases: &[(&str, u32, [u64; 6])] = &[
        ("mult", 0x18, [dirty(0xffff_ffff), dirty(2), 9, 9, NEG1, NEG1 - 1]),
        ("mult of the least", 0x18, [MIN32, MIN32, 9, 9, 0x4000_0000, 0]),
        ("multu", 0x19, [dirty(0xffff_ffff), dirty(2), 9, 9, 1, NEG1 - 1]),
        ("div", 0x1a, [NEG1 - 6, 2, 9, 9, NEG1, NEG1 - 2]),
        ("div reads low words", 0x1a, [dirty(7), dirty(2), 9, 9, 1, 3]),
        ("divu", 0x1b, [NEG1, 2, 9, 9, 1, 0x7fff_ffff]),
        ("divu sign-extends", 0x1b, [NEG1, 1, 9, 9, 0, NEG1]),
        ("dmult", 0x1c, [NEG1, 2, 9, 9, NEG1, NEG1 - 1]),
        ("dmult of the least", 0x1c, [MIN64, MIN64, 9, 9, 1 << 62, 0]),
        ("dmultu", 0x1d, [NEG1, NEG1, 9, 9, NEG1 - 1, 1]),
        ("ddiv", 0x1e, [NEG1 - 6, 2, 9, 9, NEG1, NEG1 - 2]),
        ("ddivu", 0x1f, [NEG1, 2, 9, 9, 1, MAX64]),
    ];
    for (name, funct, [rs, rt, hi, lo, new_hi, new_lo]) in cases {
        check_hi_lo(name, r(0, RS, RT, 0, 0, *funct), [*rs, *rt, *hi, *lo], [*new_hi, *new_lo]);
    }
    let cases: &[(&str, u32, [u64; 6])] = &[
        ("madd", 0x00, [NEG1, 2, dirty(0), dirty(1), NEG1, NEG1]),
        ("maddu carries", 0x01, [0xffff_ffff, 1, 0, 1, 1, 0]),
        ("msub", 0x04, [NEG1, 2, 0, NEG1, 1, 1]),
        ("msubu", 0x05, [0xffff_ffff, 1, 0, 0, NEG1, 1]),
        ("madd wraps", 0x00, [1, 1, MAX32, NEG1, MIN32, 0]),
    ];
    for (name, funct, [rs, rt, hi, lo, new_hi, new_lo]) in cases {
        check_hi_lo(name, r(0x1c, RS, RT, 0, 0, *funct), [*rs, *rt, *hi, *lo], [*new_hi, *new_lo]);
    }
}

fn check_hi_lo(name: &str, word: u32, [rs, rt, hi, lo]: [u64; 4], expected: [u64; 2]) {
    let mut state = crate::asm::state(&[word], rs, rt);
    (state.cpu.hi, state.cpu.lo) = (hi, lo);
    state.step();
    assert_eq!((state.cpu.exit, [state.cpu.hi, state.cpu.lo]), (0, expected), "{name}");
}

#[test]
fn moves() {
    let mut state = crate::asm::state(
        &[
            r(0, 0, 0, RD, 0, 0x10),
            r(0, 0, 0, RD, 0, 0x12),
            r(0, RS, 0, 0, 0, 0x11),
            r(0, RT, 0, 0, 0, 0x13),
        ],
        3,
        4,
    );
    (state.cpu.hi, state.cpu.lo) = (MIN64, NEG1);
    state.step();
    assert_eq!(state.cpu.regs[RD as usize], MIN64, "mfhi moves 64 bits");
    state.step();
    assert_eq!(state.cpu.regs[RD as usize], NEG1, "mflo");
    state.step();
    state.step();
    assert_eq!((state.cpu.hi, state.cpu.lo), (3, 4), "mthi, mtlo");

    let (movz, movn) = (r(0, RS, RT, RD, 0, 0x0a), r(0, RS, RT, RD, 0, 0x0b));
    assert_eq!(execute(movz, 7, 0).regs[RD as usize], 7);
    assert_eq!(execute(movz, 7, 1 << 32).regs[RD as usize], 0, "movz compares 64 bits");
    assert_eq!(execute(movn, 7, 1 << 32).regs[RD as usize], 7, "movn compares 64 bits");
    assert_eq!(execute(movn, 7, 0).regs[RD as usize], 0);
}

#[test]
fn bit_fields() {
    let source = 0xfedc_ba98_7654_3210;
    // sa = position, rd = size - 1 (ext) or last bit (ins), less 32 where the name says so.
    let cases: &[(&str, u32, u64)] = &[
        ("ext 4..12", r(0x1f, RS, RT, 7, 4, 0x00), 0x21),
        ("ext 0..32 sign-extends", r(0x1f, RS, RT, 31, 0, 0x00), 0x7654_3210),
        ("dextm 4..44", r(0x1f, RS, RT, 7, 4, 0x01), 0xa9_8765_4321),
        ("dextm 0..64", r(0x1f, RS, RT, 31, 0, 0x01), source),
        ("dextu 36..44", r(0x1f, RS, RT, 7, 4, 0x02), 0xa9),
        ("dext 4..12", r(0x1f, RS, RT, 7, 4, 0x03), 0x21),
        ("ins 4..12", r(0x1f, RS, RT, 11, 4, 0x04), 0xffff_ffff_ffff_f10f),
        ("ins 0..32", r(0x1f, RS, RT, 31, 0, 0x04), 0x7654_3210),
        ("dinsm 4..44", r(0x1f, RS, RT, 11, 4, 0x05), 0xffff_f987_6543_210f),
        ("dinsu 36..44", r(0x1f, RS, RT, 11, 4, 0x06), 0xffff_f10f_ffff_ffff),
        ("dins 4..12", r(0x1f, RS, RT, 11, 4, 0x07), 0xffff_ffff_ffff_f10f),
        ("dinsm 0..64", r(0x1f, RS, RT, 31, 0, 0x05), source),
    ];
    for (name, word, expected) in cases {
        let cpu = execute(*word, source, NEG1);
        assert_eq!((cpu.exit, cpu.regs[RT as usize]), (0, *expected), "{name}");
    }
    let high_bit = execute(r(0x1f, RS, RT, 31, 0, 0x00), 0x8000_0000, 0);
    assert_eq!(high_bit.regs[RT as usize], MIN32, "ext of 32 bits is sign-extended");
    let reserved = Some(Fault::ReservedInstruction);
    assert_eq!(fault(r(0x1f, RS, RT, 29, 4, 0x00), 0, 0), reserved, "ext past bit 31");
    assert_eq!(fault(r(0x1f, RS, RT, 31, 1, 0x01), 0, 0), reserved, "dextm past bit 63");
    assert_eq!(fault(r(0x1f, RS, RT, 28, 4, 0x02), 0, 0), reserved, "dextu past bit 63");
    assert_eq!(fault(r(0x1f, RS, RT, 3, 4, 0x04), 0, 0), reserved, "ins of less than a bit");
    assert_eq!(fault(r(0x1f, RS, RT, 3, 4, 0x06), 0, 0), reserved, "dinsu of less than a bit");
    assert_eq!(fault(r(0x1f, RS, RT, 3, 4, 0x07), 0, 0), reserved, "dins of less than a bit");
    assert_eq!(fault(r(0x1f, RS, RT, 31, 31, 0x03), 0, 0), None, "dext of 63 bits");
}

#[test]
fn overflow_faults() {
    let overflow = Some(Fault::IntegerOverflow);
    for (name, word, rs, rt) in [
        ("add", r(0, RS, RT, RD, 0, 0x20), MAX32, 1),
        ("sub", r(0, RS, RT, RD, 0, 0x22), MIN32, 1),
        ("dadd", r(0, RS, RT, RD, 0, 0x2c), MAX64, 1),
        ("dsub", r(0, RS, RT, RD, 0, 0x2e), MIN64, 1),
        ("addi", i(0x08, RS, RT, 1), MAX32, 0),
        ("daddi", i(0x18, RS, RT, 0xffff), MIN64, 0),
        ("add to $zero", r(0, RS, RT, 0, 0, 0x20), MAX32, 1),
    ] {
        assert_eq!(fault(word, rs, rt), overflow, "{name}");
    }
}

#[test]
fn division_by_zero_faults() {
    for funct in [0x1a, 0x1b] {
        let word = r(0, RS, RT, 0, 0, funct);
        assert_eq!(
            fault(word, 1, 1 << 32),
            Some(Fault::DivisionByZero),
            "{funct:#x}: low word is 0"
        );
    }
    for funct in [0x1e, 0x1f] {
        let word = r(0, RS, RT, 0, 0, funct);
        assert_eq!(fault(word, 1, 0), Some(Fault::DivisionByZero), "{funct:#x}");
        assert_eq!(fault(word, 1, 1 << 32), None, "{funct:#x}: 64 bits");
    }
}
