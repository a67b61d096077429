//! Model files: what is accepted, what is refused and why.

use crate::{guest::guest, programs};
use opml_engine::{Engine, EngineError, ModelError, ModelFile};
use opml_memory::{DATA_HALF, DATA_HEIGHT, Memory, QUARTER_HEIGHT, header_root};
use opml_tensor::{
    Header, Operand, Record,
    layout::{MODEL, OUTPUT_BODY, WEIGHTS},
};
use std::{fs, io::Write, path::Path, sync::Arc};

fn file() -> Vec<u8> {
    ModelFile::build(programs::BOUNDS, "digits", &[Record::halt(0, 1)], [9; 5000])
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
        ModelFile::build(programs::BOUNDS, &long, &[Record::halt(0, 0)], []),
        Err(ModelError::Name)
    ));
}

#[test]
fn a_program_has_a_record() {
    let empty = ModelFile::build(programs::BOUNDS, "empty", &[], []);
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

/// A model that is large enough to be mapped: it copies eight bytes from its last page of weights to the output.
fn large() -> ModelFile {
    let weights: Vec<u8> = (0..(17u32 << 20) / 4).flat_map(u32::to_le_bytes).collect();
    let last = WEIGHTS + weights.len() as u64 - 16;
    let [from, to] = [last, OUTPUT_BODY].map(|address| Operand::at(address, [0, 0, 1]));
    let records = [Record::copy([1, 1, 8], [1, 8], from, to), Record::halt(0, 8)];
    ModelFile::build(programs::BOUNDS, "large", &records, weights).unwrap()
}

/// Writes a file and puts it in its place.
fn put(path: &Path, bytes: &[u8]) {
    let beside = path.with_extension("new");
    fs::write(&beside, bytes).unwrap();
    fs::rename(beside, path).unwrap();
}

#[test]
fn a_large_file_is_mapped_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.opml");
    let built = large();
    put(&path, built.bytes());
    for model in [ModelFile::open(&path), ModelFile::open(&path), ModelFile::verify(&path)] {
        let model = Arc::new(model.unwrap());
        assert_eq!((model.id(), model.name()), (built.id(), "large"));
        assert_eq!(model.header_proof(), built.header_proof());
        let mut engine = Engine::new(Arc::clone(&model), &[]).unwrap();
        engine.run_to_halt(9).unwrap();
        assert_eq!(engine.output(), &built.bytes()[built.bytes().len() - 16..][..8]);
        let state = engine.snapshot();
        assert_eq!(engine.root(), state.node(DATA_HEIGHT, 1));
        assert_eq!(Engine::resume(model, state, engine.step()).unwrap().output(), engine.output());
    }
}

#[test]
fn the_guest_does_the_same_over_a_mapped_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.opml");
    let built = Arc::new(large());
    put(&path, built.bytes());
    let mapped = Arc::new(ModelFile::open(&path).unwrap());
    let guest = guest();
    let start = |model: &Arc<ModelFile>| {
        guest.start(Engine::new(Arc::clone(model), &[]).unwrap().snapshot())
    };
    let mut expected = start(&built);
    let steps = expected.run_with(opml_fpvm::Engine::Reference, u64::MAX);
    assert_eq!(expected.cpu.exit, opml_fpvm::EXIT_OK);
    assert_eq!(
        expected.memory.read_u64(OUTPUT_BODY).to_le_bytes(),
        built.bytes()[built.bytes().len() - 16..][..8]
    );
    use opml_fpvm::Engine::{Auto, Interpreter, Jit, Reference};
    for engine in [Reference, Interpreter, Jit { hot_after: 0 }, Auto] {
        let mut state = start(&mapped);
        assert_eq!(state.run_with(engine, u64::MAX), steps, "{engine:?}");
        assert_eq!(state.hash(), expected.hash(), "{engine:?}");
        assert!(state.memory.integrity().is_ok(), "{engine:?}");
    }
}

#[test]
fn a_tree_is_believed_about_its_own_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.opml");
    let tree = folder.path().join("large.opml.tree");
    let mut bytes = large().bytes().to_vec();
    put(&path, &bytes);
    let id = ModelFile::open(&path).unwrap().id();

    // The node of a page is not looked at before the page is: opening hashes nothing.
    let mut nodes = fs::read(&tree).unwrap();
    let page = nodes.iter().position(|byte| *byte != 0).unwrap();
    nodes[page] ^= 1;
    put(&tree, &nodes);
    let model = ModelFile::open(&path).unwrap();
    assert_eq!(model.id(), id);
    let memory = model.memory();
    memory.read_u64(MODEL);
    assert!(memory.integrity().is_err(), "the node of the header's page is wrong");
    assert_eq!(ModelFile::verify(&path).unwrap().id(), id);
    let memory = ModelFile::open(&path).unwrap().memory();
    memory.read_u64(MODEL);
    assert!(memory.integrity().is_ok(), "the tree has been made anew");

    // Another file of the same size in the same place.
    let end = bytes.len() - 1;
    bytes[end] ^= 1;
    put(&path, &bytes);
    let other = ModelFile::open(&path).unwrap();
    assert_eq!(other.id(), ModelFile::parse(bytes).unwrap().id());
    assert_ne!(other.id(), id);

    // What is no tree is none.
    for cut in [0, 100, nodes.len() - 1] {
        put(&tree, &nodes[..cut]);
        assert_eq!(ModelFile::open(&path).unwrap().id(), other.id());
    }
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
