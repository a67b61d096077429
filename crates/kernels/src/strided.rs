//! Rows of elements at equal distances, read and written a strip at a time.
//!
//! Kernels of rows know functions, not strides: they read up to [`STRIP`] elements of each operand into arrays, compute on arrays,
//! and write an array back.

use crate::{
    Element,
    float::{self, Word},
};

/// Elements that are read, computed and written at once; a multiple of the lanes of a reduction.
pub(crate) const STRIP: usize = 64;

/// Elements per unrolled group: LLVM for MIPS64 unrolls a loop over fixed arrays only.
const GROUP: usize = 4;

/// Elements `stride` bytes apart; with a stride of 0 one element, repeated.
#[derive(Clone, Copy, Debug)]
pub struct Strided<'a> {
    /// The bytes from the first element on, which admission has found to hold all of them.
    pub bytes: &'a [u8],
    /// Bytes from one element to the next.
    pub stride: usize,
    /// Type of the elements.
    pub element: Element,
}

/// Elements `stride` bytes apart, to be written.
#[derive(Debug)]
pub struct StridedMut<'a> {
    /// The bytes from the first element on. What lies past their end is not written.
    pub bytes: &'a mut [u8],
    /// Bytes from one element to the next.
    pub stride: usize,
    /// Type of the elements.
    pub element: Element,
}

impl<'a> Strided<'a> {
    /// The elements from `index` on.
    #[inline(always)]
    pub(crate) fn from(self, index: usize) -> Self {
        let bytes = self.bytes.get(index.wrapping_mul(self.stride)..).unwrap_or(&[]);
        Self { bytes, ..self }
    }

    /// Reads elements `first`, `first + 1`, … as f32, as many as `values` holds.
    #[inline(always)]
    pub(crate) fn floats(self, first: usize, values: &mut [f32]) {
        let Self { bytes, stride, element } = self.from(first);
        match element {
            Element::F32 => read(bytes, stride, values, float::load),
            Element::F16 => {
                read(bytes, stride, values, |x| float::from_f16(u16::from_le_bytes(x)));
            }
            Element::Bf16 => {
                read(bytes, stride, values, |x| float::from_bf16(u16::from_le_bytes(x)));
            }
            _ => values.fill(0.0),
        }
    }

    /// Reads elements `first`, `first + 1`, … as integers, as many as `values` holds; of a float its bits.
    #[inline(always)]
    pub(crate) fn integers(self, first: usize, values: &mut [i64]) {
        let Self { bytes, stride, element } = self.from(first);
        match element {
            Element::S8 => read(bytes, stride, values, |x| i64::from(i8::from_le_bytes(x))),
            Element::U8 => read(bytes, stride, values, |x| i64::from(u8::from_le_bytes(x))),
            Element::Bool => read(bytes, stride, values, |[x]| i64::from(x != 0)),
            Element::S16 => read(bytes, stride, values, |x| i64::from(i16::from_le_bytes(x))),
            Element::U16 | Element::F16 | Element::Bf16 => {
                read(bytes, stride, values, |x| i64::from(u16::from_le_bytes(x)));
            }
            Element::S32 => read(bytes, stride, values, |x| i64::from(i32::from_le_bytes(x))),
            Element::U32 | Element::F32 => {
                read(bytes, stride, values, |x| i64::from(u32::from_le_bytes(x)))
            }
            Element::S64 => read(bytes, stride, values, i64::from_le_bytes),
        }
    }

    /// Element `index` as an integer.
    pub fn integer(self, index: usize) -> i64 {
        let mut value = [0];
        self.integers(index, &mut value);
        let [value] = value;
        value
    }
}

