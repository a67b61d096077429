//! Rows of a table by their numbers.

use crate::{Strided, StridedMut, clear, copy};

/// Rows of elements at equal distances, or in panels: rows of a panel interleaved, panels at equal distances.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The first row; its stride is the distance of its elements.
    pub first: Strided<'a>,
    /// Number of rows.
    pub count: u64,
    /// Rows of a panel; 1 where rows are not interleaved.
    pub panel: u64,
    /// Bytes from one panel to the next.
    pub stride: u64,
}

impl<'a> Rows<'a> {
    /// Row `index`; none past the last.
    #[inline(always)]
    pub(crate) fn row(&self, index: i64) -> Option<Strided<'a>> {
        let index = index as u64;
        if index >= self.count {
            return None;
        }
        let (panel, place) = if self.panel == 1 {
            (index, 0)
        } else {
            (index / self.panel.max(1), index % self.panel.max(1))
        };
        let start = panel.wrapping_mul(self.stride);
        let start = start.wrapping_add(place.wrapping_mul(self.first.element.size() as u64));
        Some(Strided { bytes: self.first.bytes.get(start as usize..).unwrap_or(&[]), ..self.first })
    }
}

/// `y[c] = table[id[c]][c]` for `length` elements; with a stride of 0 one id for all of them.
///
/// An id below 0 counts from the end; past the table lie zeroes.
pub fn gather(ids: Strided<'_>, table: Rows<'_>, y: StridedMut<'_>, length: usize) {
    let row = |index| {
        let id = ids.integer(index);
        table.row(if id < 0 { id.wrapping_add(table.count as i64) } else { id })
    };
    if ids.stride == 0 {
        match row(0) {
            Some(row) => copy(row, y, length),
            None => clear(y, length),
        }
        return;
    }
    for index in 0..length {
        let start = index.wrapping_mul(y.stride);
        let bytes = y.bytes.get_mut(start..).unwrap_or(&mut []);
        let target = StridedMut { bytes, stride: y.stride, element: y.element };
        match row(index) {
            Some(row) => copy(row.from(index), target, 1),
            None => clear(target, 1),
        }
    }
}
