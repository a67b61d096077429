//! Bugs of branches, jumps and their delay slots.

use super::{A0, CODE, Case, MIN32, NEG1, RA, T0, T1, V0, Word};
use opml_fpvm::{Fault, TEXT_END};

/// J and JAL took their region from the wrong program counter (Cantina, medium).
///
/// Text ends at 2^24, inside of the first region: a target shows its region by having none of the high bits of any counter.
pub(crate) fn jumps_take_the_region_of_the_delay_slot() -> Vec<Case> {
    let jump = |word, target| Case::of(&[word]).then_at(CODE + 4, target);
    let mut cases = vec![
        jump(("j 0x154", 0x0800_0055), 0x154),
        jump(("jal 0x154", 0x0c00_0055), 0x154).then(RA, CODE + 8),
        jump(("j 0xffffffc", 0x0bff_ffff), 0x0fff_fffc),
        jump(("jal 0xffffffc", 0x0fff_ffff), 0x0fff_fffc).then(RA, CODE + 8),
    ];
    // In the last word of the text.
    let mut last = jump(("j 0x154", 0x0800_0055), 0x154);
    let word = last.start.memory.read_u64(CODE);
    for state in [&mut last.start, &mut last.end] {
        state.memory.write_u64(TEXT_END - 8, word << 32);
    }
    (last.start.cpu.pc, last.start.cpu.next_pc) = (TEXT_END - 4, TEXT_END);
    cases.push(last.then_at(TEXT_END, 0x154));
    // Behind a jump to another region it stands in a delay slot.
    let far = Case::of(&[("j 0x154", 0x0800_0055)]).with_next_pc(0x5000_0000);
    cases.push(far.then_fault(Fault::BranchInDelaySlot));
    cases
}

/// `bgezal` and `bltzal` were missing (Cantina, medium). They write r31 even when they are not taken.
pub(crate) fn linking_branches_exist_and_link_always() -> Vec<Case> {
    let mut cases = Vec::new();
    let words: [(Word, bool, bool); 4] = [
        (("bltzal t0, .+16", 0x0590_0003), true, false),
        (("bgezal t0, .+16", 0x0591_0003), false, false),
        (("bltzall t0, .+16", 0x0592_0003), true, true),
        (("bgezall t0, .+16", 0x0593_0003), false, true),
    ];
    for (word, if_negative, likely) in words {
        for (value, is_negative) in
            [(0, false), (1, false), (NEG1, true), (MIN32, true), (0x8000_0000, false)]
        {
            let case = Case::of(&[word]).with(T0, value).then(RA, CODE + 8);
            cases.push(match (is_negative == if_negative, likely) {
                (true, _) => case.then_at(CODE + 4, CODE + 16),
                (false, true) => case.then_at(CODE + 8, CODE + 12),
                (false, false) => case,
            });
        }
    }
    cases
}

/// Linking branches and jumps wrote the return address before they read their operand.
pub(crate) fn linking_branches_read_before_they_link() -> Vec<Case> {
    let taken =
        |word, ra| Case::of(&[word]).with(RA, ra).then(RA, CODE + 8).then_at(CODE + 4, CODE + 16);
    vec![
        taken(("bltzal ra, .+16", 0x07f0_0003), NEG1),
        taken(("bgezal ra, .+16", 0x07f1_0003), 0),
        Case::of(&[("bgezal ra, .+16", 0x07f1_0003)]).with(RA, NEG1).then(RA, CODE + 8),
        Case::of(&[("jalr ra, ra", 0x03e0_f809)])
            .with(RA, 0x80)
            .then(RA, CODE + 8)
            .then_at(CODE + 4, 0x80),
        Case::of(&[("jalr t0, t0", 0x0180_6009)])
            .with(T0, 0x80)
            .then(T0, CODE + 8)
            .then_at(CODE + 4, 0x80),
    ]
}

