//! The fault codes of §5.

/// Why a running state stopped without `exit`. The discriminant is the code in the exit word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u8)]
pub enum Fault {
    /// `pc` is not a multiple of 4.
    #[error("unaligned fetch")]
    UnalignedFetch = 1,
    /// `pc` is at or above 2^24.
    #[error("fetch outside text")]
    FetchOutsideText = 2,
    /// The word at `pc` is no instruction of §5.
    #[error("reserved instruction")]
    ReservedInstruction = 3,
    /// A branch or jump where `nextPc ≠ pc + 4`.
    #[error("branch in a delay slot")]
    BranchInDelaySlot = 4,
    /// The address of a load or store is not a multiple of its width.
    #[error("unaligned access")]
    UnalignedAccess = 5,
    /// The address of a load or store is at or above 2^44.
    #[error("address out of range")]
    AddressOutOfRange = 6,
    /// The address of a store is below 2^24.
    #[error("store to text")]
    StoreToText = 7,
    /// Signed overflow in `add addi sub dadd daddi dsub`.
    #[error("integer overflow")]
    IntegerOverflow = 8,
    /// The condition of a trap instruction holds.
    #[error("trap")]
    Trap = 9,
    /// `break`.
    #[error("breakpoint")]
    Breakpoint = 10,
    /// `syscall` with a number other than `exit`'s.
    #[error("unknown system call")]
    UnknownSyscall = 11,
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero = 12,
    /// `ll lld sc scd`: there is one thread, so no guest needs them.
    #[error("linked access")]
    LinkedAccess = 13,
}

impl Fault {
    /// Every fault, by rising code.
    pub const ALL: [Self; 13] = [
        Self::UnalignedFetch,
        Self::FetchOutsideText,
        Self::ReservedInstruction,
        Self::BranchInDelaySlot,
        Self::UnalignedAccess,
        Self::AddressOutOfRange,
        Self::StoreToText,
        Self::IntegerOverflow,
        Self::Trap,
        Self::Breakpoint,
        Self::UnknownSyscall,
        Self::DivisionByZero,
        Self::LinkedAccess,
    ];

    /// Returns the exit word of this fault: `0x200 | code`.
    pub const fn exit_word(self) -> u64 {
        0x200 | self as u64
    }

    /// Returns the fault that an exit word stands for, if it is one.
    pub fn from_exit_word(word: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.exit_word() == word)
    }
}
