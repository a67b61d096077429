//! What the builder lays out, and that it lets a hostile program through as it is.

use opml_model::{ModelBuilder, ModelError, ModelFile};
use opml_tensor::{
    Header, Record,
    layout::{ACTIVATIONS, MAX_ACTIVATION_BYTES, PROGRAM, WEIGHTS},
};

#[test]
fn tensors_never_share_a_line_and_large_ones_never_a_page() {
    let mut model = ModelBuilder::new("layout");
    let activations = [1, 65, 4096, 1].map(|bytes| model.activation(bytes) - ACTIVATIONS);
    assert_eq!(activations, [0, 64, 4096, 8192]);
    let weights = [1, 65, 4096, 1].map(|bytes| model.weight(&vec![7; bytes]) - WEIGHTS);
    assert_eq!(weights, [0, 64, 4096, 8192]);
    model.record(&Record::halt(0, 0));
    let file = model.build().unwrap();
    let header = Header::parse(&file.bounds()).unwrap();
    assert_eq!((header.activation_bytes, header.weight_bytes), (8193, 8193));
    assert_eq!(file.to_bytes().len(), 4096 + 4096 + 3 * 4096);
}

#[test]
fn records_are_encoded_as_they_are_given() {
    let garbage = [0xa5; 256];
    let mut model = ModelBuilder::new("garbage");
    assert_eq!(model.record(&Record::halt(0, 0)), 0);
    assert_eq!(model.raw_record(garbage), 1);
    let file = model.build().unwrap();
    assert_eq!(file.records().last(), Some(&garbage));
    assert!(
        file.parts()
            .contains(&(PROGRAM, [Record::halt(0, 0).to_bytes(), garbage].concat().as_slice()))
    );
    assert_eq!(ModelFile::parse(&file.to_bytes()), Ok(file));
}

#[test]
fn raw_bounds_replace_the_header_and_give_another_id() {
    let mut model = ModelBuilder::new("invalid header");
    model.record(&Record::halt(0, 0));
    let valid = model.build().unwrap();
    let invalid = model.raw_bounds([0xff; 64]).build().unwrap();
    assert_eq!(invalid.bounds(), [0xff; 64]);
    assert_ne!(invalid.id(), valid.id());
    assert!(matches!(ModelFile::parse(&invalid.to_bytes()), Err(ModelError::File(_))));
}

#[test]
fn what_does_not_fit_the_model_quarter_is_an_error() {
    let limit = |model: &ModelBuilder| match model.build() {
        Err(ModelError::TooLarge { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    let mut model = ModelBuilder::new("");
    model.activation(MAX_ACTIVATION_BYTES + 1);
    assert_eq!(limit(&model), "the size of the activations");
    model.activation(u64::MAX);
    model.activation(u64::MAX);
    assert_eq!(limit(&model), "the size of the activations");
    assert_eq!(limit(&ModelBuilder::new(&"n".repeat(65))), "the name's length");
    let empty = ModelBuilder::new("no records").build();
    assert!(matches!(empty, Err(ModelError::File(_))), "a header names at least one record");
    let mut input = ModelBuilder::new("input");
    let (least, greatest) = (2, 1);
    input.input(least..=greatest).record(&Record::halt(0, 0));
    assert!(matches!(input.build(), Err(ModelError::File(_))));
}
