//! What leaves the straight line: branches, jumps and loops, each with a delay slot; and what might, but does not.

use super::{
    instructions::{Sequence, offset},
    tables::*,
};

impl Sequence<'_> {
    /// A branch over a few items, of any kind, with its delay slot.
    pub(super) fn branch(&mut self) {
        let (rs, rt, label) = (self.source(), self.source(), self.label());
        let likely = self.random.pick(&["", "l"]);
        let line = match self.random.below(6) {
            0..=1 => format!("{}{likely} {rs}, {label}", self.random.pick(&BRANCHES)),
            2..=3 => format!("{}{likely} {rs}, {rt}, {label}", self.random.pick(&BRANCHES_2)),
            // Operands seldom are equal by chance.
            4 => format!("{}{likely} {rs}, {rs}, {label}", self.random.pick(&BRANCHES_2)),
            _ => {
                let rs = if rs == "$31" { "$1" } else { &rs };
                format!("{} {rs}, {label}", self.random.pick(&BRANCHES_LINKING))
            }
        };
        self.with_slot(line);
        self.items(6);
        self.lines.push(format!("{label}:"));
    }

    /// A jump over a few items, also by register.
    pub(super) fn jump(&mut self) {
        let (rd, label) = (self.target(), self.label());
        let line = match self.random.below(4) {
            0 => format!("j {label}"),
            1 => format!("jal {label}"),
            kind => {
                self.push(format!("lui $k1, %hi({label})"));
                self.push(format!("daddiu $k1, $k1, %lo({label})"));
                if kind == 2 { "jr $k1".into() } else { format!("jalr {rd}, $k1") }
            }
        };
        self.with_slot(line);
        self.items(4);
        self.lines.push(format!("{label}:"));
    }

    /// A few items, two to five times.
    pub(super) fn repeat(&mut self) {
        let label = self.label();
        let times = 2 + self.random.below(4);
        let branch = self.random.pick(&["bgtz", "bgtzl"]);
        self.push(format!("li $gp, {times}"));
        self.lines.push(format!("{label}:"));
        self.in_loop = true;
        self.items(8);
        self.in_loop = false;
        self.push("daddiu $gp, $gp, -1".into());
        self.with_slot(format!("{branch} $gp, {label}"));
    }

    /// Instructions without effect, traps that do not hold among them.
    pub(super) fn no_operation(&mut self) {
        let rs = self.source();
        let line = match self.random.below(8) {
            0 => "sync".into(),
            1 => format!(
                "pref {}, {}({rs})",
                self.random.pick(&[0, 1, 4, 30]),
                offset(self.random, 1)
            ),
            2 => format!("tne {rs}, {rs}"),
            3 => format!("tlt {rs}, {rs}"),
            4 => format!("tltu {rs}, $zero"),
            5 => "teq $zero, $k0".into(),
            6 => "tgei $zero, 1".into(),
            _ => "tltiu $k0, 7".into(),
        };
        self.push(line);
    }

    fn items(&mut self, most: usize) {
        for _ in 0..=self.random.below(most) {
            self.item();
        }
    }

    fn with_slot(&mut self, branch: String) {
        self.push(branch);
        let slot = self.simple();
        self.push(slot);
    }

    fn label(&mut self) -> String {
        self.labels += 1;
        format!(".L{}_{}", self.number, self.labels)
    }
}
