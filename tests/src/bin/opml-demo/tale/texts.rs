//! What contracts, courts and answers are called.

use alloy_primitives::{U256, utils::Unit};
use console::style;
use opml_contracts::{DigitsDapp, MipsVerifier, OpML};
use opml_model::llama::{Answer, Prompt};
use opml_node::view::Outcome;

use super::words::{ether, plural};

/// The contract that code creates.
pub(super) fn contract(code: &[u8]) -> &'static str {
    let known: [(&str, &[u8]); 3] = [
        ("OpML", &OpML::BYTECODE),
        ("MipsVerifier", &MipsVerifier::BYTECODE),
        ("DigitsDapp", &DigitsDapp::BYTECODE),
    ];
    known.iter().find(|(_, known)| code.starts_with(known)).map_or("a contract", |(name, _)| name)
}

/// The terms of a court.
pub(super) fn profile(e: &OpML::ProfileAdded) -> Vec<String> {
    let p = &e.parameters;
    let gwei = |amount: u64| ether(U256::from(amount) * Unit::GWEI.wei());
    vec![
        format!(
            "court {}: {} to dispute, {} on each clock",
            e.profile,
            duration(p.window.into()),
            duration(p.clock.into())
        ),
        format!(
            "lists of {}, stake {}, bond {}",
            1u64 << p.arityBits,
            gwei(p.stakeGwei),
            gwei(p.bondGwei)
        ),
    ]
}

/// What a claim says, whose output reads so.
pub(super) fn answer(outcome: u8, output: Option<String>) -> String {
    match (Outcome::from_code(outcome), output) {
        (Some(Outcome::Done), Some(text)) => format!("answer {}", style(text).bold()),
        (Some(Outcome::Done), None) => "an empty answer".to_owned(),
        _ => "\"this run fails\"".to_owned(),
    }
}

/// The digit in an output.
pub(super) fn digit(output: &[u8]) -> Option<String> {
    output.first().map(u8::to_string)
}

/// The text in the output of a language model.
pub(super) fn tale(output: &[u8]) -> Option<String> {
    let answer = Answer::from_output(output)?;
    Some(format!("{:?}", String::from_utf8_lossy(&answer.text)))
}

/// The first numbers of an embedding, and how many there are.
pub(super) fn numbers(output: &[u8]) -> Option<String> {
    let (words, _) = output.as_chunks();
    let shown = words.first_chunk::<3>()?.map(|word| format!("{:.4}", f32::from_le_bytes(word)));
    Some(format!("({}, …), {} numbers", shown.join(", "), words.len()))
}

/// The text that a language model is to go on with.
pub(super) fn prompt(input: &[u8]) -> String {
    match Prompt::from_input(input) {
        Some(Prompt::Text(text)) => format!("{:?}", String::from_utf8_lossy(&text)),
        _ => "a text of tokens".to_owned(),
    }
}

/// A time in words.
pub(super) fn duration(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => plural(seconds, "second"),
        (minutes, 0) => plural(minutes, "minute"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}
