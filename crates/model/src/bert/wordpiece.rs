//! BERT's tokenizer: words by white space and punctuation, then the longest pieces of each. It runs beside the machine, not on it.

use std::collections::HashMap;

use serde::Deserialize;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::checkpoint::CheckpointError;

/// What a piece inside a word begins with in the vocabulary.
const INSIDE: &str = "##";
/// Longer words are unknown, as in the original.
const LONGEST_WORD: usize = 100;

/// A vocabulary and how text is brought to it.
#[derive(Clone, Debug)]
pub struct WordPiece {
    pieces: HashMap<String, u32>,
    /// Whether text is made lower-case and loses its accents.
    lower: bool,
    begin: u32,
    end: u32,
    unknown: u32,
}

#[derive(Deserialize)]
struct TokenizerFile {
    model: Model,
    normalizer: Option<Normalizer>,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: HashMap<String, u32>,
}

#[derive(Deserialize)]
struct Normalizer {
    #[serde(default = "yes")]
    lowercase: bool,
}

const fn yes() -> bool {
    true
}

impl WordPiece {
    /// Reads a `vocab.txt`: a piece in each line. Text becomes lower-case.
    ///
    /// # Errors
    /// If it is no text, or lacks one of `[CLS]`, `[SEP]`, `[UNK]`.
    pub fn from_vocabulary(file: &[u8]) -> Result<Self, CheckpointError> {
        let text = std::str::from_utf8(file)
            .map_err(|error| CheckpointError::malformed("vocab.txt", error.to_string()))?;
        Self::new((0..).zip(text.lines()).map(|(id, piece)| (piece.to_owned(), id)).collect(), true)
    }

    /// Reads a `tokenizer.json` whose model is `WordPiece`.
    ///
    /// # Errors
    /// If it has another model, or lacks one of `[CLS]`, `[SEP]`, `[UNK]`.
    pub fn from_tokenizer(file: &[u8]) -> Result<Self, CheckpointError> {
        let file: TokenizerFile = serde_json::from_slice(file)
            .map_err(|source| CheckpointError::Json { what: "tokenizer.json", source })?;
        let kind = file.model.kind.unwrap_or_else(|| "WordPiece".to_owned());
        if kind != "WordPiece" {
            return Err(CheckpointError::Unsupported {
                what: "the tokenizer's model".to_owned(),
                value: kind,
                supported: "WordPiece",
            });
        }
        Self::new(file.model.vocab, file.normalizer.is_none_or(|normalizer| normalizer.lowercase))
    }

    fn new(pieces: HashMap<String, u32>, lower: bool) -> Result<Self, CheckpointError> {
        let control = |piece: &str| {
            let id = pieces.get(piece).copied();
            id.ok_or_else(|| CheckpointError::Missing(format!("piece {piece} in the vocabulary")))
        };
        let (begin, end, unknown) = (control("[CLS]")?, control("[SEP]")?, control("[UNK]")?);
        Ok(Self { pieces, lower, begin, end, unknown })
    }

    /// Tokens of a text with what begins and ends one, `most` of them at most, all of type 0.
    #[must_use]
    pub fn encode(&self, text: &str, most: usize) -> Vec<(u32, u32)> {
        let mut tokens = vec![self.begin];
        for word in self.words(text) {
            self.pieces(&word, &mut tokens);
        }
        tokens.truncate(most.saturating_sub(1).max(1));
        tokens.push(self.end);
        tokens.into_iter().map(|token| (token, 0)).collect()
    }

    /// Words, and every punctuation mark and Chinese character by itself.
    fn words(&self, text: &str) -> Vec<String> {
        let text: String = if self.lower {
            let plain = text.nfd().filter(|c| !is_combining_mark(*c));
            plain.flat_map(char::to_lowercase).collect()
        } else {
            text.to_owned()
        };
        let mut words = vec![String::new()];
        for c in text.chars() {
            let alone = is_punctuation(c) || is_chinese(c);
            if c.is_whitespace() || alone {
                words.push(String::new());
            } else if c.is_control() || c == '\u{fffd}' {
                continue;
            }
            if !c.is_whitespace()
                && let Some(word) = words.last_mut()
            {
                word.push(c);
            }
            if alone {
                words.push(String::new());
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    /// Appends the pieces of a word: from its beginning the longest each time.
    fn pieces(&self, word: &str, tokens: &mut Vec<u32>) {
        let before = tokens.len();
        let mut rest = word;
        while !rest.is_empty() {
            let ends = rest.char_indices().map(|(start, c)| start + c.len_utf8()).rev();
            let found = ends.map(|end| rest.split_at(end)).find_map(|(piece, rest)| {
                let key = if tokens.len() > before {
                    format!("{INSIDE}{piece}")
                } else {
                    piece.to_owned()
                };
                Some((*self.pieces.get(&key)?, rest))
            });
            match found {
                Some((token, after)) if word.chars().count() <= LONGEST_WORD => {
                    tokens.push(token);
                    rest = after;
                }
                _ => {
                    tokens.truncate(before);
                    tokens.push(self.unknown);
                    return;
                }
            }
        }
    }
}

/// What separates words: all of ASCII that is neither letter nor digit, and the common blocks of punctuation.
const fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}')
        || matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}')
        || matches!(c, '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{ff01}'..='\u{ff0f}')
        || matches!(c, '\u{ff1a}' | '\u{ff1b}' | '\u{ff1f}' | '\u{ff20}')
}

const fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2a6df}')
        || matches!(c, '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use super::WordPiece;

    const VOCABULARY: &str =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\n##s\n,\n!\nun\n##believ\n##able\ncafe\n中\n";

    fn tokens(text: &str) -> Vec<u32> {
        let tokenizer = WordPiece::from_vocabulary(VOCABULARY.as_bytes()).unwrap();
        tokenizer.encode(text, 16).into_iter().map(|(token, _)| token).collect()
    }

    #[test]
    fn words_become_their_longest_pieces() {
        assert_eq!(tokens("Hello, worlds!"), [2, 4, 7, 5, 6, 8, 3]);
        assert_eq!(tokens("unbelievable Café 中中"), [2, 9, 10, 11, 12, 13, 13, 3]);
        assert_eq!(tokens("unbelieving  hello\n"), [2, 1, 4, 3]);
        assert_eq!(tokens(""), [2, 3]);
        assert_eq!(tokens(&"hello".repeat(30)), [2, 1, 3]);
    }

    #[test]
    fn long_texts_are_cut_and_keep_their_end() {
        let long = tokens(&"hello ".repeat(40));
        assert_eq!((long.len(), long[0], long[15]), (16, 2, 3));
    }

    #[test]
    fn both_files_give_one_tokenizer() {
        let vocabulary: std::collections::BTreeMap<_, _> = VOCABULARY.lines().zip(0..).collect();
        let file = serde_json::json!({
            "normalizer": {"type": "BertNormalizer", "lowercase": true},
            "model": {"type": "WordPiece", "vocab": vocabulary},
        });
        let other = WordPiece::from_tokenizer(file.to_string().as_bytes()).unwrap();
        let encoded: Vec<u32> =
            other.encode("Hello, worlds!", 16).into_iter().map(|(token, _)| token).collect();
        assert_eq!(encoded, tokens("Hello, worlds!"));
        assert!(WordPiece::from_tokenizer(br#"{"model":{"type":"BPE","vocab":{}}}"#).is_err());
        assert!(WordPiece::from_vocabulary(b"hello\nworld\n").is_err());
    }
}
