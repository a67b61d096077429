//! The game alone, searched exhaustively for small runs: the true side wins whenever it answers in time.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod adversary;
mod alarm;
#[path = "../common/mod.rs"]
mod common;
mod play;
mod seam;
mod world;
mod worst;

use adversary::{Alphabet, Letter};
use alloy_primitives::B256;
use opml_game::Side;
use opml_game::seam::FAULT;
use play::{Evaluation, Game, Loss};
use world::{Ending, World, wrong_large};

/// All letters, for lists of two.
const WIDE: Alphabet = Alphabet {
    large: &[Letter::True, Letter::Wrong, Letter::Fault, Letter::Late],
    small: &[Letter::True, Letter::Wrong, Letter::Junk, Letter::Late],
};

/// The letters that differ in what they can do, for lists of four.
const NARROW: Alphabet = Alphabet {
    large: &[Letter::True, Letter::Wrong, Letter::Fault],
    small: &[Letter::True, Letter::Wrong],
};

/// What was searched.
#[derive(Debug, Default)]
struct Tally {
    games: u64,
    positions: usize,
    accepted: u64,
    refused: u64,
}

/// Plays every true claim and every kind of false claim about `world` over `n` steps.
fn search(
    world: &World,
    arity_bits: u8,
    n: u64,
    evaluation: Evaluation,
    tally: &mut Tally,
) -> Result<(), Loss> {
    let alphabet = if arity_bits == 1 { WIDE } else { NARROW };
    let truth = world.state(n);
    let mut claims: Vec<(B256, Side)> = vec![(truth, Side::Submitter)];
    for end in [wrong_large(n), FAULT, world.state(n - 1)] {
        if end != truth {
            claims.push((end, Side::Challenger));
        }
    }
    for (end, honest) in claims {
        let mut game = Game::new(world, arity_bits, (n, end), honest, alphabet, evaluation);
        game.search()?;
        assert!(u32::from(game.lists) <= game.bound(), "{} lists over {n} steps", game.lists);
        tally.games += 1;
        tally.positions += game.positions();
        tally.accepted += game.tried.0;
        tally.refused += game.tried.1;
    }
    Ok(())
}

fn assert_no_loss(worlds: impl Iterator<Item = (World, u8, u64)>) {
    let mut tally = Tally::default();
    for (world, arity_bits, n) in worlds {
        if let Err(loss) = search(&world, arity_bits, n, Evaluation::Decisive, &mut tally) {
            panic!("arity {}, {n} steps, {world:?}: {loss:#?}", 1 << arity_bits);
        }
    }
    eprintln!("{tally:?}");
    assert!(tally.accepted > 0 && tally.refused > 0);
}

/// Runs of up to 16 large steps of one or two small steps each, without and with a step that faults.
fn long_runs(arity_bits: u8) -> impl Iterator<Item = (World, u8, u64)> {
    (1..=16u64).flat_map(move |n| {
        let faults = [None, Some(0), Some(n / 2), Some(n - 1)];
        (1..=2u8).flat_map(move |r| {
            faults.into_iter().map(move |fault| {
                let ending = |i| match fault {
                    Some(f) if f == i && i % 2 == 0 => Ending::Running,
                    Some(f) if f == i => Ending::Failed(1),
                    _ => Ending::Done(1 + i % 2),
                };
                let endings: Vec<Ending> = (0..n).map(ending).collect();
                (World::new(&endings, 1, r), arity_bits, n)
            })
        })
    })
}

/// Runs of one and two large steps of up to 16 small steps.
fn deep_runs(arity_bits: u8) -> impl Iterator<Item = (World, u8, u64)> {
    let endings =
        [1, 2, 3, 5, 8, 11, 16].map(Ending::Done).into_iter().chain([1, 6, 16].map(Ending::Failed));
    endings.chain([Ending::Running]).flat_map(move |ending| {
        (1..=2u8).flat_map(move |r| {
            [vec![ending], vec![Ending::Done(4), ending]].into_iter().map(move |endings| {
                let n = endings.len() as u64;
                (World::new(&endings, 4, r), arity_bits, n)
            })
        })
    })
}

#[test]
fn the_true_side_wins_long_runs_with_lists_of_two() {
    assert_no_loss(long_runs(1));
}

#[test]
fn the_true_side_wins_long_runs_with_lists_of_four() {
    assert_no_loss(long_runs(2));
}

#[test]
fn the_true_side_wins_deep_runs_with_lists_of_two() {
    assert_no_loss(deep_runs(1));
}

#[test]
fn the_true_side_wins_deep_runs_with_lists_of_four() {
    assert_no_loss(deep_runs(2));
}

/// Decision 1: if whoever evaluates also picked for the mover, an accomplice of a liar wins with the liar's one true entry.
#[test]
fn without_the_rule_on_decisive_evaluations_the_search_finds_a_loss() {
    for arity_bits in 1..=2 {
        for ending in [Ending::Done(8), Ending::Failed(8), Ending::Running] {
            let world = World::new(&[ending], 3, 1);
            let loss = search(&world, arity_bits, 1, Evaluation::Literal, &mut Tally::default());
            let line = loss.expect_err("the search does not find the attack of decision 1");
            assert!(line[0].contains("evaluates part"), "{line:#?}");
        }
    }
}
