//! Bytes, roots, snapshots and the page cache.

use crate::model::{Model, Write, address, writes};
use alloy_primitives::{B256, b256};
use opml_memory::{DEPTH, Memory, PAGE_BYTES, PAGE_HEIGHT, PageCache, TRANSLATIONS, zero_hash};
use proptest::prelude::*;

fn build(writes: &[Write]) -> (Memory, Model) {
    let (mut memory, mut model) = (Memory::new(), Model::default());
    for Write { address, bytes } in writes {
        memory.write(*address, bytes);
        model.write(*address, bytes);
    }
    (memory, model)
}

#[test]
fn zero_hashes_are_the_published_ones() {
    // keccak of 64 zero bytes, known from every sparse Merkle tree of 32-byte leaves.
    let one = b256!("ad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5");
    assert_eq!(zero_hash(0), B256::ZERO);
    assert_eq!(zero_hash(1), one);
    assert_eq!(Memory::new().root(), zero_hash(DEPTH));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_and_roots_equal_the_model(
        before in writes(),
        after in writes(),
        reads in prop::collection::vec((address(), 0usize..300), 8),
    ) {
        let (mut memory, mut model) = build(&before);
        // The second half of the writes meets cached roots.
        prop_assert_eq!(memory.root(), model.node(DEPTH, 0));
        for Write { address, bytes } in &after {
            memory.write(*address, bytes);
            model.write(*address, bytes);
        }
        prop_assert_eq!(memory.root(), model.node(DEPTH, 0));
        for (address, length) in reads {
            let length = length.min(((1u64 << 44) - address) as usize);
            let mut bytes = vec![0xee; length];
            memory.read(address, &mut bytes);
            prop_assert_eq!(bytes, model.read(address, length));
        }
    }

    #[test]
    fn every_subtree_on_the_way_up_equals_the_model(writes in writes(), at in address()) {
        let (memory, model) = build(&writes);
        for height in 0..=DEPTH {
            let index = at >> 5 >> height;
            prop_assert_eq!(memory.node(height, index), model.node(height, index), "{}", height);
        }
        prop_assert_eq!(B256::from(memory.leaf(at >> 5)), memory.node(0, at >> 5));
    }

    #[test]
    fn a_snapshot_keeps_its_bytes_and_its_root(before in writes(), after in writes()) {
        let (mut memory, model) = build(&before);
        let snapshot = memory.clone();
        for Write { address, bytes } in &after {
            memory.write(*address, bytes);
        }
        memory.root();
        prop_assert_eq!(snapshot.root(), model.node(DEPTH, 0));
    }

    #[test]
    fn erasing_everything_gives_the_zero_root(writes in writes()) {
        let (mut memory, _) = build(&writes);
        memory.root();
        for Write { address, bytes } in &writes {
            memory.write(*address, &vec![0; bytes.len()]);
        }
        prop_assert_eq!(memory.root(), zero_hash(DEPTH));
    }

    #[test]
    fn a_cleared_subtree_is_zero_and_nothing_else_is(
        writes in writes(),
        at in address(),
        height in 0..=DEPTH,
    ) {
        let (mut memory, mut model) = build(&writes);
        let (snapshot, before) = (memory.clone(), memory.root());
        let index = at >> 5 >> height;
        memory.clear(height, index);
        model.clear(index << (height + 5)..(index + 1) << (height + 5));
        prop_assert_eq!(memory.node(height, index), zero_hash(height));
        prop_assert_eq!(memory.root(), model.node(DEPTH, 0));
        prop_assert_eq!(memory.read_u64(at & !7), 0);
        prop_assert_eq!(snapshot.root(), before);
    }

    #[test]
    fn the_page_cache_is_the_memory(
        before in writes(),
        accesses in prop::collection::vec((address(), any::<Option<u64>>()), 1..200),
    ) {
        let (mut cached, _) = build(&before);
        let mut plain = cached.clone();
        {
            let mut cache = PageCache::new(&mut cached);
            for (address, store) in accesses {
                let address = address & !7;
                if let Some(value) = store {
                    cache.write_u64(address, value);
                    plain.write_u64(address, value);
                }
                prop_assert_eq!(cache.read_u64(address), plain.read_u64(address));
            }
        }
        prop_assert_eq!(cached.root(), plain.root());
    }
}

#[test]
fn the_page_cache_forgets_nothing_that_it_evicts() {
    let mut memory = Memory::new();
    let mut cache = PageCache::new(&mut memory);
    // More pages than translations in the same slots, each visited twice.
    let pages = || (0..3 * TRANSLATIONS as u64).step_by(TRANSLATIONS / 4);
    for round in 1..=2 {
        for page in pages() {
            let address = page * PAGE_BYTES as u64;
            assert_eq!(cache.read_u64(address), (round - 1) * (page + 1));
            cache.write_u64(address, round * (page + 1));
        }
    }
    assert!(pages().all(|page| memory.read_u64(page * PAGE_BYTES as u64) == 2 * (page + 1)));
}

