//! The deployed verifier in an EVM of this process.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use opml_contracts::MipsVerifier::{self, runCall};
use revm::{
    Context, MainBuilder, MainContext, MainnetEvm, SystemCallEvm,
    context::result::{ExecutionResult, Output},
    database::InMemoryDB,
    handler::MainnetContext,
    primitives::hardfork::SpecId,
    state::{AccountInfo, Bytecode},
};

const VERIFIER: Address = Address::repeat_byte(0x56);

/// An EVM that holds nothing but the verifier.
#[derive(Debug)]
pub struct Evm(MainnetEvm<MainnetContext<InMemoryDB>>);

/// What `run` returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// State hash before the steps.
    pub start: B256,
    /// State hash after them.
    pub end: B256,
    /// Gas of the call's execution: without the transaction's intrinsic gas and calldata.
    pub gas: u64,
}

/// Why `run` returned nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// It reverted: the witness is malformed or lacks a leaf.
    #[error("reverted with {0}")]
    Reverted(Bytes),
    /// It ran out of gas, or failed in a way that no witness may bring about.
    #[error("failed: {0}")]
    Failed(String),
}

impl Default for Evm {
    /// The verifier of the committed artifact.
    fn default() -> Self {
        Self::with_code(MipsVerifier::DEPLOYED_BYTECODE.clone())
    }
}

impl Evm {
    /// Returns an EVM with another verifier's deployed code.
    pub fn with_code(code: Bytes) -> Self {
        let mut db = InMemoryDB::default();
        let code = Bytecode::new_raw(code);
        db.insert_account_info(VERIFIER, AccountInfo::default().with_code(code));
        let context = Context::mainnet()
            .with_db(db)
            .modify_cfg_chained(|cfg| cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA));
        Self(context.build_mainnet())
    }

    /// Calls `run`.
    ///
    /// # Errors
    ///
    /// Any [`Refusal`]; only a malformed witness may bring one about, and only by a revert.
    pub fn run(&mut self, steps: u32, witness: &[u8]) -> Result<Run, Refusal> {
        let call = runCall { steps: U256::from(steps), witness: Bytes::copy_from_slice(witness) };
        let failed = |what: &dyn std::fmt::Debug| Refusal::Failed(format!("{what:?}"));
        let result = self.0.system_call_one(VERIFIER, call.abi_encode().into());
        match result.map_err(|error| failed(&error))? {
            ExecutionResult::Success { gas, output: Output::Call(output), .. } => {
                let hashes = runCall::abi_decode_returns(&output).map_err(|e| failed(&e))?;
                let gas = gas.total_gas_spent();
                Ok(Run { start: hashes.startHash, end: hashes.endHash, gas })
            }
            ExecutionResult::Revert { output, .. } => Err(Refusal::Reverted(output)),
            other => Err(failed(&other)),
        }
    }
}
