//! The MIPS64 fraud-proof machine: reference step, ELF loading, witnesses
