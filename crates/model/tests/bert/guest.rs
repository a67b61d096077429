//! Every large step of an embedding, in the VM.

use crate::{
    made_up::{Shape, files},
    run::build,
};
use opml_engine::{Engine, seam::Outcome};
use opml_fpvm::{EXIT_OK, Program};
use opml_memory::{DATA_HALF, Memory};
use opml_model::{
    bert::{Bert, encode_tokens},
    checkpoint::Blocks,
};

const TINY: Shape =
    Shape { width: 32, hidden: 32, layers: 1, heads: 2, vocabulary: 20, positions: 4 };

#[test]
fn embeddings_are_the_same_in_the_vm() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/opml-guest.elf");
    let guest = Program::from_elf(&std::fs::read(path).unwrap()).unwrap();
    let [weights, config] = files(TINY, 7);
    let bert = Bert::from_safetensors(&weights, &config).unwrap();
    for blocks in [None, Some(Blocks::Q8_0)] {
        let input = encode_tokens(&[(1, 0), (19, 1), (7, 1)]);
        let mut engine = Engine::new(build(&bert, blocks), &input).unwrap();
        while engine.outcome().is_none() {
            let mut state = guest.start(engine.snapshot());
            state.run(1 << 30);
            assert_eq!(state.cpu.exit, EXIT_OK);
            let mut after = Memory::new();
            let pages = state.memory.pages().into_iter();
            for (address, bytes) in pages.filter(|(address, _)| *address >= DATA_HALF) {
                after.write(address, bytes);
            }
            engine.run_to(engine.step() + 1).unwrap();
            assert_eq!(after.node(38, 1), engine.root(), "step {}", engine.step());
        }
        assert_eq!(engine.outcome(), Some(Outcome::Done));
    }
}
