//! Models that attack the machine with their own records, and guest programs that do not do what guests do.

use opml_engine::{ModelError, ModelFile};
use opml_model::ModelBuilder;
use opml_tensor::{
    Operand, Record, Refusal,
    layout::{ACTIVATIONS, CONTROL, INPUT, LEAF, OUTPUT, PROGRAM, WEIGHTS},
};

/// Bytes that an input has, and that the hostile records copy.
pub const BYTES: u32 = 64;

/// Where the activations of hostile models end.
const SCRATCH_END: u64 = ACTIVATIONS + 2 * BYTES as u64;

/// A record that the machine must refuse.
#[derive(Debug, Clone, Copy)]
pub struct Attack {
    /// What it tries.
    pub name: &'static str,
    /// The record.
    pub record: fn() -> Record,
    /// Large steps of the run, the refused one included.
    pub n: u64,
    /// Whether this is why it is refused.
    pub refusal: fn(&Refusal) -> bool,
}

const fn row(address: u64) -> Operand {
    Operand::at(address, [BYTES, BYTES, 1])
}

/// Copies the scratch that the model has filled to `target`.
fn copy_to(target: u64) -> Record {
    Record::copy([1, 1, BYTES], [1, BYTES], row(ACTIVATIONS), row(target))
}

const fn is_region(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Region(_))
}

/// Place of the attack in its model's program.
const PLACE: u32 = 2;
/// Large steps of a run that is refused at the attack.
const AT_ONCE: u64 = PLACE as u64 + 1;
/// Bound on the large steps of hostile models.
pub const MAX_STEPS: u64 = 16;

/// One attack for each way out of the machine.
pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "aliasing",
        record: || copy_to(ACTIVATIONS + 8),
        n: AT_ONCE,
        refusal: |refusal| matches!(refusal, Refusal::Alias(_)),
    },
    Attack {
        name: "out-of-range",
        record: || copy_to(SCRATCH_END - 8),
        n: AT_ONCE,
        refusal: is_region,
    },
    Attack {
        name: "wrapping-address",
        // Register 1 holds 2^63: any odd step makes the product wrap.
        record: || {
            let source = row(ACTIVATIONS).indexed(1, 3);
            let target = row(ACTIVATIONS + BYTES as u64);
            Record::copy([1, 1, BYTES], [1, BYTES], source, target)
        },
        n: AT_ONCE,
        refusal: is_region,
    },
    Attack {
        name: "wrapping-size",
        record: || {
            let (most, target) = (i32::MAX as u32, row(ACTIVATIONS + BYTES as u64));
            Record::copy([most; 3], [most; 2], row(ACTIVATIONS), target)
        },
        n: AT_ONCE,
        refusal: |refusal| matches!(refusal, Refusal::Region(_) | Refusal::Cost(_)),
    },
    Attack { name: "program", record: || copy_to(PROGRAM), n: AT_ONCE, refusal: is_region },
    Attack { name: "weights", record: || copy_to(WEIGHTS), n: AT_ONCE, refusal: is_region },
    Attack { name: "control", record: || copy_to(CONTROL), n: AT_ONCE, refusal: is_region },
    Attack { name: "complete-word", record: || copy_to(OUTPUT), n: AT_ONCE, refusal: is_region },
    Attack {
        name: "unknown",
        record: || Record { op: 0xff, ..Record::default() },
        n: AT_ONCE,
        refusal: |refusal| matches!(refusal, Refusal::Operator { .. }),
    },
    Attack {
        name: "endless",
        record: || Record::jump(PLACE),
        n: MAX_STEPS,
        refusal: |refusal| matches!(refusal, Refusal::StepBound(_)),
    },
];

impl Attack {
    /// A model whose first records are ordinary and whose third is the attack.
    ///
    /// # Errors
    /// None that depend on the attack.
    pub fn model(&self) -> Result<ModelFile, ModelError> {
        let mut model = ModelBuilder::new(self.name);
        model.input(BYTES..=BYTES).output_max(BYTES).max_steps(MAX_STEPS);
        let scratch = model.activation(SCRATCH_END - ACTIVATIONS);
        model.weight(&[1; BYTES as usize]);
        model.record(Record::copy([1, 1, BYTES], [1, BYTES], row(INPUT + LEAF), row(scratch)));
        model.record(Record::set(1, 1 << 63));
        model.record((self.record)());
        model.record(Record::halt(0, BYTES.into()));
        model.build()
    }
}

/// Encodings of the instructions that hostile guests are made of.
pub mod mips {
    /// Stops with the fault `Breakpoint`.
    pub const BREAK: u32 = 0x0000_000d;
    /// Jumps to itself for ever, with [`NOP`] in its delay slot.
    pub const LOOP: u32 = 0x1000_ffff;
    /// Does nothing.
    pub const NOP: u32 = 0;
    /// Reads at address 1 a word of four bytes: `UnalignedAccess`.
    pub const UNALIGNED: u32 = 0x8c02_0001;
    /// Writes into the text: `StoreToText`.
    pub const STORE_TO_TEXT: u32 = 0xac00_0000;
    /// `$v0 := 5058`, the number of `exit`.
    pub const SELECT_EXIT: u32 = 0x2402_13c2;
    /// `$a0 := 1`.
    pub const ONE: u32 = 0x2404_0001;
    /// Calls the system.
    pub const SYSCALL: u32 = 0x0000_000c;
}

/// Where a hostile guest's code lies.
const TEXT: u64 = 0x1000;
const FILE_HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;

/// A static MIPS64 ELF file of nothing but these instructions, which starts at the first one.
pub fn guest(code: &[u32]) -> Vec<u8> {
    let text: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut file = Vec::with_capacity(FILE_HEADER + PROGRAM_HEADER + text.len());
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    file.extend([2u16, 8].iter().flat_map(|half| half.to_le_bytes())); // executable, MIPS
    file.extend(1u32.to_le_bytes());
    for word in [TEXT, FILE_HEADER as u64, 0] {
        file.extend(word.to_le_bytes()); // entry, program headers, no sections
    }
    file.extend(0x8000_0000u32.to_le_bytes()); // MIPS64 release 2
    for half in [FILE_HEADER, PROGRAM_HEADER, 1, 0, 0, 0] {
        file.extend((half as u16).to_le_bytes());
    }
    file.extend([1u32, 5].iter().flat_map(|word| word.to_le_bytes())); // load, readable and executable
    let (offset, size) = ((FILE_HEADER + PROGRAM_HEADER) as u64, text.len() as u64);
    for word in [offset, TEXT, TEXT, size, size, 4] {
        file.extend(word.to_le_bytes());
    }
    file.extend(text);
    file
}
