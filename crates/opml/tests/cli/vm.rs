//! `opml vm run|trace|diff` on the guest, on a run of a model, and on programs made by hand.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{GUEST, command, failure, json, opml, text};

/// Arguments that give the guest one large step of a model to do.
const TILE: [&str; 6] = ["--model", "digits", "--large-step", "3", "--hex", DIGIT];
/// A picture of 64 dark pixels.
const DIGIT: &str = concat!(
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000"
);

fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [args, more].concat()
}

/// Writes the guest's ELF file with some bytes replaced.
fn patched_guest(folder: &Path, patches: &[(usize, &[u8])]) -> String {
    let mut file = fs::read(GUEST).unwrap();
    for (at, bytes) in patches {
        file[*at..at + bytes.len()].copy_from_slice(bytes);
    }
    let path = folder.join("patched.elf");
    fs::write(&path, file).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The snapshot of the tile after `step` steps.
fn snapshot(folder: &TempDir, step: u64) -> String {
    let (step, folder) = (step.to_string(), folder.path().to_str().unwrap());
    let at = format!("={step}");
    let args =
        ["vm", "run", GUEST, "--stop-at", &step, "--snapshot-at", &at, "--snapshots", folder];
    let ran = json(&with(&with(&args, &TILE), &["--json"]));
    assert_eq!(ran["snapshots"].as_array().unwrap().len(), 1);
    ran["snapshots"][0].as_str().unwrap().to_owned()
}

#[test]
fn run_tells_how_far_it_came() {
    // A guest without a model refuses its first record and exits with code 0.
    let whole = json(&["vm", "run", GUEST, "--json"]);
    assert_eq!((&whole["exited"], &whole["code"]), (&Value::Bool(true), &Value::from(0)));
    assert_eq!(whole["pc"], "0x0", "an exited state has no pc");
    assert_eq!(whole["registers"]["exit"], "0x100");
    let steps = whole["steps"].as_u64().unwrap();

    let part = json(&["vm", "run", GUEST, "--stop-at", "1", "--json"]);
    assert_eq!((&part["exited"], &part["code"]), (&Value::Bool(false), &Value::Null));
    assert_eq!((&part["steps"], &part["registers"]["pc"]), (&Value::from(1), &part["pc"]));
    let more = (steps + 100).to_string();
    assert_eq!(json(&["vm", "run", GUEST, "--stop-at", &more, "--json"]), whole);
    let last = steps.to_string();
    assert_eq!(json(&["vm", "run", GUEST, "--stop-at", &last, "--json"]), whole);
    for key in ["memory_root", "state_hash"] {
        assert_eq!(whole[key].as_str().unwrap().len(), 66);
    }
}

#[test]
fn engines_come_to_the_same_state() {
    let run = with(&["vm", "run", GUEST, "--json"], &TILE);
    let whole = json(&run);
    assert_eq!(whole["code"], 0);
    for engine in ["auto", "jit", "interpreter", "reference"] {
        let output = opml(&with(&run, &["--engine", engine]));
        if engine == "jit" && !output.status.success() {
            // Not for every host; where there is none, it says so.
            assert!(String::from_utf8(output.stderr).unwrap().contains("no engine jit"));
            continue;
        }
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), whole, "{engine}");
    }
}

#[test]
fn patterns_say_when_there_is_something_to_see() {
    let folder = TempDir::new().unwrap();
    let args = ["vm", "run", GUEST, "--json", "--info-at", "%16", "--snapshot-at", "%20"];
    let output =
        command(&args).args(["--snapshots", "deep/er"]).current_dir(&folder).output().unwrap();
    let ran: Value = serde_json::from_slice(&output.stdout).unwrap();
    let steps = ran["steps"].as_u64().unwrap();
    let lines = String::from_utf8(output.stderr).unwrap();
    assert_eq!(lines.lines().count() as u64, steps / 16 + 1);
    assert!(lines.starts_with("step 0 pc 0x010000 _start jal "), "{lines}");
    let names: Vec<_> = ran["snapshots"].as_array().unwrap().iter().collect();
    assert_eq!(names.len() as u64, steps / 20 + 1);
    assert_eq!(names[1], "deep/er/opml-guest-20.snapshot");
    assert!(folder.path().join("deep/er/opml-guest-20.snapshot").is_file());
    let files = fs::read_dir(folder.path().join("deep/er")).unwrap().count();
    assert_eq!(files, names.len(), "nothing but the snapshots is left");
}

