//! Honest players whose first computation panics and whose second takes as long as somebody wants.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

use opml_game::{Action, Assessment, Claim, Line, Side, Terms};
use opml_node::{
    plan::Answer,
    player::{NativePlayers, Player, PlayerError, Players, Run},
};

/// Players that panic once and then wait once; whatever comes after that they compute as they should.
pub(crate) struct Stumbling {
    begun: Arc<AtomicUsize>,
    gate: Arc<Mutex<mpsc::Receiver<()>>>,
}

/// What opens the gate.
pub(crate) struct Gate {
    begun: Arc<AtomicUsize>,
    release: mpsc::Sender<()>,
}

impl Gate {
    /// Whether a computation waits before it.
    pub(crate) fn is_reached(&self) -> bool {
        self.begun.load(Ordering::SeqCst) >= 2
    }

    pub(crate) fn open(&self) {
        self.release.send(()).unwrap();
    }
}

impl Stumbling {
    pub(crate) fn new() -> (Self, Gate) {
        let (release, gate) = mpsc::channel();
        let begun = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(Mutex::new(gate));
        (Self { begun: Arc::clone(&begun), gate }, Gate { begun, release })
    }
}

struct Stumbler {
    honest: Box<dyn Player>,
    begun: Arc<AtomicUsize>,
    gate: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Players for Stumbling {
    fn player(&self, run: &Run) -> Result<Box<dyn Player>, PlayerError> {
        let (begun, gate) = (Arc::clone(&self.begun), Arc::clone(&self.gate));
        Ok(Box::new(Stumbler { honest: NativePlayers.player(run)?, begun, gate }))
    }
}

impl Stumbler {
    fn stumble(&self) -> Result<(), PlayerError> {
        match self.begun.fetch_add(1, Ordering::SeqCst) {
            0 => panic!("a fault in the engine"),
            1 => Ok(self.gate.lock().unwrap().recv()?),
            _ => Ok(()),
        }
    }
}

impl Player for Stumbler {
    fn answer(&mut self) -> Result<Answer, PlayerError> {
        self.stumble()?;
        self.honest.answer()
    }

    fn assess(&mut self, claim: &Claim) -> Result<Assessment, PlayerError> {
        self.stumble()?;
        self.honest.assess(claim)
    }

    fn open(&mut self, terms: Terms<'_>, claim: &Claim) -> Result<Action, PlayerError> {
        self.honest.open(terms, claim)
    }

    fn reply(&mut self, terms: Terms<'_>, side: Side, line: &Line) -> Result<Action, PlayerError> {
        self.honest.reply(terms, side, line)
    }
}
