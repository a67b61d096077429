//! Bugs of arithmetic and moves.

use super::{CODE, Case, DATA, MIN32, MIN64, NEG1, RA, T0, T1, T2, T3, Word};
use opml_fpvm::Fault;

/// `srav` did not mask its amount to 5 bits (Cantina's review of Cannon, medium); the forms of 64 bits use 6.
pub(crate) fn variable_shifts_mask_the_amount() -> Vec<Case> {
    let mut cases = Vec::new();
    for amount in [33, 65, 1 << 40 | 1, NEG1 << 5 | 1] {
        for (word, result) in [
            (("srav t2, t1, t0", 0x018d_7007), 0xffff_ffff_c000_0002),
            (("srlv t2, t1, t0", 0x018d_7006), 0x4000_0002),
            (("sllv t2, t1, t0", 0x018d_7004), 0xa),
            (("rotrv t2, t1, t0", 0x018d_7046), 0xffff_ffff_c000_0002),
        ] {
            cases.push(Case::of(&[word]).with(T0, amount).with(T1, MIN32 + 5).then(T2, result));
        }
    }
    for amount in [65, 1 << 40 | 1, NEG1 << 6 | 1] {
        for (word, result) in [
            (("dsrav t2, t1, t0", 0x018d_7017), 0xc000_0000_0000_0002),
            (("dsrlv t2, t1, t0", 0x018d_7016), 0x4000_0000_0000_0002),
            (("dsllv t2, t1, t0", 0x018d_7014), 0xa),
            (("drotrv t2, t1, t0", 0x018d_7056), 0xc000_0000_0000_0002),
        ] {
            cases.push(Case::of(&[word]).with(T0, amount).with(T1, MIN64 + 5).then(T2, result));
        }
    }
    // An amount of 32 and more is none for 32 bits, and an ordinary one for 64.
    cases.push(Case::of(&[("srav t2, t1, t0", 0x018d_7007)]).with(T0, 32).with(T1, 7).then(T2, 7));
    cases.push(
        Case::of(&[("dsrav t2, t1, t0", 0x018d_7017)]).with(T0, 32).with(T1, MIN64).then(T2, MIN32),
    );
    cases
}

/// Results of 32 bits were left zero-extended.
pub(crate) fn results_of_32_bits_are_sign_extended() -> Vec<Case> {
    let results: [(Word, u64); 13] = [
        (("addu t2, t0, t1", 0x018d_7021), MIN32 + 1),
        (("addiu t2, t0, 1", 0x258e_0001), MIN32),
        (("subu t2, t0, t1", 0x018d_7023), 0x7fff_fffd),
        (("sll t2, t0, 1", 0x000c_7040), 0xffff_ffff_ffff_fffe),
        (("srl t2, t3, 0", 0x000f_7002), MIN32),
        (("sra t2, t3, 31", 0x000f_77c3), NEG1),
        (("rotr t2, t0, 1", 0x002c_7042), 0xffff_ffff_bfff_ffff),
        (("lui t2, 0x8000", 0x3c0e_8000), MIN32),
        (("mul t2, t0, t1", 0x718d_7002), 0xffff_ffff_ffff_fffe),
        (("ext t2, t3, 0, 32", 0x7dee_f800), MIN32),
        (("wsbh t2, t1", 0x7c0d_70a0), 0x200),
        (("seb t2, t0", 0x7c0c_7420), NEG1),
        (("seh t2, t0", 0x7c0c_7620), NEG1),
    ];
    let case = |(word, result): (Word, u64)| {
        let case = Case::of(&[word]).with(T0, 0x7fff_ffff).with(T1, 2).with(T3, 0x8000_0000);
        case.then(T2, result)
    };
    let mut cases: Vec<Case> = results.into_iter().map(case).collect();
    let insert = Case::of(&[("ins t2, t0, 24, 8", 0x7d8e_fe04)]).with(T0, 0x80).with(T2, 0x77);
    cases.push(insert.then(T2, MIN32 + 0x77));
    // hi and lo as well: 2^31 · 2 in each accumulator operation.
    let product = |word, hi, lo| {
        let case = Case::of(&[word]).with(T0, MIN32).with(T1, 1).with_hi_lo(0, 0);
        case.then_hi_lo(hi, lo)
    };
    cases.push(product(("mult t0, t1", 0x018d_0018), NEG1, MIN32));
    cases.push(product(("multu t0, t1", 0x018d_0019), 0, MIN32));
    cases.push(product(("madd t0, t1", 0x718d_0000), NEG1, MIN32));
    cases.push(product(("msubu t0, t1", 0x718d_0005), NEG1, MIN32));
    cases.push(product(("divu t0, t1", 0x018d_001b), 0, MIN32));
    cases
}

