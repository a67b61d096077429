//! What the model is, computed when the demo runs.

use std::sync::Arc;

use eyre::{Result, ensure, eyre};
use opml_engine::{Engine, ModelFile, seam::Outcome};
use opml_fpvm::{EXIT_OK, Program};
use opml_memory::{DATA_HEIGHT, Memory};
use opml_model::Images;
use opml_tensor::{Header, Operation, Record, Registers, admit};
use opml_tests::world::{GUEST_ELF, MAX_STEPS_BITS};
use serde::Serialize;

/// Where the program begins in a model file: after the header's page.
const PROGRAM: usize = opml_tensor::layout::PAGE as usize;

/// Figures of the model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Facts {
    /// Its name, from its file.
    pub(crate) name: String,
    /// Share of the held-out pictures that the integer engine reads as a person did, where pictures are what it reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accuracy: Option<f64>,
    /// Multiply-adds of an inference, where all inferences have as many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) macs: Option<u64>,
    /// Large steps of the inference that the demo asks for.
    pub(crate) large_steps: u64,
    /// Small steps of the same inference when one large step runs the whole program, where a large step may have so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) small_steps_single_phase: Option<u64>,
}

impl Facts {
    /// Counts the steps of `model` on an input.
    ///
    /// # Errors
    /// If the model does not take the input, or if both ways to run it do not end in the same state.
    pub(crate) fn of_run(model: &Arc<ModelFile>, input: &[u8]) -> Result<Self> {
        let small_steps_single_phase = Some(single_phase(model, input)?);
        Ok(Self { small_steps_single_phase, ..Self::of_large_run(model, input)? })
    }

    /// Counts the large steps of a model on an input, whose program is too long for a single one.
    ///
    /// # Errors
    /// If the model does not take the input.
    pub(crate) fn of_large_run(model: &Arc<ModelFile>, input: &[u8]) -> Result<Self> {
        Ok(Self {
            name: model.name().to_owned(),
            accuracy: None,
            macs: None,
            large_steps: run(model, input)?.step(),
            small_steps_single_phase: None,
        })
    }

    /// Measures `model` on held-out pictures, and its steps on one of them.
    ///
    /// # Errors
    /// As [`Self::of_run`].
    pub(crate) fn of_digits(
        model: &Arc<ModelFile>,
        images: Images<'_>,
        picture: &[u8],
    ) -> Result<Self> {
        let mut right = 0;
        for image in images.iter() {
            right += u32::from(run(model, image.pixels)?.output().first() == Some(&image.label));
        }
        let accuracy = Some(f64::from(right) / images.len() as f64);
        Ok(Self { accuracy, macs: Some(macs(model)?), ..Self::of_run(model, picture)? })
    }
}

/// The engine at the end of an inference.
fn run(model: &Arc<ModelFile>, input: &[u8]) -> Result<Engine> {
    let mut engine = Engine::new(Arc::clone(model), input)?;
    engine.run_to_halt(model.header().max_steps)?;
    ensure!(engine.outcome() == Some(Outcome::Done), "refused: {:?}", engine.refusal());
    Ok(engine)
}

/// Multiply-adds of a program without branches: outputs times terms of each dense record.
fn macs(model: &ModelFile) -> Result<u64> {
    let program = model.bytes().get(PROGRAM..).unwrap_or_default();
    let (records, _) = program.as_chunks::<{ Record::BYTES }>();
    let mut macs = 0;
    for record in records.iter().take(model.header().records as usize) {
        let operation =
            admit(&Record::from_bytes(record), &Registers::default(), model.header())
                .map_err(|refusal| eyre!("a record of the model is refused: {refusal:?}"))?;
        if let Operation::Dense(dense) = operation {
            macs += dense.grid.rows * dense.grid.columns * dense.inner;
        }
    }
    Ok(macs)
}

/// Small steps of the whole program as one large step of the guest.
fn single_phase(model: &Arc<ModelFile>, input: &[u8]) -> Result<u64> {
    let mut bytes = model.bytes().to_vec();
    let whole = Header { whole: true, ..*model.header() };
    bytes[..Header::BYTES].copy_from_slice(&whole.to_bytes());
    let whole = Arc::new(ModelFile::parse(bytes)?);

    let start: Memory = Engine::new(Arc::clone(&whole), input)?.snapshot();
    let mut state = Program::from_elf(GUEST_ELF)?.start(start);
    let steps = state.run(1 << MAX_STEPS_BITS);
    ensure!(state.cpu.exit == EXIT_OK, "the guest ended with {:#x}", state.cpu.exit);
    let (guest, native) = (state.memory.node(DATA_HEIGHT, 1), run(&whole, input)?.root());
    ensure!(guest == native, "the guest ends in {guest}, the engine in {native}");
    Ok(steps)
}
