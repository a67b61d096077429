//! The store: whatever happened on the way, it holds what the final chain alone would have put there.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use opml_contracts::OpML::{self, OpMLEvents as Event};
use opml_node::{
    Identity, Store,
    store::StoreError,
    view::{BlockRef, Request, scan},
};
use proptest::prelude::*;

use crate::history::{History, account, rows};

const IDENTITY: Identity = Identity { chain_id: 1, contract: Address::repeat_byte(0xcc) };

#[derive(Debug, Clone)]
enum Step {
    Grow,
    Revert(usize),
    Again,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Grow),
        2 => (1usize..8).prop_map(Step::Revert),
        1 => Just(Step::Again),
    ];
    prop::collection::vec(step, 1..60)
}

/// Requests that somebody has committed to, with a final claim in a block of this time or later.
fn finalised_since(history: &History, since: u64) -> BTreeSet<B256> {
    let blocks = history.blocks.iter().filter(|block| block.head.time >= since);
    let events = blocks.flat_map(|block| &block.events);
    events
        .filter_map(|event| match event {
            Event::Finalised(e) => Some(e.requestId),
            _ => None,
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn commits_and_reverts_leave_what_the_final_chain_leaves(seed: u64, steps in steps()) {
        let mut history = History::new(seed);
        let store = Store::in_memory(IDENTITY).unwrap();
        store.commit(&history.blocks[0], 0).unwrap();
        for step in steps {
            match step {
                Step::Grow => {
                    history.grow();
                    store.commit(history.blocks.last().unwrap(), 0).unwrap();
                }
                Step::Revert(depth) => {
                    let to = history.shrink(depth);
                    store.revert(to.block()).unwrap();
                }
                // A source may deliver the newest block again.
                Step::Again => store.commit(history.blocks.last().unwrap(), 0).unwrap(),
            }
        }
        let fresh = Store::in_memory(IDENTITY).unwrap();
        for block in &history.blocks {
            fresh.commit(block, 0).unwrap();
        }
        prop_assert_eq!(store.dump().unwrap(), fresh.dump().unwrap());
        prop_assert_eq!(store.dump().unwrap(), rows(&history.state));
        prop_assert_eq!(store.known_blocks().unwrap(), fresh.known_blocks().unwrap());
        prop_assert_eq!(store.head().unwrap(), Some(history.head()));
        for index in 0..crate::history::ACCOUNTS {
            prop_assert_eq!(store.view(account(index)).unwrap(), history.view(account(index)));
        }
        for block in &history.blocks {
            let since = block.head.time;
            let answered: BTreeSet<B256> =
                store.answered_since(since).unwrap().iter().map(|(request, _)| request.id).collect();
            prop_assert_eq!(answered, finalised_since(&history, since));
            prop_assert!(store.has_block(block.head.block()).unwrap());
        }
    }
}

#[test]
fn pages_of_a_list_are_the_whole_list_in_order() {
    let mut history = History::new(11);
    for _ in 0..60 {
        history.grow();
    }
    let store = Store::in_memory(IDENTITY).unwrap();
    for block in &history.blocks {
        store.commit(block, 0).unwrap();
    }
    let all: Vec<_> = scan::<Request>(&history.state, b'r').unwrap();
    let all: Vec<_> = all.iter().map(|(id, _)| B256::from_slice(id)).collect();
    assert!(all.len() > 10, "{} requests", all.len());
    // Every second one passes.
    let passes = |id: B256| id[31].is_multiple_of(2);
    for limit in [1, 2, 3, all.len(), all.len() + 1] {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let keep = |id, _: Request| Ok::<_, StoreError>(passes(id).then_some(id));
            let (page, next) = store.page(after, limit, keep).unwrap();
            assert!(page.len() <= limit);
            listed.extend(page);
            after = next;
            if next.is_none() {
                break;
            }
        }
        let expected: Vec<_> = all.iter().copied().filter(|id| passes(*id)).collect();
        assert_eq!(listed, expected, "pages of {limit}");
    }
}

#[test]
fn a_store_continues_after_it_was_closed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("opml.redb");
    let mut history = History::new(7);
    for _ in 0..20 {
        history.grow();
    }
    for block in &history.blocks {
        // Closed and opened again at every block.
        Store::open(&path, IDENTITY).unwrap().commit(block, 0).unwrap();
    }
    let store = Store::open(&path, IDENTITY).unwrap();
    assert_eq!(store.dump().unwrap(), rows(&history.state));
    let to = history.shrink(15);
    store.revert(to.block()).unwrap();
    assert_eq!(store.dump().unwrap(), rows(&history.state));
}

