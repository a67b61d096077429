//! Reading f32 tensors from a safetensors file.
//!
//! The format: header length (8 bytes LE), a JSON object that gives each tensor its `dtype`, `shape`
//! and `data_offsets` into what follows, then the data. Offsets are checked, nothing is copied twice.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::ImportError;

/// Headers are a few hundred bytes per tensor; a greater one is not a model.
const MAX_HEADER: usize = 1 << 24;

#[derive(Debug, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

/// The tensors of a safetensors file.
#[derive(Debug)]
pub(crate) struct Safetensors<'a> {
    entries: BTreeMap<String, Entry>,
    data: &'a [u8],
}

impl<'a> Safetensors<'a> {
    /// Parses the header of `file`.
    pub(crate) fn parse(file: &'a [u8]) -> Result<Self, ImportError> {
        let malformed = |why: &str| ImportError::SafetensorsHeader(why.to_owned());
        let (length, rest) = file
            .split_first_chunk::<8>()
            .ok_or_else(|| malformed("shorter than its length field"))?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > MAX_HEADER || length > rest.len() {
            return Err(malformed("longer than the file"));
        }
        let (header, data) = rest.split_at(length);
        let mut values: BTreeMap<String, serde_json::Value> =
            serde_json::from_slice(header).map_err(|error| malformed(&error.to_string()))?;
        values.remove("__metadata__");
        let entries = values
            .into_iter()
            .map(|(name, value)| Ok((name, serde_json::from_value(value)?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(|error| malformed(&error.to_string()))?;
        Ok(Self { entries, data })
    }

    /// Returns whether the file has a tensor called `name`.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Name, type, shape and bytes of every tensor; no bytes where the offsets leave the file.
    pub(crate) fn raw(&self) -> impl Iterator<Item = (&str, &str, &[usize], Option<&'a [u8]>)> {
        self.entries.iter().map(|(name, entry)| {
            let (start, end) = entry.data_offsets;
            (&**name, &*entry.dtype, &*entry.shape, self.data.get(start..end))
        })
    }

    /// Returns the shape of the tensor `name`.
    pub(crate) fn shape(&self, name: &str) -> Result<&[usize], ImportError> {
        Ok(&self.entry(name)?.shape)
    }

    /// Returns the finite f32 values of the tensor `name`, in row-major order, if it has `shape`.
    pub(crate) fn f32(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ImportError> {
        let entry = self.entry(name)?;
        if entry.dtype != "F32" || entry.shape != shape {
            return Err(ImportError::TensorType {
                name: name.to_owned(),
                actual: format!("{} {:?}", entry.dtype, entry.shape),
                expected: format!("F32 {shape:?}"),
            });
        }
        let (start, end) = entry.data_offsets;
        let bytes = shape.iter().try_fold(4usize, |product, dim| product.checked_mul(*dim));
        let data = self.data.get(start..end).filter(|data| Some(data.len()) == bytes);
        let (words, _) = data
            .ok_or_else(|| {
                ImportError::SafetensorsHeader(format!(
                    "data_offsets {start}..{end} of {name:?} do not fit its shape and the file"
                ))
            })?
            .as_chunks::<4>();
        let values: Vec<f32> = words.iter().map(|word| f32::from_le_bytes(*word)).collect();
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(ImportError::NotFinite { what: name.to_owned() })
        }
    }

    fn entry(&self, name: &str) -> Result<&Entry, ImportError> {
        self.entries.get(name).ok_or_else(|| ImportError::MissingTensor { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::Safetensors;
    use crate::ImportError;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let length = u64::try_from(header.len()).unwrap();
        [&length.to_le_bytes(), header.as_bytes(), data].concat()
    }

    #[test]
    fn reads_a_tensor_and_ignores_the_metadata() {
        let header = r#"{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#;
        let file = file(header, &[0, 0, 128, 63, 0, 0, 0, 192]);
        let tensors = Safetensors::parse(&file).unwrap();
        assert_eq!(tensors.shape("w").unwrap(), [1, 2]);
        assert_eq!(tensors.f32("w", &[1, 2]).unwrap(), [1.0, -2.0]);
        assert!(matches!(tensors.f32("w", &[2, 1]), Err(ImportError::TensorType { .. })));
        assert!(matches!(tensors.f32("v", &[2]), Err(ImportError::MissingTensor { .. })));
    }

    #[test]
    fn refuses_headers_that_lie_about_the_data() {
        for (shape, offsets) in [
            ("[2]", "[0,12]"),
            ("[2]", "[8,0]"),
            ("[3]", "[0,8]"),
            ("[4611686018427387904,4]", "[0,0]"),
        ] {
            let header =
                format!(r#"{{"w":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#);
            let file = file(&header, &[0; 8]);
            let tensors = Safetensors::parse(&file).unwrap();
            let shape = tensors.shape("w").unwrap().to_vec();
            assert!(
                matches!(tensors.f32("w", &shape), Err(ImportError::SafetensorsHeader(_))),
                "{header}"
            );
        }
    }

    #[test]
    fn refuses_files_that_are_cut_short_or_not_finite() {
        assert!(Safetensors::parse(&[1, 2, 3]).is_err());
        assert!(Safetensors::parse(&u64::MAX.to_le_bytes()).is_err());
        assert!(Safetensors::parse(&file("{", &[])).is_err());
        let header = r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
        let file = file(header, &f32::NAN.to_le_bytes());
        let result = Safetensors::parse(&file).unwrap().f32("w", &[1]);
        assert!(matches!(result, Err(ImportError::NotFinite { .. })));
    }
}
