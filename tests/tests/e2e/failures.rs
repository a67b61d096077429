//! Runs that fail: a claim of failure stands, a claimed output is rejected.

use std::sync::Arc;

use opml_engine::Engine;
use opml_game::{Profile, Side};
use opml_node::{
    player::{NativePlayers, Players, VmPlayers},
    view::{Outcome, RequestStatus},
};
use opml_tests::{
    hostile::{self, ATTACKS, Attack, BYTES, MAX_STEPS, mips},
    liars,
    scenario::{Ending, Presence, Role, Script, Subject, Verdict, play},
    world::STANDARD,
};

use crate::money;

/// Bound on the small steps of guests that do not end.
const BITS: u8 = 12;

async fn tell(subject: Subject, profile: Profile, cast: Vec<Role>) -> Ending {
    let script = Script { profile, ..Script::new(subject, cast) };
    let ending = play("failure", &script, &mut ()).await.unwrap();
    money::is_conserved(&ending).await;
    ending
}

/// An honest submitter, watched by an honest challenger.
fn truth(honest: &Arc<dyn Players>) -> Vec<Role> {
    vec![
        Role::submitter("submitter", Arc::clone(honest)),
        Role::challenger("challenger", Arc::clone(honest)),
    ]
}

/// A liar, an honest challenger, and an honest submitter for the second round.
fn lie(liar: Arc<dyn Players>, honest: &Arc<dyn Players>) -> Vec<Role> {
    vec![
        Role::submitter("liar", liar),
        Role::challenger("challenger", Arc::clone(honest)),
        Role::submitter("submitter", Arc::clone(honest)).present(Presence::AfterRejection),
    ]
}

/// Plays both stories of a run that fails with `outcome`.
async fn fails(
    subject: Subject,
    profile: Profile,
    honest: Arc<dyn Players>,
    liar: Arc<dyn Players>,
    outcome: Outcome,
) {
    let ending = tell(subject.clone(), profile, truth(&honest)).await;
    assert_eq!(ending.report.verdict, Verdict::Finalized);
    assert_eq!(ending.claims[0].outcome, outcome);
    assert!(ending.disputes.is_empty());
    assert_eq!(ending.request.status, RequestStatus::Failed);

    let ending = tell(subject, profile, lie(liar, &honest)).await;
    assert_eq!(ending.report.verdict, Verdict::Rejected);
    assert_eq!(ending.claims[0].outcome, Outcome::Done);
    let verdict = ending.disputes[0].verdict.unwrap();
    assert_eq!((verdict.winner(), verdict.by_proof), (Side::Challenger, true));
    assert_eq!(ending.claims[1].outcome, outcome);
    assert_eq!(ending.request.status, RequestStatus::Failed);
}

async fn attack(name: &str) {
    let attack: &Attack = ATTACKS.iter().find(|attack| attack.name == name).unwrap();
    let (model, input) = (Arc::new(attack.model().unwrap()), vec![9; BYTES as usize]);
    let mut engine = Engine::new(Arc::clone(&model), &input).unwrap();
    assert_eq!(engine.run_to_halt(MAX_STEPS).unwrap(), attack.n);
    let refusal = engine.refusal().unwrap();
    assert!((attack.refusal)(&refusal), "{name}: {refusal:?}");
    let subject = Subject::Model { model, input };
    let honest = Arc::new(NativePlayers);
    fails(subject, STANDARD, honest, liars::invented_output(), Outcome::ProgramError).await;
}

async fn broken_guest(code: &[u32]) {
    let input = vec![9; BYTES as usize];
    let subject = Subject::Guest { elf: hostile::guest(code), max_steps_bits: BITS, input };
    fails(subject, STANDARD, Arc::new(VmPlayers), liars::invented_exit(), Outcome::Fault).await;
}

macro_rules! attacks {
    ($($test:ident $name:literal)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            attack($name).await;
        }
    )*};
}

attacks! {
    a_record_that_aliases "aliasing"
    a_record_that_writes_out_of_range "out-of-range"
    a_record_whose_addresses_wrap "wrapping-address"
    a_record_whose_sizes_wrap "wrapping-size"
    a_record_of_no_operator "unknown"
    a_program_that_outlasts_its_bound "endless"
    a_record_that_writes_the_program "program"
    a_record_that_writes_weights "weights"
    a_record_that_writes_the_control_block "control"
    a_record_that_writes_the_complete_word "complete-word"
}

macro_rules! broken_guests {
    ($($test:ident [$($code:ident),*])*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            broken_guest(&[$(mips::$code),*]).await;
        }
    )*};
}

broken_guests! {
    a_guest_that_breaks [NOP, BREAK]
    a_guest_that_outlasts_its_bound [LOOP, NOP]
    a_guest_that_reads_unaligned [NOP, NOP, UNALIGNED]
    a_guest_that_writes_its_text [NOP, STORE_TO_TEXT]
    a_guest_that_exits_with_an_error [SELECT_EXIT, ONE, SYSCALL]
}

/// Nobody comes back from FAULT: a segment that begins in it is decided at once, without a witness.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_faults_stays_faulted() {
    let elf = hostile::guest(&[mips::NOP, mips::BREAK]);
    let subject = Subject::Guest { elf, max_steps_bits: BITS, input: vec![9; BYTES as usize] };
    let halves = Profile { arity_bits: 1, ..STANDARD };
    let honest: Arc<dyn Players> = Arc::new(VmPlayers);
    let ending = tell(subject, halves, lie(liars::resurrection(4), &honest)).await;
    assert_eq!(ending.report.verdict, Verdict::Rejected);
    let verdict = ending.disputes[0].verdict.unwrap();
    assert_eq!((verdict.winner(), verdict.by_proof), (Side::Challenger, true));
    assert_eq!(ending.report.moves.phase2, 0);
    assert_eq!(ending.request.status, RequestStatus::Failed);
}
