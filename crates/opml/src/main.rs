//! The opML command line.

fn main() {}
