//! A source that plays a script: for tests of everything behind a source.

use std::collections::VecDeque;

use super::{ChainSource, SourceError, Update, Updates};
use crate::view::BlockRef;

/// Delivers the given updates one at a time, then ends.
#[derive(Debug, Default)]
pub struct ScriptedSource {
    script: VecDeque<Update>,
    finalized: u64,
    /// Heads that were reported as durable.
    pub durable: Vec<BlockRef>,
}

impl ScriptedSource {
    /// A source of `updates`, of which blocks up to `finalized` are never reverted.
    pub fn new(updates: impl IntoIterator<Item = Update>, finalized: u64) -> Self {
        Self { script: updates.into_iter().collect(), finalized, durable: Vec::new() }
    }
}

impl ChainSource for ScriptedSource {
    async fn start(&mut self, known: Vec<BlockRef>) -> Result<(), SourceError> {
        let Some(newest) = known.first() else { return Ok(()) };
        // What is applied already is not delivered again.
        let applied = self.script.iter().position(|update| match update {
            Update::Committed(block) => block.head.block() == *newest,
            Update::Reverted { .. } => false,
        });
        if let Some(applied) = applied {
            self.script.drain(..=applied);
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Updates, SourceError> {
        let update = self.script.pop_front().ok_or(SourceError::Ended)?;
        let tip = match &update {
            Update::Committed(block) => block.head.number,
            Update::Reverted { to } => to.number,
        };
        Ok(Updates { updates: vec![update], finalized: self.finalized, tip })
    }

    fn durable(&mut self, head: BlockRef) {
        self.durable.push(head);
    }
}
