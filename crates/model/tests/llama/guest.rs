//! Every large step of a generation, in the VM.

use crate::{build::tiny_model, stories::GREEDY, tiny::Tiny};
use opml_engine::{Engine, ModelFile, seam::Outcome};
use opml_fpvm::{EXIT_OK, Program};
use opml_kernels::Sampling;
use opml_memory::{DATA_HALF, Memory};
use opml_model::llama::{Llama, Prompt, encode_prompt};
use std::sync::Arc;

/// Executes every large step of the run in the VM as well, and compares the states.
fn check(model: Arc<ModelFile>, input: &[u8]) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/opml-guest.elf");
    let guest = Program::from_elf(&std::fs::read(path).unwrap()).unwrap();
    let mut engine = Engine::new(model, input).unwrap();
    let mut greatest = 0;
    while engine.outcome().is_none() {
        let mut state = guest.start(engine.snapshot());
        let control = engine.control();
        greatest = greatest.max(state.run(1 << 30));
        assert_eq!(state.cpu.exit, EXIT_OK);
        let mut after = Memory::new();
        for (address, bytes) in
            state.memory.pages().into_iter().filter(|(address, _)| *address >= DATA_HALF)
        {
            after.write(address, bytes);
        }
        engine.run_to(engine.step() + 1).unwrap();
        assert_eq!(
            after.node(38, 1),
            engine.root(),
            "step {}, record {}",
            engine.step(),
            control.pc
        );
    }
    assert_eq!(engine.outcome(), Some(Outcome::Done));
    eprintln!("{} large steps, the greatest of {greatest} small steps", engine.step());
}

#[test]
fn generation_from_text_is_the_same_in_the_vm() {
    let warm = Sampling { temperature: 0.8, top_k: 0, top_p: 0.9, seed: 5 };
    check(tiny_model(4), &encode_prompt(&Prompt::Text(b"abc".to_vec()), 2, &warm));
}

#[test]
fn generation_with_blocks_is_the_same_in_the_vm() {
    for kind in [8, 2] {
        let file = Tiny::new(5).gguf(kind);
        let model = crate::build::build(&Llama::from_gguf(&file).unwrap());
        check(model, &encode_prompt(&Prompt::Tokens(vec![1, 9, 260]), 1, &GREEDY));
    }
}

#[test]
fn checked_answers_are_the_same_in_the_vm() {
    let prompt = Prompt::Claimed { prompt: vec![1, 9], answer: vec![260, 261] };
    check(tiny_model(6), &encode_prompt(&prompt, 0, &GREEDY));
}
