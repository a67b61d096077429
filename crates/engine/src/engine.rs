//! One run of a model on an input.

use crate::{
    Cpu, EngineError, ModelFile,
    backend::{Backend, Scalar},
    cpu::Native,
    dirty::Dirty,
    kernels::Tracked,
    regions::Regions,
    seam::Outcome,
};
use alloy_primitives::B256;
use opml_memory::{DATA_HEIGHT, EIGHTH_HEIGHT, Memory, QUARTER_HEIGHT};
use opml_tensor::{
    Control, Refusal, Span, borrow,
    layout::{CONTROL, CONTROL_BYTES, DATA_HALF, INPUT, LEAF, MODEL, OUTPUT, OUTPUT_BODY, PAGE},
    refusal, run, view,
};
use std::sync::Arc;

/// A tensor machine at some large step.
///
/// A state that has ended is its own successor: running on changes nothing.
#[derive(Debug)]
pub struct Engine {
    model: Arc<ModelFile>,
    regions: Regions,
    /// The data half as of the last root or snapshot, except the pages in `dirty`.
    image: Memory,
    dirty: Dirty,
    step: u64,
    /// Where control flow runs.
    cpu: Cpu,
    /// Where tiles are executed.
    backend: Box<dyn Backend>,
}

impl Engine {
    /// The machine in state `S_0`.
    ///
    /// # Errors
    /// [`EngineError::InputLength`], [`EngineError::Allocate`] or [`EngineError::Cpu`].
    pub fn new(model: Arc<ModelFile>, input: &[u8]) -> Result<Self, EngineError> {
        let (min, max) = (model.header().input_min, model.header().input_max);
        if !(min as usize..=max as usize).contains(&input.len()) {
            return Err(EngineError::InputLength { found: input.len(), min, max });
        }
        let mut state = model.memory();
        state.write_u64(INPUT, input.len() as u64);
        state.write(INPUT + LEAF, input);
        Self::resume(model, state, 0)
    }

    /// The machine in the state that a [`Self::snapshot`] holds, which is `step` large steps after `S_0`.
    ///
    /// # Errors
    /// [`EngineError::OtherModel`], [`EngineError::Allocate`] or [`EngineError::Cpu`].
    pub fn resume(model: Arc<ModelFile>, state: Memory, step: u64) -> Result<Self, EngineError> {
        let (expected, found) = (model.id(), state.node(QUARTER_HEIGHT, MODEL >> 42));
        if expected != found {
            return Err(EngineError::OtherModel { expected, found });
        }
        let mut regions = Regions::new(Arc::clone(&model))?;
        // Those of the model are read where they lie.
        for (address, bytes) in state.pages_in(DATA_HALF..MODEL) {
            // Pages outside every region are never touched.
            let span = Span { start: address, length: PAGE };
            if let Some(([], target)) = borrow(&mut regions, [], span) {
                target.copy_from_slice(bytes);
            }
        }
        let cpu = Cpu::shared()?;
        let backend = Box::new(Native::new(cpu.clone()));
        Ok(Self { model, regions, image: state, dirty: Dirty::default(), step, cpu, backend })
    }

    /// The same machine on other threads or vectors.
    #[must_use]
    pub fn with_cpu(mut self, cpu: Cpu) -> Self {
        self.backend = Box::new(Native::new(cpu.clone()));
        self.cpu = cpu;
        self
    }

    /// The same machine by the scalar kernels alone, which are the definition: a slow second opinion on the fast ones, and what
    /// the guest's speed is compared with.
    #[must_use]
    pub fn with_scalar_kernels(mut self) -> Self {
        self.backend = Box::new(Scalar);
        self
    }

    /// The model that is run.
    pub const fn model(&self) -> &Arc<ModelFile> {
        &self.model
    }

    /// Large steps made since `S_0`; stays at the step at which the run ended.
    pub const fn step(&self) -> u64 {
        self.step
    }

    /// Runs to the state after `step` large steps, or to the end of the run if that comes first.
    ///
    /// # Errors
    /// [`EngineError::Behind`] if the engine is already past it.
    pub fn run_to(&mut self, step: u64) -> Result<(), EngineError> {
        let behind = EngineError::Behind { at: self.step, asked: step };
        self.advance(step.checked_sub(self.step).ok_or(behind)?);
        Ok(())
    }

    /// Runs to the end; returns `n`, the number of large steps of the run.
    ///
    /// # Errors
    /// [`EngineError::StillRunning`] if the run does not end within `max` large steps. No run of a valid model goes on after
    /// its header's `max_steps`.
    pub fn run_to_halt(&mut self, max: u64) -> Result<u64, EngineError> {
        self.advance(max.saturating_sub(self.step));
        match self.outcome() {
            Some(_) => Ok(self.step),
            None => Err(EngineError::StillRunning { steps: max }),
        }
    }

    fn advance(&mut self, limit: u64) {
        let Self { cpu, regions, dirty, backend, .. } = self;
        let made = cpu.enter(|| {
            let made = run(regions, &mut Tracked { dirty, backend: &mut **backend }, limit);
            backend.settle(regions);
            made
        });
        if made > 0 {
            self.step += made;
            self.dirty.mark(Span { start: CONTROL, length: CONTROL_BYTES });
            // HALT and refusals write the whole output; operators are marked by their records.
            if self.outcome().is_some() {
                let length = LEAF + u64::from(self.model.header().output_max);
                self.dirty.mark(Span { start: OUTPUT, length });
            }
        }
    }

    /// How the run ended; none while it goes on. The native engine never faults.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.word(OUTPUT) {
            0 => None,
            1 => Some(Outcome::Done),
            _ => Some(Outcome::ProgramError),
        }
    }

    /// The output of a run that is done; empty otherwise.
    pub fn output(&self) -> &[u8] {
        let length = match self.outcome() {
            Some(Outcome::Done) => self.word(OUTPUT + 8),
            _ => 0,
        };
        let length = length.min(self.model.header().output_max.into());
        view(&self.regions, Span { start: OUTPUT_BODY, length }).unwrap_or(&[])
    }

    /// The control block: where in the program the machine is.
    pub fn control(&self) -> Control {
        Control::load(&self.regions)
    }

    /// Why the machine refused its record, after a run that ended in a program error.
    pub fn refusal(&self) -> Option<Refusal> {
        match self.outcome() {
            Some(Outcome::ProgramError) => refusal(&self.regions),
            _ => None,
        }
    }

    /// `S`, the root of the data half.
    pub fn root(&mut self) -> B256 {
        self.synchronise();
        self.image.node(DATA_HEIGHT, 1)
    }

    /// `C`, the root of control block, activations and input, which a claim states as `C_n`.
    pub fn run_root(&mut self) -> B256 {
        self.synchronise();
        self.image.node(EIGHTH_HEIGHT, 4)
    }

    /// The data half as a memory whose guest half is zero. Costs the pages written since the last snapshot or root.
    pub fn snapshot(&mut self) -> Memory {
        self.synchronise();
        self.image.clone()
    }

    /// Copies the pages written since the last time into the image. Equal pages keep their hashes.
    fn synchronise(&mut self) {
        for start in self.dirty.take() {
            let page = view(&self.regions, Span { start, length: PAGE });
            if let Some(page) = page.and_then(<[u8]>::first_chunk) {
                self.image.put_page(start, page);
            }
        }
    }

    fn word(&self, start: u64) -> u64 {
        let bytes = view(&self.regions, Span { start, length: 8 });
        bytes.and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}
