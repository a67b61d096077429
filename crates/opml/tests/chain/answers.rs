//! `opml answer`: what anybody may do with an answer, before it is final and after.

use alloy::providers::Provider;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_sol_types::{SolCall, SolEvent};
use jsonrpsee::core::client::ClientT;
use opml_contracts::{OpML, OraFront};
use opml_node::client::Client;
use opml_rpc::{OpmlApiClient, types::RequestStatus};
use serde_json::Value;

use crate::{anvil::Anvil, node, opml, rpc, said, until};

/// Number of the model in the front.
const NUMBER: U256 = U256::from_limbs([11, 0, 0, 0]);
/// Gas of the callback.
const GAS: u64 = 50_000;

/// A front with an early callback, one question asked through it, and the node that has answered it.
struct Stage {
    anvil: Anvil,
    contract: String,
    request: B256,
    output: Bytes,
}

impl Stage {
    /// `callback` is the account that takes the answer: it has no code yet.
    async fn set(callback: Address) -> Option<Self> {
        let anvil = Anvil::start().await?;
        let url = anvil.url();
        for name in ["registrar", "submitter", "asker"] {
            anvil.account(name).await;
        }
        let deployed = said(url, "registrar", &["deploy", "--ora", "--ora-early"]).await;
        let deployed: Value = serde_json::from_str(&deployed).unwrap();
        let [contract, front] =
            ["contract", "oraFront"].map(|key| deployed[key].as_str().unwrap().to_owned());
        let register = ["model", "register", "digits", "--contract", &contract];
        let number = ["--front", &front, "--number", "11", "--fee-gwei", "1000000"];
        said(url, "registrar", &[&register[..], &number].concat()).await;

        let front = front.parse().unwrap();
        let asker = anvil.account("asker").await;
        let asker = Client::new(anvil.provider(), asker).await.unwrap();
        let call = OraFront::requestCallback_0Call {
            modelId: NUMBER,
            input: vec![0; 64].into(),
            callbackContract: callback,
            gasLimit: GAS,
            callbackData: Bytes::new(),
        };
        let fee = U256::from(2_000_000_000_000_000u64);
        let data = call.abi_encode().into();
        let asked = asker.send("requestCallback", TxKind::Call(front), data, fee).await.unwrap();
        let asked =
            asked.logs().iter().find_map(|log| OpML::Requested::decode_log(&log.inner).ok());
        let request = asked.unwrap().requestId;

        let dir = tempfile::tempdir().unwrap();
        let (mut child, address, _) =
            node(url, "submitter", &contract, "submitter", dir.path()).await;
        let api = rpc(&address);
        let claimed = until("the claim", async || {
            anvil.mine(1).await;
            let request = api.get_request(request).await.ok()?;
            (request.status == RequestStatus::Claimed).then_some(request)
        })
        .await;
        // From here on the chain alone has to tell.
        child.kill().await.unwrap();
        let output = claimed.claims[0].output.clone();
        Some(Self { anvil, contract, request, output })
    }

    fn words<'a>(&'a self, verb: &'a str, id: &'a str) -> [&'a str; 5] {
        ["answer", verb, id, "--contract", &self.contract]
    }

    async fn done(&self, verb: &str) -> B256 {
        let id = self.request.to_string();
        said(self.anvil.url(), "asker", &self.words(verb, &id)).await.parse().unwrap()
    }

    async fn refused(&self, verb: &str, id: B256, why: &str) {
        let id = id.to_string();
        let output =
            opml(self.anvil.url(), "asker", &self.words(verb, &id)).output().await.unwrap();
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{sentence}");
        assert!(sentence.contains(why) && sentence.lines().count() == 1, "{sentence}");
    }

    /// Gives the dapp code that takes whatever it is called with.
    async fn wake(&self, dapp: Address) {
        let parameters: [Value; 2] = [dapp.to_string().into(), "0x00".into()];
        rpc(self.anvil.url()).request::<Value, _>("anvil_setCode", parameters).await.unwrap();
    }

    /// How many events of this kind a transaction has left.
    async fn events(&self, transaction: B256, topic: B256) -> usize {
        let receipt = self.anvil.provider().get_transaction_receipt(transaction).await.unwrap();
        let receipt = receipt.unwrap();
        receipt.logs().iter().filter(|log| log.topic0() == Some(&topic)).count()
    }

    /// Makes the answer final, as anybody may.
    async fn finalise(&self) -> B256 {
        self.anvil.pass(3601).await;
        let dir = tempfile::tempdir().unwrap();
        let url = self.anvil.url();
        let (mut child, address, _) =
            node(url, "submitter", &self.contract, "submitter", dir.path()).await;
        let api = rpc(&address);
        until("finality", async || {
            self.anvil.mine(1).await;
            let request = api.get_request(self.request).await.ok()?;
            (request.status == RequestStatus::Done).then_some(())
        })
        .await;
        child.kill().await.unwrap();
        let filter = alloy::rpc::types::Filter::new().from_block(0);
        let filter = filter.event_signature(OpML::Finalised::SIGNATURE_HASH);
        let logs = self.anvil.provider().get_logs(&filter).await.unwrap();
        logs[0].transaction_hash.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_shown_early_and_handed_out_again_when_its_dapp_can_take_it() {
    let dapp = Address::repeat_byte(0xda);
    let Some(stage) = Stage::set(dapp).await else { return };
    let nobody = B256::repeat_byte(2);
    stage.refused("show", nobody, "knows no request").await;
    stage.refused("show", stage.request, "CallbackFailed").await;
    stage.refused("deliver", stage.request, "WrongClaim").await;
    stage.refused("publish", stage.request, "publish is refused").await;

    stage.wake(dapp).await;
    let shown = stage.done("show").await;
    assert_eq!(stage.events(shown, OraFront::NotFinal::SIGNATURE_HASH).await, 1);
    stage.refused("show", stage.request, "AlreadyShown").await;
    let last = stage.finalise().await;
    assert_eq!(stage.events(last, OpML::CallbackDelivered::SIGNATURE_HASH).await, 1);
    stage.refused("deliver", stage.request, "AlreadyDelivered").await;

    let published = stage.done("publish").await;
    assert_eq!(stage.events(published, OpML::Published::SIGNATURE_HASH).await, 1);
    let call = OpML::getOutputCall { requestId: stage.request };
    let question = alloy::rpc::types::TransactionRequest::default()
        .to(stage.contract.parse().unwrap())
        .input(Bytes::from(call.abi_encode()).into());
    let kept = stage.anvil.provider().call(question).await.unwrap();
    let kept = OpML::getOutputCall::abi_decode_returns(&kept).unwrap();
    assert_eq!(kept.output, stage.output);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_its_dapp_refused_is_delivered_later() {
    let dapp = Address::repeat_byte(0xdb);
    let Some(stage) = Stage::set(dapp).await else { return };
    let last = stage.finalise().await;
    assert_eq!(stage.events(last, OpML::CallbackFailed::SIGNATURE_HASH).await, 1);
    stage.refused("deliver", stage.request, "CallbackFailed").await;
    // Anybody may try again, and the transaction says that it failed again.
    let again = stage.done("retry").await;
    assert_eq!(stage.events(again, OpML::CallbackFailed::SIGNATURE_HASH).await, 1);
    stage.wake(dapp).await;
    let delivered = stage.done("deliver").await;
    assert_eq!(stage.events(delivered, OraFront::AICallbackResult::SIGNATURE_HASH).await, 1);
}
