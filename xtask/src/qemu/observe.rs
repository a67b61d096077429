//! One program under QEMU, up to its last moment.

use std::{
    fmt::{self, Display},
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::Stdio,
};

use eyre::{Result, WrapErr, ensure, eyre};
use object::{
    LittleEndian,
    elf::{FileHeader64, PF_W, PT_LOAD},
    read::elf::{FileHeader, ProgramHeader},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    debugger::{Debugger, Stop},
    hex,
    toolchain::Qemu,
};

/// Where the result lies, and how much of it there may be; `link.ld` says the same.
const RESULT: (u64, usize) = (0x0200_0000, 0x8000);
/// Numbers of lo, hi and pc in the debugger's order.
const LO_HI_PC: [usize; 3] = [33, 34, 37];

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// By `exit`, with this code.
    Exit(u8),
    /// By a signal, in GDB's numbering: 4 SIGILL, 5 SIGTRAP, 8 SIGFPE, 10 SIGBUS, 11 SIGSEGV.
    Signal(u8),
}

/// A program before its last instruction, in full.
#[derive(Debug)]
pub(super) struct Snapshot {
    outcome: Outcome,
    /// pc, r1 … r31, hi, lo.
    registers: Vec<u64>,
    /// All writable segments, by rising address.
    memory: Vec<(u64, Vec<u8>)>,
}

/// A program before its last instruction, as it is recorded.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Observation {
    #[serde(flatten)]
    outcome: Outcome,
    /// SHA-256 of the result.
    result: String,
    /// SHA-256 of all writable segments, by rising address: data, result and stack.
    memory: String,
    /// pc, r1 … r31, hi, lo, in hex.
    registers: String,
    /// The first bytes of a SHA-256 of each part of the result, where it has parts of one size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
}

/// Parts of a result.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Parts {
    bytes: usize,
    hashes: String,
}

impl Snapshot {
    /// What is recorded of it, with the hashes of parts of so many bytes.
    pub(super) fn observation(&self, part_bytes: Option<usize>) -> Observation {
        let mut memory = Sha256::new();
        self.memory.iter().for_each(|(_, bytes)| memory.update(bytes));
        let registers: Vec<String> = self.registers.iter().map(|r| format!("{r:x}")).collect();
        let parts = part_bytes.map(|bytes| {
            let parts = self.result().chunks_exact(bytes);
            let used = parts.take_while(|part| part.iter().any(|byte| *byte != 0));
            let hashes = used.map(|part| hex(&Sha256::digest(part)[..4]));
            Parts { bytes, hashes: hashes.collect::<Vec<_>>().join(" ") }
        });
        Observation {
            outcome: self.outcome,
            result: hex(&Sha256::digest(self.result())),
            memory: hex(&memory.finalize()),
            registers: registers.join(" "),
            parts,
        }
    }

    fn result(&self) -> &[u8] {
        let segment = self.memory.iter().find(|(address, _)| *address == RESULT.0);
        segment.and_then(|(_, bytes)| bytes.get(..RESULT.1)).unwrap_or_default()
    }
}

impl Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.outcome)?;
        let names = ["pc".to_owned()].into_iter().chain((1..32).map(|n| format!("r{n}")));
        for (name, value) in names.chain(["hi".to_owned(), "lo".to_owned()]).zip(&self.registers) {
            writeln!(f, "{name:4} {value:016x}")?;
        }
        for (address, bytes) in &self.memory {
            let lines = bytes.chunks(32).zip((*address..).step_by(32));
            for (line, address) in lines.filter(|(line, _)| line.iter().any(|byte| *byte != 0)) {
                writeln!(f, "{address:08x} {}", hex(line))?;
            }
        }
        Ok(())
    }
}

/// Runs a program of the corpus up to its system call or a signal, looks at it, and lets it end.
///
/// # Errors
/// If the program or QEMU do not behave as those of a corpus do.
pub(super) fn observe(qemu: &Qemu, elf: &[u8]) -> Result<Snapshot> {
    let folder = tempfile::tempdir().wrap_err("no folder for a socket")?;
    let (path, socket) = (folder.path().join("program"), folder.path().join("stub"));
    fs::write(&path, elf).wrap_err_with(|| path.display().to_string())?;
    fs::set_permissions(&path, Permissions::from_mode(0o700))?;
    let mut command = qemu.command();
    // On its stderr QEMU tells of every signal, which is recorded anyway.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.arg("-g").arg(&socket).arg(&path);
    let mut child = command.spawn().wrap_err("cannot start QEMU")?;
    let snapshot = Debugger::connect(&socket, &mut child).and_then(|debugger| look(debugger, elf));
    if snapshot.is_err() {
        // It has nobody left to talk to; a failure to end it changes nothing about the error.
        let _ = child.kill();
    }
    child.wait().wrap_err("QEMU does not end")?;
    snapshot
}

fn look(mut debugger: Debugger, elf: &[u8]) -> Result<Snapshot> {
    let header = FileHeader64::<LittleEndian>::parse(elf)?;
    let endian = header.endian()?;
    // start.S puts the only system call before the entry.
    let system_call = header.e_entry(endian).wrapping_sub(4);
    debugger.break_at(system_call)?;
    let stop = debugger.go_on()?;
    let all = debugger.registers()?;
    let [lo, hi, pc] = LO_HI_PC.map(|number| all.get(number).copied());
    let (Some(general), Some(lo), Some(hi), Some(pc)) = (all.get(1..32), lo, hi, pc) else {
        return Err(eyre!("the stub knows {} registers", all.len()));
    };
    let registers = [&[pc], general, &[hi, lo]].concat();
    let mut memory = Vec::new();
    for segment in header.program_headers(endian, elf)? {
        let (address, size) = (segment.p_vaddr(endian), segment.p_memsz(endian));
        if segment.p_type(endian) == PT_LOAD && segment.p_flags(endian) & PF_W != 0 {
            memory.push((address, debugger.memory(address, size)?));
        }
    }
    memory.sort_unstable_by_key(|(address, _)| *address);
    let outcome = match stop {
        Stop::Signal(5) if pc == system_call => {
            debugger.unbreak(system_call)?;
            match debugger.go_on()? {
                Stop::Exit(code) => Outcome::Exit(code),
                other => return Err(eyre!("the system call ends in {other:?}")),
            }
        }
        Stop::Signal(number) => {
            debugger.kill();
            Outcome::Signal(number)
        }
        Stop::Exit(code) => return Err(eyre!("exit {code} by another system call")),
    };
    ensure!(memory.iter().any(|(address, _)| *address == RESULT.0), "the program has no result");
    Ok(Snapshot { outcome, registers, memory })
}