#[test]
fn blocks_are_undone_wherever_their_changes_lie() {
    let mut history = History::new(21);
    for _ in 0..100 {
        history.grow();
    }
    // Changes lie in memory first, and in the table after some dozens of blocks.
    for depth in [1, 31, 33, 75] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("opml.redb");
        let mut shorter = history.clone();
        let store = Store::open(&path, IDENTITY).unwrap();
        for block in &shorter.blocks {
            store.commit(block, 0).unwrap();
        }
        assert_eq!(store.dump().unwrap(), rows(&shorter.state), "{depth}");
        let to = shorter.shrink(depth);
        store.revert(to.block()).unwrap();
        assert_eq!(store.dump().unwrap(), rows(&shorter.state), "{depth}");
        drop(store);
        let store = Store::open(&path, IDENTITY).unwrap();
        assert_eq!(store.dump().unwrap(), rows(&shorter.state), "{depth}, opened again");
        for _ in 0..40 {
            shorter.grow();
            store.commit(shorter.blocks.last().unwrap(), 0).unwrap();
        }
        let to = shorter.shrink(60);
        store.revert(to.block()).unwrap();
        assert_eq!(store.dump().unwrap(), rows(&shorter.state), "{depth}, twice");
    }
}

#[test]
fn a_store_of_another_chain_or_contract_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("opml.redb");
    drop(Store::open(&path, IDENTITY).unwrap());
    let other = Identity { chain_id: 2, ..IDENTITY };
    assert!(matches!(Store::open(&path, other), Err(StoreError::Identity { .. })));
    let other = Identity { contract: Address::ZERO, ..IDENTITY };
    assert!(matches!(Store::open(&path, other), Err(StoreError::Identity { .. })));
    Store::open(&path, IDENTITY).unwrap();
}

#[test]
fn a_block_that_does_not_follow_changes_nothing() {
    let mut history = History::new(3);
    for _ in 0..10 {
        history.grow();
    }
    let store = Store::in_memory(IDENTITY).unwrap();
    for block in &history.blocks[..5] {
        store.commit(block, 0).unwrap();
    }
    let before = store.dump().unwrap();
    let mut foreign = history.blocks[5].clone();
    foreign.parent = B256::repeat_byte(0xee);
    for block in [&history.blocks[6], &history.blocks[3], &foreign] {
        assert!(matches!(store.commit(block, 0), Err(StoreError::NotNext { .. })));
    }
    let unknown = BlockRef { number: 3, hash: B256::ZERO };
    assert!(matches!(store.revert(unknown), Err(StoreError::UnknownBlock { .. })));
    assert_eq!(store.dump().unwrap(), before);
    // A gap is accepted below finality only: there the source vouches that nothing was left out.
    let mut quiet = history.blocks[6].clone();
    quiet.events.clear();
    store.commit(&quiet, 100).unwrap();
}

#[test]
fn an_event_without_its_past_leaves_the_whole_block_out() {
    let mut history = History::new(11);
    while history.blocks.iter().all(|block| block.events.len() < 3) {
        history.grow();
    }
    let mut block = history.blocks.last().unwrap().clone();
    block.events.push(opml_contracts::OpML::OpMLEvents::Refunded(opml_contracts::OpML::Refunded {
        requestId: B256::repeat_byte(0xdd),
        requester: Address::ZERO,
        amount: Default::default(),
    }));
    let store = Store::in_memory(IDENTITY).unwrap();
    for block in &history.blocks[..history.blocks.len() - 1] {
        store.commit(block, 0).unwrap();
    }
    let before = store.dump().unwrap();
    assert!(matches!(store.commit(&block, 0), Err(StoreError::Apply { .. })));
    assert_eq!(store.dump().unwrap(), before);
}

/// What pays for a stake or a bond out of an account's balance is its credit no more.
#[test]
fn what_a_balance_has_paid_is_no_credit() {
    let mut history = History::new(9);
    let account = account(0);
    let amount = |amount: u64| U256::from(amount);
    history.push(vec![
        Event::Credited(OpML::Credited { account, amount: amount(5) }),
        Event::Debited(OpML::Debited { account, amount: amount(3) }),
    ]);
    assert_eq!(history.view(account).credit, amount(2));
}
