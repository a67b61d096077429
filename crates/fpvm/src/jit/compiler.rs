//! From intermediate representation to executable memory.

use std::io;

use cranelift_codegen::{Context, control::ControlPlane, isa::TargetIsa};
use memmap2::{Mmap, MmapMut};

/// Why a function has no code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompileError {
    /// Cranelift refused it.
    #[error("code generation failed: {0}")]
    Codegen(String),
    /// The host has no executable memory for it.
    #[error("no executable memory: {0}")]
    Memory(#[from] io::Error),
}

/// Compiles the function in `context`. The memory is never writable and executable at once.
pub(super) fn compile(isa: &dyn TargetIsa, context: &mut Context) -> Result<Mmap, CompileError> {
    let compiled = context
        .compile(isa, &mut ControlPlane::default())
        .map_err(|error| CompileError::Codegen(error.inner.to_string()))?;
    if !compiled.buffer.relocs().is_empty() {
        return Err(CompileError::Codegen("the code refers to symbols".into()));
    }
    let code = compiled.code_buffer();
    let mut memory = MmapMut::map_anon(code.len())?;
    memory.copy_from_slice(code);
    Ok(memory.make_exec()?)
}