/// Operations on 32 bits used what lies above them. The architecture leaves that open; §5 does not.
pub(crate) fn operations_on_32_bits_ignore_the_high_half() -> Vec<Case> {
    let dirty = |word| Case::of(&[word]).with(T0, 0x7_0000_0005).with(T1, 0x9_0000_0003);
    vec![
        dirty(("addu t2, t0, t1", 0x018d_7021)).then(T2, 8),
        dirty(("add t2, t0, t1", 0x018d_7020)).then(T2, 8),
        dirty(("sub t2, t0, t1", 0x018d_7022)).then(T2, 2),
        dirty(("sra t2, t0, 1", 0x000c_7043)).then(T2, 2),
        dirty(("srl t2, t0, 1", 0x000c_7042)).then(T2, 2),
        dirty(("rotr t2, t0, 0", 0x002c_7002)).then(T2, 5),
        dirty(("clz t2, t0", 0x718e_7020)).then(T2, 29),
        dirty(("clo t2, t0", 0x718e_7021)).then(T2, 0),
        dirty(("mul t2, t0, t1", 0x718d_7002)).then(T2, 15),
        dirty(("mult t0, t1", 0x018d_0018)).then_hi_lo(0, 15),
        dirty(("div t0, t1", 0x018d_001a)).then_hi_lo(2, 1),
        dirty(("divu t0, t1", 0x018d_001b)).then_hi_lo(2, 1),
        dirty(("maddu t0, t1", 0x718d_0001))
            .with_hi_lo(0xf_0000_0001, 0xf_0000_0001)
            .then_hi_lo(1, 16),
        dirty(("ext t2, t0, 0, 32", 0x7d8e_f800)).then(T2, 5),
        dirty(("wsbh t2, t0", 0x7c0c_70a0)).then(T2, 0x500),
    ]
}

/// `add`, `addi` and `sub` did not trap (Cantina, medium).
pub(crate) fn trapping_sums_trap() -> Vec<Case> {
    let max32 = 0x7fff_ffff;
    let max64 = MIN64 - 1;
    let traps: [(Word, u64, u64); 10] = [
        (("add t2, t0, t1", 0x018d_7020), max32, 1),
        (("add t2, t0, t1", 0x018d_7020), MIN32, NEG1),
        (("addi t2, t0, 1", 0x218e_0001), max32, 0),
        (("addi t2, t0, -1", 0x218e_ffff), MIN32, 0),
        (("sub t2, t0, t1", 0x018d_7022), MIN32, 1),
        (("sub t2, t0, t1", 0x018d_7022), 0, MIN32),
        (("dadd t2, t0, t1", 0x018d_702c), max64, 1),
        (("daddi t2, t0, -1", 0x618e_ffff), MIN64, 0),
        (("dsub t2, t0, t1", 0x018d_702e), MIN64, 1),
        (("dsub t2, t0, t1", 0x018d_702e), 0, MIN64),
    ];
    let trap =
        |(word, a, b)| Case::of(&[word]).with(T0, a).with(T1, b).then_fault(Fault::IntegerOverflow);
    let mut cases: Vec<Case> = traps.into_iter().map(trap).collect();
    let sum = |word, a, b, result| Case::of(&[word]).with(T0, a).with(T1, b).then(T2, result);
    cases.extend([
        sum(("add t2, t0, t1", 0x018d_7020), max32, NEG1, max32 - 1),
        sum(("addi t2, t0, 1", 0x218e_0001), max32 - 1, 0, max32),
        sum(("sub t2, t0, t1", 0x018d_7022), NEG1, MIN32, max32),
        sum(("dadd t2, t0, t1", 0x018d_702c), max32, 1, max32 + 1),
        sum(("dsub t2, t0, t1", 0x018d_702e), NEG1, MIN64, max64),
        // Those that wrap do not trap.
        sum(("addu t2, t0, t1", 0x018d_7021), max32, 1, MIN32),
        sum(("daddu t2, t0, t1", 0x018d_702d), max64, 1, MIN64),
        sum(("daddiu t2, t0, -1", 0x658e_ffff), MIN64, 0, max64),
    ]);
    cases
}

