//! `docs/vectors/game.json`: the bytes of identity, lists, openings and the seam, for other implementations.
//!
//! Each object is a table: its arrays are the columns, of hex strings of one length. `OPML_BLESS=1` writes the file anew.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fmt::LowerHex;
use std::path::Path;

use alloy_primitives::{Address, B256, hex, keccak256};
use opml_engine::seam::{self, Outcome};
use opml_fpvm::Cpu;
use opml_game::seam::start_hash;
use opml_game::{
    Claim, ClaimSlot, ClaimStatus, Decision, DisputeKey, DisputeSlot, FinalState, GuestVersion,
    ListTree, Opening, Phase, Position, Request, Side, cut,
};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

/// A table by columns.
#[derive(Default)]
struct Table(Map<String, Value>);

impl Table {
    fn put(&mut self, column: &str, cell: String) {
        let cells = self.0.entry(column).or_insert_with(|| json!([]));
        cells.as_array_mut().unwrap().push(cell.into());
    }

    fn number(&mut self, column: &str, cell: impl LowerHex) {
        self.put(column, format!("{cell:#x}"));
    }

    fn bytes(&mut self, column: &str, cell: impl AsRef<[u8]>) {
        self.put(column, hex::encode_prefixed(cell));
    }

    fn finish(self) -> Value {
        let lengths: Vec<usize> =
            self.0.values().map(|column| column.as_array().unwrap().len()).collect();
        assert!(lengths.iter().all(|&length| length == lengths[0] && length > 0), "{lengths:?}");
        Value::Object(self.0)
    }
}

struct Source(ChaCha8Rng);

impl Source {
    fn word(&mut self) -> B256 {
        self.0.random::<[u8; 32]>().into()
    }

