//! What must be true of money at every end.

use alloy::providers::Provider;
use alloy_primitives::U256;
use opml_contracts::OpML;
use opml_game::Profile;
use opml_node::view::ClaimStatus;
use opml_tests::{scenario::Ending, world::STANDARD};

/// Everything that came in has been paid out, except what is burned: half of each lost stake, which doubles from
/// round to round, most of the fifth that a late one costs, and of each lost bond what does not repay the submitter.
pub(crate) async fn is_conserved(ending: &Ending) {
    let (world, opml) = (&ending.world, ending.world.opml());
    let terms = OpML::profilesCall { profile: ending.request.profile };
    let arity_bits = world.view(opml, &terms).await.unwrap().arityBits;
    let profile = Profile { arity_bits, ..STANDARD };
    let rejected = ending.claims.iter().filter(|claim| claim.status == ClaimStatus::Rejected);
    let stakes: U256 = rejected.map(|claim| profile.stake(claim.round) / U256::from(2)).sum();
    let late: Vec<_> =
        ending.claims.iter().filter(|claim| claim.status == ClaimStatus::Late).collect();
    let fees: U256 = late.iter().map(|claim| profile.late(claim.round).burned).sum();
    let lost = ending.disputes.iter().filter(|dispute| {
        let verdict = dispute.verdict;
        let on_late = late.iter().any(|claim| claim.id == dispute.claim);
        let returned = verdict.is_some_and(|verdict| {
            let fallen = ending.claims.iter().find(|claim| claim.id == dispute.claim);
            !verdict.by_proof && fallen.is_some_and(|c| c.status == ClaimStatus::Rejected)
        });
        on_late || verdict.is_some_and(|verdict| !verdict.challenger_won) && !returned
    });
    let bonds: U256 = lost
        .map(|dispute| {
            let bond = profile.bond(dispute.bond_index());
            // Who is gone has not collected.
            let repelled = dispute.collected.then(|| profile.repelled(dispute.posts.len() as u16));
            bond - repelled.unwrap_or_default()
        })
        .sum();
    // Nor withdrawn.
    let mut credits = U256::ZERO;
    for claim in &late {
        let account = claim.submitter;
        credits += world.view(opml, &OpML::creditsCall { account }).await.unwrap();
    }
    let left = world.chain().provider().get_balance(opml).await.unwrap();
    let burned = stakes + fees + bonds;
    assert_eq!(left - credits, burned, "what is left in the contract is what was burned");
}