/// `mul` cleared hi and lo in one engine: the architecture leaves them open, §5 leaves them alone.
pub(crate) fn mul_leaves_hi_and_lo_alone() -> Vec<Case> {
    vec![
        Case::of(&[("mul t2, t0, t1", 0x718d_7002)]).with(T0, 3).with(T1, 4).then(T2, 12),
        Case::of(&[("mul zero, t0, t1", 0x718d_0002)]).with(T0, 3).with(T1, 4),
    ]
}

/// The one quotient that overflows crashed an engine.
pub(crate) fn the_least_integer_by_minus_one() -> Vec<Case> {
    let divide = |word, a, b| Case::of(&[word]).with(T0, a).with(T1, b);
    vec![
        divide(("div t0, t1", 0x018d_001a), MIN32, NEG1).then_hi_lo(0, MIN32),
        divide(("div t0, t1", 0x018d_001a), 0x1_8000_0000, 0xffff_ffff).then_hi_lo(0, MIN32),
        divide(("ddiv t0, t1", 0x018d_001e), MIN64, NEG1).then_hi_lo(0, MIN64),
        divide(("ddiv t0, t1", 0x018d_001e), MIN32, NEG1).then_hi_lo(0, 0x8000_0000),
        divide(("divu t0, t1", 0x018d_001b), MIN32, NEG1).then_hi_lo(MIN32, 0),
        divide(("ddivu t0, t1", 0x018d_001f), MIN64, NEG1).then_hi_lo(MIN64, 0),
        divide(("div t0, t1", 0x018d_001a), (-7_i64) as u64, 2).then_hi_lo(NEG1, (-3_i64) as u64),
        divide(("ddiv t0, t1", 0x018d_001e), 7, (-2_i64) as u64).then_hi_lo(1, (-3_i64) as u64),
    ]
}

/// `mthi` and `mtlo` wrote zero to the register of a field that they do not have (Cantina, medium).
pub(crate) fn moves_to_hi_and_lo_write_no_general_register() -> Vec<Case> {
    let lo = 0x5555_6666_7777_8888;
    let hi = 0x1111_2222_3333_4444;
    vec![
        Case::of(&[("mthi t0", 0x0180_0011)]).with(T0, 9).then_hi_lo(9, lo),
        Case::of(&[("mtlo t0", 0x0180_0013)]).with(T0, 9).then_hi_lo(hi, 9),
        Case::of(&[("", 0x0180_6811)]).then_fault(Fault::ReservedInstruction),
        Case::of(&[("", 0x0180_6813)]).then_fault(Fault::ReservedInstruction),
        Case::of(&[("mult t0, t1", 0x018d_0018)]).with(T0, 3).with(T1, 5).then_hi_lo(0, 15),
    ]
}

