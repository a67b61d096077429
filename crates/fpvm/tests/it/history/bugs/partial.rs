//! Bugs of `lwl`, `lwr`, `ldl`, `ldr` and their stores, which have had some at every alignment.

use super::{Case, DATA, T0, T1, Word};

const MEMORY: u64 = 0x8091_a2b3_c4d5_e6f7;
const REGISTER: u64 = 0x1122_3344_5566_7788;

/// Byte `to + k` of the one becomes byte `from + k` of the other, for each k below `count`.
fn copy(into: u64, to: u64, out_of: u64, from: u64, count: u64) -> u64 {
    let mut bytes = into.to_le_bytes();
    for k in 0..count {
        bytes[(to + k) as usize] = out_of.to_le_bytes()[(from + k) as usize];
    }
    u64::from_le_bytes(bytes)
}

/// What a partial access moves, as bytes of the register and of the double word: first of both, and how many.
struct Part {
    register: u64,
    memory: u64,
    count: u64,
}

/// The left part ends at the address and fills the register's word from its top; the right part starts there and fills it
/// from its bottom. In little endian.
const fn part(is_left: bool, width: u64, address: u64) -> Part {
    let (within, start) = (address % width, address % 8 / width * width);
    if is_left {
        Part { register: width - 1 - within, memory: start, count: within + 1 }
    } else {
        Part { register: 0, memory: start + within, count: width - within }
    }
}

/// Loads merged wrongly, or left a word without its sign.
pub(crate) fn partial_loads_merge_at_every_alignment() -> Vec<Case> {
    let words: [(Word, bool, u64); 4] = [
        (("lwl t1, 0(t0)", 0x898d_0000), true, 4),
        (("lwr t1, 0(t0)", 0x998d_0000), false, 4),
        (("ldl t1, 0(t0)", 0x698d_0000), true, 8),
        (("ldr t1, 0(t0)", 0x6d8d_0000), false, 8),
    ];
    let mut cases = Vec::new();
    for (word, is_left, width) in words {
        for offset in 0..16 {
            for memory in [MEMORY, !MEMORY] {
                let part = part(is_left, width, offset);
                let merged = copy(REGISTER, part.register, memory, part.memory, part.count);
                let result = if width == 4 { merged as i32 as u64 } else { merged };
                let case = Case::of(&[word]).with(T0, DATA + offset).with(T1, REGISTER);
                cases.push(case.with_memory(DATA + offset / 8 * 8, memory).then(T1, result));
            }
        }
    }
    // A pair loads any word; the base may be the target.
    let pair: [Word; 2] = [("lwr t1, 3(t0)", 0x998d_0003), ("lwl t1, 6(t0)", 0x898d_0006)];
    let case = Case::of(&pair).with(T0, DATA).with_memory(DATA, MEMORY);
    cases.push(case.then(T1, 0xffff_ffff_91a2_b3c4_u64 as i32 as u64));
    let base =
        Case::of(&[("ldr t0, 0(t0)", 0x6d8c_0000)]).with(T0, DATA + 4).with_memory(DATA, MEMORY);
    cases.push(base.then(T0, copy(DATA + 4, 0, MEMORY, 4, 4)));
    cases
}

/// Stores wrote beside their part.
pub(crate) fn partial_stores_merge_at_every_alignment() -> Vec<Case> {
    let words: [(Word, bool, u64); 4] = [
        (("swl t1, 0(t0)", 0xa98d_0000), true, 4),
        (("swr t1, 0(t0)", 0xb98d_0000), false, 4),
        (("sdl t1, 0(t0)", 0xb18d_0000), true, 8),
        (("sdr t1, 0(t0)", 0xb58d_0000), false, 8),
    ];
    let mut cases = Vec::new();
    for (word, is_left, width) in words {
        for offset in 0..16 {
            let part = part(is_left, width, offset);
            let at = DATA + offset / 8 * 8;
            let case = Case::of(&[word]).with(T0, DATA + offset).with(T1, REGISTER);
            let merged = copy(MEMORY, part.memory, REGISTER, part.register, part.count);
            cases.push(case.with_memory(at, MEMORY).then_memory(at, merged));
        }
    }
    cases
}
