//! Which pages a run has written since the state root was last brought up to date.

use opml_tensor::{Span, layout::PAGE};
use std::collections::BTreeMap;

/// Disjoint ranges of pages, by first address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dirty(BTreeMap<u64, u64>);

impl Dirty {
    /// Notes that bytes of `span` may have changed.
    pub(crate) fn mark(&mut self, span: Span) {
        let mut start = span.start & !(PAGE - 1);
        let mut end = span.end().next_multiple_of(PAGE);
        // Ranges that touch the new one are at most one before it and those that begin inside it.
        while let Some((from, to)) = self.0.range(..=end).next_back().map(|(from, to)| (*from, *to))
        {
            if to < start {
                break;
            }
            if from <= start && end <= to {
                return;
            }
            self.0.remove(&from);
            start = start.min(from);
            end = end.max(to);
        }
        self.0.insert(start, end);
    }

    /// Empties the set; every page of it once, by address.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = u64> + use<> {
        let ranges = std::mem::take(&mut self.0);
        ranges.into_iter().flat_map(|(start, end)| (start..end).step_by(PAGE as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn take_lists_every_touched_page_once(
            spans in prop::collection::vec((0u64..200_000, 1u64..30_000), 0..30),
        ) {
            let mut dirty = Dirty::default();
            let mut expected = BTreeSet::new();
            for (start, length) in spans {
                let span = Span { start, length };
                dirty.mark(span);
                expected.extend((start / PAGE..span.end().div_ceil(PAGE)).map(|page| page * PAGE));
            }
            prop_assert_eq!(dirty.take().collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(dirty.take().count(), 0);
        }
    }
}
