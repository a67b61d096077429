//! `cargo xtask contracts`: from Solidity sources to the committed artifacts of `opml-contracts`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use eyre::{Result, WrapErr, bail, ensure, eyre};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{process, project::Project, tools::Tools};

/// Sources of the contracts that somebody deploys, if only a test; each file defines the contract that it is named after.
const DEPLOYABLE: &[&str] = &[
    "src/OpML.sol",
    "src/TokenOpML.sol",
    "src/MipsVerifier.sol",
    "src/attention/Attention.sol",
    "src/examples/DigitsDapp.sol",
    "src/ora/OraFront.sol",
    "test/opml/ToyCourt.sol",
    "test/ora/Prompt.sol",
    "test/utils/ToyVerifier.sol",
];

/// The contracts that answer with the help of another: the one that each creates and that answers in its place what it does not know, in
/// its storage. Which of them has which function is committed. docs/decisions/0008
const WITH_DELEGATE: &[(&str, &str)] =
    &[("src/OpML.sol", "BackOffice"), ("src/TokenOpML.sol", "TokenBackOffice")];

/// What the first and the second of them are for: each has the functions of this interface and no other.
const INTERFACES: [&str; 2] = ["IOpMLGame", "IBackOffice"];

/// The most that the code of a contract may have (EIP-170), and of what creates one (EIP-3860).
const MAX_CODE: usize = 24_576;

/// Arguments of `cargo xtask contracts`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Write nothing; fail if a committed artifact differs from its source.
    #[arg(long)]
    check: bool,
}

/// Writes or checks the artifacts.
///
/// # Errors
/// If a contract does not compile, or `--check` finds a difference.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let tools = Tools::install(project)?;
    if args.check { check(project, &tools) } else { write(project, &tools) }
}

/// Compiles every deployable contract and writes what differs.
fn write(project: &Project, tools: &Tools) -> Result<()> {
    fs::create_dir_all(project.artifacts())
        .wrap_err("cannot create the folder of the artifacts")?;
    fs::create_dir_all(snapshots(project)).wrap_err("cannot create the folder of the snapshots")?;
    for source in DEPLOYABLE {
        for (path, fresh) in compile(project, tools, source)? {
            if fs::read_to_string(&path).is_ok_and(|committed| committed == fresh) {
                eprintln!("{} is in step", project.relative(&path));
                continue;
            }
            fs::write(&path, fresh).wrap_err_with(|| format!("cannot write {}", path.display()))?;
            eprintln!("{} written", project.relative(&path));
        }
    }
    for path in strangers(project)? {
        fs::remove_file(&path).wrap_err_with(|| format!("cannot remove {}", path.display()))?;
        eprintln!("{} removed: no deployable contract has this name", project.relative(&path));
    }
    Ok(())
}

/// Compiles every deployable contract and compares it with the committed artifact.
///
/// # Errors
/// On the first artifact that is missing, out of step with its source, or without a source.
pub(crate) fn check(project: &Project, tools: &Tools) -> Result<()> {
    for source in DEPLOYABLE {
        for (path, fresh) in compile(project, tools, source)? {
            ensure!(
                fs::read_to_string(&path).is_ok_and(|committed| committed == fresh),
                "{} is out of step with contracts/{source}: run `cargo xtask contracts` and commit it",
                project.relative(&path)
            );
        }
    }
    match strangers(project)?.first() {
        Some(path) => bail!(
            "{} belongs to no deployable contract: run `cargo xtask contracts` and commit the removal",
            project.relative(path)
        ),
        None => Ok(()),
    }
}

