//! Stories about a picture that have no names.

use opml_game::{Profile, Side};
use opml_tests::{
    scenario::{Crash, Ending, Role, Script, Subject, Variant, Verdict, held_out, play},
    world::STANDARD,
};

use crate::money;

/// Lists of two: the longest games there are.
pub(crate) const HALVES: Profile = Profile { arity_bits: 1, ..STANDARD };

/// Plays a story about a held-out picture.
pub(crate) async fn tell(
    name: &str,
    profile: Profile,
    cast: Vec<Role>,
    crash: Option<Crash>,
) -> Ending {
    let model = Variant::Plain.build().unwrap();
    let picture = held_out(3).unwrap();
    let subject = Subject::Picture { model, picture };
    let script = Script { profile, crash, ..Script::new(subject, cast) };
    let ending = play(name, &script, &mut ()).await.unwrap();
    money::is_conserved(&ending).await;
    ending
}

/// The same, where somebody may lose the stake of a commitment.
pub(crate) async fn race(name: &str, cast: Vec<Role>) -> Ending {
    let model = Variant::Plain.build().unwrap();
    let picture = held_out(3).unwrap();
    let script = Script::new(Subject::Picture { model, picture }, cast);
    play(name, &script, &mut ()).await.unwrap()
}

/// How the only dispute of the first claim ended: who won, and whether by proof.
pub(crate) fn verdict(ending: &Ending) -> (Verdict, Side, bool) {
    let verdict = ending.disputes[0].verdict.unwrap();
    (ending.report.verdict, verdict.winner(), verdict.by_proof)
}
