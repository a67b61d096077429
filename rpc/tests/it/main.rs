//! The namespace: over a real socket, on the wire, and as its document has it.

mod document;
mod fixed;
mod namespace;
