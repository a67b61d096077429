//! Records with names for the places to go to.

use opml_tensor::{Record, condition};

/// A place in the program, known once it has been reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label(usize);

/// A program that is being written.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    records: Vec<Record>,
    /// Record of each label.
    places: Vec<Option<u32>>,
    /// Records that go to a label.
    jumps: Vec<(usize, Label)>,
}

impl Assembler {
    pub(super) fn push(&mut self, record: Record) {
        self.records.push(record);
    }

    /// A place to be named later.
    pub(super) fn label(&mut self) -> Label {
        self.places.push(None);
        Label(self.places.len() - 1)
    }

    /// The next record is the label's place.
    pub(super) fn place(&mut self, label: Label) {
        if let Some(place) = self.places.get_mut(label.0) {
            *place = Some(self.records.len() as u32);
        }
    }

    /// A label at the next record.
    pub(super) fn here(&mut self) -> Label {
        let label = self.label();
        self.place(label);
        label
    }

    /// Index of the next record.
    pub(super) const fn next(&self) -> u64 {
        self.records.len() as u64
    }

    /// Goes on at `label` if `r[a] condition r[b]`.
    pub(super) fn branch(&mut self, condition: u8, a: u8, b: u8, label: Label) {
        self.jumps.push((self.records.len(), label));
        self.push(Record::branch(condition, a, b, 0));
    }

    /// Goes on at `label`.
    pub(super) fn jump(&mut self, label: Label) {
        self.branch(condition::ALWAYS, 0, 0, label);
    }

    /// The program, every label in its place; one that has none leaves the program.
    pub(super) fn finish(mut self) -> Vec<Record> {
        for (index, label) in self.jumps {
            let place = self.places.get(label.0).copied().flatten().unwrap_or(u32::MAX);
            if let Some(record) = self.records.get_mut(index) {
                record.imm[1] = place;
            }
        }
        self.records
    }
}
