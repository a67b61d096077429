//! The Merkle memory of 2^44 bytes: sparse pages, zero subtrees, lazy roots, proofs
