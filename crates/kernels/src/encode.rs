//! From text to token ids: byte-pair encoding by ranked merges, as SentencePiece and llama2.c do it.
//!
//! The work is done in steps on a state in memory, so that a text of any length can be cut into tiles: [`split`] turns text into the
//! symbols of its characters, [`merge_pairs`] merges some pairs of neighbours, best first.

use core::cmp::Ordering;

use crate::float::Word;

/// Bytes before the symbols of a state: their number and 1 once nothing is left to merge (u32 each), then eight zeroes.
pub const STATE: usize = 16;
/// Bytes of a symbol: its token, and rank and token of its merge with the next one.
pub const SYMBOL: usize = 12;
/// Merges of one step.
pub const MERGES: usize = 64;
/// Bytes of an entry of [`Vocabulary::characters`].
pub const CHARACTER: usize = 8;
/// Bytes of an entry of [`Vocabulary::merges`].
pub const MERGE: usize = 16;

/// Rank of a pair that does not merge.
const NEVER: Word = [0xff; 4];

/// What a tokenizer knows. Tables hold u32 values; binary searches look for the first field, or the first two.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary<'a> {
    /// `(UTF-8 bytes of a character as a big-endian number, token)`, rising.
    pub characters: &'a [[u8; CHARACTER]],
    /// Token of each byte, for characters that have none.
    pub bytes: &'a [Word],
    /// `(left token, right token, rank, merged token)`, rising. The least rank merges first.
    pub merges: &'a [[u8; MERGE]],
}

impl Vocabulary<'_> {
    fn character(&self, key: u32) -> Option<Word> {
        let field = |[a, b, c, d, ..]: &[u8; CHARACTER]| u32::from_le_bytes([*a, *b, *c, *d]);
        let [_, _, _, _, token @ ..] = search(self.characters, |entry| field(entry).cmp(&key))?;
        Some(*token)
    }

    /// Rank and token of the merge of two tokens.
    fn pair(&self, left: Word, right: Word) -> (Word, Word) {
        let key = (u32::from_le_bytes(left), u32::from_le_bytes(right));
        let fields = |[a, b, c, d, e, f, g, h, ..]: &[u8; MERGE]| {
            (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h]))
        };
        match search(self.merges, |entry| fields(entry).cmp(&key)) {
            Some([.., a, b, c, d, e, f, g, h]) => ([*a, *b, *c, *d], [*e, *f, *g, *h]),
            None => (NEVER, [0; 4]),
        }
    }

    /// Sets rank and merged token of the pair that begins at symbol `index`.
    fn rank(&self, symbols: &mut [[u8; SYMBOL]], index: usize) {
        let token = |index: usize| symbols.get(index).map(|[a, b, c, d, ..]| [*a, *b, *c, *d]);
        let (rank, merged) = match (token(index), token(index.wrapping_add(1))) {
            (Some(left), Some(right)) => self.pair(left, right),
            _ => (NEVER, [0; 4]),
        };
        if let Some([_, _, _, _, r0, r1, r2, r3, m0, m1, m2, m3]) = symbols.get_mut(index) {
            [*r0, *r1, *r2, *r3] = rank;
            [*m0, *m1, *m2, *m3] = merged;
        }
    }
}

/// The entry that compares equal, by halving. What it finds in entries that are not rising is consensus too, so it is not left to a
/// library.
fn search<T>(entries: &[T], compare: impl Fn(&T) -> Ordering) -> Option<&T> {
    let (mut low, mut high) = (0usize, entries.len());
    while low < high {
        // Below the sum of two lengths of slices: no overflow.
        let middle = low.wrapping_add(high) / 2;
        let entry = entries.get(middle)?;
        match compare(entry) {
            Ordering::Equal => return Some(entry),
            Ordering::Less => low = middle.wrapping_add(1),
            Ordering::Greater => high = middle,
        }
    }
    None
}

