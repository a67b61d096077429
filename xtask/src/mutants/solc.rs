//! One compiler process for many small changes of the step verifier.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use eyre::{Result, WrapErr, eyre};
use serde_json::{Value, json};

use crate::project::Project;

/// The contract that is compiled, and its file.
const CONTRACT: (&str, &str) = ("src/MipsVerifier.sol", "MipsVerifier");

/// solc, which answers one input after the other.
pub(super) struct Solc {
    process: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Solc {
    /// Starts the compiler of `contracts/package.json`, which must be installed.
    pub(super) fn start(project: &Project) -> Result<Self> {
        let mut process = Command::new("node")
            .args(["tools/solc", "--standard-json-lines"])
            .current_dir(project.contracts())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .wrap_err("cannot start node")?;
        let (stdin, stdout) = (process.stdin.take(), process.stdout.take());
        match (stdin, stdout) {
            (Some(stdin), Some(stdout)) => {
                Ok(Self { process, stdin, stdout: BufReader::new(stdout) })
            }
            _ => Err(eyre!("node has no pipes")),
        }
    }

    /// The verifier's deployed code, in hexadecimal digits; none if the compiler refuses. Without the optimizer and by the
    /// old pipeline, which takes a tenth of the time: the rules are those of the source.
    pub(super) fn compile(&mut self, sources: &BTreeMap<String, String>) -> Result<Option<String>> {
        let (file, contract) = CONTRACT;
        let sources: BTreeMap<&String, Value> =
            sources.iter().map(|(path, text)| (path, json!({ "content": text }))).collect();
        let input = json!({
            "language": "Solidity",
            "sources": sources,
            "settings": {
                "evmVersion": "osaka",
                "outputSelection": { file: { contract: ["evm.deployedBytecode.object"] } },
            },
        });
        writeln!(self.stdin, "{input}").wrap_err("cannot write to solc")?;
        let mut line = String::new();
        self.stdout.read_line(&mut line).wrap_err("cannot read from solc")?;
        let output: Value = serde_json::from_str(&line).wrap_err("solc answers no JSON")?;
        let code = &output["contracts"][file][contract]["evm"]["deployedBytecode"]["object"];
        Ok(code.as_str().filter(|code| !code.is_empty()).map(str::to_owned))
    }
}

impl Drop for Solc {
    fn drop(&mut self) {
        // It ends by itself when its input does; what it still computes is of no use.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The sources of the verifier and all that they import, by their path in `contracts`.
pub(super) fn sources(contracts: &Path) -> Result<BTreeMap<String, String>> {
    let mut files: Vec<String> =
        [CONTRACT.0, "src/interfaces/IStepVerifier.sol", "src/lib/ZeroHashes.sol"]
            .map(str::to_owned)
            .into();
    for entry in std::fs::read_dir(contracts.join("src/vm")).wrap_err("cannot list src/vm")? {
        files.push(format!("src/vm/{}", entry?.file_name().to_string_lossy()));
    }
    let read = |file: String| {
        let text = std::fs::read_to_string(contracts.join(&file))
            .wrap_err_with(|| format!("cannot read contracts/{file}"))?;
        Ok((file, text))
    };
    files.into_iter().map(read).collect()
}
