//! Dapps: who asks through which contract.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolConstructor;
use eyre::Result;
use opml_contracts::{OraFront, Prompt};

use super::{Asked, World};
use crate::Party;

/// The number by which dapps of the front know the model.
const NUMBER: U256 = U256::from_limbs([11, 0, 0, 0]);
/// The front's fee of a question, and its price of a callback's gas.
const FEE_GWEI: u64 = 300_000;
const GAS_PRICE_GWEI: u64 = 20;

/// A contract that asks and takes the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dapp {
    /// Asks OpML which digit a picture shows.
    Digits(Address),
    /// Knows the AI oracle's interface alone.
    Prompt {
        /// OpML behind that interface.
        front: Address,
        /// The dapp.
        dapp: Address,
    },
}

impl Dapp {
    /// The dapp's address.
    pub const fn address(&self) -> Address {
        match self {
            Self::Digits(dapp) | Self::Prompt { dapp, .. } => *dapp,
        }
    }

    /// Asks about an input that is text to a [`Dapp::Prompt`]. A [`Dapp::Digits`] pays `fee` wei, a [`Dapp::Prompt`] what the
    /// front estimates.
    ///
    /// # Errors
    /// If the dapp or what it asks refuses.
    pub async fn ask(
        &self,
        world: &World,
        asker: &Party,
        input: &[u8],
        fee: U256,
    ) -> Result<Asked> {
        match *self {
            Self::Digits(dapp) => world.ask(asker, dapp, input, fee).await,
            Self::Prompt { dapp, .. } => {
                let fee = world.view(dapp, &Prompt::estimateFeeCall { modelId: NUMBER }).await?;
                let prompt = String::from_utf8(input.to_vec())?;
                let call = Prompt::calculateAIResultCall { modelId: NUMBER, prompt };
                Asked::of(&asker.call(dapp, fee, &call).await?)
            }
        }
    }

    /// Whether the callback brought an answer.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn is_answered(&self, world: &World, request: B256) -> Result<bool> {
        match *self {
            Self::Digits(dapp) => Ok(world.answer(dapp, request).await?.is_some()),
            Self::Prompt { .. } => Ok(!self.prompted(world, request).await?.is_empty()),
        }
    }

    /// The output that a [`Dapp::Prompt`] keeps; empty before the callback.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn prompted(&self, world: &World, request: B256) -> Result<Bytes> {
        let call = Prompt::requestsCall { requestId: request.into() };
        Ok(world.view(self.address(), &call).await?.output)
    }
}

impl World {
    /// Deploys a front under a profile, gives a registered model a number in it, and deploys a dapp that asks the front.
    ///
    /// # Errors
    /// If one of the transactions fails.
    pub async fn deploy_prompt(&self, model: B256, profile: u8) -> Result<Dapp> {
        let deployer = self.deployer();
        let arguments = OraFront::constructorCall {
            opml_: self.opml(),
            guest_: self.guest().number,
            profile_: profile,
            early_: false,
            registrar_: deployer.address(),
            gasPriceGwei_: GAS_PRICE_GWEI,
        };
        let front = deployer.deploy(&OraFront::BYTECODE, &arguments.abi_encode()).await?;
        let owner = deployer.address();
        let number = OraFront::addModelCall { modelId: NUMBER, model, owner, feeGwei: FEE_GWEI };
        deployer.call(front, U256::ZERO, &number).await?;
        let arguments = Prompt::constructorCall { aiOracle_: front };
        let dapp = deployer.deploy(&Prompt::BYTECODE, &arguments.abi_encode()).await?;
        Ok(Dapp::Prompt { front, dapp })
    }
}
