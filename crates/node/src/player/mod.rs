//! Who answers for a run. The honest player computes; the trait lets tests and demos put a liar in its place.

mod honest;
mod trace;

use std::{error::Error, fmt, sync::Arc};

use alloy_primitives::Bytes;
use opml_engine::ModelFile;
use opml_game::{Action, Assessment, Claim, GuestVersion, Line, Side, Terms};

use crate::{library::Guest, plan::Answer};

pub use honest::{NativePlayers, VmPlayers, guest_answer, guest_machine, native_answer};
pub use trace::TracePlayer;

/// Why a player has no answer. It is asked again later.
pub type PlayerError = Box<dyn Error + Send + Sync>;

/// A run: all that its states depend on.
#[derive(Clone)]
pub struct Run {
    /// The model, verified against its id.
    pub model: Arc<ModelFile>,
    /// The guest program.
    pub guest: Arc<Guest>,
    /// The guest version on chain: bounds of a large step.
    pub version: GuestVersion,
    /// The input.
    pub input: Bytes,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("model", &self.model.id())
            .field("guest", &self.guest.root)
            .field("input_bytes", &self.input.len())
            .finish()
    }
}

/// Answers everything that a plan asks about one run. Called on threads that may block; calls about one run come one at a time.
///
/// All answers must be functions of the run and the arguments: they are asked again after a restart and must come out the same.
pub trait Player: Send {
    /// What to claim.
    ///
    /// # Errors
    /// If the run cannot be computed.
    fn answer(&mut self) -> Result<Answer, PlayerError>;

    /// Whether a claim is true.
    ///
    /// # Errors
    /// If the run cannot be computed.
    fn assess(&mut self, claim: &Claim) -> Result<Assessment, PlayerError>;

    /// How to dispute a claim.
    ///
    /// # Errors
    /// If the run cannot be computed.
    fn open(&mut self, terms: Terms<'_>, claim: &Claim) -> Result<Action, PlayerError>;

    /// The action of `side` after the last list of a dispute.
    ///
    /// # Errors
    /// If the run cannot be computed.
    fn reply(&mut self, terms: Terms<'_>, side: Side, line: &Line) -> Result<Action, PlayerError>;
}

/// Makes players. One that lies makes the same node a liar: everything else stays as it is.
pub trait Players: Send + Sync + 'static {
    /// A player for a run. Cheap: the work is done when the player is asked.
    ///
    /// # Errors
    /// If there is none for this run.
    fn player(&self, run: &Run) -> Result<Box<dyn Player>, PlayerError>;
}
