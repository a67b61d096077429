//! `opml model verify`: everything about a model file that can be checked without running it.

use std::path::Path;

use alloy_primitives::B256;
use eyre::{Result, WrapErr, eyre};
use opml_engine::ModelFile;
use opml_tensor::{Header, Record, Registers, admit, opcode};

/// Checks size, header, padding, name and every record of the model at `path`; returns its id.
///
/// # Errors
/// If the file is cut short, goes on after its end, has bytes where there should be zeroes, or a record that the machine refuses
/// whatever the state is: misaligned, overlapping or out of bounds operands among them.
pub(crate) fn run(path: &Path) -> Result<B256> {
    let context = || format!("model {}", path.display());
    let model = ModelFile::verify(path).wrap_err_with(context)?;
    for (index, record) in records(&model).enumerate() {
        if is_fixed(&record) {
            check(&record, model.header())
                .wrap_err_with(|| format!("record {index}"))
                .wrap_err_with(context)?;
        }
    }
    Ok(model.id())
}

fn check(record: &Record, header: &Header) -> Result<()> {
    admit(record, &Registers::default(), header).map(|_| ()).map_err(|refusal| eyre!("{refusal}"))
}

/// The records of a model.
pub(crate) fn records(model: &ModelFile) -> impl Iterator<Item = Record> {
    const PAGE: usize = opml_tensor::layout::PAGE as usize;
    let program = model.header().records as usize * Record::BYTES;
    let bytes = model.bytes().get(PAGE..PAGE + program).unwrap_or(&[]);
    bytes.as_chunks().0.iter().map(Record::from_bytes)
}

/// Slot in which convolutions have no operand, but their window.
pub(crate) const WINDOW_SLOT: usize = 5;

/// Whether a record does not depend on registers.
fn is_fixed(record: &Record) -> bool {
    let has_window = matches!(record.op, opcode::CONV | opcode::DWCONV);
    let mut operands = record.operand.iter().enumerate();
    record.dim.iter().all(|dim| *dim < 1 << 31)
        && operands
            .all(|(slot, operand)| operand.base >> 48 == 0 || (has_window && slot == WINDOW_SLOT))
}
