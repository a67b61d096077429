//! Embeddings beside those of the reference.

use crate::{
    made_up::{MINI_LM, SMALL, files},
    reference,
    run::{build, embed, sentence},
};
use opml_engine::Engine;
use opml_model::{
    bert::{Bert, BertOptions, encode_tokens},
    checkpoint::Blocks,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn cosine(a: &[f32], b: &[f64]) -> f64 {
    let a: Vec<f64> = a.iter().copied().map(f64::from).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(&a, b) / (dot(&a, &a) * dot(b, b)).sqrt()
}

#[test]
fn embeddings_are_those_of_the_reference() {
    let [weights, config] = files(SMALL, 1);
    let bert = Bert::from_safetensors(&weights, &config).unwrap();
    let models = [None, Some(Blocks::Q8_0), Some(Blocks::Q4_0)].map(|blocks| build(&bert, blocks));
    let mut worst = [1.0f64; 3];
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for _ in 0..50 {
        let tokens = sentence(SMALL, SMALL.positions, &mut rng);
        let expected = reference::embed(&bert, &tokens);
        for (model, worst) in models.iter().zip(&mut worst) {
            let found = embed(model, &tokens);
            let length: f32 = found.iter().map(|x| x * x).sum();
            assert!((length - 1.0).abs() < 1e-5, "length {length}");
            *worst = worst.min(cosine(&found, &expected));
        }
    }
    eprintln!("least cosines: f32 {:.9}, q8_0 {:.5}, q4_0 {:.5}", worst[0], worst[1], worst[2]);
    assert!(worst[0] > 0.999_999 && worst[1] > 0.999 && worst[2] > 0.9, "{worst:?}");
}

#[test]
fn a_model_of_the_size_of_mini_lm_embeds_as_the_reference_does() {
    let [weights, config] = files(MINI_LM, 3);
    let bert = Bert::from_safetensors(&weights, &config).unwrap();
    let [float, blocks] = [None, Some(Blocks::Q8_0)].map(|blocks| build(&bert, blocks));
    let tokens = sentence(MINI_LM, 12, &mut ChaCha8Rng::seed_from_u64(4));
    let expected = reference::embed(&bert, &tokens);
    let [float, blocks] = [float, blocks].map(|model| cosine(&embed(&model, &tokens), &expected));
    assert!(float > 0.999_99 && blocks > 0.99, "{float}, {blocks}");
}

#[test]
fn inputs_that_are_no_positions_are_refused() {
    let [weights, config] = files(SMALL, 5);
    let bert = Bert::from_safetensors(&weights, &config).unwrap();
    let model = build(&bert, None);
    for length in [0, 8 * SMALL.positions + 8] {
        assert!(Engine::new(model.clone(), &vec![0; length]).is_err(), "{length} bytes");
    }
    let mut engine = Engine::new(model.clone(), &[0; 12]).unwrap();
    engine.run_to_halt(model.header().max_steps).unwrap();
    assert!(engine.refusal().is_some());
    // Rows of zeroes stand for what does not exist.
    assert_eq!(embed(&model, &[(u32::MAX, 7)]).len(), SMALL.width);
}

#[test]
fn the_same_files_give_the_same_model_and_a_shorter_context_another() {
    let [weights, config] = files(SMALL, 6);
    let bert = Bert::from_safetensors(&weights, &config).unwrap();
    for blocks in [None, Some(Blocks::Q8_0)] {
        assert_eq!(build(&bert, blocks).id(), build(&bert, blocks).id());
    }
    assert_ne!(build(&bert, None).id(), build(&bert, Some(Blocks::Q8_0)).id());
    let options = BertOptions { name: "short".to_owned(), context: Some(4), blocks: None };
    let short = bert.build(&options).unwrap();
    assert_eq!(short.header().input_max as usize, encode_tokens(&[(0, 0); 4]).len());
}
