//! What must be true of money at every end.

use alloy::providers::Provider;
use alloy_primitives::U256;
use opml_node::view::ClaimStatus;
use opml_tests::{scenario::Ending, world::STANDARD};

const GWEI: u64 = 1_000_000_000;

/// Everything that came in has been paid out, except what is burned: half of each lost stake, which doubles from
/// round to round, and a quarter of each lost bond.
pub(crate) async fn is_conserved(ending: &Ending) {
    let (stake, bond) = (U256::from(STANDARD.stake_gwei), U256::from(STANDARD.bond_gwei));
    let rejected = ending.claims.iter().filter(|claim| claim.status == ClaimStatus::Rejected);
    let stakes: U256 = rejected.map(|claim| stake << claim.round).sum();
    let lost = ending
        .disputes
        .iter()
        .filter(|dispute| dispute.verdict.is_some_and(|verdict| !verdict.challenger_won));
    let burned = stakes / U256::from(2) + bond / U256::from(4) * U256::from(lost.count());
    let left = ending.world.chain().provider().get_balance(ending.world.opml()).await.unwrap();
    assert_eq!(left, burned * U256::from(GWEI), "what is left in the contract is what was burned");
}
