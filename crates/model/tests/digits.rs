//! The digits model as a whole: its files, its bytes, and what the engine computes with it.
#![expect(clippy::unwrap_used, reason = "a helper of tests ends them at the first surprise")]

use std::{fs, path::PathBuf, sync::Arc};

use opml_engine::{Engine, ModelFile, seam::Outcome};
use opml_model::{MlpS8, classifier, digits, digits_held_out, digits_mlp};
use sha2::{Digest, Sha256};

/// The model id. It may change only with the committed weights, the quantisation rule, the cutting of
/// tiles or the formats: each of them gives another model.
const MODEL_ID: &str = "0x4bc69056e14f21401e8168a00032c24b4ae31d765c4e03da4a1ad8fb62b634df";

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Runs an inference to its end; returns the number of large steps and the output.
fn infer(model: &Arc<ModelFile>, input: &[u8]) -> (u64, Vec<u8>) {
    let mut engine = Engine::new(Arc::clone(model), input).unwrap();
    let steps = engine.run_to_halt(model.header().max_steps).unwrap();
    assert_eq!(engine.outcome(), Some(Outcome::Done), "{:?}", engine.refusal());
    (steps, engine.output().to_vec())
}

#[test]
fn the_integer_network_classifies_the_held_out_images() {
    let model = Arc::new(digits().unwrap());
    let images = digits_held_out().unwrap();
    let mut right = 0;
    for image in images.iter() {
        let (_, output) = infer(&model, image.pixels);
        let (class, scores) = output.split_first().unwrap();
        let best = scores.iter().map(|score| score.cast_signed()).max().unwrap();
        assert_eq!(scores[usize::from(*class)].cast_signed(), best, "the class has the best score");
        right += usize::from(*class == image.label);
    }
    assert!(100 * right >= 96 * images.len(), "{right} of {} right", images.len());
}

#[test]
fn the_model_is_the_same_byte_for_byte_whenever_it_is_built() {
    let model = digits().unwrap();
    assert_eq!(model.bytes(), digits().unwrap().bytes());
    assert_eq!(model.id().to_string(), MODEL_ID);
}

#[test]
fn every_image_takes_the_models_bound_of_large_steps_and_two_lists() {
    let model = Arc::new(digits().unwrap());
    for byte in [0, 16, 127, 128, 255] {
        let (steps, output) = infer(&model, &[byte; 64]);
        assert_eq!((steps, output.len()), (model.header().max_steps, 11));
        assert!((33..=200).contains(&steps), "{steps} large steps");
    }
}

#[test]
fn how_tiles_are_cut_changes_no_output() {
    let images = digits_held_out().unwrap();
    let inputs = || images.iter().map(|image| image.pixels);
    let network = MlpS8::quantise(&digits_mlp().unwrap(), 1.0 / 16.0, inputs()).unwrap();
    let models: Vec<Arc<ModelFile>> = [0, 1 << 13, u64::MAX]
        .map(|tile_target| Arc::new(classifier(&network, "cut", tile_target).unwrap()))
        .into();
    let steps: Vec<u64> = models.iter().map(|model| model.header().max_steps).collect();
    assert_eq!(steps, [87, 29, 7], "fewest columns, some, whole layers");
    for input in inputs().take(20) {
        let outputs: Vec<_> = models.iter().map(|model| infer(model, input).1).collect();
        assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]), "{outputs:?}");
    }
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
