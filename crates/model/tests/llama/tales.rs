//! The committed model tells a tale, the one that its float original tells.

use crate::{reference::Reference, stories::GREEDY};
use opml_model::{
    llama::{Answer, Generation, Prompt, encode_prompt},
    stories, stories_checkpoint,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

#[test]
fn tales_are_those_of_the_float_original() {
    let llama = stories_checkpoint().unwrap();
    let model = Arc::new(stories().unwrap());
    assert_eq!(model.id(), stories().unwrap().id());
    let beginning = "One day Mia the cat";
    let input = encode_prompt(&Prompt::Text(beginning.as_bytes().to_vec()), 100, &GREEDY);
    let mut generation = Generation::new(model, &input).unwrap();
    while generation.next_token().unwrap().is_some() {}
    let answer = Answer::from_output(generation.engine().output()).unwrap();
    let prompt = llama.tokenizer.encode(beginning.as_bytes());
    let (expected, distance) = Reference::new(&llama).greedy(&prompt, 100, &[1, 2]);
    let text = String::from_utf8(answer.text).unwrap();
    eprintln!("{beginning}{text}\nclosest choice by {distance:.4}");
    let same = answer.tokens.iter().zip(&expected).take_while(|(a, b)| a == b).count();
    assert!(distance < 1e-3 || answer.tokens == expected, "{same} of {}", expected.len());
    // It has learned what a tale is: sentences, and an end.
    assert!(matches!(answer.tokens.last(), Some(1 | 2)), "{:?}", answer.tokens);
    assert!(text.trim_end().ends_with('.') && text.matches('.').count() >= 3, "{text}");
}

#[test]
fn the_committed_files_are_those_of_the_manifest() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/stories/");
    let manifest = std::fs::read(format!("{folder}manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    for name in ["stories.bin", "tokenizer.bin"] {
        let hash = Sha256::digest(std::fs::read(format!("{folder}{name}")).unwrap());
        assert_eq!(manifest["sha256"][name], format!("{hash:x}"), "{name}");
    }
}
