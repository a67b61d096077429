//! `opml model verify`: everything about a model file that can be checked without running it.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use alloy_primitives::B256;
use eyre::{Result, WrapErr, eyre};
use opml_engine::ModelFile;
use opml_tensor::{Header, Record, Refusal, Registers, admit, opcode};

/// Bytes of the page that begins a model file.
const PAGE: usize = opml_tensor::layout::PAGE as usize;

/// Checks size, header, padding, name and every record of the model at `path`; returns its id.
///
/// # Errors
/// If the file is cut short, goes on after its end, has bytes where there should be zeroes, or a record that the machine refuses
/// whatever the state is: misaligned, overlapping or out of bounds operands among them.
pub(crate) fn run(path: &Path) -> Result<B256> {
    let context = || format!("model {}", path.display());
    check_records(path).wrap_err_with(context)?;
    // Only now that every record fits is anything hashed or mapped.
    Ok(ModelFile::verify(path).wrap_err_with(context)?.id())
}

/// Checks every record that does not depend on registers. What is no model file at all is left to [`ModelFile`], which says why.
fn check_records(path: &Path) -> Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let mut page = [0; PAGE];
    if file.read_exact(&mut page).is_err() {
        return Ok(());
    }
    let Some(Ok(header)) = page.first_chunk().map(Header::parse) else { return Ok(()) };
    for index in 0..header.records {
        let mut bytes = [0; Record::BYTES];
        if file.read_exact(&mut bytes).is_err() {
            return Ok(());
        }
        let record = Record::from_bytes(&bytes);
        if is_fixed(&record) {
            check(&record, &header).wrap_err_with(|| format!("record {index}"))?;
        }
    }
    Ok(())
}

/// Programs refuse an input by halting with more output than they may have, so that alone is no fault of the file.
fn check(record: &Record, header: &Header) -> Result<()> {
    match admit(record, &Registers::default(), header) {
        Ok(_) | Err(Refusal::OutputLength { .. }) => Ok(()),
        Err(refusal) => Err(eyre!("{refusal}")),
    }
}

/// The records of a model.
pub(crate) fn records(model: &ModelFile) -> impl Iterator<Item = Record> {
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
