use std::{fmt, sync::Arc};

use opml_game::{Action, Assessment, Claim, Line, Side, Terms};
use opml_node::{
    plan::Answer,
    player::{Player, PlayerError, Players, Run},
};

/// Players that fall silent in a dispute: they do not answer a list that is the `lists`-th or a later one.
#[derive(Clone)]
pub struct Silent {
    players: Arc<dyn Players>,
    lists: u16,
}

impl Silent {
    /// Players that play like `players` until `lists` lists are posted, whoever posted them, and never again.
    pub fn after(lists: u16, players: Arc<dyn Players>) -> Arc<dyn Players> {
        Arc::new(Self { players, lists })
    }
}

impl fmt::Debug for Silent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Silent").field("lists", &self.lists).finish_non_exhaustive()
    }
}

impl Players for Silent {
    fn player(&self, run: &Run) -> Result<Box<dyn Player>, PlayerError> {
        Ok(Box::new(SilentPlayer { player: self.players.player(run)?, lists: self.lists }))
    }
}

struct SilentPlayer {
    player: Box<dyn Player>,
    lists: u16,
}

impl Player for SilentPlayer {
    fn answer(&mut self) -> Result<Answer, PlayerError> {
        self.player.answer()
    }

    fn assess(&mut self, claim: &Claim) -> Result<Assessment, PlayerError> {
        self.player.assess(claim)
    }

    fn open(&mut self, terms: Terms<'_>, claim: &Claim) -> Result<Action, PlayerError> {
        self.player.open(terms, claim)
    }

    fn reply(&mut self, terms: Terms<'_>, side: Side, line: &Line) -> Result<Action, PlayerError> {
        if line.position.lists >= self.lists {
            return Err(format!("silent after {} lists", self.lists).into());
        }
        self.player.reply(terms, side, line)
    }
}
