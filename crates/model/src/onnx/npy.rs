//! Reading NumPy's `.npy` files.
//!
//! The format: `\x93NUMPY`, version (two bytes), length of the header (u16, from version 2 on u32), the header, a Python literal such as
//! `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, then the elements.

use prost::bytes::Bytes;

use super::{Element, OnnxError, Tensor, tensor::elements};

const MAGIC: &[u8] = b"\x93NUMPY";

impl Tensor {
    /// Reads a `.npy` file.
    ///
    /// # Errors
    /// If it is none, or of an element type or order that models do not have.
    pub fn from_npy(file: impl Into<Bytes>) -> Result<Self, OnnxError> {
        let file = file.into();
        parse(&file).map_err(|reason| OnnxError::Tensor { name: "npy".to_owned(), reason })
    }
}

fn parse(file: &Bytes) -> Result<Tensor, String> {
    let short = || "the file is cut short".to_owned();
    let rest = file.strip_prefix(MAGIC).ok_or("the file does not begin as .npy files do")?;
    let ([major, _], rest) = rest.split_first_chunk::<2>().ok_or_else(short)?;
    let (length, rest) = if *major == 1 {
        let (length, rest) = rest.split_first_chunk().ok_or_else(short)?;
        (u16::from_le_bytes(*length) as usize, rest)
    } else {
        let (length, rest) = rest.split_first_chunk().ok_or_else(short)?;
        (u32::from_le_bytes(*length) as usize, rest)
    };
    let (header, data) = rest.split_at_checked(length).ok_or_else(short)?;
    let header = std::str::from_utf8(header).map_err(|_| "the header is no text".to_owned())?;
    let element = match entry(header, "descr")?.trim_matches('\'') {
        "<f4" => Element::F32,
        "<f2" => Element::F16,
        "|u1" => Element::U8,
        "|i1" => Element::I8,
        "|b1" => Element::Bool,
        "<u2" => Element::U16,
        "<i2" => Element::I16,
        "<i4" => Element::I32,
        "<u4" => Element::U32,
        "<i8" => Element::I64,
        "<u8" => Element::U64,
        other => return Err(format!("elements of type {other}")),
    };
    if entry(header, "fortran_order")? != "False" {
        return Err("the elements lie column by column".to_owned());
    }
    let shape = entry(header, "shape")?;
    let dims = shape.trim_matches(['(', ')']).split(',').map(str::trim);
    let dims: Result<Vec<u64>, _> = dims.filter(|dim| !dim.is_empty()).map(str::parse).collect();
    let shape = dims.map_err(|_| format!("the shape {shape}"))?;
    let bytes = elements(&shape).and_then(|count| count.checked_mul(element.bytes()));
    if bytes != Some(data.len() as u64) {
        return Err(format!("{} bytes of data for the shape {shape:?}", data.len()));
    }
    Ok(Tensor { element, shape, bytes: file.slice_ref(data) })
}

/// The value of a key of the header, up to the comma that is in no parentheses.
fn entry<'a>(header: &'a str, key: &str) -> Result<&'a str, String> {
    let missing = || format!("the header has no {key}");
    let (_, rest) = header.split_once(&format!("'{key}':")).ok_or_else(missing)?;
    let rest = rest.trim_start();
    let end = if rest.starts_with('(') {
        rest.find(')').map(|end| end + 1)
    } else {
        rest.find([',', '}'])
    };
    rest.get(..end.ok_or_else(missing)?).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::{Element, Tensor};

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
    }

    #[test]
    fn reads_what_numpy_writes() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }     \n";
        let tensor = Tensor::from_npy(file(header, &[0, 0, 128, 63, 0, 0, 0, 64])).unwrap();
        assert_eq!((tensor.element, &tensor.shape[..]), (Element::F32, &[2, 1][..]));
        assert_eq!(tensor.numbers(), [1.0, 2.0]);
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }";
        assert_eq!(Tensor::from_npy(file(header, &[1, 2, 3])).unwrap().shape, [3]);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        for (header, data) in [
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", &[0; 8][..]),
            ("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", &[0; 4]),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", &[0; 4]),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (x,), }", &[0; 4]),
            ("{'descr': '<f4', 'shape': (1,), }", &[0; 4]),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1", &[0; 4]),
        ] {
            assert!(Tensor::from_npy(file(header, data)).is_err(), "{header}");
        }
        for length in 0..12 {
            let whole =
                file("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", &[1, 2, 3]);
            assert!(Tensor::from_npy(whole[..length].to_vec()).is_err());
        }
    }
}
