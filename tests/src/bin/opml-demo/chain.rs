//! On which chain stories are told.

use clap::ValueEnum;
use eyre::Result;
use opml_tests::{
    reth,
    scenario::{Place, Scenario, all},
};

/// Stories that are told on anvil unless others are asked for.
const DEFAULT: usize = 2;

/// Those on reth: the extension as the challenger of a lie, and the other way round.
const ON_RETH: [&str; 2] = ["liar", "lying-challenger-phase-1"];

/// The chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Chain {
    /// Anvil; every party has a node that follows it.
    Anvil,
    /// A development chain of reth, whose extension is the honest party.
    Reth,
}

impl Chain {
    /// The chosen stories, or those that are told unless some are, with their places.
    ///
    /// # Errors
    /// If the program that a place needs is not named.
    pub(crate) fn stories(
        self,
        chosen: &[&'static Scenario],
    ) -> Result<Vec<(&'static Scenario, Place)>> {
        let stories: Vec<&Scenario> = match (self, chosen) {
            (Self::Anvil, []) => all().iter().take(DEFAULT).collect(),
            (Self::Reth, []) => {
                all().iter().filter(|story| ON_RETH.contains(&story.name)).collect()
            }
            (_, chosen) => chosen.to_vec(),
        };
        let place = |story: &Scenario| -> Result<Place> {
            Ok(match self {
                Self::Anvil => Place::Anvil,
                Self::Reth => {
                    Place::Reth { program: reth::program(reth::RETH)?, inside: story.honest() }
                }
            })
        };
        stories.into_iter().map(|story| Ok((story, place(story)?))).collect()
    }
}
