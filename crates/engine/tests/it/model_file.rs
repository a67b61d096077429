//! Model files: what is accepted, what is refused and why.

use crate::programs;
use opml_engine::{Engine, EngineError, ModelError, ModelFile};
use opml_memory::{DATA_HALF, Memory, QUARTER_HEIGHT, header_root};
use opml_tensor::{Header, Record};
use std::{io::Write, sync::Arc};

fn file() -> Vec<u8> {
    ModelFile::build(programs::BOUNDS, "digits", &[Record::halt(0, 1)], &[9; 5000])
        .unwrap()
        .bytes()
        .to_vec()
}

#[test]
fn a_built_file_parses_to_itself() {
    let model = ModelFile::parse(file()).unwrap();
    assert_eq!(model.name(), "digits");
    assert_eq!((model.header().records, model.header().weight_bytes), (1, 5000));
    assert_eq!(model.bytes().len(), 4096 + 4096 + 8192);
    let mut memory = Memory::new();
    memory.write(DATA_HALF, b"not the model's half");
    model.load_into(&mut memory);
    assert_eq!(memory.node(QUARTER_HEIGHT, 3), model.id());
    assert_eq!(model.memory().node(QUARTER_HEIGHT, 3), model.id());
}

#[test]
fn the_header_proof_leads_to_the_id() {
    let model = ModelFile::parse(file()).unwrap();
    let (header, proof) = model.header_proof();
    assert_eq!(Header::parse(&header).unwrap(), *model.header());
    assert_eq!(header_root(&header, &proof).unwrap(), model.id());
}

#[test]
fn files_of_the_wrong_size_are_refused() {
    let bytes = file();
    for length in [0, 63, 64, 4095] {
        let cut = ModelFile::parse(bytes[..length].to_vec());
        assert!(matches!(cut, Err(ModelError::Truncated { .. })), "{length}: {cut:?}");
    }
    for length in [4096, 8192, bytes.len() - 1] {
        let Err(ModelError::Truncated { expected, found }) =
            ModelFile::parse(bytes[..length].to_vec())
        else {
            panic!("{length} bytes are too few")
        };
        assert_eq!((expected, found), (bytes.len() as u64, length as u64));
    }
    for tail in [1, 4096] {
        let long = [bytes.clone(), vec![0; tail]].concat();
        assert!(matches!(ModelFile::parse(long), Err(ModelError::Oversize { .. })));
    }
}

#[test]
fn padding_must_be_zero() {
    for offset in [128, 4095, 4096 + 256, 8191, 8192 + 5000, 16383] {
        let mut bytes = file();
        bytes[offset] = 1;
        let Err(ModelError::Padding { offset: found }) = ModelFile::parse(bytes) else {
            panic!("the byte at {offset} is padding")
        };
        assert_eq!(found, offset);
    }
}

#[test]
fn names_are_zero_padded_utf8() {
    for (offset, byte) in [(64, 0xff), (64 + 7, b'x'), (127, b'x')] {
        let mut bytes = file();
        bytes[offset] = byte;
        assert!(matches!(ModelFile::parse(bytes), Err(ModelError::Name)), "{offset}");
    }
    let long = "x".repeat(65);
    assert!(matches!(
        ModelFile::build(programs::BOUNDS, &long, &[Record::halt(0, 0)], &[]),
        Err(ModelError::Name)
    ));
}

#[test]
fn a_program_has_a_record() {
    let empty = ModelFile::build(programs::BOUNDS, "empty", &[], &[]);
    assert!(matches!(empty, Err(ModelError::Header(_))));
}

#[test]
fn open_reads_what_parse_accepts() {
    let mut on_disk = tempfile::NamedTempFile::new().unwrap();
    on_disk.write_all(&file()).unwrap();
    assert_eq!(
        ModelFile::open(on_disk.path()).unwrap().id(),
        ModelFile::parse(file()).unwrap().id()
    );
    on_disk.write_all(b"tail").unwrap();
    assert!(matches!(ModelFile::open(on_disk.path()), Err(ModelError::Oversize { .. })));
    let missing = ModelFile::open(on_disk.path().join("missing"));
    assert!(matches!(missing, Err(ModelError::Read { .. })));
}

#[test]
fn inputs_and_states_must_fit_the_model() {
    let bounds = Header { input_min: 2, input_max: 3, ..programs::BOUNDS };
    let build = |weights: &[u8]| {
        Arc::new(ModelFile::build(bounds, "", &[Record::halt(0, 0)], weights).unwrap())
    };
    let (model, other) = (build(&[1]), build(&[2]));
    for input in [&b"x"[..], b"long"] {
        let made = Engine::new(Arc::clone(&model), input);
        assert!(matches!(made, Err(EngineError::InputLength { min: 2, max: 3, .. })));
    }
    let state = Engine::new(model, b"xy").unwrap().snapshot();
    assert!(matches!(Engine::resume(other, state, 0), Err(EngineError::OtherModel { .. })));
}