    fn address(&mut self) -> Address {
        self.0.random::<[u8; 20]>().into()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

fn requests(source: &mut Source) -> Value {
    let mut table = Table::default();
    for chain_id in [1, 31_337, u64::MAX] {
        let court = source.address();
        let request = Request {
            requester: source.address(),
            nonce: source.0.random(),
            model: source.word(),
            guest: source.0.random(),
            profile: source.0.random(),
            input_hash: source.word(),
            callback: if chain_id == 1 { Address::ZERO } else { source.address() },
            gas_limit: source.0.random(),
            data_hash: keccak256([]),
        };
        table.number("chainId", chain_id);
        table.bytes("court", court);
        table.bytes("requester", request.requester);
        table.number("nonce", request.nonce);
        table.bytes("model", request.model);
        table.number("guest", request.guest);
        table.number("profile", request.profile);
        table.bytes("inputHash", request.input_hash);
        table.bytes("callback", request.callback);
        table.number("gasLimit", request.gas_limit);
        table.bytes("dataHash", request.data_hash);
        table.bytes("id", request.id(chain_id, court));
    }
    table.finish()
}

fn claims(source: &mut Source) -> Value {
    let mut table = Table::default();
    for outcome in 1..=3 {
        let claim = Claim {
            request_id: source.word(),
            round: source.0.random(),
            guest: source.0.random(),
            profile: source.0.random(),
            submitter: source.address(),
            s0: source.word(),
            n: source.0.random(),
            sn: source.word(),
            outcome,
            output_hash: source.word(),
        };
        table.bytes("requestId", claim.request_id);
        table.number("round", claim.round);
        table.number("guest", claim.guest);
        table.number("profile", claim.profile);
        table.bytes("submitter", claim.submitter);
        table.bytes("s0", claim.s0);
        table.number("n", claim.n);
        table.bytes("sn", claim.sn);
        table.number("outcome", claim.outcome);
        table.bytes("outputHash", claim.output_hash);
        table.bytes("id", claim.id());
    }
    table.finish()
}

fn disputes(source: &mut Source) -> Value {
    let mut table = Table::default();
    for nonce in [0, 1, u64::MAX] {
        let key = DisputeKey { claim_id: source.word(), challenger: source.address(), nonce };
        table.bytes("claimId", key.claim_id);
        table.bytes("challenger", key.challenger);
        table.number("nonce", key.nonce);
        table.bytes("id", key.id());
    }
    table.finish()
}

fn positions(source: &mut Source) -> Value {
    let mut table = Table::default();
    for (phase, mover) in [
        (Phase::Large, Side::Submitter),
        (Phase::Large, Side::Challenger),
        (Phase::Small, Side::Submitter),
        (Phase::Small, Side::Challenger),
    ] {
        let position = Position {
            steps: source.0.random(),
            time: source.0.random(),
            block: source.0.random(),
            submitter_budget: source.0.random(),
            challenger_budget: source.0.random(),
            lists: source.0.random(),
            bond_index: source.0.random_range(0..1 << 24),
            phase,
            mover,
            profile: source.0.random(),
            guest: source.0.random(),
        };
        let root = source.word();
        table.number("steps", position.steps);
        table.number("time", position.time);
        table.number("block", position.block);
        table.number("submitterBudget", position.submitter_budget);
        table.number("challengerBudget", position.challenger_budget);
        table.number("lists", position.lists);
        table.number("bondIndex", position.bond_index);
        table.number("phase", phase as u8);
        table.number("side", u8::from(mover == Side::Challenger));
        table.number("profile", position.profile);
        table.number("guest", position.guest);
        table.bytes("word", position.pack().to_be_bytes::<32>());
        table.bytes("listRoot", root);
        table.bytes("slot", DisputeSlot::live(position.pack(), root).pack().to_be_bytes::<32>());
    }
    table.finish()
}

fn verdicts() -> Value {
    let mut table = Table::default();
    for (winner, by_proof, collected) in [
        (Side::Submitter, true, false),
        (Side::Submitter, false, true),
        (Side::Challenger, true, true),
        (Side::Challenger, false, false),
    ] {
        let rejected_claim = winner == Side::Challenger;
        let decision = Decision { winner, by_proof, rejected_claim, collected };
        table.number("winner", winner as u8);
        table.number("byProof", u8::from(by_proof));
        table.number("rejectedClaim", u8::from(rejected_claim));
        table.number("collected", u8::from(collected));
        table.bytes("slot", DisputeSlot::Decided(decision).pack().to_be_bytes::<32>());
    }
    table.finish()
}

fn claim_slots(source: &mut Source) -> Value {
    let mut table = Table::default();
    for status in [ClaimStatus::Open, ClaimStatus::Final, ClaimStatus::Rejected] {
        let slot = ClaimSlot {
            submitter: source.address(),
            time: source.0.random(),
            block: source.0.random(),
            live: source.0.random_range(0..1 << 28),
            status,
        };
        table.bytes("submitter", slot.submitter);
        table.number("time", slot.time);
        table.number("block", slot.block);
        table.number("liveDisputes", slot.live);
        table.number("status", status as u8);
        table.bytes("slot", slot.pack().to_be_bytes::<32>());
    }
    table.finish()
}

/// Lists of every shape, with the proof of one entry each.
fn lists(source: &mut Source) -> Value {
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
fn cuts(source: &mut Source) -> Value {
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

fn openings(source: &mut Source) -> Value {
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

fn starts(source: &mut Source) -> Value {
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

fn seams(source: &mut Source) -> Value {
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

#[test]
fn vectors_are_those_of_this_code() {
    let source = &mut Source(ChaCha8Rng::seed_from_u64(1));
    let vectors = json!({
        "request": requests(source),
        "claim": claims(source),
        "dispute": disputes(source),
        "position": positions(source),
        "claimSlot": claim_slots(source),
        "verdict": verdicts(),
        "list": lists(source),
        "cut": cuts(source),
        "opening": openings(source),
        "start": starts(source),
        "seam": seams(source),
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/vectors/game.json");
    if std::env::var_os("OPML_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, serde_json::to_string_pretty(&vectors).unwrap() + "\n").unwrap();
    }
    let committed: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(committed == vectors, "{} is out of date; OPML_BLESS=1 writes it anew", path.display());
}
