//! Loads and stores of every width at every alignment, and the borders of the regions.

use crate::asm::{RS, RT, execute, fault, i, state};
use opml_fpvm::{Fault, TEXT_END};

const AT: u64 = 1 << 25;
/// The bytes 81 82 … 88 in memory.
const DOUBLE: u64 = 0x8887_8685_8483_8281;
const OLD: u64 = 0xa1a2_a3a4_a5a6_a7a8;

fn load(op: u32, offset: u64) -> u64 {
    let mut state = state(&[i(op, RS, RT, offset as u16)], AT, OLD);
    state.memory.write_u64(AT, DOUBLE);
    state.step();
    assert_eq!(state.cpu.exit, 0, "{op:#x} {offset}");
    state.cpu.regs[RT as usize]
}

fn store(op: u32, offset: u64) -> u64 {
    let mut state = state(&[i(op, RS, RT, offset as u16)], AT, OLD);
    state.memory.write_u64(AT, DOUBLE);
    state.step();
    assert_eq!(state.cpu.exit, 0, "{op:#x} {offset}");
    state.memory.read_u64(AT)
}

#[test]
fn whole_loads() {
    for k in 0..8u64 {
        let byte = 0x81 + k;
        assert_eq!(load(0x20, k), 0xffff_ffff_ffff_ff00 | byte, "lb {k}");
        assert_eq!(load(0x24, k), byte, "lbu {k}");
    }
    assert_eq!([0, 2, 4, 6].map(|k| load(0x25, k)), [0x8281, 0x8483, 0x8685, 0x8887], "lhu");
    assert_eq!(load(0x21, 6), 0xffff_ffff_ffff_8887, "lh");
    assert_eq!([0, 4].map(|k| load(0x23, k)), [0xffff_ffff_8483_8281, 0xffff_ffff_8887_8685], "lw");
    assert_eq!([0, 4].map(|k| load(0x27, k)), [0x8483_8281, 0x8887_8685], "lwu");
    assert_eq!(load(0x37, 0), DOUBLE, "ld");
}

#[test]
fn partial_loads() {
    let lwl = [0x81a6_a7a8u32, 0x8281_a7a8, 0x8382_81a8, 0x8483_8281];
    let lwl_upper = [0x85a6_a7a8u32, 0x8685_a7a8, 0x8786_85a8, 0x8887_8685];
    let lwr = [0x8483_8281u32, 0xa584_8382, 0xa5a6_8483, 0xa5a6_a784];
    let lwr_upper = [0x8887_8685u32, 0xa588_8786, 0xa5a6_8887, 0xa5a6_a788];
    for k in 0..4 {
        let extend = |word: u32| word as i32 as u64;
        assert_eq!(load(0x22, k), extend(lwl[k as usize]), "lwl {k}");
        assert_eq!(load(0x22, k + 4), extend(lwl_upper[k as usize]), "lwl {k} + 4");
        assert_eq!(load(0x26, k), extend(lwr[k as usize]), "lwr {k}");
        assert_eq!(load(0x26, k + 4), extend(lwr_upper[k as usize]), "lwr {k} + 4");
    }
    let ldl = [
        0x81a2_a3a4_a5a6_a7a8,
        0x8281_a3a4_a5a6_a7a8,
        0x8382_81a4_a5a6_a7a8,
        0x8483_8281_a5a6_a7a8,
        0x8584_8382_81a6_a7a8,
        0x8685_8483_8281_a7a8,
        0x8786_8584_8382_81a8,
        DOUBLE,
    ];
    let ldr = [
        DOUBLE,
        0xa188_8786_8584_8382,
        0xa1a2_8887_8685_8483,
        0xa1a2_a388_8786_8584,
        0xa1a2_a3a4_8887_8685,
        0xa1a2_a3a4_a588_8786,
        0xa1a2_a3a4_a5a6_8887,
        0xa1a2_a3a4_a5a6_a788,
    ];
    for k in 0..8 {
        assert_eq!(load(0x1a, k), ldl[k as usize], "ldl {k}");
        assert_eq!(load(0x1b, k), ldr[k as usize], "ldr {k}");
    }
}

#[test]
fn whole_stores() {
    assert_eq!(store(0x28, 0), 0x8887_8685_8483_82a8, "sb");
    assert_eq!(store(0x28, 7), 0xa887_8685_8483_8281, "sb 7");
    assert_eq!(store(0x29, 2), 0x8887_8685_a7a8_8281, "sh 2");
    assert_eq!(store(0x2b, 0), 0x8887_8685_a5a6_a7a8, "sw");
    assert_eq!(store(0x2b, 4), 0xa5a6_a7a8_8483_8281, "sw 4");
    assert_eq!(store(0x3f, 0), OLD, "sd");
}