/// Writes to register 0 stuck, in one engine and not in the other.
pub(crate) fn writes_to_register_zero_vanish() -> Vec<Case> {
    let words: [Word; 16] = [
        ("daddu zero, t0, t1", 0x018d_002d),
        ("daddiu zero, t0, 5", 0x6580_0005),
        ("addiu zero, zero, 5", 0x2400_0005),
        ("lui zero, 0x1234", 0x3c00_1234),
        ("ori zero, t0, 0x5", 0x3580_0005),
        ("dsll zero, t0, 4", 0x000c_0138),
        ("sltiu zero, zero, 1", 0x2c00_0001),
        ("mul zero, t0, t1", 0x718d_0002),
        ("ext zero, t0, 0, 32", 0x7d80_f800),
        ("ins zero, t0, 0, 32", 0x7d80_f804),
        ("movz zero, t0, zero", 0x0180_000a),
        ("seb zero, t0", 0x7c0c_0420),
        ("mfhi zero", 0x0000_0010),
        ("mflo zero", 0x0000_0012),
        ("dclz zero, zero", 0x7000_0024),
        ("jr t2", 0x01c0_0009),
    ];
    let mut cases: Vec<Case> =
        words.into_iter().map(|word| Case::of(&[word]).with(T2, 0x40)).collect();
    if let Some(jump) = cases.pop() {
        cases.push(jump.then_at(CODE + 4, 0x40));
    }
    let loads: [Word; 4] = [
        ("ld zero, 0(t0)", 0xdd80_0000),
        ("lb zero, 0(t0)", 0x8180_0000),
        ("lwr zero, 0(t0)", 0x9980_0000),
        ("ldl zero, 0(t0)", 0x6980_0000),
    ];
    for word in loads {
        cases.push(Case::of(&[word]).with(T0, DATA).with_memory(DATA, NEG1));
    }
    // What is written is not seen by the next instruction either.
    let twice =
        Case::of(&[("daddiu zero, t0, 5", 0x6580_0005), ("daddu t2, zero, zero", 0x0000_702d)]);
    cases.push(twice.then(T2, 0));
    cases
}

/// `sync` acted as a move between the registers of its fields (Cantina, informational).
pub(crate) fn sync_moves_nothing() -> Vec<Case> {
    let words =
        [0x0000_000f, 0x0000_07cf, 0x018d_700f, 0x01ff_ffcf, 0xcd81_0000, 0xcdff_ffff, 0x059f_1234];
    words.into_iter().map(|word| Case::of(&[("nop", word)])).collect()
}

/// Comparisons and conditional moves looked at 32 bits; the immediate of `sltiu` was zero-extended.
pub(crate) fn conditions_look_at_all_64_bits() -> Vec<Case> {
    let high = 1 << 32;
    let case = |word| Case::of(&[word]).with(T0, high).with(T1, 7).with(T2, 5);
    vec![
        case(("movz t2, t1, t0", 0x01ac_700a)),
        case(("movn t2, t1, t0", 0x01ac_700b)).then(T2, 7),
        case(("movz t2, t1, zero", 0x01a0_700a)).then(T2, 7),
        case(("slt t2, t1, t0", 0x01ac_702a)).then(T2, 1),
        case(("sltu t2, t0, t1", 0x018d_702b)).then(T2, 0),
        case(("slti t2, t0, 1", 0x298e_0001)).then(T2, 0),
        case(("sltiu t2, t0, -1", 0x2d8e_ffff)).then(T2, 1),
        case(("beq t0, zero, .+16", 0x1180_0003)),
        case(("bgtz t0, .+16", 0x1d80_0003)).then_at(CODE + 4, CODE + 16),
        case(("tne t0, t0", 0x018c_0036)),
        case(("teq t0, zero", 0x0180_0034)),
        case(("tltiu t1, -1", 0x05ab_ffff)).then_fault(Fault::Trap),
        case(("bgezal t0, .+16", 0x0591_0003)).then(RA, CODE + 8).then_at(CODE + 4, CODE + 16),
    ]
}
