//! `docs/vectors/game.json`: the bytes of identity, lists, openings and the seam, for other implementations.
//!
//! Each object is a table: its arrays are the columns, of hex strings of one length. `OPML_BLESS=1` writes the file anew.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod attention;
mod game;
mod identity;
mod money;
mod table;

use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use table::Source;

#[test]
fn vectors_are_those_of_this_code() {
    let source = &mut Source(ChaCha8Rng::seed_from_u64(1));
    let vectors = json!({
        "request": identity::requests(source),
        "claim": identity::claims(source),
        "dispute": identity::disputes(source),
        "position": identity::positions(source),
        "claimSlot": identity::claim_slots(source),
        "verdict": identity::verdicts(),
        "list": game::lists(source),
        "cut": game::cuts(source),
        "opening": game::openings(source),
        "start": game::starts(source),
        "seam": game::seams(source),
        "money": money::amounts(source),
        // From a source of its own: it came later, and the other tables are as they were.
        "attention": attention::draws(&mut Source(ChaCha8Rng::seed_from_u64(2))),
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/vectors/game.json");
    if std::env::var_os("OPML_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, serde_json::to_string_pretty(&vectors).unwrap() + "\n").unwrap();
    }
    let committed: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(committed == vectors, "{} is out of date; OPML_BLESS=1 writes it anew", path.display());
}
