//! Tokenizers as tables, for the machine and for whoever talks to it: both run the same kernels.

use std::collections::HashMap;

use opml_kernels::{
    MERGES, Pieces, STATE, SYMBOL, TEXT, Vocabulary, detokenise, merge_pairs, split,
};

use super::CheckpointError;

/// Longest piece of a token in bytes. Every way to split a piece in two is looked up, so longer ones would cost their square.
pub const MAX_PIECE: usize = 256;

/// Token of characters that a vocabulary without byte tokens does not hold.
const UNKNOWN: u32 = 0;

/// Pieces of text, and how text is made of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokenizer {
    /// Offsets of the pieces in `blob`, one more than there are tokens.
    pub(super) offsets: Vec<u32>,
    /// The bytes of every token, those of control tokens empty.
    pub(super) blob: Vec<u8>,
    /// `(character, token)`, rising.
    pub(super) characters: Vec<[u32; 2]>,
    /// The tokens of the 256 bytes.
    pub(super) bytes: Vec<u32>,
    /// `(left, right, rank, merged)`, rising.
    pub(super) merges: Vec<[u32; 4]>,
    /// Token before a text.
    pub(super) begin: u32,
    /// Tokens that end a generation.
    pub(super) stops: Vec<u32>,
}

impl Tokenizer {
    /// A tokenizer in which two tokens merge if their pieces together are the piece of a token, the one of the greatest score first.
    ///
    /// A piece `<0xHH>` is that of a byte. A space may be written as `▁`.
    ///
    /// # Errors
    /// When a score is not a number, a piece is too long, or a token is none of the pieces.
    pub fn sentence_piece(
        pieces: Vec<Vec<u8>>,
        scores: &[f32],
        begin: u32,
        stops: Vec<u32>,
    ) -> Result<Self, CheckpointError> {
        if let Some(index) = scores.iter().position(|score| score.is_nan()) {
            let why = format!("the score of token {index} is not a number");
            return Err(CheckpointError::malformed("tokenizer", why));
        }
        let plain = plain(pieces, begin, &stops)?;
        let mut order: Vec<f32> = scores.to_vec();
        order.sort_by(|a, b| b.total_cmp(a));
        order.dedup();
        let rank = |token: u32| {
            let score = scores.get(token as usize).copied().unwrap_or(0.0);
            order.partition_point(|other| *other > score) as u32
        };
        let tokens = plain.tokens();
        let mut merges = Vec::new();
        for (piece, merged) in plain.ordinary() {
            for at in 1..piece.len() {
                let (left, right) = piece.split_at(at);
                if let (Some(left), Some(right)) = (tokens.get(left), tokens.get(right)) {
                    merges.push([*left, *right, rank(merged), merged]);
                }
            }
        }
        plain.finish(merges)
    }

    /// A tokenizer with a list of merges, the best first, each the pieces of two tokens.
    ///
    /// # Errors
    /// When a piece is too long, or a merge is not one of tokens.
    pub fn ranked(
        pieces: Vec<Vec<u8>>,
        ranked: &[(Vec<u8>, Vec<u8>)],
        begin: u32,
        stops: Vec<u32>,
    ) -> Result<Self, CheckpointError> {
        let plain = plain(pieces, begin, &stops)?;
        let tokens = plain.tokens();
        let token = |piece: &[u8]| {
            tokens.get(piece).copied().ok_or_else(|| {
                let piece = String::from_utf8_lossy(piece).into_owned();
                CheckpointError::malformed("merges", format!("{piece:?} is no token"))
            })
        };
        let mut merges = Vec::new();
        for (rank, (left, right)) in (0..).zip(ranked) {
            let (left, right) = (spaces(left), spaces(right));
            let merged = token(&[&*left, &*right].concat())?;
            merges.push([token(&left)?, token(&right)?, rank, merged]);
        }
        plain.finish(merges)
    }

    /// Number of tokens.
    #[must_use]
    pub const fn vocabulary(&self) -> u32 {
        self.offsets.len().saturating_sub(1) as u32
    }

    /// Bytes of the longest piece.
    #[must_use]
    pub fn longest(&self) -> u32 {
        self.offsets.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0)
    }

    /// The tokens of a text, the one that begins a text first.
    #[must_use]
    pub fn encode(&self, text: &[u8]) -> Vec<u32> {
        let characters: Vec<_> = self.characters.iter().map(packed).collect();
        let bytes: Vec<_> = self.bytes.iter().map(|token| token.to_le_bytes()).collect();
        let merges: Vec<_> = self.merges.iter().map(packed).collect();
        let vocabulary = Vocabulary { characters: &characters, bytes: &bytes, merges: &merges };
        let mut state = vec![0; STATE + SYMBOL * (text.len() + 1)];
        if !text.is_empty() {
            split(text, true, vocabulary, &mut state);
        }
        for _ in 0..=text.len() / MERGES + 1 {
            merge_pairs(vocabulary, &mut state);
        }
        let word = |bytes: &[u8]| bytes.first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
        let symbols = state.get(STATE..).unwrap_or(&[]).chunks(SYMBOL).map(word);
        std::iter::once(self.begin).chain(symbols.take(word(&state) as usize)).collect()
    }

    /// The text of `ids`; `before` is the token before them.
    #[must_use]
    pub fn decode(&self, before: u32, ids: &[u32]) -> Vec<u8> {
        let offsets: Vec<_> = self.offsets.iter().map(|offset| offset.to_le_bytes()).collect();
        let pieces = Pieces { offsets: &offsets, blob: &self.blob };
        let ids: Vec<_> = [&[before], ids].concat().iter().map(|id| id.to_le_bytes()).collect();
        let mut text = vec![0; TEXT + ids.len() * self.longest() as usize];
        detokenise(&ids, pieces, self.begin, &mut text);
        let length = text.first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
        text.drain(..TEXT);
        text.truncate(length as usize);
        text
    }
}

