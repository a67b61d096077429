//! `opml answer`: what anybody may do with the answer to a request, from the chain's events alone.

use alloy::{
    providers::{DynProvider, Provider},
    rpc::types::{Filter, Log},
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_sol_types::{SolCall, SolEvent};
use clap::Subcommand;
use eyre::{OptionExt, Result, WrapErr, ensure};
use opml_contracts::{OpML, OraFront};
use opml_game::{Claim, Request};
use opml_settings::Wallet;

use crate::chain::Chain;

/// Arguments of `opml answer`. Each sends one transaction and prints its hash.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Call a contract again that did not take its final answer.
    Retry(Answer),
    /// Keep the output of a final answer on chain, where other contracts can read it.
    Publish(Answer),
    /// Hand a final answer out through the ORA front that asked: to dapps that ask again within their callback.
    Deliver(Answer),
    /// Hand an answer out through the ORA front before it is final, if the front allows it.
    Show(Answer),
}

/// Whose answer.
#[derive(Debug, clap::Args)]
pub(crate) struct Answer {
    /// The request
    #[arg(value_name = "ID")]
    request: B256,
    /// The opML contract
    #[arg(long, value_name = "ADDRESS")]
    contract: Address,
    /// A block before the request
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    start_block: u64,
    #[command(flatten)]
    chain: Chain,
    #[command(flatten)]
    wallet: Wallet,
}

/// What events tell of a request and its last claim, which is the one that is open or final if any is.
struct Told {
    asked: OpML::Requested,
    claimed: OpML::Claimed,
}

pub(crate) async fn run(command: Command) -> Result<()> {
    match command {
        Command::Retry(answer) => {
            let Told { asked, claimed } = answer.told().await?;
            let call = OpML::retryCallbackCall {
                request_: asked.request,
                claim_: claimed.claim,
                output: claimed.output,
                data: asked.data,
            };
            answer.send("retryCallback", answer.contract, call.abi_encode()).await
        }
        Command::Publish(answer) => {
            let OpML::Claimed { claim, output, .. } = answer.told().await?.claimed;
            let call = OpML::publishCall { claim_: claim, output };
            answer.send("publish", answer.contract, call.abi_encode()).await
        }
        Command::Deliver(answer) => {
            let Told { asked, claimed } = answer.told().await?;
            let front = answer.front(&asked)?;
            let call = OraFront::deliverCall {
                request_: Request::from_abi(&asked.request)?.to_abi()?,
                claim_: Claim::from_abi(&claimed.claim)?.to_abi()?,
                output: claimed.output,
                data: asked.data,
            };
            answer.send("deliver", front, call.abi_encode()).await
        }
        Command::Show(answer) => {
            let Told { asked, claimed } = answer.told().await?;
            let front = answer.front(&asked)?;
            let call = OraFront::showCall {
                request_: Request::from_abi(&asked.request)?.to_abi()?,
                claim_: Claim::from_abi(&claimed.claim)?.to_abi()?,
                output: claimed.output,
                data: asked.data,
            };
            answer.send("show", front, call.abi_encode()).await
        }
    }
}

impl Answer {
    async fn told(&self) -> Result<Told> {
        let provider = self.chain.provider()?;
        let id = self.request;
        let of = Filter::new().address(self.contract).from_block(self.start_block);
        let asked = of.clone().event_signature(OpML::Requested::SIGNATURE_HASH).topic1(id);
        let asked = self.last::<OpML::Requested>(&provider, &asked).await?;
        let asked = asked.ok_or_eyre(format!("{} knows no request {id}", self.contract))?;
        let claimed = of.event_signature(OpML::Claimed::SIGNATURE_HASH).topic2(id);
        let claimed = self.last::<OpML::Claimed>(&provider, &claimed).await?;
        let claimed = claimed.ok_or_eyre(format!("nobody has answered request {id} yet"))?;
        Ok(Told { asked, claimed })
    }

    async fn last<E: SolEvent>(
        &self,
        provider: &DynProvider,
        filter: &Filter,
    ) -> Result<Option<E>> {
        let logs = provider.get_logs(filter).await;
        let logs = logs.wrap_err_with(|| format!("Ethereum node at {}", self.chain.url()))?;
        let decode = |log: &Log| E::decode_log(&log.inner).map(|event| event.data);
        logs.last()
            .map(decode)
            .transpose()
            .wrap_err_with(|| format!("{} is no opML contract of this version", self.contract))
    }

    /// The contract that asked.
    fn front(&self, asked: &OpML::Requested) -> Result<Address> {
        let front = asked.request.callback;
        ensure!(front != Address::ZERO, "request {} was not asked through a front", self.request);
        Ok(front)
    }

    async fn send(&self, what: &'static str, to: Address, call: Vec<u8>) -> Result<()> {
        let client = self.chain.client(&self.wallet).await?;
        let receipt = client.send(what, TxKind::Call(to), Bytes::from(call), U256::ZERO).await?;
        println!("{}", receipt.transaction_hash);
        Ok(())
    }
}
