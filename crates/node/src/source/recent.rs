//! What a source has delivered and may still have to revert.

use super::SourceError;
use crate::view::BlockRef;

/// Blocks delivered and not yet final, rising, with the newest final one at the front.
#[derive(Debug, Clone, Default)]
pub struct Recent {
    blocks: Vec<BlockRef>,
}

impl Recent {
    /// Begins with the applied blocks, newest first, that [`start`](super::ChainSource::start) names.
    pub fn from_known(mut known: Vec<BlockRef>) -> Self {
        known.reverse();
        Self { blocks: known }
    }

    /// The newest block delivered.
    pub fn newest(&self) -> Option<BlockRef> {
        self.blocks.last().copied()
    }

    /// All of them, rising.
    pub fn blocks(&self) -> &[BlockRef] {
        &self.blocks
    }

    /// Drops all but the `keep` oldest. Gives the newest that stays if any was dropped: what to revert to.
    ///
    /// # Errors
    /// If none would stay: there is no block left to revert to.
    pub fn rewind(&mut self, keep: usize) -> Result<Option<BlockRef>, SourceError> {
        match (keep, self.blocks.first(), self.blocks.last()) {
            (0, Some(oldest), Some(newest)) => {
                Err(SourceError::NoCommonBlock { oldest: oldest.number, newest: newest.number })
            }
            _ if keep < self.blocks.len() => {
                self.blocks.truncate(keep);
                Ok(self.newest())
            }
            _ => Ok(None),
        }
    }

    /// Notes blocks that are delivered next, rising, and forgets those that can never be reverted.
    pub fn extend(&mut self, blocks: impl IntoIterator<Item = BlockRef>, finalized: u64) {
        self.blocks.extend(blocks);
        let final_blocks = self.blocks.partition_point(|block| block.number <= finalized);
        self.blocks.drain(..final_blocks.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;

    fn block(number: u64) -> BlockRef {
        BlockRef { number, hash: B256::with_last_byte(number as u8) }
    }

    #[test]
    fn the_newest_final_block_stays_to_be_reverted_to() {
        let mut recent = Recent::default();
        assert_eq!(recent.newest(), None);
        recent.extend((1..=9).map(block), 6);
        assert_eq!(recent.blocks(), (6..=9).map(block).collect::<Vec<_>>());
        assert_eq!(recent.rewind(4).unwrap(), None);
        assert_eq!(recent.rewind(1).unwrap(), Some(block(6)));
        recent.extend([block(7)], 0);
        assert_eq!(recent.newest(), Some(block(7)));
    }

    #[test]
    fn a_chain_without_a_known_block_is_an_error_and_changes_nothing() {
        let mut recent = Recent::from_known(vec![block(8), block(7)]);
        let error = recent.rewind(0).unwrap_err();
        assert!(matches!(error, SourceError::NoCommonBlock { oldest: 7, newest: 8 }), "{error}");
        assert_eq!(recent.newest(), Some(block(8)));
    }

    #[test]
    fn nothing_delivered_is_nothing_to_revert() {
        assert_eq!(Recent::default().rewind(0).unwrap(), None);
    }
}