/// Pieces whose meaning is known.
struct Plain {
    /// Text of every token; none for control tokens, a byte for byte tokens.
    pieces: Vec<Vec<u8>>,
    /// Byte tokens, by byte.
    bytes: Vec<u32>,
    /// Whether the token takes part in merges.
    ordinary: Vec<bool>,
    begin: u32,
    stops: Vec<u32>,
}

fn plain(pieces: Vec<Vec<u8>>, begin: u32, stops: &[u32]) -> Result<Plain, CheckpointError> {
    let count = pieces.len() as u64;
    if let Some(token) = stops.iter().chain([&begin]).find(|token| u64::from(**token) >= count) {
        let rule = format!("the tokenizer has {count}");
        return Err(CheckpointError::Size {
            what: "a control token",
            value: (*token).into(),
            rule,
        });
    }
    let mut bytes = vec![UNKNOWN; 256];
    let mut plain = Vec::with_capacity(pieces.len());
    let mut ordinary = Vec::with_capacity(pieces.len());
    for (token, piece) in (0..).zip(pieces) {
        if piece.len() > MAX_PIECE {
            let rule = format!("allowed are {MAX_PIECE} bytes");
            let value = piece.len() as u64;
            return Err(CheckpointError::Size { what: "the length of a piece", value, rule });
        }
        let byte = byte_piece(&piece);
        let control = token == begin || stops.contains(&token);
        ordinary.push(!control && byte.is_none());
        plain.push(match byte {
            _ if control => Vec::new(),
            Some(byte) => {
                bytes[usize::from(byte)] = token;
                vec![byte]
            }
            None => spaces(&piece),
        });
    }
    Ok(Plain { pieces: plain, bytes, ordinary, begin, stops: stops.to_vec() })
}

impl Plain {
    /// Ordinary pieces with their tokens.
    fn ordinary(&self) -> impl Iterator<Item = (&[u8], u32)> {
        let pieces = self.pieces.iter().zip(&self.ordinary).zip(0..);
        pieces.filter(|((_, ordinary), _)| **ordinary).map(|((piece, _), id)| (&**piece, id))
    }

    /// Token of every ordinary piece, the first of equal ones.
    fn tokens(&self) -> HashMap<&[u8], u32> {
        let mut tokens = HashMap::new();
        for (piece, token) in self.ordinary().filter(|(piece, _)| !piece.is_empty()) {
            tokens.entry(piece).or_insert(token);
        }
        tokens
    }

    fn finish(self, mut merges: Vec<[u32; 4]>) -> Result<Tokenizer, CheckpointError> {
        merges.sort_unstable();
        // Of two merges of one pair the better.
        merges.dedup_by_key(|[left, right, ..]| (*left, *right));
        let mut characters = Vec::new();
        for (piece, token) in self.ordinary() {
            let mut text = std::str::from_utf8(piece).unwrap_or("").chars();
            if let (Some(_), None) = (text.next(), text.next()) {
                let key = piece.iter().fold(0, |key, byte| key << 8 | u32::from(*byte));
                characters.push([key, token]);
            }
        }
        characters.sort_unstable();
        characters.dedup_by_key(|[character, _]| *character);
        let mut offsets = vec![0];
        let mut blob = Vec::new();
        for piece in &self.pieces {
            blob.extend(piece);
            let length = u32::try_from(blob.len()).map_err(|_| CheckpointError::Size {
                what: "the text of all tokens",
                value: blob.len() as u64,
                rule: "must be below 2^32 bytes".to_owned(),
            })?;
            offsets.push(length);
        }
        let Self { bytes, begin, stops, .. } = self;
        Ok(Tokenizer { offsets, blob, characters, bytes, merges, begin, stops })
    }
}

/// The byte that a piece `<0xHH>` stands for.
fn byte_piece(piece: &[u8]) -> Option<u8> {
    let digits = piece.strip_prefix(b"<0x")?.strip_suffix(b">")?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() == 2)?;
    u8::from_str_radix(digits, 16).ok()
}

/// The piece with a space for every `▁`.
fn spaces(piece: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(piece) {
        Ok(text) => text.replace('▁', " ").into_bytes(),
        Err(_) => piece.to_vec(),
    }
}

/// Words as the machine reads them.
pub(super) fn packed<const N: usize, const B: usize>(words: &[u32; N]) -> [u8; B] {
    let mut bytes = [0; B];
    for (to, from) in bytes.iter_mut().zip(words.iter().flat_map(|word| word.to_le_bytes())) {
        *to = from;
    }
    bytes
}
