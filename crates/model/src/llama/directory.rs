//! What the program of a language model tells about itself, in the first bytes of its weights.
//!
//! The machine never reads them. Whoever talks to the model does: to encode and decode text, to stream, to verify a generation.

use opml_engine::ModelFile;
use opml_tensor::layout::{PAGE, WEIGHTS};

use super::Tokenizer;

const MAGIC: [u8; 8] = *b"opmlgen\x01";
/// Words after the magic.
const WORDS: usize = 24;

/// Places and sizes in the program and memory of a language model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// Positions of the cache, hence the greatest number of tokens in all.
    pub context: u64,
    /// Number of tokens.
    pub vocabulary: u64,
    /// Greatest number of tokens of an answer.
    pub longest_answer: u64,
    /// Greatest number of bytes of a prompt given as text.
    pub longest_text: u64,
    /// Token before a text.
    pub begin: u64,
    /// Tokens that end an answer.
    pub stops: [u64; 4],
    /// How many of them there are.
    pub stop_count: u64,
    /// Record with which the computation of a token begins.
    pub decode: u64,
    /// Address of the tokens, u32 each, by position.
    pub tokens: u64,
    /// Address of the cache: `[layers][keys, values][context]` rows.
    pub cache: u64,
    /// Bytes of a row of the cache.
    pub cache_row: u64,
    /// Number of layers.
    pub layers: u64,
    /// Address of the pieces' offsets, u32, one more than there are tokens.
    pub offsets: u64,
    /// Address and bytes of the pieces.
    pub blob: [u64; 2],
    /// Address and number of the characters.
    pub characters: [u64; 2],
    /// Address of the tokens of the 256 bytes.
    pub bytes: u64,
    /// Address and number of the merges.
    pub merges: [u64; 2],
}

impl Directory {
    /// Bytes of an encoded directory.
    pub(super) const BYTES: usize = 8 * (1 + WORDS);

    const fn words(&self) -> [u64; WORDS] {
        let [s0, s1, s2, s3] = self.stops;
        [
            self.context,
            self.vocabulary,
            self.longest_answer,
            self.longest_text,
            self.begin,
            s0,
            s1,
            s2,
            s3,
            self.stop_count,
            self.decode,
            self.tokens,
            self.cache,
            self.cache_row,
            self.layers,
            self.offsets,
            self.blob[0],
            self.blob[1],
            self.characters[0],
            self.characters[1],
            self.bytes,
            self.merges[0],
            self.merges[1],
            0,
        ]
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        MAGIC.into_iter().chain(self.words().into_iter().flat_map(u64::to_le_bytes)).collect()
    }

    /// The directory of a model, if it is a language model of this kind.
    #[must_use]
    pub fn of(model: &ModelFile) -> Option<Self> {
        let bytes = weights(model)?.get(..Self::BYTES)?;
        let (magic, words) = bytes.split_first_chunk::<8>()?;
        if *magic != MAGIC {
            return None;
        }
        let words: Vec<u64> =
            words.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let [context, vocabulary, longest_answer, longest_text, begin, s0, s1, s2, s3, rest @ ..] =
            *words.first_chunk::<WORDS>()?;
        let [stop_count, decode, tokens, cache, cache_row, layers, offsets, rest @ ..] = rest;
        let [blob, blob_bytes, characters, character_count, bytes, merges, merge_count, _] = rest;
        Some(Self {
            context,
            vocabulary,
            longest_answer,
            longest_text,
            begin,
            stops: [s0, s1, s2, s3],
            stop_count: stop_count.min(4),
            decode,
            tokens,
            cache,
            cache_row,
            layers,
            offsets,
            blob: [blob, blob_bytes],
            characters: [characters, character_count],
            bytes,
            merges: [merges, merge_count],
        })
    }

    /// Tokens that end an answer.
    #[must_use]
    pub fn stops(&self) -> &[u64] {
        self.stops.get(..self.stop_count as usize).unwrap_or(&self.stops)
    }

    /// The model's tokenizer, as its operators use it.
    #[must_use]
    pub fn tokenizer(&self, model: &ModelFile) -> Option<Tokenizer> {
        let weights = weights(model)?;
        let part = |address: u64, bytes: u64| {
            let start = usize::try_from(address.checked_sub(WEIGHTS)?).ok()?;
            weights.get(start..start.checked_add(usize::try_from(bytes).ok()?)?)
        };
        let words = |address, count: u64| -> Option<Vec<u32>> {
            let words = part(address, count.checked_mul(4)?)?.as_chunks().0;
            Some(words.iter().map(|word| u32::from_le_bytes(*word)).collect())
        };
        let [characters, character_count] = self.characters;
        let [merges, merge_count] = self.merges;
        let characters = words(characters, character_count.checked_mul(2)?)?;
        let merges = words(merges, merge_count.checked_mul(4)?)?;
        let token = |token: &u64| u32::try_from(*token).ok();
        let tokenizer = Tokenizer {
            offsets: words(self.offsets, self.vocabulary.checked_add(1)?)?,
            blob: part(self.blob[0], self.blob[1])?.to_vec(),
            characters: characters.as_chunks().0.to_vec(),
            bytes: words(self.bytes, 256)?,
            merges: merges.as_chunks().0.to_vec(),
            begin: token(&self.begin)?,
            stops: self.stops().iter().map(token).collect::<Option<_>>()?,
        };
        tokenizer.offsets.is_sorted().then_some(tokenizer)
    }
}

/// The weights behind header page and program, both of whole pages in the file.
fn weights(model: &ModelFile) -> Option<&[u8]> {
    let program = PAGE + model.header().program_bytes();
    model.bytes().get(usize::try_from(program.next_multiple_of(PAGE)).ok()?..)
}
