//! Files that are not what they should be.

use crate::made_up::{SMALL, files};
use opml_model::bert::Bert;

fn changed(config: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(config).unwrap();
    assert!(text.contains(from), "{from}");
    text.replace(from, to).into_bytes()
}

#[test]
fn what_this_version_does_not_take_is_named() {
    let [weights, config] = files(SMALL, 8);
    for (from, to, named) in [
        (r#""gelu""#, r#""relu""#, "hidden_act"),
        (r#""bert""#, r#""roberta""#, "model_type"),
        (r#""hidden_size":64"#, r#""hidden_size":65"#, "width"),
        (r#""vocab_size":50"#, r#""vocab_size":51"#, "word_embeddings"),
        (r#""num_hidden_layers":2"#, r#""num_hidden_layers":3"#, "layer.2"),
        (r#""num_hidden_layers":2"#, r#""num_hidden_layers":1"#, "layer.1"),
        (r#""max_position_embeddings":24"#, r#""max_position_embeddings":4096"#, "positions"),
        ("1e-12", "-1.0", "epsilon"),
    ] {
        let error = Bert::from_safetensors(&weights, &changed(&config, from, to)).unwrap_err();
        assert!(error.to_string().contains(named), "{to}: {error}");
    }
    assert!(Bert::is_meant_by(&config) && !Bert::is_meant_by(b"{}"));
}

#[test]
fn a_prefix_and_old_names_make_no_difference() {
    let [weights, config] = files(SMALL, 9);
    let plain = Bert::from_safetensors(&weights, &config).unwrap();
    let header = u64::from_le_bytes(*weights.first_chunk().unwrap()) as usize;
    let text = std::str::from_utf8(&weights[8..8 + header]).unwrap();
    let text = text
        .replace("\"encoder.", "\"bert.encoder.")
        .replace("\"embeddings.", "\"bert.embeddings.");
    let text = text
        .replace("LayerNorm.weight", "LayerNorm.gamma")
        .replace("LayerNorm.bias", "LayerNorm.beta");
    let other =
        [&(text.len() as u64).to_le_bytes(), text.as_bytes(), &weights[8 + header..]].concat();
    let other = Bert::from_safetensors(&other, &config).unwrap();
    assert_eq!(plain.words.row(3), other.words.row(3));
    assert_eq!(plain.layers[1].hidden_norm.beta.row(0), other.layers[1].hidden_norm.beta.row(0));
}
