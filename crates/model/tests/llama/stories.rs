//! A real model: stories260K tells the story that its float original tells.

use crate::{build, reference::Reference};
use opml_kernels::Sampling;
use opml_model::llama::{Answer, Generation, Llama, Prompt, encode_prompt};
use std::{fs, path::Path};

pub(crate) const GREEDY: Sampling = Sampling { temperature: 0.0, top_k: 0, top_p: 0.0, seed: 0 };
const BEGINNING: &str = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. \
                         One day, she saw a big, red ball. She wanted to play with it, but it was too high.";

/// The checkpoint and its tokenizer, where the folder beside the project is there.
fn files() -> Option<[Vec<u8>; 2]> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/llama2c");
    if !folder.exists() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(["stories260K.bin", "tok512.bin"].map(|name| fs::read(folder.join(name)).unwrap()))
}

#[test]
fn stories_are_those_of_the_float_original() {
    let Some([checkpoint, tokenizer]) = files() else { return };
    let llama = Llama::from_llama2c(&checkpoint, &tokenizer).unwrap();
    let model = build::build(&llama);
    let input = encode_prompt(&Prompt::Tokens(vec![1]), 200, &GREEDY);
    let mut generation = Generation::new(model, &input).unwrap();
    let mut streamed = Vec::new();
    while let Some(token) = generation.next_token().unwrap() {
        streamed.push(token);
    }
    let answer = Answer::from_output(generation.engine().output()).unwrap();
    assert_eq!(answer.tokens, streamed);
    let text = String::from_utf8(answer.text.clone()).unwrap();
    assert!(text.starts_with(BEGINNING), "{text}");
    assert_eq!(llama.tokenizer.decode(1, &streamed), answer.text);
    let (expected, distance) = Reference::new(&llama).greedy(&[1], 200, &[1, 2]);
    eprintln!("{} tokens, the closest choice by {distance:.2e}", expected.len());
    assert_eq!(streamed, expected);
}

/// A prompt in text, encoded by operators, is the prompt in tokens that llama2.c makes of it.
#[test]
fn text_prompts_are_token_prompts() {
    let Some([checkpoint, tokenizer]) = files() else { return };
    let llama = Llama::from_llama2c(&checkpoint, &tokenizer).unwrap();
    let model = build::build(&llama);
    for text in ["", "One day, Lily met a", "Ein Bär\u{1f600} aß", "a"] {
        let tokens = llama.tokenizer.encode(text.as_bytes());
        let answer = |prompt| {
            let input = encode_prompt(&prompt, 20, &GREEDY);
            let mut generation = Generation::new(model.clone(), &input).unwrap();
            while generation.next_token().unwrap().is_some() {}
            Answer::from_output(generation.engine().output()).unwrap()
        };
        let round = llama.tokenizer.decode(1, &tokens[1..]);
        assert_eq!(String::from_utf8_lossy(&round), text);
        assert_eq!(answer(Prompt::Text(text.as_bytes().to_vec())), answer(Prompt::Tokens(tokens)));
    }
}
