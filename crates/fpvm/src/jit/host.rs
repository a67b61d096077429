//! What all generated code shares: the target, and the ways in and out.

use std::{fmt, sync::LazyLock};

use cranelift_codegen::{
    Context as Codegen,
    ir::{AbiParam, Function, InstBuilder, MemFlagsData, Signature, UserFuncName, types::I64},
    isa::{CallConv, TargetFrontendConfig, TargetIsa},
};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use memmap2::Mmap;

use super::{
    compiler::{CompileError, compile},
    context::{Context, Stop, admit, offset},
    target::Target,
};

/// Why there is no compiler on this host.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unavailable {
    /// Cranelift knows no such processor.
    #[error("no code generator for this processor: {0}")]
    Processor(String),
    /// Not even the first functions could be made.
    #[error(transparent)]
    Code(#[from] CompileError),
}

/// `(context, steps left, pc, code) -> steps left`.
type Enter = unsafe extern "C" fn(&mut Context<'_, '_>, u64, u64, usize) -> u64;

/// The target and its three helper functions.
pub(crate) struct Host {
    target: Target,
    enter: Mmap,
    no_code: Mmap,
    /// Holds the address of `no_code`.
    no_code_slot: Box<usize>,
    admit: Mmap,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("target", &self.target.isa().name()).finish_non_exhaustive()
    }
}

/// Returns the compiler's host, or why there is none.
pub(crate) fn host() -> Result<&'static Host, &'static Unavailable> {
    static HOST: LazyLock<Result<Host, Unavailable>> = LazyLock::new(Host::new);
    HOST.as_ref()
}

impl Host {
    fn new() -> Result<Self, Unavailable> {
        let target = Target::new().map_err(Unavailable::Processor)?;
        let isa = target.isa();
        let enter = build(&target, enter_signature(isa), |builder, parameters| {
            let (arguments, code) = (&parameters[..3], parameters[3]);
            let signature = builder.import_signature(region_signature());
            let call = builder.ins().call_indirect(signature, code, arguments);
            let left = builder.inst_results(call)[0];
            builder.ins().return_(&[left]);
        })?;
        let no_code = build(&target, region_signature(), |builder, parameters| {
            let (context, left, pc) = (parameters[0], parameters[1], parameters[2]);
            let four = builder.ins().iconst(I64, 4);
            let next_pc = builder.ins().iadd(pc, four);
            let stop = builder.ins().iconst(I64, Stop::NoCode as i64);
            for (value, at) in [(pc, offset::PC), (next_pc, offset::NEXT_PC), (stop, offset::STOP)]
            {
                builder.ins().store(MemFlagsData::trusted(), value, context, at);
            }
            builder.ins().return_(&[left]);
        })?;
        let admit = build(&target, admit_signature(), |builder, parameters| {
            let mut signature = admit_signature();
            signature.call_conv = isa.default_call_conv();
            let signature = builder.import_signature(signature);
            let code = builder.ins().iconst(I64, admit as *const () as i64);
            builder.ins().call_indirect(signature, code, parameters);
            builder.ins().return_(&[]);
        })?;
        let no_code_slot = Box::new(no_code.as_ptr().expose_provenance());
        Ok(Self { target, enter, no_code, no_code_slot, admit })
    }

    pub(super) const fn target(&self) -> &Target {
        &self.target
    }

    pub(super) fn frontend_config(&self) -> TargetFrontendConfig {
        self.target.isa().frontend_config()
    }

    /// The code that stands where there is none: it stops with [`Stop::NoCode`] at `pc`.
    pub(super) fn no_code(&self) -> usize {
        self.no_code.as_ptr().addr()
    }

    /// The address of a word that holds [`Self::no_code`].
    pub(super) fn no_code_slot(&self) -> usize {
        (&raw const *self.no_code_slot).expose_provenance()
    }

    /// The code that calls [`admit`] and preserves all registers, so that hot code around such a cold
    /// call need not.
    pub(super) fn admit(&self) -> usize {
        self.admit.as_ptr().expose_provenance()
    }

    /// Runs `code` for the region at `context.cpu.pc`. Returns the steps left of `left`.
    ///
    /// # Safety
    ///
    /// `code` is the entry of a function with [`region_signature`] that was compiled for this `Context`.
    pub(super) unsafe fn enter(
        &self,
        context: &mut Context<'_, '_>,
        left: u64,
        code: usize,
    ) -> u64 {
        let pc = context.cpu.pc;
        // SAFETY: `self.enter` holds a function of this type, made by `new`; the caller vouches for `code`.
        unsafe {
            let enter: Enter = std::mem::transmute(self.enter.as_ptr());
            enter(context, left, pc, code)
        }
    }
}

/// Regions: `(context, steps left, pc) -> steps left`.
pub(super) fn region_signature() -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params = vec![AbiParam::new(I64); 3];
    signature.returns = vec![AbiParam::new(I64)];
    signature
}

/// The way into a region: its parameters and its address.
fn enter_signature(isa: &dyn TargetIsa) -> Signature {
    let mut signature = region_signature();
    signature.call_conv = isa.default_call_conv();
    signature.params.push(AbiParam::new(I64));
    signature
}

/// `(context, address, packed access)`.
pub(super) fn admit_signature() -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    signature.params = vec![AbiParam::new(I64); 3];
    signature
}

fn build(
    target: &Target,
    signature: Signature,
    fill: impl FnOnce(&mut FunctionBuilder<'_>, &[cranelift_codegen::ir::Value]),
) -> Result<Mmap, CompileError> {
    let function = Function::with_name_signature(UserFuncName::default(), signature);
    let mut codegen = Codegen::for_function(function);
    let mut context = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(&mut codegen.func, &mut context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    let parameters = builder.block_params(block).to_vec();
    fill(&mut builder, &parameters);
    builder.seal_all_blocks();
    builder.finalize(target.isa().frontend_config());
    compile(target, &mut codegen)
}
