//! A client of QEMU's debugger stub: as much of GDB's remote protocol as it takes to look at a program's last state.

use std::{
    io::{ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use eyre::{Result, WrapErr, bail, ensure, eyre};

/// How long QEMU may take to start, and a program to run: it needs a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of memory in one answer; the stub's packets hold 4096 characters.
const CHUNK: u64 = 1024;

/// Why a program stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// By a signal, in GDB's numbering; a breakpoint is number 5, too.
    Signal(u8),
    /// By its exit, with this code.
    Exit(u8),
}

/// A connection to the stub of a QEMU that waits for it.
#[derive(Debug)]
pub(super) struct Debugger {
    stream: UnixStream,
}

impl Debugger {
    /// Connects to the stub of `qemu`, which will listen at `socket`.
    ///
    /// # Errors
    /// If it does not.
    pub(super) fn connect(socket: &Path, qemu: &mut Child) -> Result<Self> {
        let start = Instant::now();
        let stream = loop {
            match UnixStream::connect(socket) {
                Ok(stream) => break stream,
                Err(error) if start.elapsed() > PATIENCE => {
                    return Err(error).wrap_err("QEMU's debugger stub does not listen");
                }
                Err(_) => thread::sleep(Duration::from_millis(2)),
            }
            if let Some(status) = qemu.try_wait()? {
                bail!("QEMU does not start the program ({status})");
            }
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream })
    }

    /// Makes the program stop before the instruction at `address`.
    ///
    /// # Errors
    /// If the stub refuses.
    pub(super) fn break_at(&mut self, address: u64) -> Result<()> {
        let answer = self.ask(&format!("Z0,{address:x},4"))?;
        ensure!(answer == "OK", "no breakpoint at {address:#x}: {answer:?}");
        Ok(())
    }

    /// Takes back what [`Self::break_at`] did: a program can only go on from where no breakpoint is.
    ///
    /// # Errors
    /// If the stub refuses.
    pub(super) fn unbreak(&mut self, address: u64) -> Result<()> {
        let answer = self.ask(&format!("z0,{address:x},4"))?;
        ensure!(answer == "OK", "the breakpoint at {address:#x} stays: {answer:?}");
        Ok(())
    }

    /// Lets the program run until it stops.
    ///
    /// # Errors
    /// If it does not stop in time.
    pub(super) fn go_on(&mut self) -> Result<Stop> {
        let answer = self.ask("c")?;
        let code =
            |digits: &str| digits.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        let stop = match answer.split_at_checked(1) {
            Some(("S" | "T", rest)) => code(rest).map(Stop::Signal),
            Some(("W", rest)) => code(rest).map(Stop::Exit),
            _ => None,
        };
        stop.ok_or_else(|| eyre!("the program stopped by {answer:?}"))
    }

    /// Ends the program.
    pub(super) fn kill(&mut self) {
        // There is no answer, and nothing to be done about a program that has already ended.
        let _ = self.send("k");
    }

    /// Returns the registers in the stub's order: the general ones, status, lo, hi, and more.
    ///
    /// # Errors
    /// If the answer is no list of 64-bit registers.
    pub(super) fn registers(&mut self) -> Result<Vec<u64>> {
        let bytes = bytes(&self.ask("g")?)?;
        let words = bytes.chunks_exact(8);
        Ok(words
            .map(|word| word.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)))
            .collect())
    }

    /// Returns `size` bytes of memory from `address`.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(super) fn memory(&mut self, address: u64, size: u64) -> Result<Vec<u8>> {
        let mut memory = Vec::new();
        for offset in (0..size).step_by(CHUNK as usize) {
            let (at, count) = (address + offset, CHUNK.min(size - offset));
            let part = bytes(&self.ask(&format!("m{at:x},{count:x}"))?)
                .wrap_err_with(|| format!("{count} bytes at {at:#x}"))?;
            ensure!(part.len() as u64 == count, "{} of {count} bytes at {at:#x}", part.len());
            memory.extend(part);
        }
        Ok(memory)
    }

    fn send(&mut self, text: &str) -> Result<()> {
        let sum = text.bytes().fold(0_u8, u8::wrapping_add);
        self.stream.write_all(format!("${text}#{sum:02x}").as_bytes())?;
        Ok(())
    }

    fn ask(&mut self, text: &str) -> Result<String> {
        self.send(text).wrap_err_with(|| format!("cannot ask {text:?}"))?;
        let answer = self.answer().wrap_err_with(|| format!("no answer to {text:?}"))?;
        self.stream.write_all(b"+")?;
        Ok(answer)
    }

    /// Reads one packet: `$text#sum`, after acknowledgements.
    fn answer(&mut self) -> Result<String> {
        let mut text = Vec::new();
        let mut byte = [0];
        while byte != *b"$" {
            self.byte(&mut byte)?;
        }
        loop {
            self.byte(&mut byte)?;
            if byte == *b"#" {
                break;
            }
            text.push(byte[0]);
        }
        let mut sum = [0; 2];
        self.stream.read_exact(&mut sum)?;
        let expected = format!("{:02x}", text.iter().copied().fold(0, u8::wrapping_add));
        ensure!(sum == *expected.as_bytes(), "a packet with a wrong sum");
        Ok(String::from_utf8(text)?)
    }

    fn byte(&mut self, byte: &mut [u8; 1]) -> Result<()> {
        match self.stream.read_exact(byte) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                bail!("silence for {} seconds", PATIENCE.as_secs())
            }
            Err(error) => Err(error).wrap_err("QEMU has gone"),
        }
    }
}

/// Bytes from hexadecimal digits. The stub's run-length encoding is not used by QEMU.
fn bytes(digits: &str) -> Result<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| {
            std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())
        })
        .collect();
    bytes
        .filter(|_| digits.len().is_multiple_of(2))
        .ok_or_else(|| eyre!("the stub answers {digits:?}"))
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_are_pairs_of_digits() {
        assert_eq!(bytes("00ff7a").unwrap(), [0, 0xff, 0x7a]);
        for malformed in ["0", "0g", "E01"] {
            assert!(bytes(malformed).is_err(), "{malformed}");
        }
    }
}
