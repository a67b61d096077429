//! Either side falls silent at each point of the game: the other side wins by clock.

use opml_contracts::OpML;
use opml_game::{Profile, Side};
use opml_node::{
    player::{NativePlayers, Players},
    view::ClaimStatus,
};
use opml_tests::{
    What,
    liars::{self, Silent},
    scenario::{Presence, Role, Verdict, liar_and_challenger, lying_challenger},
    world::STANDARD,
};
use std::{collections::BTreeSet, sync::Arc};

use crate::table::{HALVES, tell, verdict};

/// Lists that are posted in the dispute of a cast, if everybody answers.
async fn lists(profile: Profile, cast: Vec<Role>) -> u16 {
    tell("loud", profile, cast, None).await.disputes[0].posts.len() as u16
}

/// After `lists` lists: whether the submitter has to answer.
const fn is_submitters_turn(lists: u16) -> bool {
    lists % 2 == 1
}

async fn silent_submitter(profile: Profile) {
    let lists = lists(profile, liar_and_challenger(liars::wrong_value())).await;
    for silent in (1..=lists).filter(|lists| is_submitters_turn(*lists)) {
        let mut cast = liar_and_challenger(Silent::after(silent, liars::wrong_value()));
        cast[0].presence = Presence::UntilRejection;
        let ending = tell("silent submitter", profile, cast, None).await;
        assert_eq!(verdict(&ending), (Verdict::Rejected, Side::Challenger, false));
        assert_eq!(ending.claims[0].status, ClaimStatus::Rejected, "judged by the final claim");
        assert_eq!(ending.disputes[0].posts.len(), usize::from(silent));
        assert!(ending.report.callback);
    }
}

async fn silent_challenger(profile: Profile) {
    let lists = lists(profile, lying_challenger(liars::wrong_value())).await;
    for silent in (1..=lists).filter(|lists| !is_submitters_turn(*lists)) {
        let cast = lying_challenger(Silent::after(silent, liars::wrong_value()));
        let ending = tell("silent challenger", profile, cast, None).await;
        assert_eq!(verdict(&ending), (Verdict::Finalized, Side::Submitter, false));
        assert_eq!(ending.disputes[0].posts.len(), usize::from(silent));
        assert!(ending.report.callback);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submitter_who_falls_silent_loses() {
    silent_submitter(STANDARD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submitter_who_falls_silent_in_a_long_game_loses() {
    silent_submitter(HALVES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenger_who_falls_silent_loses() {
    silent_challenger(STANDARD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenger_who_falls_silent_in_a_long_game_loses() {
    silent_challenger(HALVES).await;
}

/// A clock does not ask who is right, but the money waits for who is. The truth is claimed again, by another: the price of silence
/// is a fifth of the stake, and the liar has lost its bond.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_submitter_who_falls_silent_loses_the_round_and_a_fifth() {
    let honest: Arc<dyn Players> = Arc::new(NativePlayers);
    let mut cast = lying_challenger(liars::wrong_value());
    cast[0].players = Silent::after(3, Arc::clone(&honest));
    cast[0].presence = Presence::UntilRejection;
    // The liar would do the same to the second claim, and this time be answered.
    cast.push(Role::submitter("second", honest).present(Presence::AfterRejection));
    let ending = tell("silent truth", STANDARD, cast, None).await;
    assert_eq!(verdict(&ending), (Verdict::Rejected, Side::Challenger, false));
    assert_eq!(ending.claims[0].sn, ending.claims[1].sn);
    let first = &ending.claims[0];
    assert_eq!(first.status, ClaimStatus::Late);
    // The second has had it judged; to collect the liar's bond is left to the first, who is gone.
    let credits = OpML::creditsCall { account: first.submitter };
    let credit = ending.world.view(ending.world.opml(), &credits).await.unwrap();
    assert_eq!(credit, STANDARD.stake(0) - STANDARD.lateness_fee(0));
    assert!(!ending.disputes[0].collected);
    assert!(ending.report.callback);
}

/// The submitter's own key never plays, and the key that it has named before its claim does: the lie is refuted, in the submitter's
/// name and to its profit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_plays_for_a_submitter_who_is_silent() {
    let honest: Arc<dyn Players> = Arc::new(NativePlayers);
    let mut cast = lying_challenger(liars::wrong_value());
    let submitter = cast[0].name;
    cast[0].players = Silent::after(1, Arc::clone(&honest));
    cast.push(Role::operator("operator", submitter, honest));
    let ending = tell("operator", STANDARD, cast, None).await;
    assert_eq!(verdict(&ending), (Verdict::Finalized, Side::Submitter, true));
    assert!(ending.report.callback);
    assert!(ending.disputes[0].collected);
    let ledger = ending.world.ledger().await.unwrap();
    let by = |what| {
        let entries = ledger.entries().iter().filter(move |entry| entry.what == what);
        entries.map(|entry| entry.from.clone()).collect::<BTreeSet<_>>()
    };
    let moves = by(What::Move);
    assert!(moves.contains("operator") && !moves.contains(submitter), "{moves:?}");
    assert_eq!(by(What::Reveal), [submitter.to_owned()].into());
}
