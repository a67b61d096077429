//! Answers that are checked at the speed of prefill leave the state that generating them leaves.

use crate::{
    build::tiny_model,
    stories::GREEDY,
    tiny::{CONTEXT, VOCABULARY},
};
use opml_engine::{Engine, ModelFile, seam::Outcome};
use opml_kernels::Sampling;
use opml_model::llama::{Answer, Prompt, Verdict, encode_prompt, verify_answer};
use std::sync::Arc;

fn run(model: &Arc<ModelFile>, input: &[u8]) -> Engine {
    let mut engine = Engine::new(model.clone(), input).unwrap();
    engine.run_to_halt(1 << 40).unwrap();
    assert_eq!((engine.outcome(), engine.refusal()), (Some(Outcome::Done), None));
    engine
}

const fn samplings() -> [Sampling; 3] {
    let warm = Sampling { temperature: 1.0, top_k: 40, top_p: 0.9, seed: 7 };
    [GREEDY, warm, Sampling { temperature: 2.0, top_k: 0, top_p: 1.0, seed: 8 }]
}

#[test]
fn right_answers_are_right_to_the_last_bit() {
    let model = tiny_model(1);
    let long: Vec<u32> = (0..40).map(|i| i * 5 % VOCABULARY as u32).collect();
    for (seed, sampling) in samplings().into_iter().enumerate() {
        for (prompt, most) in [
            (Prompt::Tokens(vec![1]), 12),
            (Prompt::Tokens(vec![1, 260, 261]), 1),
            (Prompt::Text(b"ab ca".to_vec()), 9),
            (Prompt::Tokens(long.clone()), 5),
            (Prompt::Tokens(long.clone()), 100),
            (Prompt::Tokens(vec![1, 5]), 0),
        ] {
            let input = encode_prompt(&prompt, most, &sampling);
            let mut generated = run(&model, &input);
            let answer = Answer::from_output(generated.output()).unwrap();
            assert!(answer.tokens.len() <= CONTEXT);
            let what = format!("sampling {seed}, {prompt:?}, {most}");
            match verify_answer(&model, &input, &answer).unwrap() {
                Verdict::Right(mut checked) => {
                    assert_eq!(checked.step(), generated.step(), "{what}: n");
                    assert_eq!(checked.output(), generated.output(), "{what}");
                    assert_eq!(checked.root(), generated.root(), "{what}: S_n");
                }
                Verdict::Wrong { index, expected } => panic!("{what}: {index}, {expected:?}"),
            }
        }
    }
}

#[test]
fn wrong_answers_are_wrong_where_they_differ_first() {
    let model = tiny_model(2);
    for sampling in samplings() {
        let input = encode_prompt(&Prompt::Tokens(vec![1, 70, 90]), 10, &sampling);
        let right = Answer::from_output(run(&model, &input).output()).unwrap();
        for index in 0..right.tokens.len() {
            let mut wrong = right.clone();
            wrong.tokens[index] = (wrong.tokens[index] + 3) % VOCABULARY as u32;
            let Verdict::Wrong { index: found, expected } =
                verify_answer(&model, &input, &wrong).unwrap()
            else {
                panic!("token {index} is wrong");
            };
            assert_eq!((found, expected), (index, Some(right.tokens[index])));
        }
        let mut short = right.clone();
        short.tokens.pop();
        assert!(matches!(verify_answer(&model, &input, &short).unwrap(), Verdict::Wrong { .. }));
        let mut other = right.clone();
        other.text.push(b'!');
        assert!(matches!(verify_answer(&model, &input, &other).unwrap(), Verdict::Wrong { .. }));
        let mut long = right.clone();
        long.tokens.push(5);
        assert!(matches!(verify_answer(&model, &input, &long).unwrap(), Verdict::Wrong { .. }));
    }
}

#[test]
fn inputs_that_are_no_prompts_end_in_a_program_error() {
    let model = tiny_model(3);
    let input = encode_prompt(&Prompt::Tokens(vec![1, 5]), 3, &GREEDY);
    let end = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut input = input.clone();
        change(&mut input);
        let mut engine = Engine::new(model.clone(), &input).unwrap();
        engine.run_to_halt(1 << 40).unwrap();
        engine.outcome().unwrap()
    };
    assert_eq!(end(&|_| {}), Outcome::Done);
    assert_eq!(end(&|input| input[0] = 3), Outcome::ProgramError, "no such mode");
    assert_eq!(end(&|input| input[4] = 0), Outcome::ProgramError, "no tokens");
    assert_eq!(end(&|input| input[4] = 49), Outcome::ProgramError, "more tokens than positions");
    assert_eq!(
        end(&|input| (input[0], input[8]) = (2, 2)),
        Outcome::ProgramError,
        "nothing before the answer"
    );
    assert_eq!(end(&|input| (input[0], input[8]) = (2, 0)), Outcome::ProgramError, "no answer");
    assert_eq!(
        end(&|input| input[44..48].fill(0xff)),
        Outcome::Done,
        "an unknown token is a row of zeroes"
    );
}
