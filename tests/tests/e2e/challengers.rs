//! Two challengers at once, one honest and one lying: the honest one judges the claim, and the other cannot delay it.

use opml_game::Side;
use opml_node::view::{Claim, ClaimStatus};
use opml_tests::{
    chain::BLOCK_TIME,
    liars::{self, Length, Moment, Silent},
    scenario::{Ending, Role, Verdict, liar_and_challenger, lying_challenger},
    world::STANDARD,
};

use alloy::{eips::BlockNumberOrTag, providers::Provider};

use crate::table::tell;

/// Blocks between a verdict's being due and its transaction.
const SLACK: u64 = 3 * BLOCK_TIME;

/// The disputes of the first claim by the name of their challenger.
async fn of<'a>(ending: &'a Ending, name: &str) -> &'a opml_node::view::Dispute {
    let ledger = ending.world.ledger().await.unwrap();
    let first = ending.claims[0].id;
    let mut disputes = ending.disputes.iter();
    disputes
        .find(|dispute| dispute.claim == first && ledger.name_of(dispute.challenger) == name)
        .unwrap()
}

async fn time_of(ending: &Ending, block: u64) -> u64 {
    let provider = ending.world.chain().provider();
    let block = provider.get_block_by_number(BlockNumberOrTag::Number(block)).await.unwrap();
    block.unwrap().header.timestamp
}

/// From the claim to its last verdict it takes at most W + 2B + (lists + 1)·inc.
async fn ends_in_time(ending: &Ending, claim: &Claim) {
    let disputes = ending.disputes.iter().filter(|dispute| dispute.claim == claim.id);
    for dispute in disputes {
        let Some(verdict) = dispute.verdict else { continue };
        let lists = dispute.posts.len() as u64;
        let bound = u64::from(STANDARD.window)
            + 2 * u64::from(STANDARD.clock)
            + (lists + 1) * u64::from(STANDARD.increment);
        let took = time_of(ending, verdict.block).await - claim.time;
        assert!(took <= bound + SLACK, "{took} s, at most {bound}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lying_challenger_next_to_an_honest_one() {
    let mut cast = liar_and_challenger(liars::wrong_value());
    cast.push(Role::challenger("second", liars::nonsense(7, Moment::Middle, Length::True)));
    let ending = tell("two challengers", STANDARD, cast, None).await;
    assert_eq!(ending.report.verdict, Verdict::Rejected);
    assert_eq!(ending.report.winner, "challenger");
    let verdict = of(&ending, "challenger").await.verdict.unwrap();
    assert_eq!((verdict.winner(), verdict.by_proof), (Side::Challenger, true));
    // Beaten, or refunded when the claim fell: it never wins.
    let second = of(&ending, "second").await.verdict;
    assert!(second.is_none_or(|verdict| !verdict.challenger_won));
    ends_in_time(&ending, &ending.claims[0]).await;
    assert!(ending.report.callback);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenger_whose_dispute_still_runs_is_refunded() {
    let mut cast = liar_and_challenger(liars::wrong_value());
    let lazy = Silent::after(1, liars::nonsense(7, Moment::Middle, Length::True));
    cast.push(Role::challenger("second", lazy));
    let ending = tell("lazy challenger", STANDARD, cast, None).await;
    assert_eq!(ending.report.winner, "challenger");
    assert_eq!(of(&ending, "second").await.verdict, None);
    ends_in_time(&ending, &ending.claims[0]).await;
    let ledger = &ending.report.transactions;
    assert!(ledger.iter().any(|entry| entry.from == "second" && entry.what.name() == "withdraw"));
}

/// Each plays for time until its clock is empty; the true claim stands all the same, in time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_lying_challengers_against_the_truth() {
    let mut cast = lying_challenger(Silent::after(2, liars::wrong_value()));
    cast.push(Role::challenger("second", liars::nonsense(7, Moment::Middle, Length::True)));
    let ending = tell("two liars", STANDARD, cast, None).await;
    assert_eq!(ending.report.verdict, Verdict::Finalized);
    assert_eq!(ending.claims[0].status, ClaimStatus::Final);
    for name in ["liar", "second"] {
        assert!(!of(&ending, name).await.verdict.unwrap().challenger_won);
    }
    ends_in_time(&ending, &ending.claims[0]).await;
    assert!(ending.report.callback);
}
