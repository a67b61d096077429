//! Models that attack the machine with their own records, and guest programs that do not do what guests do.

use opml_engine::{ModelError, ModelFile};
use opml_model::ModelBuilder;
use opml_tensor::{
    Operand, Record, Refusal,
    layout::{ACTIVATIONS, CONTROL, OUTPUT, PROGRAM, WEIGHTS},
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
    /// Where it reads from.
    source: Operand,
    /// Where it writes to.
    target: Operand,
    /// Whether this is why it is refused.
    pub refusal: fn(&Refusal) -> bool,
}

const fn row(address: u64) -> Operand {
    Operand::at(address, [BYTES, BYTES, 1])
}

/// Register 1 holds 2^63: any odd step makes the product wrap.
const WRAPPING: Operand = row(ACTIVATIONS).indexed(1, 3);

/// One attack for each way out of the machine.
pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "aliasing",
        source: row(ACTIVATIONS),
        target: row(ACTIVATIONS + 8),
        refusal: |refusal| matches!(refusal, Refusal::Alias(_)),
    },
    Attack {
        name: "out-of-range",
        source: row(ACTIVATIONS),
        target: row(SCRATCH_END - 8),
        refusal: |refusal| matches!(refusal, Refusal::Region(_)),
    },
    Attack {
        name: "wrapping",
        source: WRAPPING,
        target: row(ACTIVATIONS + BYTES as u64),
        refusal: |refusal| matches!(refusal, Refusal::Region(_)),
    },
    Attack {
        name: "program",
        source: row(ACTIVATIONS),
        target: row(PROGRAM),
        refusal: |refusal| matches!(refusal, Refusal::Region(_)),
    },
    Attack {
        name: "weights",
        source: row(ACTIVATIONS),
        target: row(WEIGHTS),
        refusal: |refusal| matches!(refusal, Refusal::Region(_)),
    },
    Attack {
        name: "control",
        source: row(ACTIVATIONS),
        target: row(CONTROL),
        refusal: |refusal| matches!(refusal, Refusal::Region(_)),
    },
    Attack {
        name: "complete-word",
        source: row(ACTIVATIONS),
        target: row(OUTPUT),
        refusal: |refusal| matches!(refusal, Refusal::Region(_)),
    },
];

impl Attack {
    /// A model whose first records are ordinary and whose third is the attack.
    ///
    /// # Errors
    /// None that depend on the attack.
    pub fn model(&self) -> Result<ModelFile, ModelError> {
        let mut model = ModelBuilder::new(self.name);
        model.input(BYTES..=BYTES).output_max(BYTES).max_steps(16);
        let scratch = model.activation(SCRATCH_END - ACTIVATIONS);
        let input = opml_tensor::layout::INPUT + opml_tensor::layout::LEAF;
        model.weight(&[1; BYTES as usize]);
        model.record(Record::copy([1, 1, BYTES], [1, BYTES], row(input), row(scratch)));
        model.record(Record::set(1, 1 << 63));
        model.record(Record::copy([1, 1, BYTES], [1, BYTES], self.source, self.target));
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
