//! Bugs of addresses, and of memory behind a proof.

use alloy_primitives::b256;

use super::{CODE, Case, DATA, NEG1, T0, T1, T2, V0, Word};
use opml_fpvm::{Cpu, Fault, TEXT_END};

/// Unaligned reads were silently aligned (Cantina, medium).
pub(crate) fn unaligned_accesses_fault() -> Vec<Case> {
    let mut cases = Vec::new();
    let words: [(Word, u64); 8] = [
        (("lh t1, 0(t0)", 0x858d_0000), 2),
        (("lhu t1, 0(t0)", 0x958d_0000), 2),
        (("sh t1, 0(t0)", 0xa58d_0000), 2),
        (("lw t1, 0(t0)", 0x8d8d_0000), 4),
        (("lwu t1, 0(t0)", 0x9d8d_0000), 4),
        (("sw t1, 0(t0)", 0xad8d_0000), 4),
        (("ld t1, 0(t0)", 0xdd8d_0000), 8),
        (("sd t1, 0(t0)", 0xfd8d_0000), 8),
    ];
    for (word, width) in words {
        for by in 1..width {
            // Alignment comes before the range and before the text.
            for address in [DATA + by, DATA + 8 - by, CODE + by, (1 << 44) + by, NEG1 - 7 + by] {
                let case = Case::of(&[word]).with(T0, address);
                cases.push(case.then_fault(Fault::UnalignedAccess));
            }
        }
    }
    cases
}

/// A bump pointer wrapped and let the program overwrite its text (Cantina, critical). Address arithmetic wraps at 64 bits,
/// and what comes out is checked, with nothing between.
pub(crate) fn addresses_wrap_before_they_are_checked() -> Vec<Case> {
    let on = |word, base| Case::of(&[word]).with(T0, base);
    vec![
        on(("ld t1, 16(t0)", 0xdd8d_0010), NEG1 - 7).with_memory(8, 0x77).then(T1, 0x77),
        on(("ld t1, -8(t0)", 0xdd8d_fff8), 0).then_fault(Fault::AddressOutOfRange),
        on(("sd t1, -8(t0)", 0xfd8d_fff8), 0).then_fault(Fault::AddressOutOfRange),
        on(("sd t1, 16(t0)", 0xfd8d_0010), NEG1 - 7).then_fault(Fault::StoreToText),
        on(("sd t1, -32768(t0)", 0xfd8d_8000), CODE + 0x8000).then_fault(Fault::StoreToText),
        on(("ld t1, -8(t0)", 0xdd8d_fff8), 1 << 44).then(T1, 0),
        on(("ld t1, 32760(t0)", 0xdd8d_7ff8), (1 << 44) - 32760)
            .then_fault(Fault::AddressOutOfRange),
        on(("sb t1, -1(t0)", 0xa18d_ffff), TEXT_END).then_fault(Fault::StoreToText),
        on(("lb t1, -1(t0)", 0x818d_ffff), 0).then_fault(Fault::AddressOutOfRange),
    ]
}

/// An address was cut to the bits that the memory has, so that a far one hit the text.
pub(crate) fn addresses_are_not_cut_to_their_low_bits() -> Vec<Case> {
    let mut cases = Vec::new();
    for bit in 44..64 {
        for address in [1 << bit, 1 << bit | CODE, 1 << bit | DATA] {
            let words: [Word; 4] = [
                ("ld t1, 0(t0)", 0xdd8d_0000),
                ("sd t1, 0(t0)", 0xfd8d_0000),
                ("lwl t1, 0(t0)", 0x898d_0000),
                ("sdr t1, 0(t0)", 0xb58d_0000),
            ];
            for word in words {
                let case = Case::of(&[word]).with(T0, address).with_memory(DATA, 5);
                cases.push(case.then_fault(Fault::AddressOutOfRange));
            }
        }
    }
    // The addresses below are all in use.
    for bit in 24..44 {
        let case = Case::of(&[("sd t1, 0(t0)", 0xfd8d_0000)]).with(T0, 1 << bit).with(T1, 9);
        cases.push(case.then_memory(1 << bit, 9));
    }
    cases
}

/// Code was changed by data: every store to the first 16 MiB faults, also by a part of it, and none above.
pub(crate) fn no_store_reaches_the_text() -> Vec<Case> {
    let words: [(Word, u64); 8] = [
        (("sb t1, 0(t0)", 0xa18d_0000), 1),
        (("sh t1, 0(t0)", 0xa58d_0000), 2),
        (("sw t1, 0(t0)", 0xad8d_0000), 4),
        (("sd t1, 0(t0)", 0xfd8d_0000), 8),
        (("swl t1, 0(t0)", 0xa98d_0000), 1),
        (("swr t1, 0(t0)", 0xb98d_0000), 1),
        (("sdl t1, 0(t0)", 0xb18d_0000), 1),
        (("sdr t1, 0(t0)", 0xb58d_0000), 1),
    ];
    let mut cases = Vec::new();
    for (word, width) in words {
        for address in [0, CODE, CODE + 8, TEXT_END - 8, TEXT_END - width] {
            cases.push(Case::of(&[word]).with(T0, address).then_fault(Fault::StoreToText));
        }
        let above = Case::of(&[word]).with(T0, TEXT_END).with(T1, NEG1);
        let bytes = match word.0.split(' ').next() {
            Some("sb" | "swl" | "sdl") => 0xff,
            Some("sh") => 0xffff,
            Some("sw" | "swr") => 0xffff_ffff,
            _ => NEG1,
        };
        cases.push(above.then_memory(TEXT_END, bytes));
    }
    cases
}

