//! The mutants that compute the same, each with its reason.

use eyre::{Result, ensure};

use super::Mutant;

/// Blocks of four lines or more: the file, the line before, the line after, the reason.
const LIST: &str = include_str!("equivalent.txt");

struct Entry<'a> {
    file: &'a str,
    before: &'a str,
    after: &'a str,
    reason: String,
}

impl Entry<'_> {
    fn is(&self, mutant: &Mutant) -> bool {
        (self.file, self.before, self.after) == (mutant.file, &mutant.before, &mutant.after)
    }
}

fn entries() -> impl Iterator<Item = Entry<'static>> {
    LIST.split("\n\n").filter_map(|block| {
        let mut lines = block.trim().lines();
        let file = lines.next()?;
        let before = lines.next()?.strip_prefix("- ")?;
        let after = lines.next()?.strip_prefix('+')?.trim_start();
        Some(Entry { file, before, after, reason: lines.collect::<Vec<_>>().join(" ") })
    })
}

/// Why `mutant` computes the same, if it does.
pub(super) fn reason(mutant: &Mutant) -> Option<String> {
    entries().find(|entry| entry.is(mutant)).map(|entry| entry.reason)
}

/// Checks that the list is well-formed and names only mutants of `mutants`, as far as it speaks of `files`.
///
/// # Errors
/// If a block cannot be read, has no reason, or names no mutant.
pub(super) fn check(mutants: &[Mutant], files: &[&str], chosen: &str) -> Result<()> {
    let blocks = LIST.split("\n\n").filter(|block| !block.trim().is_empty()).count();
    ensure!(entries().count() == blocks, "equivalent.txt: a block is not file, -, +, reason");
    for entry in entries() {
        ensure!(!entry.reason.is_empty(), "equivalent.txt: no reason for {}", entry.after);
        let concerned = files.contains(&entry.file) && entry.file.contains(chosen);
        ensure!(
            !concerned || mutants.iter().any(|mutant| entry.is(mutant)),
            "equivalent.txt: no mutant of {} changes `{}` to `{}`",
            entry.file,
            entry.before,
            entry.after
        );
    }
    Ok(())
}
