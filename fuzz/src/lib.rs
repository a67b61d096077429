//! What the fuzz targets do with their input. A disagreement is a panic, which the fuzzer keeps.

use std::cell::RefCell;

use opml_fpvm::{Witness, verify};
use opml_model::{
    bert::{Bert, WordPiece},
    llama::Llama,
    onnx::Tensor,
};
use opml_vmfuzz::{
    Encoding, Evm, RUNNERS, Refusal, Runner, Source, Tally, Windows, compare_one, run_one,
};

thread_local! {
    static ENCODINGS: Vec<Encoding> = Encoding::all();
    static EVM: RefCell<Evm> = RefCell::default();
}

/// Runs the program in `bytes` on that one of [`RUNNERS`].
///
/// # Panics
///
/// If it differs from the reference step, or there is no such runner.
pub fn engine(name: &str, bytes: &[u8]) {
    let runners: Vec<Runner> =
        RUNNERS.iter().copied().filter(|runner| runner.name == name).collect();
    assert!(!runners.is_empty(), "there is no engine {name}");
    run(&runners, bytes);
}

/// Runs the program in `bytes` on the reference step, and proves windows of it by witnesses.
///
/// # Panics
///
/// If a witness proves something else.
pub fn witness(bytes: &[u8]) {
    run(&[], bytes);
}

fn run(runners: &[Runner], bytes: &[u8]) {
    let mut random = Source::bytes(bytes);
    let outcome = ENCODINGS.with(|all| run_one(all, runners, &mut random, &mut Tally::default()));
    if let Err(difference) = outcome {
        panic!("{difference}");
    }
}

/// Verifies windows of the program in `bytes` on chain.
///
/// # Panics
///
/// If the verifier differs from the reference step.
pub fn solidity(bytes: &[u8]) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let mut random = Source::bytes(rest);
    let outcome = ENCODINGS.with(|all| {
        let first = all[usize::from(*first) % all.len()];
        EVM.with_borrow_mut(|evm| {
            compare_one(evm, all, first, &mut random, &mut Windows::default())
        })
    });
    if let Err(difference) = outcome {
        panic!("{difference}");
    }
}

/// Reads `bytes` as a number of steps and a witness.
///
/// # Panics
///
/// If what was decoded changes on its way through an encoding, or if one of the two verifiers accepts
/// what the other refuses, finds another hash, or fails in another way than by a revert.
pub fn witness_bytes(bytes: &[u8]) {
    let Some((steps, bytes)) = bytes.split_first() else { return };
    if let Ok(witness) = Witness::decode(bytes) {
        assert_eq!(Witness::decode(&witness.encode()), Ok(witness));
    }
    let steps = u32::from(*steps);
    let ours = verify(steps, bytes).ok();
    let on_chain = EVM.with_borrow_mut(|evm| match evm.run(steps, bytes) {
        Ok(run) => Some((run.start, run.end)),
        Err(Refusal::Reverted(_)) => None,
        Err(Refusal::Failed(what)) => panic!("the verifier on chain failed: {what}"),
    });
    assert_eq!(ours, on_chain);
}

/// Reads `bytes` as a format (one byte) and the files that a checkpoint of it consists of: each but the last behind its length (u32).
pub fn checkpoint(bytes: &[u8]) {
    let Some((format, rest)) = bytes.split_first() else { return };
    let (first, rest) = part(rest);
    match format % 6 {
        0 => drop(Llama::from_gguf(first)),
        1 => drop(Llama::from_llama2c(first, rest)),
        2 => {
            let (second, rest) = part(rest);
            drop(Llama::from_safetensors(first, second, rest));
        }
        3 => drop(Bert::from_safetensors(first, rest)),
        4 => drop(Tensor::from_npy(first.to_vec())),
        _ => {
            drop(WordPiece::from_vocabulary(first));
            drop(WordPiece::from_tokenizer(rest));
        }
    }
}

/// The files of a checkpoint as [`checkpoint`] takes them.
pub fn join(format: u8, files: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![format];
    for (index, file) in files.iter().enumerate() {
        if index + 1 < files.len() || files.len() == 1 {
            bytes.extend((file.len() as u32).to_le_bytes());
        }
        bytes.extend_from_slice(file);
    }
    bytes
}

/// What stands behind a length, as much as there is, and what is behind that.
fn part(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk() else { return (bytes, &[]) };
    rest.split_at_checked(u32::from_le_bytes(*length) as usize).unwrap_or((rest, &[]))
}
