//! A submitter that has something to compute as long as blocks are timed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use opml_game::{Action, Assessment, Claim, Line, Side, Terms};
use opml_node::{
    plan::Answer,
    player::{NativePlayers, Player, PlayerError, Players, Run, native_answer},
};

/// Honest players that compute their answers again and again while they are held, so that no block is timed beside a submitter that
/// has nothing to do, and none has a claim of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct BusyPlayers {
    held: Arc<AtomicBool>,
}

impl BusyPlayers {
    /// No player answers until it is released.
    pub(crate) fn hold(&self) {
        self.held.store(true, Ordering::Relaxed);
    }

    /// Every player answers once it is done with the computation that it is at.
    pub(crate) fn release(&self) {
        self.held.store(false, Ordering::Relaxed);
    }
}

impl Players for BusyPlayers {
    fn player(&self, run: &Run) -> Result<Box<dyn Player>, PlayerError> {
        let (players, run, honest) = (self.clone(), run.clone(), NativePlayers.player(run)?);
        Ok(Box::new(BusyPlayer { players, run, honest }))
    }
}

struct BusyPlayer {
    players: BusyPlayers,
    run: Run,
    honest: Box<dyn Player>,
}

impl Player for BusyPlayer {
    fn answer(&mut self) -> Result<Answer, PlayerError> {
        while self.players.held.load(Ordering::Relaxed) {
            native_answer(&self.run)?;
        }
        self.honest.answer()
    }

    fn assess(&mut self, claim: &Claim) -> Result<Assessment, PlayerError> {
        self.honest.assess(claim)
    }

    fn open(&mut self, terms: Terms<'_>, claim: &Claim) -> Result<Action, PlayerError> {
        self.honest.open(terms, claim)
    }

    fn reply(&mut self, terms: Terms<'_>, side: Side, line: &Line) -> Result<Action, PlayerError> {
        self.honest.reply(terms, side, line)
    }
}
