//! From intermediate representation to executable memory.

use std::io;

use cranelift_codegen::{Context, control::ControlPlane};
use memmap2::{Mmap, MmapMut};

use super::{delay::delay_loads, target::Target};

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
pub(super) fn compile(target: &Target, context: &mut Context) -> Result<Mmap, CompileError> {
    let mut control = ControlPlane::default();
    context
        .optimize(&*target.optimising, &mut control)
        .map_err(|error| CompileError::Codegen(error.to_string()))?;
    delay_loads(&mut context.func);
    let compiled = context
        .compile(&*target.plain, &mut control)
        .map_err(|error| CompileError::Codegen(error.inner.to_string()))?;
    if !compiled.buffer.relocs().is_empty() {
        return Err(CompileError::Codegen("the code refers to symbols".into()));
    }
    let code = compiled.code_buffer();
    let mut memory = MmapMut::map_anon(code.len())?;
    memory.copy_from_slice(code);
    Ok(memory.make_exec()?)
}