/// A narrow store wrote its whole word, a narrow load extended by the wrong bit.
pub(crate) fn narrow_accesses_keep_their_neighbours() -> Vec<Case> {
    let old = 0x8091_a2b3_c4d5_e6f7_u64;
    let mut cases = Vec::new();
    let words: [(Word, Word, Word, u32); 3] = [
        (
            ("sb t1, 0(t0)", 0xa18d_0000),
            ("lb t2, 0(t0)", 0x818e_0000),
            ("lbu t2, 0(t0)", 0x918e_0000),
            8,
        ),
        (
            ("sh t1, 0(t0)", 0xa58d_0000),
            ("lh t2, 0(t0)", 0x858e_0000),
            ("lhu t2, 0(t0)", 0x958e_0000),
            16,
        ),
        (
            ("sw t1, 0(t0)", 0xad8d_0000),
            ("lw t2, 0(t0)", 0x8d8e_0000),
            ("lwu t2, 0(t0)", 0x9d8e_0000),
            32,
        ),
    ];
    for (store, signed, unsigned, bits) in words {
        for offset in (0..64).step_by(bits as usize) {
            let mask = NEG1 >> (64 - bits) << offset;
            let field = (old & mask) >> offset;
            let on = |word| {
                let case = Case::of(&[word]).with(T0, DATA + offset / 8).with(T1, 0x7654_3210);
                case.with_memory(DATA, old)
            };
            cases.push(on(store).then_memory(DATA, old & !mask | 0x7654_3210 << offset & mask));
            cases.push(on(unsigned).then(T2, field));
            let sign = if field >> (bits - 1) == 1 { NEG1 << bits } else { 0 };
            cases.push(on(signed).then(T2, field | sign));
        }
    }
    cases
}

/// The proof of a second access was read against the root before the first (Cannon's invalid second proof), or the state
/// that was proved was not the one after the last step.
pub(crate) fn a_load_sees_the_store_before_it() -> Vec<Case> {
    let store = ("sd t1, 0(t0)", 0xfd8d_0000);
    let load = ("ld t2, 0(t0)", 0xdd8e_0000);
    let half = ("sw t0, 4(t0)", 0xad8c_0004);
    let on = |words: &[Word]| {
        Case::of(words).with(T0, DATA).with(T1, 7).with_memory(DATA, 1).with_memory(DATA + 8, 3)
    };
    vec![
        on(&[store, load]).then_memory(DATA, 7).then(T2, 7),
        on(&[load, store]).then_memory(DATA, 7).then(T2, 1),
        on(&[store, half, load])
            .then_memory(DATA, (DATA & 0xffff_ffff) << 32 | 7)
            .then(T2, (DATA & 0xffff_ffff) << 32 | 7),
        // An exit behind a store keeps it; so does a fault.
        on(&[store, ("break", 0x0000_000d)]).then_memory(DATA, 7).then_fault(Fault::Breakpoint),
        on(&[store, ("syscall", 0x0000_000c)]).with(V0, 5058).then_memory(DATA, 7).then_exit(0x104),
        // Sixteen stores, each of what the one before left.
        on(&[
            store,
            load,
            ("sd t2, 8(t0)", 0xfd8e_0008),
            ("ld t1, 8(t0)", 0xdd8d_0008),
            store,
            load,
            ("sd t2, 16(t0)", 0xfd8e_0010),
            ("ld t1, 16(t0)", 0xdd8d_0010),
            store,
            load,
            ("sd t2, 24(t0)", 0xfd8e_0018),
            ("ld t1, 24(t0)", 0xdd8d_0018),
            store,
            load,
            ("sd t2, 8(t0)", 0xfd8e_0008),
            load,
        ])
        .then_memory(DATA, 7)
        .then_memory(DATA + 8, 7)
        .then_memory(DATA + 16, 7)
        .then_memory(DATA + 24, 7)
        .then(T2, 7),
    ]
}

/// Two leaves of one proof were mixed up, or one was written under the other's path.
pub(crate) fn leaves_of_one_proof_keep_apart() -> Vec<Case> {
    let mut cases = Vec::new();
    // The second leaf differs in one bit of its address, from its sibling to the other half of the memory.
    for bit in 5..44 {
        let (a, b) = (1 << 40 | 1 << 24, (1 << 40 | 1 << 24) ^ 1 << bit);
        if b < TEXT_END {
            continue;
        }
        let words = [
            ("sd t1, 0(t0)", 0xfd8d_0000),
            ("sd t0, 8(t2)", 0xfdcc_0008),
            ("ld t1, 0(t2)", 0xddcd_0000),
        ];
        let case = Case::of(&words).with(T0, a).with(T1, 5).with(T2, b).with_memory(b, 6);
        cases.push(case.then_memory(a, 5).then_memory(b + 8, a).then(T1, 6));
    }
    cases
}

/// A verifier assumed a layout of its structures in memory (Cantina, low), and its state hash depended on it. A state with
/// another value in each field, the hash by a formulation of §5 in Python.
pub(crate) fn the_state_hash_has_a_fixed_layout() -> Vec<Case> {
    let mut case = Case::of(&[("addu t2, t0, t1", 0x018d_7021)]);
    let mut fields = [0x0102_0304_0506_0708_u64; 36];
    fields.iter_mut().zip(1..).for_each(|(field, number)| *field = field.wrapping_mul(number));
    case.start.cpu = Cpu::from_fields(&fields);
    // Its exit word is not zero, so it stays.
    case.end = case.start.clone();
    case.start_hash =
        Some(b256!("effc296a042b04250df33de3e2755616f8468ac48fa6159b1d14828635c0df26"));
    vec![case]
}