#[test]
fn partial_stores() {
    let swl = [0x8483_82a5u64, 0x8483_a5a6, 0x84a5_a6a7, 0xa5a6_a7a8];
    let swr = [0xa5a6_a7a8u64, 0xa6a7_a881, 0xa7a8_8281, 0xa883_8281];
    let swl_upper = [0x8887_86a5u64, 0x8887_a5a6, 0x88a5_a6a7, 0xa5a6_a7a8];
    let swr_upper = [0xa5a6_a7a8u64, 0xa6a7_a885, 0xa7a8_8685, 0xa887_8685];
    for k in 0..4 {
        let (low, high) = (DOUBLE & 0xffff_ffff, DOUBLE >> 32 << 32);
        assert_eq!(store(0x2a, k), high | swl[k as usize], "swl {k}");
        assert_eq!(store(0x2e, k), high | swr[k as usize], "swr {k}");
        assert_eq!(store(0x2a, k + 4), swl_upper[k as usize] << 32 | low, "swl {k} + 4");
        assert_eq!(store(0x2e, k + 4), swr_upper[k as usize] << 32 | low, "swr {k} + 4");
    }
    let sdl = [
        0x8887_8685_8483_82a1,
        0x8887_8685_8483_a1a2,
        0x8887_8685_84a1_a2a3,
        0x8887_8685_a1a2_a3a4,
        0x8887_86a1_a2a3_a4a5,
        0x8887_a1a2_a3a4_a5a6,
        0x88a1_a2a3_a4a5_a6a7,
        OLD,
    ];
    let sdr = [
        OLD,
        0xa2a3_a4a5_a6a7_a881,
        0xa3a4_a5a6_a7a8_8281,
        0xa4a5_a6a7_a883_8281,
        0xa5a6_a7a8_8483_8281,
        0xa6a7_a885_8483_8281,
        0xa7a8_8685_8483_8281,
        0xa887_8685_8483_8281,
    ];
    for k in 0..8 {
        assert_eq!(store(0x2c, k), sdl[k as usize], "sdl {k}");
        assert_eq!(store(0x2d, k), sdr[k as usize], "sdr {k}");
    }
}

/// The idiom that these instructions exist for, at every alignment and across leaves and pages.
#[test]
fn pairs_of_partial_accesses_are_one_unaligned_access() {
    for at in (AT + 20..AT + 44).chain(AT + 4090..AT + 4100) {
        let value = 0x0102_0304_0506_0708u64.wrapping_mul(at);
        let mut words = state(
            &[i(0x2a, RS, RT, 3), i(0x2e, RS, RT, 0), i(0x22, RS, 10, 3), i(0x26, RS, 10, 0)],
            at,
            value,
        );
        assert_eq!(words.run(4), 4);
        assert_eq!(words.cpu.regs[10], value as i32 as u64, "{at:#x}");
        let mut stored = [0; 4];
        words.memory.read(at, &mut stored);
        assert_eq!(stored, (value as u32).to_le_bytes(), "{at:#x}");

        let mut doubles = state(
            &[i(0x2c, RS, RT, 7), i(0x2d, RS, RT, 0), i(0x1a, RS, 10, 7), i(0x1b, RS, 10, 0)],
            at,
            value,
        );
        assert_eq!(doubles.run(4), 4);
        assert_eq!(doubles.cpu.regs[10], value, "{at:#x}");
        assert_eq!(doubles.memory.read_u64(at), value, "{at:#x}");
    }
}

#[test]
fn region_borders() {
    let (ld, sd, lb, sb) = (0x37, 0x3f, 0x20, 0x28);
    assert_eq!(fault(i(sd, RS, RT, 0), TEXT_END, 1), None);
    assert_eq!(fault(i(sd, RS, RT, 0), TEXT_END - 8, 1), Some(Fault::StoreToText));
    assert_eq!(fault(i(sb, RS, RT, 0), TEXT_END - 1, 1), Some(Fault::StoreToText));
    assert_eq!(fault(i(0x2c, RS, RT, 0), TEXT_END - 1, 1), Some(Fault::StoreToText), "sdl");
    assert_eq!(fault(i(0x2d, RS, RT, 0), TEXT_END, 1), None, "sdr");
    assert_eq!(fault(i(lb, RS, RT, 0), TEXT_END - 1, 1), None, "text can be read");
    for border in [1u64 << 43, 3 << 42, (1 << 43) + (1 << 41)] {
        for address in [border - 8, border] {
            assert_eq!(fault(i(sd, RS, RT, 0), address, 1), None, "{address:#x}");
        }
    }
    let end = 1u64 << 44;
    for op in [ld, sd, lb, sb, 0x1a, 0x1b, 0x2c, 0x2d, 0x22, 0x26, 0x2a, 0x2e] {
        let last = if op == ld || op == sd { end - 8 } else { end - 1 };
        assert_eq!(fault(i(op, RS, RT, 0), last, 1), None, "{op:#x}");
        assert_eq!(fault(i(op, RS, RT, 0), end, 1), Some(Fault::AddressOutOfRange), "{op:#x}");
        assert!(fault(i(op, RS, RT, 0xffff), 0, 1).is_some(), "{op:#x}");
    }
    let unaligned_and_outside = fault(i(ld, RS, RT, 0), end + 1, 0);
    assert_eq!(unaligned_and_outside, Some(Fault::UnalignedAccess), "alignment comes first");
    let unaligned_in_text = fault(i(sd, RS, RT, 0), 4, 0);
    assert_eq!(unaligned_in_text, Some(Fault::UnalignedAccess), "alignment comes first");
}

#[test]
fn a_load_reads_the_code_it_runs_from() {
    let word = i(0x27, 0, RT, 0);
    let mut state = state(&[word], 0, 0);
    state.memory.write(0x1_0000, &i(0x27, RS, RT, 0).to_le_bytes());
    state.cpu.regs[RS as usize] = 0x1_0000;
    state.step();
    assert_eq!(state.cpu.regs[RT as usize], u64::from(i(0x27, RS, RT, 0)));
    assert_eq!(execute(word, 0, 0).regs[RT as usize], 0);
}
