//! The bytes that go into a language model and come out of it.

use opml_kernels::Sampling;

/// Where the fields of an input lie.
pub(super) mod field {
    use opml_tensor::layout::{INPUT, LEAF};

    /// What the input asks for (u32).
    pub(in super::super) const MODE: u64 = INPUT + LEAF;
    /// Tokens, or bytes of text (u32).
    pub(in super::super) const COUNT: u64 = MODE + 4;
    /// Tokens of the answer: at most, or exactly those of a claimed one (u32).
    pub(in super::super) const ANSWER: u64 = MODE + 8;
    /// How tokens are chosen, 24 bytes, behind four that do not count.
    pub(in super::super) const SAMPLING: u64 = MODE + 16;
    /// Tokens (u32 each), or text.
    pub(in super::super) const BODY: u64 = MODE + 40;
}

/// Modes of an input.
const TOKENS: u32 = 0;
const TEXT: u32 = 1;
const CLAIMED: u32 = 2;

/// Bytes before the tokens or the text.
const HEAD: usize = (field::BODY - field::MODE) as usize;

/// What a language model is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Tokens, of which the first begins a text. The answer goes on after the last.
    Tokens(Vec<u32>),
    /// Text. The model makes tokens of it, after the one that begins a text.
    Text(Vec<u8>),
    /// Tokens and an answer to them that somebody claims. The answer is what the model would have chosen in the place of each claimed
    /// token, given all before it: the claimed one itself if and only if the claim is right.
    Claimed {
        /// Tokens of the prompt.
        prompt: Vec<u32>,
        /// Tokens of the claimed answer.
        answer: Vec<u32>,
    },
}

impl Prompt {
    /// The prompt in an input, as the program reads it: what follows is nothing to it. None if the input is too short for it, or asks
    /// for something else.
    #[must_use]
    pub fn from_input(input: &[u8]) -> Option<Self> {
        let (head, body) = input.split_first_chunk::<HEAD>()?;
        let [mode, count, answer] =
            [0, 1, 2].map(|field| u32::from_le_bytes(head.as_chunks().0[field]));
        let tokens = || -> Option<Vec<u32>> {
            let words = body.as_chunks().0.get(..count as usize)?;
            Some(words.iter().map(|word| u32::from_le_bytes(*word)).collect())
        };
        match mode {
            TOKENS => Some(Self::Tokens(tokens()?)),
            TEXT => Some(Self::Text(body.get(..count as usize)?.to_vec())),
            CLAIMED => {
                let mut prompt = tokens()?;
                let answer = prompt.split_off(prompt.len().checked_sub(answer as usize)?);
                Some(Self::Claimed { prompt, answer })
            }
            _ => None,
        }
    }
}

/// Encodes an input: `answer` tokens at most, chosen as `sampling` says.
#[must_use]
pub fn encode_prompt(prompt: &Prompt, answer: u32, sampling: &Sampling) -> Vec<u8> {
    let words = |tokens: &[&[u32]]| -> Vec<u8> {
        tokens.concat().iter().flat_map(|token| token.to_le_bytes()).collect()
    };
    let (mode, count, answer, body) = match prompt {
        Prompt::Tokens(tokens) => (TOKENS, tokens.len(), answer, words(&[tokens])),
        Prompt::Text(text) => (TEXT, text.len(), answer, text.clone()),
        Prompt::Claimed { prompt, answer } => {
            (CLAIMED, prompt.len() + answer.len(), answer.len() as u32, words(&[prompt, answer]))
        }
    };
    let head = [mode, count as u32, answer, 0].into_iter().flat_map(u32::to_le_bytes);
    head.chain(sampling.to_bytes()).chain(body).collect()
}

/// What a language model answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Tokens, with the one that ended the answer if one did.
    pub tokens: Vec<u32>,
    /// Their text.
    pub text: Vec<u8>,
}

impl Answer {
    /// Decodes an output; none if it is no answer.
    #[must_use]
    pub fn from_output(output: &[u8]) -> Option<Self> {
        let word = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
        let (count, rest) = output.split_first_chunk()?;
        let (tokens, rest) = rest.split_at_checked((word(count) as usize).checked_mul(4)?)?;
        let (length, text) = rest.split_first_chunk()?;
        (word(length) as usize == text.len()).then(|| Self {
            tokens: tokens.as_chunks().0.iter().map(word).collect(),
            text: text.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_read_from_its_input() {
        let sampling = Sampling { temperature: 0.5, top_k: 3, top_p: 0.9, seed: 7 };
        for prompt in [
            Prompt::Tokens(vec![1, 2, 3]),
            Prompt::Text("grüße".into()),
            Prompt::Claimed { prompt: vec![1], answer: vec![5, 6] },
        ] {
            let input = encode_prompt(&prompt, 2, &sampling);
            assert_eq!(Prompt::from_input(&[&input[..], b"."].concat()), Some(prompt.clone()));
            assert_eq!(Prompt::from_input(&input[..input.len() - 1]), None);
            assert_eq!(Prompt::from_input(&input), Some(prompt));
        }
        assert_eq!(Prompt::from_input(&[3; 40]), None);
        assert_eq!(Prompt::from_input(&[0; 39]), None);
        // An answer that is longer than prompt and answer.
        let mut input =
            encode_prompt(&Prompt::Claimed { prompt: vec![], answer: vec![1] }, 1, &sampling);
        input[8] = 2;
        assert_eq!(Prompt::from_input(&input), None);
    }
}
