//! Two who know the answer commit at the same time: one of them is first, and the other one loses nothing.

use std::sync::Arc;

use alloy::{providers::Provider, rpc::types::Filter};
use alloy_primitives::U256;
use alloy_sol_types::SolEvent;
use opml_contracts::OpML;
use opml_node::player::{NativePlayers, Players};
use opml_tests::{
    liars,
    scenario::{Ending, Role, Verdict},
    world::STANDARD,
};

use crate::table;

async fn taken_back(ending: &Ending) -> usize {
    let filter = Filter::new().address(ending.world.opml()).from_block(0);
    let filter = filter.event_signature(OpML::TakenBack::SIGNATURE_HASH);
    ending.world.chain().provider().get_logs(&filter).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_slower_of_two_submitters_gets_its_stake_back() {
    let honest: Arc<dyn Players> = Arc::new(NativePlayers);
    let cast =
        vec![Role::submitter("submitter", Arc::clone(&honest)), Role::submitter("second", honest)];
    let ending = table::tell("race", STANDARD, cast, None).await;
    assert_eq!(ending.report.verdict, Verdict::Finalized);
    assert!(ending.report.callback);
    assert_eq!((ending.claims.len(), ending.disputes.len()), (1, 0));
    assert_eq!(taken_back(&ending).await, 1);
}

/// A liar that commits and does not get to reveal is no cheaper off than one that does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lie_that_nobody_got_to_see_costs_its_stake() {
    let cast = vec![
        Role::submitter("liar", liars::wrong_value()),
        Role::submitter("submitter", Arc::new(NativePlayers)),
        Role::challenger("challenger", Arc::new(NativePlayers)),
    ];
    let ending = table::race("hedge", cast).await;
    assert_eq!(ending.request.claims.len(), ending.claims.len());
    let last = ending.claims.last().unwrap();
    assert!(ending.report.callback);
    assert_eq!(ending.world.ledger().await.unwrap().name_of(last.submitter), "submitter");
    let opml = ending.world.opml();
    let left = ending.world.chain().provider().get_balance(opml).await.unwrap();
    let stake = U256::from(STANDARD.stake_gwei) * U256::from(1_000_000_000u64);
    // Revealed first: half of it, by a dispute. Else the whole, in its commitment for ever.
    let lost = if ending.claims.len() == 2 { stake / U256::from(2) } else { stake };
    assert_eq!(left, lost);
}
