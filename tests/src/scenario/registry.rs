//! The stories that have names.

use std::sync::Arc;

use eyre::{Result, eyre};
use opml_node::player::Players;

use super::{Ending, Entrance, Event, Observer, Role, Script, Subject, cast::honest, play};
use crate::liars::{self, Moment, Silent};

/// What the audience may choose.
#[derive(Debug, Clone)]
pub struct Options {
    /// The picture that the dapp asks about: 8 × 8 pixels of 0 to 16.
    pub picture: Vec<u8>,
}

impl Options {
    /// A picture from the held-out set.
    ///
    /// # Errors
    /// If the set does not have so many.
    pub fn held_out(index: usize) -> Result<Self> {
        let images = opml_model::digits_held_out()?;
        let image = images.iter().nth(index);
        let image = image.ok_or_else(|| eyre!("picture {index} of {}", images.len()))?;
        Ok(Self { picture: image.pixels.to_vec() })
    }
}

/// A story with a name.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// What happens, in a sentence.
    pub story: &'static str,
    cast: fn() -> Vec<Role>,
}

impl Scenario {
    /// The script about a picture.
    pub fn script(&self, options: &Options) -> Script {
        Script::new(Subject::Picture(options.picture.clone()), (self.cast)())
    }

    /// Plays it.
    ///
    /// # Errors
    /// If it cannot be played to its end.
    pub async fn run(&self, options: &Options, observer: &mut dyn Observer) -> Result<Ending> {
        observer.event(&Event::Note(self.story.to_owned()));
        play(self.name, &self.script(options), observer).await
    }
}

/// The scenario of a name.
pub fn find(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

/// All scenarios; the first two are the demo.
pub const fn all() -> &'static [Scenario] {
    SCENARIOS
}

/// An honest submitter alone.
pub fn honest_submitter() -> Vec<Role> {
    vec![Role::submitter("submitter", honest())]
}

/// A lying submitter, an honest challenger, and an honest submitter who comes after the lie has fallen.
pub fn liar_and_challenger(liar: Arc<dyn Players>) -> Vec<Role> {
    vec![
        Role::submitter("liar", liar),
        Role::challenger("challenger", honest()),
        Role::submitter("submitter", honest()).enters(Entrance::AfterRejection),
    ]
}

/// An honest submitter and a lying challenger.
pub fn lying_challenger(liar: Arc<dyn Players>) -> Vec<Role> {
    vec![Role::submitter("submitter", honest()), Role::challenger("liar", liar)]
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "honest",
        story: "An honest submitter answers, nobody disputes, and the dapp receives the digit.",
        cast: honest_submitter,
    },
    Scenario {
        name: "liar",
        story: "A submitter changes one value in the middle of the run; a challenger proves the one instruction that is wrong, \
                and the question is answered again honestly.",
        cast: || liar_and_challenger(liars::wrong_value()),
    },
    Scenario {
        name: "wrong-output",
        story: "A submitter writes another digit into a final state that is true otherwise.",
        cast: || liar_and_challenger(liars::wrong_output()),
    },
    Scenario {
        name: "changed-weight",
        story: "A submitter computes with one changed weight and shows the true one.",
        cast: || liar_and_challenger(liars::changed_weight()),
    },
    Scenario {
        name: "fewer-steps",
        story: "A submitter says that the run ended three large steps earlier.",
        cast: || liar_and_challenger(liars::fewer_steps(3)),
    },
    Scenario {
        name: "more-steps",
        story: "A submitter says that the run took five large steps more, with a wrong output.",
        cast: || liar_and_challenger(liars::more_steps(5, true)),
    },
    Scenario {
        name: "more-steps-true",
        story: "A submitter counts five halted steps more: a halted state is its own successor, so the claim is true.",
        cast: || {
            vec![
                Role::submitter("submitter", liars::more_steps(5, false)),
                Role::challenger("challenger", honest()),
            ]
        },
    },
    Scenario {
        name: "false-inner-state",
        story: "A submitter whose large steps are true up to the last makes up the states of the machine within it.",
        cast: || liar_and_challenger(liars::nonsense(1, Moment::Middle)),
    },
    Scenario {
        name: "lying-challenger-phase-1",
        story: "A challenger makes up the large steps of an honest claim.",
        cast: || lying_challenger(liars::nonsense(20, Moment::After(1))),
    },
    Scenario {
        name: "lying-challenger-phase-2",
        story: "A challenger makes up the small steps within the last large step of an honest claim.",
        cast: || lying_challenger(liars::nonsense(1, Moment::Middle)),
    },
    Scenario {
        name: "lying-challenger-last-step",
        story: "A challenger lies about nothing but the last instruction of an honest claim.",
        cast: || lying_challenger(liars::nonsense(1, Moment::BeforeExit)),
    },
    Scenario {
        name: "silent-liar",
        story: "A lying submitter is disputed and says nothing more: its clock runs out.",
        cast: || liar_and_challenger(Silent::after(1, liars::wrong_value())),
    },
    Scenario {
        name: "silent-challenger",
        story: "A lying challenger opens a dispute and says nothing more: its clock runs out.",
        cast: || lying_challenger(Silent::after(2, liars::wrong_value())),
    },
    Scenario {
        name: "two-challengers",
        story: "A lie is disputed by an honest and by a lying challenger at once: the honest one decides.",
        cast: || {
            let mut cast = liar_and_challenger(liars::wrong_value());
            cast.push(Role::challenger("second", liars::nonsense(7, Moment::Middle)));
            cast
        },
    },
];
