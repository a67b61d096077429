//! The demo as its audience gets it: its output, its exit status, and what it leaves behind.
#![expect(clippy::unwrap_used, reason = "helpers of tests end them at the first surprise")]

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    process::{Command, Output, Stdio},
};

use opml_tests::{Anvil, anvil::ANVIL};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};

const WHATS: [&str; 11] = [
    "deploy", "register", "request", "commit", "reveal", "open", "move", "evaluate", "timeout",
    "finalise", "withdraw",
];

fn demo() -> Command {
    Command::new(env!("CARGO_BIN_EXE_opml-demo"))
}

fn output(arguments: &[&str]) -> Output {
    demo().args(arguments).output().unwrap()
}

/// The keys of an object.
fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// What was done on chain, in order.
fn whats(story: &Value) -> Vec<&str> {
    let transactions = story["transactions"].as_array().unwrap();
    transactions.iter().map(|transaction| transaction["what"].as_str().unwrap()).collect()
}

#[test]
fn json_is_one_object_about_two_true_stories() {
    let output = output(&["--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Anything after the object would be an error here.
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(keys(&told), ["model", "scenarios"].into());

    let model = &told["model"];
    let figures = ["name", "accuracy", "macs", "large_steps", "small_steps_single_phase"];
    assert_eq!(keys(model), figures.into());
    assert_eq!(model["name"], "digits");
    assert!((0.96..=1.0).contains(&model["accuracy"].as_f64().unwrap()), "{model}");
    // The layers of models/digits/manifest.json.
    assert_eq!(model["macs"], 64 * 192 + 192 * 128 + 128 * 10);
    assert!(model["large_steps"].as_u64().unwrap() > 32, "{model}");
    // Better than ten instructions per multiply-add, and no fewer than one.
    let per_mac = model["small_steps_single_phase"].as_u64().unwrap() / 38_144;
    assert!((1..10).contains(&per_mac), "{model}");

    let stories = told["scenarios"].as_array().unwrap();
    let fields = ["name", "verdict", "callback", "winner", "moves", "transactions", "seconds"];
    for story in stories {
        assert_eq!(keys(story), fields.into());
        assert_eq!(keys(&story["moves"]), ["phase1", "phase2"].into());
        assert!(story["seconds"].as_f64().unwrap() > 0.0);
        for transaction in story["transactions"].as_array().unwrap() {
            assert_eq!(keys(transaction), ["from_role", "what", "gas"].into());
            assert!(WHATS.contains(&transaction["what"].as_str().unwrap()), "{transaction}");
            assert!(transaction["gas"].as_u64().unwrap() > 21_000, "{transaction}");
        }
    }

    let [honest, liar] = stories.as_slice() else { panic!("{} stories", stories.len()) };
    let head = ["name", "verdict", "callback", "winner"];
    let summary = |story: &Value| Value::from_iter(head.map(|field| story[field].clone()));
    assert_eq!(summary(honest), json!(["honest", "finalized", true, "submitter"]));
    assert_eq!(summary(liar), json!(["liar", "rejected", true, "challenger"]));
    assert!(!whats(honest).contains(&"open"));

    let done = whats(liar);
    let claim = done.iter().position(|what| *what == "reveal").unwrap();
    let (before, after) = (&done[..claim], &done[claim + 1..]);
    assert!(!before.contains(&"open"));
    assert!(after.len() <= 11, "{after:?}");
    let count = |wanted| after.iter().filter(|what| **what == wanted).count();
    assert_eq!(["open", "evaluate", "timeout", "reveal", "finalise"].map(count), [1, 1, 0, 1, 1]);
    let lists =
        liar["moves"]["phase1"].as_u64().unwrap() + liar["moves"]["phase2"].as_u64().unwrap();
    assert_eq!(lists as usize, count("open") + count("move"));
}

/// Its weights are too many for a single large step, so that figure is missing.
#[test]
fn a_sentence_is_embedded_by_a_model_of_millions_of_weights() {
    let output = output(&["--json", "--model", "minilm", "--scenario", "honest"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(keys(&told["model"]), ["name", "large_steps"].into());
    assert!(told["model"]["large_steps"].as_u64().unwrap() > 1000, "{told}");
    assert_eq!(told["scenarios"][0]["verdict"], "finalized");
}

#[test]
fn a_folder_without_a_checkpoint_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let output = output(&["--json", "--model", "minilm", "--checkpoint", path]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{told}");
    assert!(told.contains(path) && told.contains("model.safetensors"), "{told}");
}

#[test]
fn the_story_goes_to_stderr_and_the_tables_to_stdout() {
    let output = output(&["--scenario", "liar"]);
    assert!(output.status.success());
    let [table, story] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    for words in ["38 144", "liar", "rejected", "challenger", "delivered"] {
        assert!(table.contains(words), "{table}");
    }
    // The picture, a part of a list, an instruction, and both ends.
    for words in ["██", "├·", "the contract executes", "sb ", "by proof", "receives the digit: 0"]
    {
        assert!(story.contains(words), "{words}: {story}");
    }
}

#[test]
fn a_lie_about_a_tale_is_caught_as_well() {
    let arguments = ["--model", "stories", "--tokens", "6", "--scenario", "liar"];
    let output = output(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let [table, story] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    for words in ["stories", "liar", "rejected", "challenger", "none"] {
        assert!(table.contains(words), "{table}");
    }
    for words in ["how does \"Once upon a time\" go on?", "by proof", "the contract executes"] {
        assert!(story.contains(words), "{words}: {story}");
    }
    // What the liar says the model answered, then what it answered: the same up to a token, and words that a person reads.
    let answers: Vec<&str> =
        story.split("answer \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let [lie, truth, last] = answers[..] else { panic!("{story}") };
    assert_eq!(truth, last, "{story}");
    assert!(
        truth.split_once(' ').is_some_and(|(_, rest)| rest.starts_with("there was")),
        "{story}"
    );
    assert!(lie != truth && lie.starts_with(" there"), "{story}");
    assert!(lie.chars().all(|char| char.is_ascii_alphabetic() || " ,.".contains(char)), "{story}");
}

#[test]
fn an_unknown_scenario_is_refused_with_the_names_of_the_others() {
    let refused = output(&["--scenario", "no-such"]);
    assert!(!refused.status.success() && refused.stdout.is_empty());
    let listed = output(&["--list"]);
    assert!(listed.status.success());
    let (listed, refused) =
        (String::from_utf8(listed.stdout).unwrap(), String::from_utf8(refused.stderr).unwrap());
    assert!(listed.lines().count() > 2);
    for line in listed.lines() {
        assert!(refused.contains(line.split_whitespace().next().unwrap()), "{refused}");
    }
}

/// A signal that hits nobody but the demo, when a line of the story with these words is told, ends anvil too.
#[test]
fn a_signal_at_any_moment_leaves_no_process_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (pid_file, anvil) = (folder.path().join("pid"), folder.path().join("anvil"));
    // The shell's process becomes anvil's.
    let script = format!(
        "#!/bin/sh\necho $$ > '{}'\nexec '{}' \"$@\"\n",
        pid_file.display(),
        Anvil::program().display()
    );
    fs::write(&anvil, script).unwrap();
    fs::set_permissions(&anvil, fs::Permissions::from_mode(0o755)).unwrap();

    for (signal, words) in [
        (Signal::INT, "deploy "),
        (Signal::TERM, "claim "),
        (Signal::INT, "move "),
        (Signal::HUP, "evaluate "),
        (Signal::TERM, "finalise "),
    ] {
        let mut demo = demo();
        // The second story keeps the demo busy whenever the signal comes.
        demo.args(["--scenario", "liar", "--scenario", "honest"]).env(ANVIL, &anvil);
        let mut demo = demo.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(demo.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut rest = lines.skip_while(|line| !line.contains(words));
        assert!(rest.next().is_some(), "{words}is never told");
        kill_process(Pid::from_child(&demo), signal).unwrap();
        rest.for_each(drop);
        assert_eq!(demo.wait().unwrap().code(), Some(128 + signal.as_raw()), "{words}");
        let anvil: i32 = fs::read_to_string(&pid_file).unwrap().trim().parse().unwrap();
        assert!(
            test_kill_process(Pid::from_raw(anvil).unwrap()).is_err(),
            "anvil survives at {words}"
        );
    }
}
