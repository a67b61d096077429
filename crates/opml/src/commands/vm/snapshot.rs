//! Snapshots: a state in a file, from which a run can go on. `docs/vm.md` has the format.

use alloy_primitives::{B256, keccak256};
use eyre::{Result, ensure, eyre};
use opml_fpvm::{Cpu, PACKED_BYTES, State};
use opml_memory::{LEAF_BYTES, Memory, PAGE_BYTES};

const MAGIC: &[u8; 8] = b"OPMLSNAP";
const VERSION: u32 = 1;
const HASH_BYTES: usize = 32;
/// Magic, version, step, packed state, number of pages.
const HEADER_BYTES: usize = MAGIC.len() + 4 + 8 + PACKED_BYTES + 4;

/// Whether a file says of itself that it is a snapshot.
pub(super) fn is_snapshot(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Writes a state that was reached after `step` steps.
pub(super) fn encode(state: &State, step: u64) -> Vec<u8> {
    let mut pages = Vec::new();
    let mut count = 0u32;
    for (address, page) in state.memory.pages() {
        let leaves = page.chunks_exact(LEAF_BYTES);
        let present = leaves.clone().rev().fold(0u128, |present, leaf| {
            present << 1 | u128::from(leaf.iter().any(|byte| *byte != 0))
        });
        if present != 0 {
            // 2^44 bytes in pages of 2^12 have 32-bit numbers.
            pages.extend(((address / PAGE_BYTES as u64) as u32).to_le_bytes());
            pages.extend(present.to_le_bytes());
            pages.extend(leaves.filter(|leaf| leaf.iter().any(|byte| *byte != 0)).flatten());
            count += 1;
        }
    }
    let mut bytes = Vec::with_capacity(HEADER_BYTES + pages.len() + HASH_BYTES);
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(step.to_le_bytes());
    bytes.extend(state.cpu.pack(state.memory.root()));
    bytes.extend(count.to_le_bytes());
    bytes.extend(pages);
    bytes.extend(keccak256(&bytes));
    bytes
}

/// Reads a snapshot and returns its state and step.
///
/// # Errors
///
/// If anything of it is not as [`encode`] writes it.
pub(super) fn decode(file: &[u8]) -> Result<(State, u64)> {
    ensure!(
        file.len() >= HEADER_BYTES + HASH_BYTES,
        "{} bytes, of at least {}",
        file.len(),
        HEADER_BYTES + HASH_BYTES
    );
    let (bytes, hash) = file.split_at(file.len() - HASH_BYTES);
    let mut input = Input(&bytes[MAGIC.len()..]);
    let version = u32::from_le_bytes(input.take()?);
    ensure!(version == VERSION, "version {version}, where this program reads {VERSION}");
    let (stated, computed) = (B256::from_slice(hash), keccak256(bytes));
    ensure!(stated == computed, "cut short or changed: it hashes to {computed}, and says {stated}");

    let step = u64::from_le_bytes(input.take()?);
    let packed: [u8; PACKED_BYTES] = input.take()?;
    let (cpu, root) =
        Cpu::unpack(&packed).ok_or_else(|| eyre!("state of unknown version {}", packed[0]))?;
    let mut memory = Memory::new();
    for _ in 0..u32::from_le_bytes(input.take()?) {
        let number = u32::from_le_bytes(input.take()?);
        let present = u128::from_le_bytes(input.take()?);
        let mut page = [0; PAGE_BYTES];
        for (i, leaf) in page.chunks_exact_mut(LEAF_BYTES).enumerate() {
            if present >> i & 1 == 1 {
                leaf.copy_from_slice(&input.take::<LEAF_BYTES>()?);
            }
        }
        memory.write(u64::from(number) * PAGE_BYTES as u64, &page);
    }
    ensure!(input.0.is_empty(), "{} bytes after the last page", input.0.len());
    let found = memory.root();
    ensure!(found == root, "its pages have memory root {found}, and its state says {root}");
    Ok((State { cpu, memory }, step))
}

/// What is left of a file.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self
            .0
            .split_first_chunk()
            .ok_or_else(|| eyre!("{} bytes where {N} more are needed", self.0.len()))?;
        self.0 = rest;
        Ok(*taken)
    }
}

#[cfg(test)]
mod tests {
    use super::{HASH_BYTES, MAGIC, decode, encode};
    use alloy_primitives::keccak256;
    use opml_fpvm::State;
    use opml_memory::Memory;

    fn state() -> State {
        let mut memory = Memory::new();
        memory.write(0x1_0000, b"text");
        memory.write((1 << 44) - 40, &[7; 40]);
        memory.write(1 << 30, &[1]);
        memory.write(1 << 30, &[0]);
        let mut state = State::start(memory, 0x1_0000);
        state.cpu.regs[31] = u64::MAX;
        state
    }

    /// A snapshot with a change, and the hash that fits it.
    fn altered(change: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut bytes = encode(&state(), 5);
        bytes.truncate(bytes.len() - HASH_BYTES);
        change(&mut bytes);
        bytes.extend(keccak256(&bytes));
        decode(&bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_snapshot_is_the_state_and_its_step() {
        let (read, step) = decode(&encode(&state(), 1 << 60)).unwrap();
        assert_eq!((read.cpu, read.hash(), step), (state().cpu, state().hash(), 1 << 60));
        assert_eq!(encode(&read, step), encode(&state(), step));
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let bytes = encode(&state(), 5);
        for i in MAGIC.len()..bytes.len() {
            let mut changed = bytes.clone();
            changed[i] ^= 1;
            assert!(decode(&changed).is_err(), "byte {i} changed");
            assert!(decode(&bytes[..i]).is_err(), "{i} bytes");
        }
        assert!(decode(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn a_snapshot_with_the_right_hash_must_be_right_too() {
        assert!(altered(|bytes| bytes[8] = 2).contains("version 2"));
        assert!(altered(|bytes| bytes[20] = 9).contains("unknown version 9"));
        assert!(altered(|bytes| bytes[21] ^= 1).contains("memory root"));
        assert!(altered(|bytes| bytes.push(0)).contains("1 bytes after the last page"));
        assert!(
            altered(|bytes| bytes.truncate(bytes.len() - 1))
                .contains("31 bytes where 32 more are needed")
        );
        // A number of pages that no file holds.
        assert!(altered(|bytes| bytes[344] = 0xff).contains("more are needed"));
    }
}
