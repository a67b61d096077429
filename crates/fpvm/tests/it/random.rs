//! A short slice of the long run `cargo xtask fuzz vm`, and tests of the comparison itself.

use opml_fpvm::{Instruction, State, decode};
use opml_vmfuzz::{RUNNERS, Runner, search};

#[test]
fn everything_that_runs_programs_runs_random_ones_alike() {
    let tally = search(1, 0, 1_000_000, RUNNERS, |_| {})
        .unwrap_or_else(|(program, difference)| panic!("program {program}: {difference}"));
    let missing = tally.coverage.missing();
    assert!(missing.is_empty(), "never executed: {missing:?}");
    assert_eq!(tally.compared.len(), RUNNERS.len());
    assert!(tally.compared.values().all(|steps| *steps > tally.steps / 2));
}

/// A machine with one wrong rule: `movn` that looks at the low word only.
fn movn_of_32_bits(state: &mut State, max_steps: u64) -> u64 {
    let mut executed = 0;
    while executed < max_steps && !state.exited() {
        let before = state.clone();
        state.step();
        executed += 1;
        let mut word = [0; 4];
        before.memory.read(before.cpu.pc & 0xff_fffc, &mut word);
        if let Some(Instruction::MoveIf { rd, rt, zero: false, .. }) =
            decode(u32::from_le_bytes(word))
            && before.cpu.regs[rt.index()] as u32 == 0
        {
            state.cpu.regs[rd.index()] = before.cpu.regs[rd.index()];
        }
    }
    executed
}

#[test]
fn one_wrong_rule_is_found_and_reduced_to_its_instruction() {
    let broken = [Runner { name: "broken", run: movn_of_32_bits, compiles: false }];
    // Few operands of `movn` have all their bits in the upper half.
    let found = (1..20).find_map(|seed| search(seed, 0, 1_000_000, &broken, |_| {}).err());
    let (_, difference) = found.unwrap();
    let report = difference.to_string();
    let listing = report.lines().filter(|line| line.contains(": ") && line.starts_with(' '));
    let instructions: Vec<_> = listing.collect();
    // What the reduction may leave behind the first difference never runs.
    assert!(instructions[0].contains("movn") && instructions.len() <= 2, "{report}");
    assert!(report.contains("first different after step"), "{report}");
}

#[test]
fn a_wrong_count_of_steps_is_found() {
    let one_more = |state: &mut State, max_steps| state.run(max_steps) + 1;
    let broken = [Runner { name: "miscounting", run: one_more, compiles: false }];
    assert!(search(1, 0, 1000, &broken, |_| {}).is_err());
}
