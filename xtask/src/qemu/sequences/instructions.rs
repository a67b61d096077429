//! One sequence: random instructions, with branches between them.

use std::fmt::{self, Display};

use super::{random::Random, tables::*};

/// The text of one sequence.
#[derive(Debug)]
pub(super) struct Sequence<'a> {
    pub(super) random: &'a mut Random,
    pub(super) number: usize,
    pub(super) labels: usize,
    pub(super) lines: Vec<String>,
    /// Whether a loop runs, whose counter is gp.
    pub(super) in_loop: bool,
}

impl<'a> Sequence<'a> {
    /// Writes at least `size` instructions; `number` keeps labels apart.
    pub(super) fn new(random: &'a mut Random, number: usize, size: usize) -> Self {
        let mut sequence = Self { random, number, labels: 0, lines: Vec::new(), in_loop: false };
        while sequence.lines.len() < size {
            sequence.item();
        }
        sequence
    }

    /// An instruction, or a few that belong together.
    pub(super) fn item(&mut self) {
        match self.random.below(20) {
            0..=8 => {
                let line = self.simple();
                self.push(line);
            }
            9..=11 => self.words(),
            12 => self.division(),
            13 => self.trapping_sum(),
            14 => self.computed_access(),
            15..=17 => self.branch(),
            18 => self.jump(),
            _ if self.in_loop => self.no_operation(),
            _ => self.repeat(),
        }
    }

    /// An instruction that is defined on all operands and goes on: one that may stand in a delay slot.
    pub(super) fn simple(&mut self) -> String {
        let (rd, rs, rt) = (self.target(), self.source(), self.source());
        let random = &mut *self.random;
        let amount = random.below(32);
        match random.below(17) {
            0..=3 => format!("{} {rd}, {rs}, {rt}", random.pick(&THREE)),
            4..=5 => {
                let immediate = random.next() as i16;
                format!("{} {rd}, {rs}, {immediate}", random.pick(&SIGNED))
            }
            6 => match (random.pick(&LOGICAL), random.next() as u16) {
                ("lui", immediate) => format!("lui {rd}, {immediate}"),
                (op, immediate) => format!("{op} {rd}, {rs}, {immediate}"),
            },
            7 => format!("{} {rd}, {rs}, {amount}", random.pick(&SHIFTS)),
            8 => format!("{} {rd}, {rs}, {amount}", random.pick(&SHIFTS_32)),
            9 => format!("{} {rd}, {rs}", random.pick(&UNARY)),
            10 => format!("{} {rs}, {rt}", random.pick(&PRODUCTS_64)),
            11 => match random.pick(&HI_LO) {
                op @ ("mfhi" | "mflo") => format!("{op} {rd}"),
                op => format!("{op} {rs}"),
            },
            12 => {
                let (op, position) = (random.pick(&["dext", "dins"]), random.below(64));
                let size = 1 + random.below(64 - position);
                format!("{op} {rd}, {rs}, {position}, {size}")
            }
            13..=14 => {
                let (op, width) = random.pick(&LOADS);
                format!("{op} {rd}, {}($k0)", offset(random, width))
            }
            _ => {
                let (op, width) = random.pick(&STORES);
                format!("{op} {rt}, {}($k0)", offset(random, width))
            }
        }
    }

    /// An instruction that is defined on sign-extended words alone, behind what makes its operands such.
    fn words(&mut self) {
        let (rd, rs, rt) = (self.target(), self.target(), self.target());
        self.push(format!("sll {rs}, {rs}, 0"));
        self.push(format!("sll {rt}, {rt}, 0"));
        let random = &mut *self.random;
        let amount = random.below(32);
        let line = match random.below(7) {
            0..=1 => format!("{} {rd}, {rs}, {rt}", random.pick(&THREE_WORDS)),
            2 => format!("addiu {rd}, {rs}, {}", random.next() as i16),
            3 => format!("{} {rd}, {rs}, {amount}", random.pick(&SHIFTS_WORDS)),
            4 => format!("{} {rd}, {rs}", random.pick(&UNARY_WORDS)),
            5 => {
                let op = random.pick(&["ext", "ins"]);
                format!("{op} {rt}, {rs}, {amount}, {}", 1 + random.below(32 - amount))
            }
            _ => {
                let op = random.pick(&PRODUCTS);
                // They read hi and lo as words, too.
                for (from, to) in [("mfhi", "mthi"), ("mflo", "mtlo")] {
                    self.push(format!("{from} $k1"));
                    self.push("sll $k1, $k1, 0".into());
                    self.push(format!("{to} $k1"));
                }
                format!("{op} {rs}, {rt}")
            }
        };
        self.push(line);
    }

    /// A division by an odd number. By -1 or not: the overflowing quotient is defined by QEMU as by us.
    fn division(&mut self) {
        let (rs, rt) = (self.target(), self.source());
        if self.random.below(2) == 0 {
            let op = self.random.pick(&["ddiv", "ddivu"]);
            self.push(format!("ori $k1, {rt}, 1"));
            self.push(format!("{op} $zero, {rs}, $k1"));
        } else {
            let op = self.random.pick(&["div", "divu"]);
            self.push(format!("sll {rs}, {rs}, 0"));
            self.push(format!("sll $k1, {rt}, 0"));
            self.push("ori $k1, $k1, 1".into());
            self.push(format!("{op} $zero, {rs}, $k1"));
        }
    }

    /// A sum that would trap if it overflowed: its operands are halved before.
    fn trapping_sum(&mut self) {
        let (rd, rs, rt) = (self.target(), self.target(), self.target());
        let immediate = self.random.next() as i16;
        let d = self.random.pick(&["", "d"]);
        if d.is_empty() {
            self.push(format!("sll {rs}, {rs}, 0"));
            self.push(format!("sll {rt}, {rt}, 0"));
        }
        self.push(format!("{d}sra $k1, {rs}, 1"));
        self.push(format!("{d}sra {rt}, {rt}, 1"));
        let line = match self.random.below(3) {
            0 => format!("{d}add {rd}, $k1, {rt}"),
            1 => format!("{d}sub {rd}, $k1, {rt}"),
            _ => format!("{d}addi {rd}, $k1, {immediate}"),
        };
        self.push(line);
    }

    /// A load or a store whose address depends on a register.
    fn computed_access(&mut self) {
        let (rd, rs) = (self.target(), self.source());
        let store = self.random.below(2) == 0;
        let (op, width) = if store { self.random.pick(&STORES) } else { self.random.pick(&LOADS) };
        self.push(format!("andi $k1, {rs}, {}", 0x7f & !(width - 1)));
        self.push("daddu $k1, $k1, $k0".into());
        let offset = -8 * self.random.below(16) as i64;
        self.push(format!("{op} {rd}, {offset}($k1)"));
    }

    pub(super) fn push(&mut self, line: String) {
        self.lines.push(format!("        {line}"));
    }

    /// A register to read: any but the scratch register k1.
    pub(super) fn source(&mut self) -> String {
        match self.random.below(31) {
            number @ 0..27 => format!("${number}"),
            number => format!("${}", number + 1),
        }
    }

    /// A register to write: neither 0, nor k0, k1 and gp, which the frame of a sequence needs.
    pub(super) fn target(&mut self) -> String {
        match self.random.below(28) {
            number @ 0..25 => format!("${}", number + 1),
            number => format!("${}", number + 4),
        }
    }
}

/// An offset in the sandbox of a multiple of `width` bytes from its middle.
pub(super) const fn offset(random: &mut Random, width: usize) -> i64 {
    random.below(256 / width) as i64 * width as i64 - 128
}

impl Display for Sequence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
