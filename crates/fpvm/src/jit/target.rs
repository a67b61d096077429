//! The processor that code is generated for.

use cranelift_codegen::{
    isa::{OwnedTargetIsa, TargetIsa},
    settings::{self, Configurable},
};

/// This host's processor, as Cranelift knows it.
pub(super) struct Target {
    /// For the optimiser.
    pub(super) optimising: OwnedTargetIsa,
    /// For the code generator, which would otherwise optimise again.
    pub(super) plain: OwnedTargetIsa,
}

impl Target {
    /// # Errors
    /// Why there is no code generator for this processor.
    pub(super) fn new() -> Result<Self, String> {
        Ok(Self { optimising: isa("speed")?, plain: isa("none")? })
    }

    /// The target, for what does not depend on how much is optimised.
    pub(super) fn isa(&self) -> &dyn TargetIsa {
        &*self.plain
    }
}

fn isa(opt_level: &str) -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let verifier = if cfg!(debug_assertions) { "true" } else { "false" };
    for (name, value) in [
        ("opt_level", opt_level),
        ("enable_verifier", verifier),
        // Tail calls need them.
        ("preserve_frame_pointers", "true"),
        ("unwind_info", "false"),
        ("enable_probestack", "false"),
    ] {
        flags.set(name, value).map_err(|error| error.to_string())?;
    }
    let isa = cranelift_native::builder()?;
    isa.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())
}