/// The check for a branch in a delay slot could be bypassed (Cantina, informational): by the kind of the branch, or by
/// a counter that looks like an ordinary one.
pub(crate) fn the_delay_slot_check_has_no_way_around_it() -> Vec<Case> {
    let transfers: [Word; 16] = [
        ("beq zero, zero, .+16", 0x1000_0003),
        ("bne zero, zero, .+16", 0x1400_0003),
        ("blez t0, .+16", 0x1980_0003),
        ("bgtz t0, .+16", 0x1d80_0003),
        ("bltz t0, .+16", 0x0580_0003),
        ("bgez t0, .+16", 0x0581_0003),
        ("beql zero, t0, .+16", 0x500c_0003),
        ("bnel zero, zero, .+16", 0x5400_0003),
        ("bltzal t0, .+16", 0x0590_0003),
        ("bgezal t0, .+16", 0x0591_0003),
        ("bltzl t0, .+16", 0x0582_0003),
        ("bgezall t0, .+16", 0x0593_0003),
        ("j 0x154", 0x0800_0055),
        ("jal 0x154", 0x0c00_0055),
        ("jr t0", 0x0180_0008),
        ("jalr ra, t0", 0x0180_f809),
    ];
    let mut cases = Vec::new();
    for word in transfers {
        // Taken or not, linking or not: it faults, and links nothing.
        for next_pc in [CODE + 8, CODE, CODE - 4, 0x154, NEG1 - 3] {
            let case = Case::of(&[word]).with_next_pc(next_pc);
            cases.push(case.then_fault(Fault::BranchInDelaySlot));
        }
        let slot = Case::of(&[("beq zero, zero, .+16", 0x1000_0003), word]);
        cases.push(slot.then_fault(Fault::BranchInDelaySlot));
    }
    // A branch to its own slot is taken, though the slot is what follows anyway.
    let own =
        Case::of(&[("beq zero, zero, .+4", 0x1000_0000), ("beq zero, zero, .+4", 0x1000_0000)]);
    cases.push(own.then_fault(Fault::BranchInDelaySlot));
    // Behind a branch to the instruction after its slot, the slot is an ordinary place.
    let ordinary =
        Case::of(&[("beq zero, zero, .+8", 0x1000_0001), ("beq zero, zero, .+16", 0x1000_0003)]);
    cases.push(ordinary.then_at(CODE + 8, CODE + 20));
    let ordinary = Case::of(&[("bne zero, zero, .+16", 0x1400_0003), ("j 0x154", 0x0800_0055)]);
    cases.push(ordinary.then_at(CODE + 8, 0x154));
    cases
}

/// The delay slot of a likely branch ran although it was not taken.
pub(crate) fn untaken_likely_branches_skip_their_slot() -> Vec<Case> {
    let branches: [(Word, u64, u64); 6] = [
        (("beql t0, zero, .+16", 0x5180_0003), 1, 0),
        (("bnel t0, zero, .+16", 0x5580_0003), 0, 1),
        (("blezl t0, .+16", 0x5980_0003), 1, 0),
        (("bgtzl t0, .+16", 0x5d80_0003), 0, 1),
        (("bltzl t0, .+16", 0x0582_0003), 0, NEG1),
        (("bgezl t0, .+16", 0x0583_0003), NEG1, 0),
    ];
    let mut cases = Vec::new();
    for (word, untaken, taken) in branches {
        cases.push(Case::of(&[word]).with(T0, untaken).then_at(CODE + 8, CODE + 12));
        cases.push(Case::of(&[word]).with(T0, taken).then_at(CODE + 4, CODE + 16));
    }
    cases
}

/// Jumps to where nothing can be fetched faulted too early, or read from there.
pub(crate) fn jumps_out_of_the_text_fault_at_the_fetch() -> Vec<Case> {
    let targets = [
        (CODE + 2, Fault::UnalignedFetch),
        (TEXT_END, Fault::FetchOutsideText),
        (TEXT_END + 1, Fault::UnalignedFetch),
        (1 << 32 | CODE, Fault::FetchOutsideText),
        (1 << 44 | CODE, Fault::FetchOutsideText),
        (1 << 63 | CODE, Fault::FetchOutsideText),
        (NEG1 - 3, Fault::FetchOutsideText),
        (NEG1, Fault::UnalignedFetch),
    ];
    let mut cases = Vec::new();
    for (target, fault) in targets {
        let jump = Case::of(&[("jr t0", 0x0180_0008)]).with(T0, target);
        cases.push(jump.then_at(CODE + 4, target));
        // The slot still runs, then the fetch faults.
        let mut jump =
            Case::of(&[("jr t0", 0x0180_0008), ("daddiu t1, t0, 1", 0x658d_0001)]).with(T0, target);
        cases.push(
            jump.clone().then(T1, target.wrapping_add(1)).then_at(target, target.wrapping_add(4)),
        );
        jump.steps = 3;
        cases.push(jump.then_fault(fault));
    }
    cases
}

/// A state with an exit word other than 0 and 1 ran on in one verifier (Cantina, low: `exited` was not checked).
pub(crate) fn every_exit_word_but_zero_is_exited() -> Vec<Case> {
    let words = [1, 2, 0xff, 0x100, 0x101, 0x200, 1 << 8, 1 << 32, 1 << 63, NEG1];
    let mut cases = Vec::new();
    for exit in words {
        // Its own successor bit for bit, with registers that no real exit leaves.
        let case = Case::of(&[("daddu t1, t0, t0", 0x018c_682d)]).with_exit(exit);
        let mut long = case.clone();
        long.steps = 16;
        cases.extend([case, long]);
    }
    cases
}

/// The exit code was not cut to a byte, and what was left in the registers made equal ends differ.
pub(crate) fn exit_keeps_eight_bits_and_clears_the_rest() -> Vec<Case> {
    [(0, 0), (1, 1), (255, 255), (256, 0), (NEG1, 255), (1 << 32 | 7, 7)]
        .into_iter()
        .map(|(argument, code)| {
            let case = Case::of(&[("syscall", 0x0000_000c)]).with(V0, 5058).with(A0, argument);
            case.then_exit(0x100 | code)
        })
        .collect()
}
