//! Tensors of a file by name: each is taken once, and none may be left.

use std::collections::BTreeMap;

use super::{CheckpointError, Format, Matrix};
use crate::safetensors::Safetensors;

/// Shape, format, and the file from the tensor's first byte on.
type Entry<'a> = (Vec<u64>, Format, &'a [u8]);

/// The tensors of a file that have not been taken yet.
#[derive(Debug, Default)]
pub(crate) struct Tensors<'a>(BTreeMap<String, Entry<'a>>);

impl<'a> Tensors<'a> {
    /// The tensors of a safetensors file whose names are wanted.
    pub(crate) fn from_safetensors(
        file: &'a [u8],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self, CheckpointError> {
        let parsed = Safetensors::parse(file)
            .map_err(|error| CheckpointError::malformed("safetensors", error.to_string()))?;
        let mut tensors = Self::default();
        for (name, dtype, shape, bytes) in parsed.raw().filter(|(name, ..)| wanted(name)) {
            let format = match dtype {
                "F32" => Format::F32,
                "F16" => Format::F16,
                "BF16" => Format::Bf16,
                other => {
                    return Err(CheckpointError::Unsupported {
                        what: format!("the type of tensor {name}"),
                        value: other.to_owned(),
                        supported: "F32, F16, BF16",
                    });
                }
            };
            let bytes = bytes.ok_or_else(|| {
                let why = "its data_offsets leave the file";
                CheckpointError::malformed(format!("tensor {name}"), why)
            })?;
            let shape: Vec<u64> = shape.iter().map(|size| *size as u64).collect();
            tensors.insert(name, &shape, format, bytes)?;
        }
        Ok(tensors)
    }

    /// Whether there is a tensor `name` that has not been taken.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Adds a tensor whose elements begin at the start of `bytes`.
    pub(crate) fn insert(
        &mut self,
        name: &str,
        shape: &[u64],
        format: Format,
        bytes: &'a [u8],
    ) -> Result<(), CheckpointError> {
        match self.0.insert(name.to_owned(), (shape.to_vec(), format, bytes)) {
            None => Ok(()),
            Some(_) => Err(CheckpointError::malformed(format!("tensor {name}"), "is there twice")),
        }
    }

    /// Takes the tensor `name`, a matrix of `shape`, or a vector if that has one row.
    pub(crate) fn take(
        &mut self,
        name: &str,
        shape: [u32; 2],
    ) -> Result<Matrix<'a>, CheckpointError> {
        let found = self.optional(name, shape)?;
        found.ok_or_else(|| CheckpointError::Missing(format!("tensor {name}")))
    }

    /// Takes the tensor `name`, if there is one.
    pub(crate) fn optional(
        &mut self,
        name: &str,
        shape @ [rows, columns]: [u32; 2],
    ) -> Result<Option<Matrix<'a>>, CheckpointError> {
        let expected: Vec<u64> = match rows {
            1 => vec![columns.into()],
            _ => vec![rows.into(), columns.into()],
        };
        self.shaped(name, shape, expected)
    }

    /// Takes the tensor `name`, a matrix of `shape` even if that has one row.
    pub(crate) fn table(
        &mut self,
        name: &str,
        shape: [u32; 2],
    ) -> Result<Matrix<'a>, CheckpointError> {
        let found = self.shaped(name, shape, shape.map(u64::from).to_vec())?;
        found.ok_or_else(|| CheckpointError::Missing(format!("tensor {name}")))
    }

    fn shaped(
        &mut self,
        name: &str,
        shape @ [rows, columns]: [u32; 2],
        expected: Vec<u64>,
    ) -> Result<Option<Matrix<'a>>, CheckpointError> {
        let Some((actual, format, bytes)) = self.0.remove(name) else { return Ok(None) };
        if actual != expected {
            return Err(CheckpointError::Shape { name: name.to_owned(), actual, expected });
        }
        let length = format.row_bytes(columns.into()).and_then(|row| row.checked_mul(rows.into()));
        // Where it does not fit, `new` says what is missing.
        let bytes = length.and_then(|n| bytes.get(..usize::try_from(n).ok()?)).unwrap_or(bytes);
        Matrix::new(name, shape, format, bytes).map(Some)
    }

    /// Takes a tensor that is of no use.
    pub(crate) fn ignore(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Refuses tensors that nobody has taken: without them the model would be another.
    pub(crate) fn finish(self) -> Result<(), CheckpointError> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(name) => {
                let why = "has no place in a model of this family";
                Err(CheckpointError::malformed(format!("tensor {name}"), why))
            }
        }
    }
}
