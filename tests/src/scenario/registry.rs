//! The stories that have names.

use std::sync::Arc;

use eyre::{Result, eyre};
use opml_engine::ModelFile;
use opml_kernels::Sampling;
use opml_model::llama::{Prompt, encode_prompt};
use opml_node::player::Players;
use opml_tensor::Header;

use super::{Ending, Event, Observer, Place, Presence, Role, Script, Subject, cast::honest, play};
use crate::liars::{self, Length, Moment, Silent};

/// A picture from the held-out set: 8 × 8 pixels of 0 to 16.
///
/// # Errors
/// If the set does not have so many.
pub fn held_out(index: usize) -> Result<Vec<u8>> {
    let images = opml_model::digits_held_out()?;
    let image = images.iter().nth(index);
    let image = image.ok_or_else(|| eyre!("picture {index} of {}", images.len()))?;
    Ok(image.pixels.to_vec())
}

/// What a story is about: a model, and what it is asked.
#[derive(Debug, Clone)]
pub enum Topic {
    /// The digits model; the dapp asks.
    Digit {
        /// 8 × 8 pixels of 0 to 16.
        picture: Vec<u8>,
    },
    /// The language model; somebody without a contract asks.
    Tale {
        /// How the tale begins.
        prompt: String,
        /// Tokens that follow, at most.
        tokens: u32,
    },
    /// A model of sentence embeddings; somebody without a contract asks.
    Sentence {
        /// The model.
        model: Arc<ModelFile>,
        /// Its input: the tokens of the sentence.
        tokens: Vec<u8>,
    },
}

impl Topic {
    /// The model, as the question needs it.
    fn model(&self, variant: Variant) -> Result<Arc<ModelFile>> {
        match self {
            Self::Digit { .. } => variant.of(Arc::new(opml_model::digits()?)),
            Self::Tale { .. } => variant.of(Arc::new(opml_model::stories()?)),
            Self::Sentence { model, .. } => variant.of(Arc::clone(model)),
        }
    }

    /// The bytes of the input. Tales are told greedily: every word is the likeliest.
    pub fn input(&self) -> Vec<u8> {
        match self {
            Self::Digit { picture } => picture.clone(),
            Self::Tale { prompt, tokens } => {
                let greedy = Sampling { temperature: 0.0, top_k: 0, top_p: 1.0, seed: 0 };
                encode_prompt(&Prompt::Text(prompt.clone().into_bytes()), *tokens, &greedy)
            }
            Self::Sentence { tokens, .. } => tokens.clone(),
        }
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
    /// The script about a topic.
    ///
    /// # Errors
    /// If the model's files are damaged.
    pub fn script(&self, topic: &Topic) -> Result<Script> {
        let (model, input) = (topic.model(self.model)?, topic.input());
        let subject = match topic {
            Topic::Digit { .. } => Subject::Picture { model, picture: input },
            Topic::Tale { .. } | Topic::Sentence { .. } => Subject::Model { model, input },
        };
        Ok(Script::new(subject, (self.cast)()))
    }

    /// Plays it on anvil.
    ///
    /// # Errors
    /// If it cannot be played to its end.
    pub async fn run(&self, topic: &Topic, observer: &mut dyn Observer) -> Result<Ending> {
        self.run_on(Place::Anvil, topic, observer).await
    }

    /// Plays it.
    ///
    /// # Errors
    /// If it cannot be played to its end.
    pub async fn run_on(
        &self,
        place: Place,
        topic: &Topic,
        observer: &mut dyn Observer,
    ) -> Result<Ending> {
        let told = match place.inside() {
            Some(inside) => {
                format!("{} The {inside} is the extension of the chain's node.", self.story)
            }
            None => self.story.to_owned(),
        };
        observer.event(&Event::Note(told));
        let script = Script { profile: place.profile(), place, ..self.script(topic)? };
        play(self.name, &script, observer).await
    }

    /// The party whose node an extension of reth can be: honest, and there from the beginning to the end.
    pub fn honest(&self) -> &'static str {
        let is_challenged = (self.cast)().iter().any(|role| role.name == CHALLENGER);
        if is_challenged { CHALLENGER } else { "submitter" }
    }
}

/// The honest challenger, where there is one.
const CHALLENGER: &str = "challenger";

/// The scenario of a name.
pub fn find(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

/// All scenarios; the first two are the demo.
pub const fn all() -> &'static [Scenario] {
    SCENARIOS
}

/// A model, and others of the same network.
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
    /// Builds the digits model.
    ///
    /// # Errors
    /// If the committed files are damaged.
    pub fn build(self) -> Result<Arc<ModelFile>> {
        self.of(Arc::new(opml_model::digits()?))
    }

    /// Builds the like of a model.
    fn of(self, model: Arc<ModelFile>) -> Result<Arc<ModelFile>> {
        let header = match self {
            Self::Plain => return Ok(model),
            Self::Patient => Header { max_steps: model.header().max_steps + 8, ..*model.header() },
            Self::Whole => Header { whole: true, ..*model.header() },
        };
        let mut bytes = model.bytes().to_vec();
        bytes[..Header::BYTES].copy_from_slice(&header.to_bytes());
        Ok(Arc::new(ModelFile::parse(bytes)?))
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
        Role::challenger(CHALLENGER, honest()),
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
        story: "An honest submitter answers, nobody disputes, and the answer is final.",
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
        story: "A submitter writes another answer into a final state that is true otherwise.",
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
                Role::challenger(CHALLENGER, honest()),
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
