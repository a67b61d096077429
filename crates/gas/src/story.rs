//! Evaluations with every transaction before them, for another implementation of the EVM to play.

use eyre::Result;

use crate::{
    class::{Registers, classes},
    court::{Courts, MAX_STEPS},
    evm::Sent,
    kernel::KERNELS,
    model::MODELS,
    step, window,
};

/// One row of the tables, as it was measured under today's rules: all its transactions are in block
/// [`BLOCK`](crate::BLOCK) of an empty chain on which [`PARTIES`](crate::PARTIES) own [`BALANCE`](crate::BALANCE).
#[derive(Debug, Clone)]
pub struct Story {
    /// The row.
    pub name: String,
    /// From the deployment of the contracts to the evaluation, which is the last.
    pub transactions: Vec<Sent>,
}

/// The dearest step of every class, with typical registers, and the dearest window of r steps of every kernel, each on the
/// largest model that has it.
///
/// # Errors
/// If a transaction is refused, or the guest does not do what it should.
pub fn stories() -> Result<Vec<Story>> {
    let courts = Courts::new()?;
    let mut stories = Vec::new();
    for class in classes() {
        let (state, _) = step::dearest(&courts, &class, &MODELS[2], Registers::Typical)?;
        let name = format!("{} ({})", class.name, class.touches.name());
        stories.push(Story { name, transactions: courts.transactions(&state, 1)? });
    }
    for kernel in &KERNELS {
        let model = if kernel.large { &MODELS[2] } else { &MODELS[0] };
        let state = window::dearest(&courts, kernel, model)?;
        let name = format!("{MAX_STEPS} steps of {} ({})", kernel.name, model.name);
        let transactions = courts.transactions(&state, u32::from(MAX_STEPS))?;
        stories.push(Story { name, transactions });
    }
    Ok(stories)
}