/// Committed artifacts of contracts that are not (any more) deployable.
fn strangers(project: &Project) -> Result<Vec<PathBuf>> {
    let mut known: BTreeSet<PathBuf> =
        DEPLOYABLE.iter().map(|source| artifact_path(project, source)).collect::<Result<_>>()?;
    for (_, delegate) in WITH_DELEGATE {
        known.insert(artifact_path(project, delegate)?);
    }
    let Ok(entries) = fs::read_dir(project.artifacts()) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.wrap_err("cannot list the artifacts")?.path();
        if path.extension().is_some_and(|extension| extension == "json") && !known.contains(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The contract that a source file is named after.
fn name(source: &str) -> Result<&str> {
    Path::new(source)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .ok_or_else(|| eyre!("contracts/{source} has no contract name"))
}

fn artifact_path(project: &Project, source: &str) -> Result<PathBuf> {
    Ok(project.artifacts().join(name(source)?).with_extension("json"))
}

fn snapshots(project: &Project) -> PathBuf {
    project.contracts().join("snapshots")
}

/// What forge writes for one contract, as far as it is committed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ForgeArtifact {
    abi: Value,
    bytecode: Code,
    deployed_bytecode: Code,
    /// Selectors by signature.
    method_identifiers: BTreeMap<String, String>,
    /// Interfaces have none.
    #[serde(default)]
    storage_layout: Value,
}

#[derive(Deserialize)]
struct Code {
    object: String,
}

/// Compiles one contract and returns what is committed of it: its artifact, its storage layout and, of those [`WITH_DELEGATE`], the
/// artifact of its delegate and the functions of both.
///
/// Each contract is compiled alone, in its own output folder: with via-IR the code of a contract depends on which other
/// sources are in the same compiler run, so an unrelated contract or test would change it.
fn compile(project: &Project, tools: &Tools, source: &str) -> Result<Vec<(PathBuf, String)>> {
    let name = name(source)?;
    let out = Path::new("out/deployable").join(name);
    eprintln!("==> forge build {source}");
    process::run(
        tools
            .forge()
            .args(["build", "--quiet", "--extra-output", "storageLayout", "--", source])
            .env("FOUNDRY_OUT", &out)
            .env("FOUNDRY_CACHE_PATH", Path::new("cache/deployable").join(name)),
    )?;
    let out = project.contracts().join(out);
    let mut forged = forged(&out, name)?;
    let mut files = Vec::new();
    // Helpers of tests may lay out their variables as they like.
    if source.starts_with("src/")
        && let Some(layout) = layout(&forged.storage_layout)?
    {
        files.push((snapshots(project).join(format!("{name}.storage.json")), layout));
    }
    if let Some((_, second)) = WITH_DELEGATE.iter().find(|(first, _)| *first == source) {
        let delegate = self::forged(&out, second)?;
        ensure!(
            layout(&forged.storage_layout)? == layout(&delegate.storage_layout)?,
            "{name} and {second} share a storage, and do not lay it out alike"
        );
        forged.abi = joined(&forged.abi, &delegate.abi)?;
        let [game, office] = INTERFACES;
        let interfaces = [&self::forged(&out, game)?, &self::forged(&out, office)?];
        let listed = functions([(name, &forged), (second, &delegate)], interfaces)?;
        files.push((snapshots(project).join(format!("{name}.functions.json")), listed));
        files.push((artifact_path(project, second)?, render(second, delegate)?));
    }
    files.push((artifact_path(project, source)?, render(name, forged)?));
    Ok(files)
}

/// Reads what forge has written for a contract.
fn forged(out: &Path, name: &str) -> Result<ForgeArtifact> {
    let path = out.join(format!("{name}.sol/{name}.json"));
    let text = fs::read_to_string(&path)
        .wrap_err_with(|| format!("{name}.sol defines no contract {name}"))?;
    serde_json::from_str(&text)
        .wrap_err_with(|| format!("{} is no artifact of forge", path.display()))
}

/// The interface of a contract that hands what it does not know to another.
///
/// # Errors
/// If both have a function of the same name: the second would never be called.
fn joined(first: &Value, second: &Value) -> Result<Value> {
    let list = |abi: &Value| abi.as_array().cloned().ok_or_else(|| eyre!("no ABI"));
    let mut items = list(first)?;
    for item in list(second)? {
        if item["type"] == "function" {
            let taken =
                |other: &&Value| other["type"] == "function" && other["name"] == item["name"];
            ensure!(
                !items.iter().any(|other| taken(&other)),
                "both contracts have {}",
                item["name"]
            );
            items.push(item);
        } else if item.get("name").is_some() && !items.contains(&item) {
            items.push(item);
        }
    }
    let key = |item: &Value| (item["type"].to_string(), item["name"].to_string());
    items.sort_by_key(key);
    Ok(Value::Array(items))
}

/// Which of two contracts has which function, with its selector: each those of its interface, and no other.
fn functions(
    contracts: [(&str, &ForgeArtifact); 2],
    interfaces: [&ForgeArtifact; 2],
) -> Result<String> {
    let mut listed = BTreeMap::new();
    for (((name, contract), interface), interface_name) in
        contracts.into_iter().zip(interfaces).zip(INTERFACES)
    {
        ensure!(
            contract.method_identifiers == interface.method_identifiers,
            "{name} has other functions than {interface_name}"
        );
        listed.insert(name, &contract.method_identifiers);
    }
    let text = serde_json::to_string_pretty(&listed).wrap_err("cannot write the functions")?;
    Ok(format!("{text}\n"))
}

/// The storage layout without what a change elsewhere in the source would change: one line per variable, with its type as
/// Solidity writes it; `None` of a contract without any. solc's own names of types count the nodes of its syntax tree.
fn layout(forged: &Value) -> Result<Option<String>> {
    let variables = forged["storage"].as_array().ok_or_else(|| eyre!("no storage layout"))?;
    if variables.is_empty() {
        return Ok(None);
    }
    let lines = variables.iter().map(|variable| {
        let kind = variable["type"].as_str().unwrap_or_default();
        let reduced = Map::from_iter([
            ("label".to_owned(), variable["label"].clone()),
            ("slot".to_owned(), variable["slot"].clone()),
            ("offset".to_owned(), variable["offset"].clone()),
            ("type".to_owned(), forged["types"][kind]["label"].clone()),
        ]);
        sorted(Value::Object(reduced)).to_string()
    });
    Ok(Some(format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n"))))
}

/// The committed form: one line of JSON with the keys `abi`, `bytecode` (creation) and `deployedBytecode` (runtime,
/// with zeros in the place of immutables), every object's keys sorted.
fn render(name: &str, forged: ForgeArtifact) -> Result<String> {
    let ForgeArtifact { abi, bytecode, deployed_bytecode, .. } = forged;
    for (code, most) in [(&bytecode.object, 2 * MAX_CODE), (&deployed_bytecode.object, MAX_CODE)] {
        let size = code.len().saturating_sub(2) / 2;
        ensure!(size <= most, "{name} has {size} bytes of code, and {most} are the limit");
        ensure!(code.len() > 2, "{name} is abstract or an interface: it has no code to deploy");
        // solc marks the address of a library that is still to be linked with `__$…$__`.
        ensure!(
            !code.contains("__"),
            "{name} calls an external library: deployable contracts link nothing"
        );
    }
    let artifact = Map::from_iter([
        ("abi".to_owned(), abi),
        ("bytecode".to_owned(), bytecode.object.into()),
        ("deployedBytecode".to_owned(), deployed_bytecode.object.into()),
    ]);
    Ok(format!("{}\n", sorted(Value::Object(artifact))))
}

/// Sorts the keys of every object, whichever map `serde_json` was built with (a dependency's feature decides).
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|(left, _), (right, _)| left.cmp(right));
            entries.into_iter().map(|(key, value)| (key, sorted(value))).collect()
        }
        leaf => leaf,
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, ForgeArtifact, functions, joined, layout, name, render};
    use serde_json::json;

    fn forged(creation: &str, runtime: &str) -> ForgeArtifact {
        ForgeArtifact {
            abi: json!([{"type": "function", "name": "f", "inputs": []}]),
            bytecode: Code { object: creation.to_owned() },
            deployed_bytecode: Code { object: runtime.to_owned() },
            method_identifiers: [("f()".to_owned(), "26121ff0".to_owned())].into(),
            storage_layout: json!({}),
        }
    }

    #[test]
    fn an_artifact_is_one_line_with_sorted_keys() {
        assert_eq!(
            render("A", forged("0x6001", "0x60")).unwrap(),
            "{\"abi\":[{\"inputs\":[],\"name\":\"f\",\"type\":\"function\"}],\
             \"bytecode\":\"0x6001\",\"deployedBytecode\":\"0x60\"}\n"
        );
    }

    #[test]
    fn code_beyond_the_limits_is_refused() {
        let code = |bytes: usize| format!("0x{}", "60".repeat(bytes));
        assert!(render("A", forged(&code(49_152), &code(24_576))).is_ok());
        let error = render("A", forged(&code(49_153), &code(24_576))).unwrap_err();
        assert_eq!(error.to_string(), "A has 49153 bytes of code, and 49152 are the limit");
        let error = render("A", forged(&code(49_152), &code(24_577))).unwrap_err();
        assert_eq!(error.to_string(), "A has 24577 bytes of code, and 24576 are the limit");
    }

    #[test]
    fn code_that_cannot_be_deployed_is_refused() {
        assert!(render("A", forged("0x", "0x")).unwrap_err().to_string().contains("abstract"));
        let unlinked = forged("0x73__$ab$__63", "0x60");
        assert!(render("A", unlinked).unwrap_err().to_string().contains("library"));
    }

    #[test]
    fn a_layout_has_nothing_that_another_file_can_change() {
        let forged = json!({
            "storage": [
                {"astId": 3, "contract": "a:A", "label": "x", "offset": 4, "slot": "1", "type": "t_T_7"}
            ],
            "types": {"t_T_7": {"encoding": "inplace", "label": "T", "numberOfBytes": "32"}},
        });
        assert_eq!(
            layout(&forged).unwrap().unwrap(),
            "[\n{\"label\":\"x\",\"offset\":4,\"slot\":\"1\",\"type\":\"T\"}\n]\n"
        );
        assert_eq!(layout(&json!({"storage": []})).unwrap(), None);
        assert!(layout(&json!({})).is_err());
    }

    #[test]
    fn two_interfaces_are_joined_without_a_function_twice() {
        let function = |name: &str| json!({"type": "function", "name": name});
        let error = json!({"type": "error", "name": "E"});
        let fallback = json!({"type": "fallback", "stateMutability": "payable"});
        let first = json!([function("b"), error, fallback]);
        let second = json!([function("a"), error, fallback]);
        let both = json!([error, fallback, function("a"), function("b")]);
        assert_eq!(joined(&first, &second).unwrap(), both);
        assert!(joined(&first, &first).unwrap_err().to_string().contains("\"b\""));
    }

    #[test]
    fn a_contract_has_the_functions_of_its_interface_alone() {
        let (one, mut other) = (forged("0x60", "0x60"), forged("0x60", "0x60"));
        let listed = functions([("A", &one), ("B", &other)], [&one, &one]).unwrap();
        assert!(listed.contains("\"A\": {\n    \"f()\": \"26121ff0\"\n  }"), "{listed}");
        other.method_identifiers.insert("g()".to_owned(), "e2179b8e".to_owned());
        let error = functions([("A", &one), ("B", &other)], [&one, &one]).unwrap_err();
        assert_eq!(error.to_string(), "B has other functions than IBackOffice");
    }

    #[test]
    fn a_contract_is_named_after_its_file() {
        assert_eq!(name("src/examples/DigitsDapp.sol").unwrap(), "DigitsDapp");
    }
}