#[test]
fn a_store_through_the_cache_leaves_snapshots_alone() {
    let mut memory = Memory::new();
    memory.write_u64(0x5000, 1);
    let snapshot = memory.clone();
    let before = snapshot.root();
    let mut cache = PageCache::new(&mut memory);
    assert_eq!(cache.load::<1>(0x5000), [1]);
    cache.store(0x5002, [7, 9]);
    assert_eq!(cache.load::<4>(0x5000), [1, 0, 7, 9], "the load sees the page that was stored to");
    assert_eq!((snapshot.read_u64(0x5000), snapshot.root()), (1, before));
    assert_ne!(memory.root(), before);
}

#[test]
#[should_panic(expected = "4 bytes at 0x1002")]
fn an_unaligned_access_through_the_cache_is_a_bug_of_the_caller() {
    PageCache::new(&mut Memory::new()).load::<4>(0x1002);
}

#[test]
fn a_snapshot_costs_the_pages_that_it_does_not_share() {
    let page = PAGE_BYTES as u64;
    let mut memory = Memory::new();
    for number in [0, 1, 17, 300, 1 << 20] {
        memory.write(number * page, &[1]);
    }
    let earlier = memory.clone();
    assert_eq!(memory.unshared_bytes(&earlier), 0);
    memory.root();
    assert_eq!(memory.unshared_bytes(&earlier), 0, "roots are no pages");
    // One page changes, one is new where there was a branch, one where there was none.
    for number in [17, 18, 1 << 30] {
        memory.write(number * page + 5, &[2]);
    }
    assert_eq!(memory.unshared_bytes(&earlier), 3 * page);
    assert_eq!(earlier.unshared_bytes(&memory), page);
    assert_eq!(memory.unshared_bytes(&Memory::new()), 7 * page);
}

#[test]
fn a_page_that_is_put_is_written_unless_it_is_there() {
    let page = PAGE_BYTES as u64;
    let (full, zero) = ([7; PAGE_BYTES], [0; PAGE_BYTES]);
    let mut memory = Memory::new();
    memory.write(3 * page, &full);
    let earlier = memory.clone();
    memory.put_page(3 * page, &full);
    memory.put_page(4 * page, &zero);
    assert_eq!(memory.unshared_bytes(&earlier), 0);
    assert_eq!(memory.pages().len(), 1, "zeroes leave an absent page absent");
    // Over other bytes, over zeroes where there was a page, and where there was none.
    let mut written = memory.clone();
    for (number, bytes) in [(3, zero), (5, full), (1 << 30, full)] {
        memory.root();
        memory.put_page(number * page, &bytes);
        written.write(number * page, &bytes);
        assert_eq!(memory.root(), written.root());
    }
    assert_eq!(memory.unshared_bytes(&earlier), 3 * page);
    assert_eq!(earlier.pages(), [(3 * page, &full)], "clones keep theirs");
}

#[test]
#[should_panic(expected = "no page begins at 0x1004")]
fn a_page_is_put_where_one_begins() {
    Memory::new().put_page(0x1004, &[0; PAGE_BYTES]);
}

#[test]
fn pages_lists_what_was_written_in_rising_order() {
    let mut memory = Memory::new();
    memory.write((1 << 44) - 1, &[1]);
    memory.write(0x1fff, &[2, 3]);
    memory.write(0x9000, &[0; 5000]);
    let addresses: Vec<u64> = memory.pages().into_iter().map(|(address, _)| address).collect();
    assert_eq!(addresses, [0x1000, 0x2000, (1 << 44) - 0x1000]);
}

#[test]
fn one_changed_byte_hashes_again_only_what_it_changed() {
    let mut memory = Memory::new();
    memory.write(0, &[7; 1 << 16]);
    let before = memory.node(PAGE_HEIGHT, 3);
    let root = memory.root();
    memory.write(5, &[8]);
    assert_ne!(memory.root(), root);
    assert_eq!(memory.node(PAGE_HEIGHT, 3), before);
    memory.write(5, &[7]);
    assert_eq!(memory.root(), root);
}

/// Enough pages for full batches and for several threads, against their roots one at a time.
#[test]
fn the_root_over_many_changed_pages_is_the_one_of_small_changes() {
    let (mut memory, mut model) = (Memory::new(), Model::default());
    let addresses = (0..700u64).map(|i| i * 4096 + ((i % 3) << 41) + (i % 4096));
    for (value, address) in (1..=u8::MAX).cycle().zip(addresses) {
        memory.write(address, &[value]);
        model.write(address, &[value]);
    }
    let mut apart = Memory::new();
    for (address, bytes) in memory.pages() {
        apart.write(address, bytes);
        apart.root();
    }
    assert_eq!(memory.root(), model.node(DEPTH, 0));
    assert_eq!(memory.root(), apart.root());
}

#[test]
#[should_panic(expected = "leave the memory")]
fn a_write_past_the_end_is_a_bug_of_the_caller() {
    Memory::new().write((1 << 44) - 1, &[0, 0]);
}

#[test]
#[should_panic(expected = "address 0x100000000000")]
fn an_access_past_the_end_through_the_cache_is_a_bug_of_the_caller() {
    PageCache::new(&mut Memory::new()).read_u64(1 << 44);
}

#[test]
#[should_panic(expected = "subtree 2 of height 38")]
fn a_subtree_that_does_not_exist_is_a_bug_of_the_caller() {
    Memory::new().node(38, 2);
}
