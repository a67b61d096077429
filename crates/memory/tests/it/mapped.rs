//! Memory over mapped files: equal to memory that was written, and never fooled by a bad file.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use alloy_primitives::B256;
use opml_memory::{
    Corruption, DEPTH, MapError, MappedRegion, Memory, PAGE_BYTES, PAGE_HEIGHT, PageCache,
    Placement, QUARTER_HEIGHT, write_sidecar,
};
use proptest::{prelude::*, sample::Index};
use std::{fs::File, os::unix::fs::FileExt, sync::Arc};

const PAGE: u64 = PAGE_BYTES as u64;

/// Number of the first page in the subtree, and of the first one after it.
type Extent = (u64, u64);

/// A file with its sidecar and the true root.
struct Mapping {
    placement: Placement,
    content: File,
    sidecar: File,
    root: B256,
}

impl Mapping {
    /// Lays pages out in `extents`; page `i` of the file is filled with
    /// bytes that follow from `pages[i]`, or with zeroes if that is 0.
    fn new(height: u32, extents: &[Extent], pages: &[u8]) -> Self {
        let extents = extents.iter().map(|(start, end)| start * PAGE..end * PAGE);
        let placement = Placement::new(height, extents).unwrap();
        let content = tempfile::tempfile().unwrap();
        content.set_len(placement.file_bytes()).unwrap();
        for (seed, i) in pages.iter().zip(0..) {
            content.write_all_at(&page(*seed), i * PAGE).unwrap();
        }
        let sidecar = tempfile::tempfile().unwrap();
        let root = write_sidecar(&content, &placement, &sidecar).unwrap();
        Self { placement, content, sidecar, root }
    }

    fn open(&self) -> Result<Arc<MappedRegion>, MapError> {
        let placement = self.placement.clone();
        // SAFETY: the files have no name, and the tests change them only before they are opened.
        unsafe { MappedRegion::open(&self.content, &self.sidecar, placement, self.root) }
            .map(Arc::new)
    }

    fn mapped_at(&self, index: u64) -> Memory {
        let mut memory = Memory::new();
        memory.map(index, &self.open().unwrap());
        memory
    }
}

/// Where the pages of the file lie in the subtree.
fn page_numbers(extents: &[Extent]) -> impl Iterator<Item = u64> {
    extents.iter().flat_map(|(start, end)| *start..*end)
}

fn page(seed: u8) -> [u8; PAGE_BYTES] {
    std::array::from_fn(|at| seed.wrapping_mul((at % 253) as u8))
}

