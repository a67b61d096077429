//! What every tensor operator computes, bit for bit; compiled for the host and for MIPS
