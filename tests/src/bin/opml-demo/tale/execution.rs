//! The instructions that a contract has executed, read from the transaction that made it do so.

use eyre::{Result, ensure, eyre};
use opml_fpvm::{MAX_STEPS, Witness, WitnessMemory, decode, step};
use opml_game::Profile;
use opml_memory::{LEAF_BYTES, Memory};

/// The instructions of an `evaluate` call with their addresses, in the order in which they were executed; fewer than `steps`
/// if the machine ends before.
///
/// `body` is the call's: end ‖ siblings ‖ witness. The witness brings all memory that the instructions touch, their own words
/// included, so nothing but the transaction is needed.
///
/// # Errors
/// If the body is cut short or its witness malformed; the contract would have refused it.
pub(super) fn instructions(
    profile: &Profile,
    body: &[u8],
    steps: u64,
) -> Result<Vec<(u64, String)>> {
    ensure!(steps <= u64::from(MAX_STEPS), "{steps} steps in one witness");
    let head = LEAF_BYTES * (1 + usize::from(profile.arity_bits));
    let witness = body.get(head..).ok_or_else(|| eyre!("a body of {} bytes", body.len()))?;
    let Witness { mut cpu, memory: known } = Witness::decode(witness)?;
    let mut memory = Memory::new();
    if let WitnessMemory::Leaves(proof) = known {
        for leaf in proof.leaves() {
            memory.write(leaf.index * LEAF_BYTES as u64, &leaf.value);
        }
    }
    let mut executed = Vec::new();
    for _ in 0..steps {
        if cpu.exit != 0 {
            break;
        }
        let mut word = [0; 4];
        memory.read(cpu.pc, &mut word);
        let instruction = decode(u32::from_le_bytes(word));
        let text = instruction.map_or_else(|| "reserved".to_owned(), |known| known.to_string());
        executed.push((cpu.pc, text));
        let Ok(()) = step(&mut cpu, &mut memory);
    }
    Ok(executed)
}
