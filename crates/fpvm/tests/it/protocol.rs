//! The decoder against the encodings of `docs/protocol.md`: each row is decoded as what it names, and no other word is.

#![expect(clippy::unwrap_used, reason = "a table that cannot be read fails the test")]

use opml_fpvm::decode;
use opml_vmfuzz::Source;
use rand::Rng;

const DOCUMENT: &str = include_str!("../../../../docs/protocol.md");

/// A row of the tables in §5.
struct Row {
    mnemonic: &'static str,
    /// The bits that are given.
    bits: u32,
    /// Which ones those are.
    mask: u32,
    /// What follows the comma.
    condition: Option<&'static str>,
}

impl Row {
    fn parse(line: &'static str) -> Self {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let mnemonic = cells.next().unwrap();
        let encoding = cells.next().unwrap().trim_matches('`');
        let (fields, condition) = match encoding.split_once(", ") {
            Some((fields, condition)) => (fields, Some(condition)),
            None => (encoding, None),
        };
        let fields: Vec<&str> = fields.split(' ').collect();
        let widths: &[u32] = match fields.len() {
            6 => &[6, 5, 5, 5, 5, 6],
            4 => &[6, 5, 5, 16],
            2 => &[6, 26],
            _ => panic!("{line}"),
        };
        let (mut bits, mut mask) = (0, 0);
        for (field, width) in fields.iter().zip(widths) {
            (bits, mask) = (bits << width, mask << width);
            match *field {
                "rs" | "rt" | "rd" | "sa" | "imm" | "index" | "-" => {}
                number => {
                    bits |= u32::from_str_radix(number, 16).unwrap();
                    mask |= (1 << width) - 1;
                }
            }
        }
        Self { mnemonic, bits, mask, condition }
    }

    fn matches(&self, word: u32) -> bool {
        let (rd, sa) = (word >> 11 & 31, word >> 6 & 31);
        word & self.mask == self.bits
            && match self.condition {
                None => true,
                Some("sa + rd ≤ 31") => sa + rd <= 31,
                Some("sa ≤ rd") => sa <= rd,
                Some(other) => panic!("unknown condition {other}"),
            }
    }

    /// How the disassembler writes this encoding of `word`: what is one instruction has one name.
    fn written(&self, word: u32) -> &'static str {
        match self.mnemonic {
            "sll" if word >> 11 & 31 == 0 => "nop",
            "sync" | "synci" | "pref" => "nop",
            "ll" | "lld" | "sc" | "scd" => "ll/sc",
            "dextm" | "dextu" => "dext",
            "dinsm" | "dinsu" => "dins",
            // A link to the register that cannot be written is none.
            "jalr" if word >> 11 & 31 == 0 => "jr",
            name => name.strip_suffix("32").unwrap_or(name),
        }
    }
}

fn rows() -> Vec<Row> {
    let (_, machine) = DOCUMENT.split_once("### Encodings").unwrap();
    let (tables, _) = machine.split_once("## 6. ").unwrap();
    let is_row = |line: &&str| line.starts_with("| ") && line.contains(" | `");
    tables.lines().filter(is_row).map(Row::parse).collect()
}

#[test]
fn the_document_lists_what_is_decoded() {
    let rows = rows();
    assert_eq!(rows.len(), 140);
    let mut random = Source::seeded(5, 0);
    for i in 0..400_000 {
        // A word near a row: one of its words, mostly with a bit or two flipped.
        let row = &rows[i % rows.len()];
        let near = random.random::<u32>() & !row.mask | row.bits;
        let word = match random.random_range(0..4) {
            0 => near,
            1 => random.random(),
            2 => near ^ 1 << random.random_range(0..32),
            _ => near ^ 1 << random.random_range(0..32) ^ 1 << random.random_range(0..32),
        };
        let written = decode(word).map(|instruction| instruction.to_string());
        let written = written.as_deref().and_then(|text| text.split(' ').next());
        let mut listed = rows.iter().filter(|row| row.matches(word)).map(|row| row.written(word));
        assert_eq!(listed.next(), written, "{word:#010x}");
        assert_eq!(listed.next(), None, "{word:#010x} is listed twice");
    }
}