/// Writes the state of an unmerged `text`: one symbol per character, after one for a space if `prefix` and the vocabulary has one.
///
/// A character is a byte `110…`, `1110…` or `11110…` with as many bytes `10…` as that announces, or one byte. One that the vocabulary
/// does not hold becomes the tokens of its bytes. Symbols that do not fit are left out; with `text.len() + 1` all do.
pub fn split(text: &[u8], prefix: bool, vocabulary: Vocabulary<'_>, state: &mut [u8]) {
    let Some((head, symbols)) = state.split_first_chunk_mut::<STATE>() else { return };
    let symbols = symbols.as_chunks_mut::<SYMBOL>().0;
    symbols.as_flattened_mut().fill(0);
    let mut count = 0usize;
    let mut push = |token: Word| {
        if let Some([a, b, c, d, ..]) = symbols.get_mut(count) {
            [*a, *b, *c, *d] = token;
            count = count.wrapping_add(1);
        }
    };
    if let (true, Some(space)) = (prefix, vocabulary.character(u32::from(b' '))) {
        push(space);
    }
    let mut rest = text;
    while !rest.is_empty() {
        let (character, after) = rest.split_at(character_length(rest).min(rest.len()));
        rest = after;
        let key = character.iter().fold(0, |key: u32, byte| key << 8 | u32::from(*byte));
        match vocabulary.character(key) {
            Some(token) => push(token),
            None => {
                for byte in character {
                    push(vocabulary.bytes.get(usize::from(*byte)).copied().unwrap_or_default());
                }
            }
        }
    }
    let symbols = symbols.get_mut(..count).unwrap_or(&mut []);
    for index in 0..count {
        vocabulary.rank(symbols, index);
    }
    write_head(head, count, false);
}

/// Bytes of the character that begins `text`, at least 1.
fn character_length(text: &[u8]) -> usize {
    let [lead, rest @ ..] = text else { return 1 };
    let more = match lead {
        0xc0..0xe0 => 1,
        0xe0..0xf0 => 2,
        0xf0..0xf8 => 3,
        _ => 0,
    };
    match rest.get(..more) {
        Some(rest) if rest.iter().all(|byte| byte & 0xc0 == 0x80) => more.wrapping_add(1),
        _ => 1,
    }
}

/// Merges up to [`MERGES`] pairs, each time the leftmost of least rank, and notes when none is left.
pub fn merge_pairs(vocabulary: Vocabulary<'_>, state: &mut [u8]) {
    let Some((head, symbols)) = state.split_first_chunk_mut::<STATE>() else { return };
    let symbols = symbols.as_chunks_mut::<SYMBOL>().0;
    let [a, b, c, d, ..] = *head;
    let mut count = (u32::from_le_bytes([a, b, c, d]) as usize).min(symbols.len());
    let mut done = false;
    for _ in 0..MERGES {
        let symbols = symbols.get_mut(..count).unwrap_or(&mut []);
        let Some(index) = least(symbols) else {
            done = true;
            break;
        };
        if let Some([a, b, c, d, .., m0, m1, m2, m3]) = symbols.get_mut(index) {
            [*a, *b, *c, *d] = [*m0, *m1, *m2, *m3];
        }
        if let Some(tail @ [_, ..]) = symbols.get_mut(index.wrapping_add(1)..) {
            tail.copy_within(1.., 0);
            if let Some(last) = tail.last_mut() {
                *last = [0; SYMBOL];
            }
        }
        count = count.wrapping_sub(1);
        let symbols = symbols.get_mut(..count).unwrap_or(&mut []);
        vocabulary.rank(symbols, index);
        if index > 0 {
            vocabulary.rank(symbols, index.wrapping_sub(1));
        }
    }
    write_head(head, count, done);
}

/// Index of the first symbol whose pair has the least rank, if any pair merges.
fn least(symbols: &[[u8; SYMBOL]]) -> Option<usize> {
    let mut best = u32::MAX;
    let mut found = None;
    // The last symbol has no pair, whatever its bytes say.
    let (_, pairs) = symbols.split_last()?;
    for (index, [_, _, _, _, a, b, c, d, ..]) in pairs.iter().enumerate() {
        let rank = u32::from_le_bytes([*a, *b, *c, *d]);
        if rank < best {
            best = rank;
            found = Some(index);
        }
    }
    found
}

fn write_head(head: &mut [u8; STATE], count: usize, done: bool) {
    let words = [count as u32, u32::from(done), 0, 0];
    for (to, from) in head.iter_mut().zip(words.into_iter().flat_map(u32::to_le_bytes)) {
        *to = from;
    }
}
