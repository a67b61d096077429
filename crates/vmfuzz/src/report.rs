//! What a long run prints.

use crate::Options;
use eyre::{Result, ensure};
use opml_vmfuzz::{Coverage, Tally};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Runs shorter than this need not have seen everything.
const LONG: u64 = 1_000_000;

/// Prints what was compared. A long run fails that has not seen every outcome of every encoding.
pub(crate) fn vm(options: &Options, tally: &Tally, elapsed: Duration) -> Result<()> {
    let mut counts = vec![
        ("programs".to_owned(), tally.programs),
        ("steps of the reference".to_owned(), tally.steps),
        ("steps by witness".to_owned(), tally.proved),
    ];
    counts.extend(tally.compared.iter().map(|(name, steps)| (format!("steps by {name}"), *steps)));
    print(options, &counts, &tally.coverage, elapsed);
    let missing = tally.coverage.missing();
    ensure!(missing.is_empty() || tally.steps < LONG, "never seen: {}", missing.join("; "));
    Ok(())
}

/// Prints what was verified. A long run fails that has not seen every encoding and fault.
#[cfg(feature = "verifier")]
pub(crate) fn verifier(
    options: &Options,
    windows: &opml_vmfuzz::Windows,
    elapsed: Duration,
) -> Result<()> {
    let counts = [
        ("programs".to_owned(), windows.programs),
        ("windows verified".to_owned(), windows.windows),
        ("steps verified".to_owned(), windows.steps),
        ("gas".to_owned(), windows.gas),
    ];
    print(options, &counts, &windows.coverage, elapsed);
    let unseen = windows.coverage.unseen();
    ensure!(unseen.is_empty() || windows.steps < LONG / 10, "never seen: {}", unseen.join("; "));
    Ok(())
}

fn print(options: &Options, counts: &[(String, u64)], coverage: &Coverage, elapsed: Duration) {
    if options.json {
        let mut object = Map::new();
        object.insert("seed".to_owned(), json!(options.seed));
        for (name, count) in counts {
            object.insert(name.replace(' ', "_"), json!(count));
        }
        let rest: [(&str, Value); 5] = [
            ("differences", json!(0)),
            ("seconds", json!(elapsed.as_secs_f64())),
            ("encodings", json!(coverage.encodings())),
            ("faults", json!(coverage.faults())),
            ("missing", json!(coverage.missing())),
        ];
        object.extend(rest.map(|(name, value)| (name.to_owned(), value)));
        println!("{}", Value::Object(object));
        return;
    }
    for (name, outcomes) in coverage.encodings() {
        let outcomes: Vec<_> =
            outcomes.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
        println!("{name:8} {}", outcomes.join(", "));
    }
    println!();
    for (fault, count) in coverage.faults() {
        println!("{fault:26} {count:12}");
    }
    println!();
    for (name, count) in counts {
        println!("{name:26} {count:12}");
    }
    println!("{:26} {:12}", "differences", 0);
    eprintln!("seed {}, {:.1} s", options.seed, elapsed.as_secs_f64());
}

/// Reads the deployed code of an artifact of forge.
#[cfg(feature = "verifier")]
pub(crate) fn deployed_code(path: &std::path::Path) -> Result<alloy_primitives::Bytes> {
    use eyre::{OptionExt, WrapErr};
    let read = || -> Result<alloy_primitives::Bytes> {
        let artifact: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        let code = &artifact["deployedBytecode"];
        // Plain in the committed artifacts, an object in forge's own.
        let code = code.as_str().or_else(|| code["object"].as_str());
        Ok(code.ok_or_eyre("no deployedBytecode")?.parse()?)
    };
    read().wrap_err_with(|| format!("cannot read the code in {}", path.display()))
}
