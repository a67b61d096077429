//! The honest player under guest versions that the registrar may append: what it claims must be what the contract's machine
//! would find, or nothing.

use std::sync::Arc;

use alloy_primitives::{Address, Bytes};
use opml_game::GuestVersion;
use opml_node::{
    Library,
    player::{NativePlayers, Players, Run, VmPlayers, native_answer},
    view::Outcome,
};

const GUEST: &[u8] = include_bytes!("../../../guest/opml-guest.elf");

/// A run of the digits under a version of the committed guest, with `change` made to it.
fn run(change: impl FnOnce(&mut GuestVersion)) -> Run {
    let mut library = Library::new();
    let root = library.add_guest(GUEST).unwrap();
    let guest = Arc::clone(library.guest(root).unwrap());
    let mut version = GuestVersion {
        root,
        verifier: Address::ZERO,
        entry: guest.program.entry(),
        max_steps_bits: 30,
        max_evaluated: 4,
    };
    change(&mut version);
    let images = opml_model::digits_held_out().unwrap();
    let input = Bytes::copy_from_slice(images.iter().next().unwrap().pixels);
    Run { model: Arc::new(opml_model::digits().unwrap()), guest, version, input }
}

#[test]
fn a_bound_below_the_engines_is_answered_by_the_machine() {
    let run = run(|version| version.max_steps_bits = 10);
    let answer = NativePlayers.player(&run).unwrap().answer().unwrap();
    assert_eq!(answer.outcome, Outcome::Fault, "1024 small steps are not enough for any tile");
    assert_eq!(answer, VmPlayers.player(&run).unwrap().answer().unwrap());
}

#[test]
fn the_usual_bound_is_answered_by_the_engine() {
    let run = run(|_| ());
    let answer = NativePlayers.player(&run).unwrap().answer().unwrap();
    assert_eq!(answer.outcome, Outcome::Done);
    assert_eq!(answer, native_answer(&run).unwrap(), "a run that keeps states gives the same");
}

/// The same bytes in memory, begun elsewhere, are another program.
#[test]
fn another_entry_has_no_player() {
    let run = run(|version| version.entry += 4);
    for players in [&NativePlayers as &dyn Players, &VmPlayers] {
        assert!(players.player(&run).is_err_and(|error| error.to_string().contains("begins")));
    }
}