impl StridedMut<'_> {
    /// The same elements, to be read.
    #[inline(always)]
    pub(crate) const fn as_ref(&self) -> Strided<'_> {
        Strided { bytes: self.bytes, stride: self.stride, element: self.element }
    }

    #[inline(always)]
    fn from(&mut self, index: usize) -> &mut [u8] {
        self.bytes.get_mut(index.wrapping_mul(self.stride)..).unwrap_or(&mut [])
    }

    /// Writes results of arithmetic as elements `first`, `first + 1`, ….
    #[inline(always)]
    pub(crate) fn put_floats(&mut self, first: usize, values: &[f32]) {
        let (stride, element) = (self.stride, self.element);
        let bytes = self.from(first);
        match element {
            Element::F32 => write(bytes, stride, values, float::store),
            Element::F16 => write(bytes, stride, values, |x| float::to_f16(x).to_le_bytes()),
            Element::Bf16 => write(bytes, stride, values, |x| float::to_bf16(x).to_le_bytes()),
            _ => {}
        }
    }

    /// Writes truth values, 0 and 1, as elements `first`, `first + 1`, … of one byte.
    #[inline(always)]
    pub(crate) fn put_truths(&mut self, first: usize, values: &[f32]) {
        let stride = self.stride;
        write(self.from(first), stride, values, |x| [u8::from(x.to_bits() != 0)]);
    }

    /// Writes integers, cut to the width of the elements, as elements `first`, `first + 1`, …; of a float the bits.
    #[inline(always)]
    pub(crate) fn put_integers(&mut self, first: usize, values: &[i64]) {
        let (stride, element) = (self.stride, self.element);
        let bytes = self.from(first);
        match element {
            Element::Bool => write(bytes, stride, values, |x| [x as u8 & 1]),
            _ => match element.size() {
                1 => write(bytes, stride, values, |x| (x as u8).to_le_bytes()),
                2 => write(bytes, stride, values, |x| (x as u16).to_le_bytes()),
                4 => write(bytes, stride, values, |x| -> Word { (x as u32).to_le_bytes() }),
                _ => write(bytes, stride, values, i64::to_le_bytes),
            },
        }
    }

    /// Writes one integer as element `index`, as [`put_integers`](Self::put_integers) does.
    ///
    /// Byte by byte: in the VM the writes of every width lie in one place, and a dispute about them touches little code.
    #[inline(always)]
    pub(crate) fn put_integer(&mut self, index: usize, value: i64) {
        let value = if self.element == Element::Bool { value & 1 } else { value };
        let size = self.element.size();
        let element = self.from(index).get_mut(..size).unwrap_or(&mut []);
        for (to, byte) in element.iter_mut().zip(value.to_le_bytes()) {
            *to = byte;
        }
    }
}

#[inline(always)]
fn read<const N: usize, T: Copy + Default>(
    bytes: &[u8],
    stride: usize,
    values: &mut [T],
    decode: impl Fn([u8; N]) -> T,
) {
    if stride == N {
        let (elements, _) = bytes.as_chunks();
        let elements = elements.get(..values.len()).unwrap_or(elements);
        let ((groups, rest), (to_groups, to_rest)) =
            (elements.as_chunks::<GROUP>(), values.as_chunks_mut::<GROUP>());
        for (values, group) in to_groups.iter_mut().zip(groups) {
            *values = group.map(&decode);
        }
        for (value, bytes) in to_rest.iter_mut().zip(rest) {
            *value = decode(*bytes);
        }
    } else if stride == 0 {
        values.fill(bytes.first_chunk().map_or(T::default(), |bytes| decode(*bytes)));
    } else {
        let mut at = 0usize;
        for value in values {
            let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk);
            *value = bytes.map_or(T::default(), |bytes| decode(*bytes));
            at = at.wrapping_add(stride);
        }
    }
}

#[inline(always)]
fn write<const N: usize, T: Copy>(
    bytes: &mut [u8],
    stride: usize,
    values: &[T],
    encode: impl Fn(T) -> [u8; N],
) {
    if stride == N {
        let (elements, _) = bytes.as_chunks_mut();
        let count = elements.len().min(values.len());
        let elements = elements.get_mut(..count).unwrap_or(&mut []);
        let ((groups, rest), (to_groups, to_rest)) =
            (values.as_chunks::<GROUP>(), elements.as_chunks_mut::<GROUP>());
        for (bytes, group) in to_groups.iter_mut().zip(groups) {
            *bytes = group.map(&encode);
        }
        for (bytes, value) in to_rest.iter_mut().zip(rest) {
            *bytes = encode(*value);
        }
    } else {
        let mut at = 0usize;
        for value in values {
            if let Some(bytes) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
                *bytes = encode(*value);
            }
            at = at.wrapping_add(stride);
        }
    }
}

/// Calls `f` with the first element and the length of every strip of a row of `length` elements.
#[inline(always)]
pub(crate) fn strips(length: usize, mut f: impl FnMut(usize, usize)) {
    let mut first = 0usize;
    while first < length {
        let count = length.wrapping_sub(first).min(STRIP);
        f(first, count);
        first = first.wrapping_add(count);
    }
}