fn flip(file: &File, at: u64) {
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

/// What a caller does, with places relative to the subtree.
#[derive(Clone, Debug)]
enum Action {
    Write { at: Index, bytes: Vec<u8> },
    Store { at: Index, value: u64 },
    Clear { height: u32, at: Index },
    Snapshot,
    Root,
}

fn action() -> impl Strategy<Value = Action> {
    let bytes = prop::collection::vec(any::<u8>(), 1..5000);
    prop_oneof![
        3 => (any::<Index>(), bytes).prop_map(|(at, bytes)| Action::Write { at, bytes }),
        3 => any::<(Index, u64)>().prop_map(|(at, value)| Action::Store { at, value }),
        1 => (0..=15u32, any::<Index>()).prop_map(|(height, at)| Action::Clear { height, at }),
        1 => Just(Action::Snapshot),
        1 => Just(Action::Root),
    ]
}

/// Height, extents and pages of a file, from one page to more than a branch of branches.
fn files() -> impl Strategy<Value = (u32, Vec<Extent>, Vec<u8>)> {
    let extents = prop::collection::vec((0u64..40, 1u64..150), 1..3);
    let height = prop_oneof![16..=20u32, Just(23), Just(QUARTER_HEIGHT), Just(DEPTH)];
    (height, extents, prop::collection::vec(0u8..4, 300)).prop_map(|(height, gaps, mut pages)| {
        let mut end = 0;
        let extents = gaps.iter().map(|(gap, length)| {
            let start = end + gap;
            end = start + length;
            (start, end)
        });
        let extents: Vec<_> = extents.collect();
        pages.truncate(extents.iter().map(|(start, end)| (end - start) as usize).sum());
        (height, extents, pages)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_mapped_file_is_the_memory_that_was_written(
        (height, extents, pages) in files(),
        number in any::<Index>(),
        actions in prop::collection::vec(action(), 0..12),
    ) {
        let number = number.index(1 << (DEPTH - height)) as u64;
        let base = number << (height + 5);
        let size = extents.last().unwrap().1 * PAGE;
        let file = Mapping::new(height, &extents, &pages);
        let (mut mapped, mut plain) = (file.mapped_at(number), Memory::new());
        let mut seeds = pages.iter();
        for place in page_numbers(&extents) {
            plain.write(base + place * PAGE, &page(*seeds.next().unwrap()));
        }
        prop_assert_eq!(plain.node(height, number), file.root);
        let mut snapshots = Vec::new();
        for action in actions {
            match action {
                Action::Write { at, bytes } => {
                    let at = base + at.index(size as usize - bytes.len().min(size as usize - 1)) as u64;
                    let bytes = &bytes[..bytes.len().min((base + size - at) as usize)];
                    mapped.write(at, bytes);
                    plain.write(at, bytes);
                }
                Action::Store { at, value } => {
                    let at = base + (at.index(size as usize) as u64 & !7);
                    let mut cache = PageCache::new(&mut mapped);
                    prop_assert_eq!(cache.read_u64(at), plain.read_u64(at));
                    cache.write_u64(at, value);
                    prop_assert_eq!(cache.read_u64(at), value);
                    plain.write_u64(at, value);
                }
                Action::Clear { height, at } => {
                    let index = (base + at.index(size as usize) as u64) >> (height + 5);
                    mapped.clear(height, index);
                    plain.clear(height, index);
                }
                Action::Snapshot => snapshots.push((mapped.clone(), plain.clone())),
                Action::Root => prop_assert_eq!(mapped.root(), plain.root()),
            }
        }
        snapshots.push((mapped, plain));
        for (mapped, plain) in &snapshots {
            let (mut found, mut expected) = (vec![1; size as usize], vec![2; size as usize]);
            mapped.read(base, &mut found);
            plain.read(base, &mut expected);
            prop_assert!(found == expected, "bytes differ");
            for height in 0..=DEPTH {
                let index = (base + size / 2) >> (height + 5);
                prop_assert_eq!(mapped.node(height, index), plain.node(height, index), "{}", height);
            }
            let full = |memory: &Memory| -> Vec<(u64, [u8; PAGE_BYTES])> {
                let pages = memory.pages().into_iter().map(|(at, bytes)| (at, *bytes));
                pages.filter(|(_, bytes)| *bytes != [0; PAGE_BYTES]).collect()
            };
            prop_assert!(full(mapped) == full(plain), "pages differ");
            prop_assert_eq!(mapped.integrity(), Ok(()));
        }
    }

    #[test]
    fn one_flipped_bit_of_the_file_is_found_when_it_is_read(
        (height, extents, pages) in files(),
        at in any::<Index>(),
    ) {
        let file = Mapping::new(height, &extents, &pages);
        let at = at.index(file.placement.file_bytes() as usize) as u64;
        flip(&file.content, at);
        let memory = file.mapped_at(0);
        let number = page_numbers(&extents).nth((at / PAGE) as usize).unwrap();
        let mut bytes = [1; PAGE_BYTES];
        memory.read(number * PAGE, &mut bytes);
        prop_assert_eq!(bytes, [0; PAGE_BYTES], "bad bytes are not handed out");
        let corruption = memory.integrity().unwrap_err();
        prop_assert_eq!((corruption.height, corruption.index), (PAGE_HEIGHT, number));
    }

    #[test]
    fn one_flipped_bit_of_the_sidecar_is_found_when_all_is_read(
        (height, extents, pages) in files(),
        at in any::<Index>(),
    ) {
        let file = Mapping::new(height, &extents, &pages);
        // Where the file has no page the sidecar is not read.
        let pages: Vec<u64> = page_numbers(&extents).collect();
        let node = *at.get(&pages);
        flip(&file.sidecar, node * 32 + at.index(32) as u64);
        let memory = file.mapped_at(0);
        let mut bytes = [1; PAGE_BYTES];
        memory.read(node * PAGE, &mut bytes);
        prop_assert_eq!(bytes, [0; PAGE_BYTES]);
        let Corruption { height, index, .. } = memory.integrity().unwrap_err();
        prop_assert_eq!((height, index), (PAGE_HEIGHT + 4, node / 16));
    }
}

#[test]
fn the_smallest_regions_are_one_page_and_one_branch() {
    for (height, pages) in [(7, 1u64), (8, 2), (10, 5), (11, 16), (12, 17), (15, 256)] {
        let seeds: Vec<u8> = (0..pages).map(|i| (i % 255) as u8 + 1).collect();
        let mut mapped = Mapping::new(height, &[(0, pages)], &seeds).mapped_at(5);
        let base = 5 << (height + 5);
        let mut plain = Memory::new();
        for (seed, i) in seeds.iter().zip(0..) {
            plain.write(base + i * PAGE, &page(*seed));
        }
        assert_eq!(mapped.root(), plain.root(), "height {height}");
        mapped.write_u64(base + 8, 1);
        plain.write_u64(base + 8, 1);
        assert_eq!(mapped.root(), plain.root(), "height {height}, written");
        assert_eq!(mapped.pages(), plain.pages());
    }
}

#[test]
fn threads_that_share_a_region_see_the_same_bytes_and_roots() {
    let seeds: Vec<u8> = (0..=255).collect();
    let file = Mapping::new(QUARTER_HEIGHT, &[(0, 128), (300, 428)], &seeds);
    let memory = file.mapped_at(3);
    let read = |reverse: bool| {
        let mut memory = memory.clone();
        let pages: Vec<(u64, u8)> =
            page_numbers(&[(0, 128), (300, 428)]).zip(seeds.iter().copied()).collect();
        let check = |&(number, seed): &(u64, u8)| {
            let mut bytes = [0; PAGE_BYTES];
            memory.read((3 << 42) + number * PAGE, &mut bytes);
            assert!(bytes == page(seed), "page {number}");
        };
        if reverse {
            pages.iter().rev().for_each(check)
        } else {
            pages.iter().for_each(check)
        }
        memory.write_u64((3 << 42) + 300 * PAGE, 5);
        memory.root()
    };
    let roots: Vec<B256> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|i| scope.spawn(move || read(i % 2 == 0))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(roots.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(memory.node(QUARTER_HEIGHT, 3), file.root);
}

/// 40 pages in a subtree of 1024: levels of 40, 3 and 1 nodes.
fn forty_pages() -> Mapping {
    Mapping::new(17, &[(0, 40)], &[7; 40])
}

#[test]
fn a_corrupt_level_is_found_below_the_one_that_vouches_for_it() {
    for (node, height, index) in [(0, 11, 0), (39, 11, 2), (40, 15, 0), (42, 15, 0)] {
        let file = forty_pages();
        flip(&file.sidecar, node * 32);
        let mut memory = file.mapped_at(0);
        // Any touch will do: here a store to the last page, which lies below all of these nodes' families.
        memory.write(if node == 0 { 0 } else { 39 * PAGE }, &[1]);
        let corruption = memory.integrity().unwrap_err();
        assert_eq!((corruption.height, corruption.index), (height, index), "node {node}");
    }
    let file = forty_pages();
    flip(&file.sidecar, 43 * 32);
    let Err(MapError::Root(corruption)) = file.open() else { panic!("opened") };
    assert_eq!((corruption.height, corruption.expected), (17, file.root));
}

#[test]
fn a_root_that_is_not_the_files_is_refused() {
    let mut file = forty_pages();
    file.root = B256::repeat_byte(1);
    assert!(matches!(file.open(), Err(MapError::Root(Corruption { height: 17, index: 0, .. }))));
}

#[test]
#[should_panic(expected = "no root over corrupt memory: mapped node 3 of height 7 should be")]
fn corrupt_memory_has_no_root() {
    let file = forty_pages();
    flip(&file.content, 3 * PAGE + 9);
    let mut memory = file.mapped_at(0);
    assert_eq!(memory.read_u64(3 * PAGE), 0);
    // Not even when all that was mapped is gone: what was read may live on elsewhere.
    memory.clear(DEPTH, 0);
    memory.root();
}

#[test]
fn files_of_another_size_are_refused() {
    let file = forty_pages();
    file.sidecar.set_len(44 * 32 - 1).unwrap();
    let error = file.open().unwrap_err().to_string();
    assert_eq!(error, "sidecar of 1407 bytes instead of at least 1408");
    file.content.set_len(39 * PAGE).unwrap();
    let error = file.open().unwrap_err().to_string();
    assert_eq!(error, "file of 159744 bytes in a place of 163840");
    let error = write_sidecar(&file.content, &file.placement, &file.sidecar).unwrap_err();
    assert!(matches!(error, MapError::FileLength { expected: 163840, found: 159744 }));
}

#[test]
fn places_that_make_no_sense_are_refused() {
    let refused = |height, extents: &[Extent]| {
        Placement::new(height, extents.iter().map(|(start, end)| *start..*end)).unwrap_err()
    };
    assert!(matches!(refused(6, &[(0, PAGE)]), MapError::Height(6)));
    assert!(matches!(refused(40, &[(0, PAGE)]), MapError::Height(40)));
    assert!(matches!(refused(7, &[]), MapError::NoExtent));
    let overlapping = [(0, 2 * PAGE), (PAGE, 3 * PAGE)];
    for extents in [&[(0, 1)][..], &[(1, PAGE)], &[(PAGE, PAGE)], &[(0, 5 * PAGE)], &overlapping] {
        assert!(matches!(refused(9, extents), MapError::Extent { .. }), "{extents:?}");
    }
}

/// A model of 26 GB of which little is not zero: nothing here takes time or memory in proportion.
#[test]
fn a_region_of_26_gb_is_opened_read_and_written_at_once() {
    let last = 26_000_000_000 / PAGE;
    let file =
        Mapping::new(QUARTER_HEIGHT, &[(0, 8), (last - 8, last)], &[1, 2, 3, 0, 5, 6, 7, 8, 9]);
    assert!(file.placement.sidecar_bytes() > 200_000_000);
    let mut memory = file.mapped_at(3);
    assert_eq!(memory.node(QUARTER_HEIGHT, 3), file.root);
    let at = (3 << 42) + last * PAGE - PAGE;
    let mut plain = Memory::new();
    for (place, seed) in (0..8).chain(last - 8..last).zip([1, 2, 3, 0, 5, 6, 7, 8, 9]) {
        plain.write((3 << 42) + place * PAGE, &page(seed));
    }
    assert_eq!(memory.root(), plain.root());
    memory.write_u64(at, 77);
    plain.write_u64(at, 77);
    assert_eq!(memory.root(), plain.root());
    assert_eq!(memory.pages_in(at..1 << 44).len(), 1);
}
