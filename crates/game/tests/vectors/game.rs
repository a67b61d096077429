//! Lists, openings and the seam (docs/protocol.md §2 and §8).

use alloy_primitives::{Address, B256};
use opml_engine::seam::{self, Outcome};
use opml_fpvm::Cpu;
use opml_game::seam::start_hash;
use opml_game::{FinalState, GuestVersion, ListTree, Opening, Phase, cut};
use rand::Rng;
use serde_json::Value;

use crate::table::{Source, Table};

/// Lists of every shape, with the proof of one entry each.
pub(crate) fn lists(source: &mut Source) -> Value {
    let mut table = Table::default();
    for (arity_bits, p) in [(1, 1), (1, 2), (2, 3), (3, 8), (5, 17), (5, 32), (6, 64)] {
        let start = source.word();
        let entries: Vec<B256> = (0..p).map(|_| source.word()).collect();
        let tree = ListTree::new(start, &entries, arity_bits);
        let pick = source.0.random_range(1..=p);
        table.number("arityBits", arity_bits);
        table.bytes("start", start);
        table.bytes("entries", entries.concat());
        table.bytes("root", tree.root());
        table.number("pick", pick);
        table.bytes("siblings", tree.proof(pick).unwrap().concat());
    }
    table.finish()
}

/// Cuts as 8-byte numbers in one string: the steps before entry 1 … p.
pub(crate) fn cuts(source: &mut Source) -> Value {
    let mut table = Table::default();
    let small =
        [(1, 2), (2, 2), (3, 2), (5, 4), (33, 32), (1000, 32), (u64::MAX, 64), (1 << 40, 8)];
    let random: Vec<(u64, u64)> = (0..4).map(|_| (source.0.random(), 32)).collect();
    for (n, k) in small.into_iter().chain(random) {
        let p = cut::entries(Phase::Large, n, k, 0);
        table.number("n", n);
        table.number("k", k);
        table.bytes(
            "cuts",
            (1..=p).flat_map(|j| cut::cut(n, p, j).to_be_bytes()).collect::<Vec<_>>(),
        );
    }
    table.finish()
}

pub(crate) fn openings(source: &mut Source) -> Value {
    let mut table = Table::default();
    let cpu = Cpu { hi: 7, lo: 9, ..Cpu::start(0x4000) };
    let ends = [
        (12_345, FinalState::Done { guest_half: source.word(), data_half: source.word() }),
        (1, FinalState::Failed { exit: 0x101, root: source.word() }),
        (77, FinalState::Failed { exit: 0x203, root: source.word() }),
        (1 << 30, FinalState::Running { packed: Box::new(cpu.pack(source.word())) }),
    ];
    for (steps, end) in ends {
        let opening = Opening { steps, end };
        table.number("m", opening.steps);
        table.number("exit", opening.end.exit());
        table.bytes("bytes", opening.encode());
        table.bytes("stateHash", opening.end.state_hash());
        table.bytes("successor", opening.end.successor());
    }
    table.finish()
}

pub(crate) fn starts(source: &mut Source) -> Value {
    let mut table = Table::default();
    for entry in [0, 0x1_0000, 0xff_fffc] {
        let guest = GuestVersion {
            root: source.word(),
            verifier: Address::ZERO,
            entry,
            max_steps_bits: 30,
            max_evaluated: 16,
        };
        let s = source.word();
        table.bytes("guestRoot", guest.root);
        table.number("entry", entry);
        table.bytes("s", s);
        table.bytes("hash", start_hash(&guest, s));
    }
    table.finish()
}

pub(crate) fn seams(source: &mut Source) -> Value {
    let mut table = Table::default();
    let lengths = [0, 1, 31, 32, 33, 64, 65, 100, 1000];
    for (length, outcome) in lengths
        .into_iter()
        .zip([Outcome::Done, Outcome::ProgramError, Outcome::Fault].into_iter().cycle())
    {
        let (model, run_root) = (source.word(), source.word());
        let input = source.bytes(length);
        let done = outcome == Outcome::Done;
        let output = source.bytes(if done { length } else { 0 });
        // A fault has no output, so its root is not defined.
        let output_root = match outcome {
            Outcome::Done => seam::output_root(1, &output),
            Outcome::ProgramError => seam::output_root(2, &output),
            Outcome::Fault => B256::ZERO,
        };
        table.bytes("model", model);
        table.bytes("input", &input);
        table.bytes("s0", seam::s0(&input, model));
        table.number("outcome", outcome as u8);
        table.bytes("runRoot", if outcome == Outcome::Fault { B256::ZERO } else { run_root });
        table.bytes("output", &output);
        table.bytes("outputRoot", output_root);
        table.bytes("sn", seam::sn(run_root, outcome, &output, model));
    }
    table.finish()
}
