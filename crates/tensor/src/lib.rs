//! The tensor machine: memory layout, instruction records, admission and the large step
