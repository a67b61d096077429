//! From token ids to text.

use crate::float::Word;

/// Bytes before the text of an output: its length.
pub const TEXT: usize = 4;

/// The text of every token: piece i is the bytes from offset i to offset i + 1 of the blob.
#[derive(Clone, Copy, Debug)]
pub struct Pieces<'a> {
    /// Offsets into the blob, u32.
    pub offsets: &'a [Word],
    /// The pieces, one behind the other.
    pub blob: &'a [u8],
}

impl<'a> Pieces<'a> {
    /// The bytes of token `id`; none where the table does not hold it.
    fn piece(&self, id: u32) -> &'a [u8] {
        let range = self.offsets.get(id as usize..).and_then(<[Word]>::first_chunk::<2>);
        let [start, end] = range.copied().unwrap_or_default().map(u32::from_le_bytes);
        self.blob.get(start as usize..end as usize).unwrap_or(&[])
    }
}

/// Writes the text of `ids` behind the first, which is only the context of the second: length in bytes (u32), text, zeroes up to the end.
///
/// Of a piece that follows token `begin`, a first space is left out. Text that does not fit is cut.
pub fn detokenise(ids: &[Word], pieces: Pieces<'_>, begin: u32, y: &mut [u8]) {
    let Some((length, text)) = y.split_first_chunk_mut::<TEXT>() else { return };
    let room = text.len();
    let mut rest = text;
    for pair in ids.windows(2) {
        let [before, id] = *pair else { continue };
        let mut piece = pieces.piece(u32::from_le_bytes(id));
        if let (true, [b' ', more @ ..]) = (u32::from_le_bytes(before) == begin, piece) {
            piece = more;
        }
        let fits = piece.len().min(rest.len());
        let (to, after) = rest.split_at_mut(fits);
        if let Some(piece) = piece.get(..fits) {
            to.copy_from_slice(piece);
        }
        rest = after;
    }
    rest.fill(0);
    *length = (room.wrapping_sub(rest.len()) as u32).to_le_bytes();
}