#[test]
fn a_run_goes_on_from_its_snapshot() {
    let folder = TempDir::new().unwrap();
    let snapshot = snapshot(&folder, 1000);
    let whole = json(&with(&["vm", "run", GUEST, "--json"], &TILE));
    assert_eq!(json(&["vm", "run", &snapshot, "--json"]), whole);
    for tail in [
        &["vm", "trace", "--to", "1003", "--from", "1001", "--json"],
        &["vm", "prove", "--at", "1001", "--steps", "2", "--json"],
    ] {
        let from_start = text(&with(&with(tail, &[GUEST]), &TILE));
        let from_snapshot = text(&with(tail, &[&snapshot]));
        if tail[1] == "prove" {
            assert_eq!(from_snapshot, from_start);
        } else {
            // Names of functions come with the ELF file.
            assert_eq!(text(&with(tail, &[&snapshot, "--symbols", GUEST])), from_start);
            assert!(from_snapshot.contains("\"place\":null"));
        }
    }
}

#[test]
fn a_snapshot_that_was_changed_is_refused() {
    let folder = TempDir::new().unwrap();
    let snapshot = snapshot(&folder, 10);
    let bytes = fs::read(&snapshot).unwrap();
    let refused = |bytes: &[u8]| {
        fs::write(&snapshot, bytes).unwrap();
        let error = failure(&["vm", "run", &snapshot]);
        assert!(error.contains(&snapshot) && error.lines().count() == 1, "{error}");
        error
    };
    assert!(refused(&bytes[..bytes.len() - 1]).contains("cut short or changed"));
    assert!(refused(&[&bytes[..500], &[!bytes[500]], &bytes[501..]].concat()).contains("changed"));
    assert!(refused(&bytes[..100]).contains("100 bytes"));
    assert!(refused(&[b"OPMLSNAP\x07", &bytes[9..]].concat()).contains("version 7"));
    fs::write(&snapshot, &bytes).unwrap();
    for (args, value) in [
        (&["vm", "run", &snapshot, "--stop-at", "9"][..], "--stop-at 9"),
        (&["vm", "trace", &snapshot, "--from", "9"], "step 9 lies before the snapshot of step 10"),
        (&["vm", "prove", &snapshot, "--at", "9"], "step 9"),
        (&["vm", "diff", &snapshot, GUEST], "step 10"),
        (&with(&["vm", "run", &snapshot], &TILE), "data half of its own"),
    ] {
        assert!(failure(args).contains(value), "{args:?}: {}", failure(args));
    }
}

#[test]
fn trace_shows_what_each_step_changes() {
    let plain = text(&["vm", "trace", GUEST, "--to", "4"]);
    let lines: Vec<_> = plain.lines().collect();
    assert_eq!((lines[0], lines[3]), ("_start:", "guest_main:"));
    assert_eq!(
        lines[2],
        "         1  0x010004 +0x4     lui sp, 0x200                sp 0x0 → 0x2000000"
    );
    assert_eq!(lines.len(), 6);
    let whole = text(&["vm", "trace", GUEST]);
    // The return address of the first call, at the top of the stack.
    assert!(whole.lines().any(|line| line.ends_with("[0x1fffff8] 0x0 → 0x10008")), "{whole}");
    assert!(whole.trim_end().ends_with("exited with code 0"));

    // Each line of JSON leads to the next, up to the end.
    let lines = text(&["vm", "trace", GUEST, "--json"]);
    let steps: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (number, pair) in steps.windows(2).enumerate() {
        assert_eq!(pair[0]["step"], number);
        assert_eq!(pair[0]["next_pc"], pair[1]["pc"]);
    }
    assert_eq!(steps[steps.len() - 1]["code"], 0);
    assert_eq!(steps.len() as u64, json(&["vm", "run", GUEST, "--json"])["steps"]);
}

#[test]
fn trace_has_colours_only_where_they_are_wanted() {
    let trace = |name: &str| {
        let mut command = command(&["vm", "trace", GUEST, "--to", "4"]);
        let output = command.env(name, "1").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!trace("NO_COLOR").contains('\u{1b}'));
    assert!(!trace("SOME_OTHER").contains('\u{1b}'), "a pipe is no terminal");
    assert!(trace("CLICOLOR_FORCE").contains("\u{1b}[32msp\u{1b}[0m"));
}

/// Programs of others: those of the corpus that QEMU ran, by their names there.
#[test]
fn any_static_program_that_only_exits_runs() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../fpvm/tests/corpus");
    let results = fs::read(format!("{corpus}/results.json")).unwrap();
    let results: Value = serde_json::from_slice(&results).unwrap();
    for name in ["sort_quick.O2", "sha256.O2", "soft_f64.O2"] {
        let programs = results["programs"].as_array().unwrap();
        let recorded = programs.iter().find(|program| program["name"] == name).unwrap();
        let ran = json(&["vm", "run", &format!("{corpus}/elf/{name}.elf"), "--json"]);
        assert_eq!((&ran["exited"], &ran["code"]), (&true.into(), &recorded["exit"]), "{name}");
    }
}

