//! The stories that have names.

use std::sync::Arc;

use eyre::{Result, eyre};
use opml_engine::ModelFile;
use opml_node::player::Players;
use opml_tensor::Header;

use super::{Ending, Event, Observer, Presence, Role, Script, Subject, cast::honest, play};
use crate::liars::{self, Length, Moment, Silent};

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
    model: Variant,
}

impl Scenario {
    /// The script about a picture.
    ///
    /// # Errors
    /// If the model's files are damaged.
    pub fn script(&self, options: &Options) -> Result<Script> {
        let model = Arc::new(self.model.build()?);
        let picture = options.picture.clone();
        Ok(Script::new(Subject::Picture { model, picture }, (self.cast)()))
    }

    /// Plays it.
    ///
    /// # Errors
    /// If it cannot be played to its end.
    pub async fn run(&self, options: &Options, observer: &mut dyn Observer) -> Result<Ending> {
        observer.event(&Event::Note(self.story.to_owned()));
        play(self.name, &self.script(options)?, observer).await
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

/// The digits model, and others of the same network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it is.
    Plain,
    /// With room for eight large steps more than its runs have.
    Patient,
    /// With the whole run in one large step: disputes have no phase 1.
    Whole,
}

impl Variant {
    /// Builds the model.
    ///
    /// # Errors
    /// If the committed files are damaged.
    pub fn build(self) -> Result<ModelFile> {
        let digits = opml_model::digits()?;
        let header = match self {
            Self::Plain => return Ok(digits),
            Self::Patient => {
                Header { max_steps: digits.header().max_steps + 8, ..*digits.header() }
            }
            Self::Whole => Header { whole: true, ..*digits.header() },
        };
        let mut bytes = digits.bytes().to_vec();
        bytes[..Header::BYTES].copy_from_slice(&header.to_bytes());
        Ok(ModelFile::parse(bytes)?)
    }
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
        Role::submitter("submitter", honest()).present(Presence::AfterRejection),
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
        model: Variant::Plain,
    },
    Scenario {
        name: "liar",
        story: "A submitter changes one value in the middle of the run; a challenger proves the one instruction that is wrong, \
                and the question is answered again honestly.",
        cast: || liar_and_challenger(liars::wrong_value()),
        model: Variant::Plain,
    },
    Scenario {
        name: "wrong-output",
        story: "A submitter writes another digit into a final state that is true otherwise.",
        cast: || liar_and_challenger(liars::wrong_output()),
        model: Variant::Plain,
    },
    Scenario {
        name: "changed-weight",
        story: "A submitter computes with one changed weight and shows the true one.",
        cast: || liar_and_challenger(liars::changed_weight()),
        model: Variant::Plain,
    },
    Scenario {
        name: "fewer-steps",
        story: "A submitter says that the run ended three large steps earlier.",
        cast: || liar_and_challenger(liars::fewer_steps(3)),
        model: Variant::Plain,
    },
    Scenario {
        name: "more-steps",
        story: "A submitter says that the run took five large steps more, with a wrong output.",
        cast: || liar_and_challenger(liars::more_steps(5, true)),
        model: Variant::Patient,
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
        model: Variant::Patient,
    },
    Scenario {
        name: "false-inner-state",
        story: "A submitter whose large steps are true up to the last makes up the states of the machine within it.",
        cast: || liar_and_challenger(liars::nonsense(1, Moment::Middle, Length::True)),
        model: Variant::Plain,
    },
    Scenario {
        name: "lying-challenger-phase-1",
        story: "A challenger makes up the large steps of an honest claim.",
        cast: || lying_challenger(liars::nonsense(20, Moment::After(1), Length::True)),
        model: Variant::Plain,
    },
    Scenario {
        name: "lying-challenger-phase-2",
        story: "A challenger makes up the small steps within the last large step of an honest claim.",
        cast: || lying_challenger(liars::nonsense(1, Moment::Middle, Length::True)),
        model: Variant::Plain,
    },
    Scenario {
        name: "lying-challenger-last-step",
        story: "A challenger lies about nothing but the last instruction of an honest claim.",
        cast: || lying_challenger(liars::nonsense(1, Moment::BeforeExit, Length::True)),
        model: Variant::Plain,
    },
    Scenario {
        name: "silent-liar",
        story: "A lying submitter is disputed and says nothing more: its clock runs out.",
        cast: || {
            // It computes wrongly and does not know it: it would claim the same again and again.
            let mut cast = liar_and_challenger(Silent::after(1, liars::wrong_value()));
            cast[0].presence = Presence::UntilRejection;
            cast
        },
        model: Variant::Plain,
    },
    Scenario {
        name: "silent-challenger",
        story: "A lying challenger opens a dispute and says nothing more: its clock runs out.",
        cast: || lying_challenger(Silent::after(2, liars::wrong_value())),
        model: Variant::Plain,
    },
    Scenario {
        name: "single-phase",
        story: "The whole run is one large step: the dispute is about MIPS instructions from the beginning.",
        cast: || liar_and_challenger(liars::wrong_output()),
        model: Variant::Whole,
    },
    Scenario {
        name: "two-challengers",
        story: "A lie is disputed by an honest and by a lying challenger at once: the honest one decides.",
        cast: || {
            let mut cast = liar_and_challenger(liars::wrong_value());
            cast.push(Role::challenger("second", liars::nonsense(7, Moment::Middle, Length::True)));
            cast
        },
        model: Variant::Plain,
    },
];
