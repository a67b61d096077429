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
pub(crate) struct Evm(MainnetEvm<MainnetContext<InMemoryDB>>);

/// What `run` returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) start: B256,
    pub(crate) end: B256,
    /// Gas of the call's execution: without the transaction's intrinsic gas and calldata.
    pub(crate) gas: u64,
}

impl Evm {
    pub(crate) fn new() -> Self {
        let code = Bytecode::new_raw(MipsVerifier::DEPLOYED_BYTECODE.clone());
        let mut db = InMemoryDB::default();
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
    /// The data that it reverted with. A call that runs out of gas, or fails otherwise, panics: no
    /// witness may do that.
    pub(crate) fn run(&mut self, steps: u32, witness: &[u8]) -> Result<Run, Bytes> {
        let call = runCall { steps: U256::from(steps), witness: Bytes::copy_from_slice(witness) };
        let result = self.0.system_call_one(VERIFIER, call.abi_encode().into()).unwrap();
        match result {
            ExecutionResult::Success { gas, output: Output::Call(output), .. } => {
                let hashes = runCall::abi_decode_returns(&output).unwrap();
                let gas = gas.total_gas_spent();
                Ok(Run { start: hashes.startHash, end: hashes.endHash, gas })
            }
            ExecutionResult::Revert { output, .. } => Err(output),
            other => panic!("run({steps}, {witness:x?}): {other:?}"),
        }
    }
}
