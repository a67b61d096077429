//! ONNX's own tests, on data beside the project.

use opml_model::onnx::{Coverage, Verdict};
use std::path::{Path, PathBuf};

pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if data.is_dir() {
        return Some(data.join(folder));
    }
    eprintln!("skipped: no ../shared/data");
    None
}

#[test]
fn no_node_test_gives_a_wrong_answer_and_most_pass() {
    let Some(folder) = shared("onnx-node") else { return };
    let coverage = Coverage::run(&folder).unwrap();
    let failed: Vec<_> = coverage
        .cases
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_)))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(coverage.all.passed * 100 >= coverage.total() * 55, "{:?}", coverage.all);
}

#[test]
fn the_digit_network_gives_what_it_gave_elsewhere() {
    let Some(folder) = shared("mnist-cnn") else { return };
    // The runner looks for `model.onnx` in subfolders.
    let place = tempfile::tempdir().unwrap();
    let case = place.path().join("mnist");
    std::fs::create_dir(&case).unwrap();
    std::fs::copy(folder.join("mnist.onnx"), case.join("model.onnx")).unwrap();
    for index in 0..3 {
        let data = format!("test_data_set_{index}");
        std::fs::create_dir(case.join(&data)).unwrap();
        for file in ["input_0.pb", "output_0.pb"] {
            std::fs::copy(folder.join(&data).join(file), case.join(&data).join(file)).unwrap();
        }
    }
    let coverage = Coverage::run(place.path()).unwrap();
    assert_eq!(coverage.cases.get("mnist"), Some(&Verdict::Passed));
}
