//! What the builder lays out, and that it lets a hostile program through as it is.

use std::sync::Arc;

use opml_engine::{Engine, ModelError, seam::Outcome};
use opml_model::ModelBuilder;
use opml_tensor::{
    HeaderError, Operand, Record,
    layout::{ACTIVATIONS, CONTROL, MAX_ACTIVATION_BYTES, PROGRAM, WEIGHTS},
};

#[test]
fn tensors_never_share_a_line_and_large_ones_never_a_page() {
    let mut model = ModelBuilder::new("layout");
    let activations = [1, 65, 4096, 1].map(|bytes| model.activation(bytes) - ACTIVATIONS);
    assert_eq!(activations, [0, 64, 4096, 8192]);
    let weights = [1, 65, 4096, 1].map(|bytes| model.weight(&vec![7; bytes]) - WEIGHTS);
    assert_eq!(weights, [0, 64, 4096, 8192]);
    model.record(Record::halt(0, 0));
    let file = model.build().unwrap();
    assert_eq!((file.header().activation_bytes, file.header().weight_bytes), (8193, 8193));
    assert_eq!(file.bytes().len(), 4096 + 4096 + 3 * 4096);
}

#[test]
fn records_are_encoded_as_they_are_given_and_refused_when_run() {
    let garbage = [0xa5; 256];
    let copy = |from, to| {
        Record::copy([1, 1, 8], [1, 8], Operand::at(from, [0, 0, 1]), Operand::at(to, [0, 0, 1]))
    };
    for record in [
        Record::from_bytes(&garbage),
        copy(ACTIVATIONS, CONTROL),
        copy(ACTIVATIONS, PROGRAM),
        copy(ACTIVATIONS, ACTIVATIONS),
        copy(ACTIVATIONS + 57, ACTIVATIONS),
        copy(u64::MAX, ACTIVATIONS),
    ] {
        let mut model = ModelBuilder::new("hostile");
        model.activation(64);
        assert_eq!((model.record(record), model.record(Record::halt(0, 0))), (0, 1));
        let file = Arc::new(model.build().unwrap());
        assert_eq!(file.bytes()[4096..4352], record.to_bytes());
        let mut engine = Engine::new(file, &[]).unwrap();
        assert_eq!(engine.run_to_halt(9).unwrap(), 1);
        assert_eq!(engine.outcome(), Some(Outcome::ProgramError), "{record:?}");
    }
}

#[test]
fn what_does_not_fit_the_model_quarter_is_an_error() {
    let mut model = ModelBuilder::new("activations");
    model.record(Record::halt(0, 0));
    model.activation(MAX_ACTIVATION_BYTES + 1);
    let too_many = |result| matches!(result, Err(ModelError::Header(HeaderError::Activations(_))));
    assert!(too_many(model.clone().build().map(drop)));
    model.activation(u64::MAX);
    model.activation(u64::MAX);
    assert!(too_many(model.build().map(drop)), "sizes saturate, they do not wrap");

    let mut long_name = ModelBuilder::new(&"n".repeat(65));
    long_name.record(Record::halt(0, 0));
    assert!(matches!(long_name.build(), Err(ModelError::Name)));

    let empty = ModelBuilder::new("no records").build();
    assert!(matches!(empty, Err(ModelError::Header(HeaderError::Records(0)))));
}
