//! tract's side.

use super::network::SIZE;
use crate::timing;
use eyre::{Report, Result, eyre};
use std::{num::NonZero, sync::Arc, time::Duration};
use tract_linalg::multithread::{Executor, set_default_executor};
use tract_onnx::prelude::{
    Datum, Framework, InferenceFact, InferenceModelExt, IntoRunnable, Tensor, TractError,
    TractResult, TypedRunnableModel, tvec,
};

/// Sets the number of tract's threads.
pub(crate) fn set_threads(threads: NonZero<usize>) {
    set_default_executor(Executor::multithread(threads.get()));
}

/// A network that is ready to run, and its input.
#[derive(Debug)]
pub(super) struct Model {
    model: Arc<TypedRunnableModel>,
    picture: Tensor,
}

impl Model {
    /// As tract's own tool prepares it.
    pub(super) fn new(file: &[u8], picture: &[f32]) -> Result<Self> {
        let shape = [1, 3, SIZE as usize, SIZE as usize];
        let fact = InferenceFact::dt_shape(f32::datum_type(), shape);
        let prepare = || -> TractResult<Self> {
            let model = tract_onnx::onnx().model_for_read(&mut &file[..])?;
            let model = model.with_input_fact(0, fact)?.into_optimized()?.into_runnable()?;
            Ok(Self { model, picture: Tensor::from_shape(&shape, picture)? })
        };
        prepare().map_err(told)
    }

    pub(super) fn run(&self) -> Result<Vec<f32>> {
        let run = || -> TractResult<Vec<f32>> {
            let outputs = self.model.run(tvec!(self.picture.clone().into()))?;
            Ok(outputs[0].to_plain_array_view()?.iter().copied().collect())
        };
        run().map_err(told)
    }

    pub(super) fn time(&self) -> Result<Duration> {
        timing::time(|| self.run().map(drop))
    }
}

fn told(error: TractError) -> Report {
    eyre!("tract: {error:#}")
}
