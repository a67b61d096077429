//! Files that mean harm, and tokenizers that agree.

use crate::tiny::{Tiny, VOCABULARY};
use opml_model::llama::Llama;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn every_format_gives_the_same_tokenizer() {
    let tiny = Tiny::new(10);
    let (checkpoint, tokenizer) = tiny.llama2c();
    let plain = Llama::from_llama2c(&checkpoint, &tokenizer).unwrap();
    let gguf = tiny.gguf(0);
    let gguf = Llama::from_gguf(&gguf).unwrap();
    let [weights, config, tokens] = tiny.huggingface();
    let halves = Llama::from_safetensors(&weights, &config, &tokens).unwrap();
    for text in ["abc a", "", "cca bc é ü x", "abababca"] {
        let tokens = plain.tokenizer.encode(text.as_bytes());
        assert_eq!(gguf.tokenizer.encode(text.as_bytes()), tokens);
        assert_eq!(halves.tokenizer.encode(text.as_bytes()), tokens);
        assert_eq!(plain.tokenizer.decode(1, &tokens[1..]), text.as_bytes());
    }
    assert_eq!(plain.embedding.row(7), gguf.embedding.row(7));
    assert_eq!(plain.layers[1].down.row(3), halves.layers[1].down.row(3));
}

/// Blocks and halves are read as what they stand for: near to what was written.
#[test]
fn short_types_are_near_to_their_values() {
    let tiny = Tiny::new(14);
    let exact = tiny.gguf(0);
    let exact = Llama::from_gguf(&exact).unwrap();
    for (kind, error) in [(1, 1e-3), (8, 3e-3), (2, 6e-2)] {
        let file = tiny.gguf(kind);
        let read = Llama::from_gguf(&file).unwrap();
        for row in 0..VOCABULARY {
            for (a, b) in exact.embedding.row(row).iter().zip(read.embedding.row(row)) {
                assert!((a - b).abs() < error, "type {kind}: {b} for {a}");
            }
        }
    }
}

fn mutate(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    // Headers are at the front of every format.
    let front = if rng.random() { bytes.len() } else { bytes.len().min(2000) };
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..front);
        match rng.random_range(0..4) {
            0 => bytes[at] = rng.random(),
            1 => bytes[at] ^= 1 << rng.random_range(0..8),
            2 => {
                let end = bytes.len().min(at + 8);
                bytes[at..end].fill(if rng.random() { 0xff } else { 0 });
            }
            _ => bytes.truncate(rng.random_range(front / 2..bytes.len().max(front / 2 + 1))),
        }
        if bytes.len() < front {
            break;
        }
    }
    bytes
}

#[test]
fn mutated_files_give_errors() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let tiny = Tiny::new(12);
    let (checkpoint, tokenizer) = tiny.llama2c();
    let gguf = tiny.gguf(8);
    let [weights, config, tokens] = tiny.huggingface();
    let mut errors = [0; 5];
    for _ in 0..300 {
        let checkpoint_2 = mutate(&checkpoint, &mut rng);
        errors[0] += usize::from(Llama::from_llama2c(&checkpoint_2, &tokenizer).is_err());
        let tokenizer_2 = mutate(&tokenizer, &mut rng);
        errors[1] += usize::from(Llama::from_llama2c(&checkpoint, &tokenizer_2).is_err());
        let gguf_2 = mutate(&gguf, &mut rng);
        errors[2] += usize::from(Llama::from_gguf(&gguf_2).is_err());
        let weights_2 = mutate(&weights, &mut rng);
        errors[3] += usize::from(Llama::from_safetensors(&weights_2, &config, &tokens).is_err());
        let (config_2, tokens_2) = (mutate(&config, &mut rng), mutate(&tokens, &mut rng));
        errors[4] += usize::from(Llama::from_safetensors(&weights, &config_2, &tokens_2).is_err());
    }
    eprintln!("errors of 300: {errors:?}");
    assert!(errors.iter().all(|errors| *errors > 30), "{errors:?}");
}

#[test]
fn sizes_that_the_file_does_not_back_are_refused_before_anything_is_read() {
    let (checkpoint, tokenizer) = Tiny::new(13).llama2c();
    for word in 0..7 {
        for value in [i32::MAX, i32::MIN, -1, 0, 1 << 20] {
            let mut file = checkpoint.clone();
            file[4 * word..][..4].copy_from_slice(&value.to_le_bytes());
            assert!(Llama::from_llama2c(&file, &tokenizer).is_err(), "word {word} is {value}");
        }
    }
    for cut in [0, 3, 27, 28, 1000, checkpoint.len() - 1] {
        assert!(Llama::from_llama2c(&checkpoint[..cut], &tokenizer).is_err(), "{cut} bytes");
    }
    let longer = [&checkpoint[..], &[0; 4]].concat();
    assert!(Llama::from_llama2c(&longer, &tokenizer).is_err());
    let mut nan = checkpoint.clone();
    nan[100..104].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(Llama::from_llama2c(&nan, &tokenizer).is_err());
    assert_eq!(Tiny::tokenizer().vocabulary(), VOCABULARY as u32);
}