#[test]
fn diff_finds_where_two_programs_part() {
    let same = json(&["vm", "diff", GUEST, GUEST, "--engine-b", "reference", "--json"]);
    assert_eq!((&same["equal"], &same["memory_at_start"]["count"]), (&true.into(), &0.into()));
    assert_eq!(same["step"], json(&["vm", "run", GUEST, "--json"])["steps"]);
    let part = text(&["vm", "diff", GUEST, GUEST, "--stop-at", "5"]);
    assert_eq!(part, "no difference in states up to step 5\n");

    // `lui sp, 0x0200`, the second instruction, becomes `lui sp, 0x0300`.
    let folder = TempDir::new().unwrap();
    let elf = fs::read(GUEST).unwrap();
    let at = elf.windows(4).position(|bytes| bytes == [0, 2, 0x1d, 0x3c]).unwrap();
    let other = patched_guest(folder.path(), &[(at + 1, &[3])]);
    let parted = json(&["vm", "diff", GUEST, &other, "--json"]);
    assert_eq!((&parted["equal"], &parted["step"]), (&false.into(), &2.into()));
    assert_eq!(parted["a"]["place"], "_start+0x4");
    assert_eq!(parted["a"]["instruction"], "lui sp, 0x200");
    assert_eq!(parted["b"]["instruction"], "lui sp, 0x300");
    assert_eq!(parted["registers"].as_array().unwrap().len(), 1);
    assert_eq!(parted["registers"][0]["b"], "0x3000000");
    assert_eq!(parted["memory"]["count"], 0);
    assert_eq!(parted["memory_at_start"]["count"], 1);
    assert_eq!(parted["memory_at_start"]["lowest"][0]["name"], "0x10000");
    assert!(text(&["vm", "diff", GUEST, &other]).contains("  sp  0x2000000 | 0x3000000\n"));
}

#[test]
fn files_that_are_no_guests_are_refused_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let refused = |patches: &[(usize, &[u8])]| {
        let error = failure(&["vm", "run", &patched_guest(folder.path(), patches)]);
        assert!(error.contains("patched.elf") && error.lines().count() == 1, "{error}");
        error
    };
    assert!(refused(&[(4, &[1])]).contains("class 1"));
    assert!(refused(&[(5, &[2])]).contains("encoding 2"));
    assert!(refused(&[(16, &[3])]).contains("type 3"));
    assert!(refused(&[(18, &[62])]).contains("machine 62"));
    assert!(refused(&[(24, &[2])]).contains("entry point 0x10002"));
    assert!(refused(&[(48, &[0, 0, 0, 0xa0])]).contains("0xa0000000"));
    // The type of the second program header.
    assert!(refused(&[(120, &[2])]).contains("type 2"));
    assert!(refused(&[(120 + 16, &[0, 0, 1, 0])]).contains("overlaps"));
    assert!(refused(&[(0, b"text")]).contains("malformed ELF file"));
    assert!(failure(&["vm", "run", "/no/such/file"]).contains("/no/such/file"));
}

#[test]
fn bad_arguments_are_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "kept").unwrap();
    let file = file.to_str().unwrap();
    let inside = format!("{file}/inside");
    for (args, value) in [
        (&["run", GUEST, "--stop-at", "many"][..], "many"),
        (&["run", GUEST, "--info-at", "%0"], "%0"),
        (&["run", GUEST, "--snapshot-at", "often"], "often"),
        (&["run", GUEST, "--engine", "warp"], "warp"),
        (&["run", GUEST, "--snapshot-at", "=0", "--snapshots", file], file),
        (&["run", GUEST, "--model", "digits"], "--input"),
        (&["run", GUEST, "--model", "digits", "--hex", "00"], "1 bytes"),
        (&["run", GUEST, "--model", "digits", "--hex", DIGIT, "--large-step", "99"], "99"),
        (&["run", GUEST, "--hex", DIGIT], "--model"),
        (&["trace", GUEST, "--from", "3", "--to", "2"], "--from 3"),
        (&["trace", GUEST, "--from", "99999"], "99999"),
        (&["witness", GUEST, "--at", "0", "--steps", "17"], "17"),
        (&["witness", GUEST, "--at", "99999999"], "99999999"),
        (&["prove", GUEST, "--at", "0", "--steps", "0"], "--steps 0"),
        (&["prove", GUEST, "--at", "0", "--output", &inside], &inside),
        (&["diff", GUEST, "/no/such/file"], "/no/such/file"),
    ] {
        let error = failure(&with(&["vm"], args));
        assert!(error.contains(value), "{args:?}: {error}");
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "kept");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut child = command(&with(&["vm", "trace", GUEST], &TILE))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    assert!(opml(&["vm", "trace", GUEST]).status.success());
}
