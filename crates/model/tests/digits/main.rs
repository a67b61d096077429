//! The digits model as a whole: its files, its bytes, and what the tensor machine computes with it.

mod machine;

use std::{fs, path::PathBuf};

use machine::Machine;
use opml_model::{ModelFile, digits};
use opml_tensor::{Header, Operation, Record, Registers, admit};
use sha2::{Digest, Sha256};

/// The model id. It may change only with the committed weights, the quantisation rule, the cutting of
/// tiles or the formats: each of them gives another model.
const MODEL_ID: &str = "0xd1ed0aa6d1595a71e75920720aa7bea0f730666d908b36bce041e7919708b501";

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

#[test]
fn the_integer_network_classifies_the_held_out_images() {
    let model = digits::model().unwrap();
    let images = digits::held_out().unwrap();
    let mut right = 0;
    for image in images.iter() {
        let output = Machine::new(&model, image.pixels).run().unwrap();
        let (class, scores) = output.split_first().unwrap();
        let best = scores.iter().map(|score| score.cast_signed()).max().unwrap();
        assert_eq!(scores[usize::from(*class)].cast_signed(), best, "the class has the best score");
        right += usize::from(*class == image.label);
    }
    let share = right as f64 / images.len() as f64;
    assert!(share >= 0.96, "{right} of {} right", images.len());
}

#[test]
fn the_model_is_the_same_byte_for_byte_whenever_it_is_built() {
    let model = digits::model().unwrap();
    assert_eq!(model.to_bytes(), digits::model().unwrap().to_bytes());
    assert_eq!(model.id().to_string(), MODEL_ID);
}

#[test]
fn every_input_byte_is_an_input() {
    let model = digits::model().unwrap();
    for byte in [0, 16, 127, 128, 255] {
        let output = Machine::new(&model, &[byte; 64]).run().unwrap();
        assert_eq!(output.len(), 11);
    }
}

#[test]
fn the_number_of_large_steps_needs_two_lists_and_is_the_models_bound() {
    let model = digits::model().unwrap();
    let header = Header::parse(&model.bounds()).unwrap();
    let operations: Vec<Operation> = model
        .records()
        .map(|record| admit(&Record::from_bytes(record), &Registers::default(), &header).unwrap())
        .collect();
    let steps: u64 = operations.iter().map(Operation::tiles).sum();
    assert_eq!(steps, header.max_steps);
    assert!((33..=200).contains(&steps), "{steps} large steps");

    let mut machine = Machine::new(&model, &[8; 64]);
    assert_eq!(machine.steps(u64::MAX), steps);
    assert!(machine.run().is_some());
}

#[test]
fn the_committed_files_are_those_of_the_manifest() {
    let folder = repository("models/digits");
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    for (name, expected) in manifest["sha256"].as_object().unwrap() {
        let path =
            if name.ends_with(".py") { repository("tools").join(name) } else { folder.join(name) };
        let digest = Sha256::digest(fs::read(&path).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, expected.as_str().unwrap(), "{}", path.display());
    }
    let size: u64 =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(size <= 200 << 10, "{size} bytes are committed");
}

#[test]
fn a_model_file_has_one_encoding() {
    let model = digits::model().unwrap();
    let file = model.to_bytes();
    assert_eq!(ModelFile::parse(&file).unwrap(), model);
    for index in [0, 8, 12, 63, 72, 127, 128, 4095, 4096 + 256 * 8, file.len() - 1] {
        let mut other = file.clone();
        other[index] ^= 0x80;
        assert!(ModelFile::parse(&other).is_err(), "byte {index} may not be changed");
    }
    for length in [0, 64, 4096, file.len() - 1] {
        assert!(ModelFile::parse(&file[..length]).is_err(), "{length} bytes are no model");
    }
    assert!(ModelFile::parse(&[&file[..], &[0]].concat()).is_err(), "nothing may follow");
}
