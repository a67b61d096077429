//! Everything that is not a dispute.

use alloy::{providers::Provider, rpc::types::TransactionReceipt};
use alloy_primitives::{Bytes, TxKind, U256};
use alloy_sol_types::SolConstructor;
use eyre::{Result, bail, ensure, eyre};
use opml_contracts::{DigitsDapp, MipsVerifier, OpML};

use super::{
    sheet::{CodeSize, Label, Sheet},
    stage::{GWEI, PATIENCE, Stage, version_abi},
};
use crate::{
    Party, Sent, World,
    world::{Asked, STANDARD, profile_abi, unguarded},
};

/// Gas that a request promises to a callback which does nothing, or does not exist.
const NO_CALLBACK_GAS: u32 = 50_000;
/// Creates a contract whose code is STOP.
const IDLE: [u8; 10] = [0x60, 0x01, 0x80, 0x60, 0x09, 0x3d, 0x39, 0x3d, 0xf3, 0x00];
/// Bars of what makes an answer final and hands it over, without the gas of who takes it.
const KNOWN_CREDIT_BAR: u64 = 60_000;
const NEW_CREDIT_BAR: u64 = 78_000;

/// Deploys everything once more, and registers the digits model as it is.
pub(super) async fn setup(stage: &mut Stage) -> Result<()> {
    let deployer = stage.world.deployer().clone();
    let owner = unguarded(deployer.address());
    let dapp = DigitsDapp::constructorCall {
        opml_: stage.world.opml(),
        model_: stage.model.id(),
        guest_: 0,
        profile_: 0,
    };
    let contracts = [
        ("OpML", &OpML::BYTECODE, owner, OpML::DEPLOYED_BYTECODE.len()),
        ("MipsVerifier", &MipsVerifier::BYTECODE, vec![], MipsVerifier::DEPLOYED_BYTECODE.len()),
        (
            "DigitsDapp",
            &DigitsDapp::BYTECODE,
            dapp.abi_encode(),
            DigitsDapp::DEPLOYED_BYTECODE.len(),
        ),
    ];
    for (contract, code, arguments, bytes) in contracts {
        let receipt = create(&deployer, [code.as_ref(), &arguments].concat()).await?;
        stage.enter(Label::new("deploy", contract), &receipt).await?;
        stage.sheet.code.push(CodeSize { contract, bytes });
    }
    // The first contract that OpML creates, in its constructor.
    let back_office = stage.world.opml().create(1);
    let bytes = stage.world.chain().provider().get_code_at(back_office).await?.len();
    ensure!(bytes > 0, "OpML's back office is not at {back_office}");
    stage.sheet.code.push(CodeSize { contract: "BackOffice", bytes });

    let call = OpML::addGuestVersionCall { version: version_abi(&stage.court().guest.1) };
    stage.call(&deployer, U256::ZERO, &call, Label::new("addGuestVersion", "")).await?;
    let call = OpML::addProfileCall { parameters: profile_abi(&STANDARD) };
    stage.call(&deployer, U256::ZERO, &call, Label::new("addProfile", "")).await?;
    let (header, siblings) = opml_model::digits()?.header_proof();
    let call =
        OpML::registerModelCall { header: header.to_vec().into(), siblings: siblings.into() };
    stage.call(&deployer, U256::ZERO, &call, Label::new("registerModel", "digits")).await?;
    Ok(())
}

/// Requests that nobody argues about: answered with and without a callback, or not at all.
pub(super) async fn undisputed(stage: &mut Stage) -> Result<()> {
    let court = stage.court();
    let (truth, word) = (stage.truth.clone(), stage.word());
    let submitter = stage.submitter.clone();
    let dapp = stage.world.deploy_dapp(stage.model.id(), court.profile.0).await?;
    // The dapp's own counter is new at its first question.
    stage.world.ask(&stage.asker, dapp, &stage.input, U256::ZERO).await?;
    let idle = create(&stage.asker, IDLE.to_vec()).await?;
    let idle = idle.contract_address.ok_or_else(|| eyre!("no contract was created"))?;
    let mut asked = Vec::new();
    for _ in 0..2 {
        asked.push(stage.ask(&court, Some((idle, NO_CALLBACK_GAS))).await?);
    }
    let ask = DigitsDapp::askCall { picture: stage.input.clone().into() };
    let receipt = stage.asker.call(dapp, U256::from(GWEI), &ask).await?;
    stage.enter(Label::new("request", "through the dapp, with callback"), &receipt).await?;
    asked.push(Asked::of(&receipt)?);
    asked.push(stage.ask(&court, None).await?);
    asked.push(stage.ask(&court, Some((stage.asker.address(), NO_CALLBACK_GAS))).await?);
    let cases = [
        ("callback that does nothing, new credit slot", &word, Some(NEW_CREDIT_BAR)),
        ("callback that does nothing, known credit slot", &word, Some(KNOWN_CREDIT_BAR)),
        ("callback of the dapp, known credit slot", &truth, None),
        ("no callback, known credit slot", &truth, None),
        ("callback fails, known credit slot", &truth, None),
    ];
    let mut claims = Vec::new();
    for (asked, (_, answer, _)) in asked.iter().zip(cases) {
        claims.push(stage.claim(&court, asked, answer).await?);
    }
    stage.pass(&court).await?;
    for ((asked, claim), (case, answer, bar)) in asked.iter().zip(&claims).zip(cases) {
        let label = Label::new("finalise", case).bar(bar);
        stage.finalise(asked, claim, &answer.output, label).await?;
    }
    let (Some(failed), Some(claim)) = (asked.last(), claims.last()) else { return Ok(()) };
    let call = OpML::retryCallbackCall {
        request_: failed.request.clone(),
        claim_: claim.clone(),
        output: truth.output,
        data: failed.data.clone(),
    };
    stage.call(&submitter, U256::ZERO, &call, Label::new("retryCallback", "fails again")).await?;
    let call = OpML::withdrawCall { to: submitter.address() };
    stage.call(&submitter, U256::ZERO, &call, Label::new("withdraw", "to oneself")).await?;

    let unanswered = stage.ask(&court, None).await?;
    stage.world.pass(u64::from(PATIENCE) + u64::from(court.profile.1.clock) + 1).await?;
    let call = OpML::refundCall { request_: unanswered.request };
    stage.call(&submitter, U256::ZERO, &call, Label::new("refund", "new credit slot")).await?;
    Ok(())
}

/// Finality where a guardian may retire guest versions: then every call looks whether its own was.
pub(super) async fn guarded(sheet: &mut Sheet) -> Result<()> {
    let guardian = Party::key("guardian")?.address();
    let mut stage = Stage::set(World::guarded(guardian).await?).await?;
    let court = stage.court();
    let word = stage.word();
    let idle = create(&stage.asker, IDLE.to_vec()).await?;
    let idle = idle.contract_address.ok_or_else(|| eyre!("no contract was created"))?;
    let mut claims = Vec::new();
    for _ in 0..2 {
        let asked = stage.ask(&court, Some((idle, NO_CALLBACK_GAS))).await?;
        let claim = stage.claim(&court, &asked, &word).await?;
        claims.push((asked, claim));
    }
    stage.pass(&court).await?;
    // The first one makes the credit slot.
    std::mem::swap(&mut stage.sheet, sheet);
    let slots = [("new", NEW_CREDIT_BAR), ("known", KNOWN_CREDIT_BAR)];
    for ((asked, claim), (slot, bar)) in claims.iter().zip(slots) {
        let case = format!("callback that does nothing, {slot} credit slot, with a guardian");
        let label = Label::new("finalise", case).bar(Some(bar));
        stage.finalise(asked, claim, &word.output, label).await?;
    }
    std::mem::swap(&mut stage.sheet, sheet);
    Ok(())
}

pub(super) async fn create(party: &Party, code: Vec<u8>) -> Result<TransactionReceipt> {
    match party.transact(TxKind::Create, U256::ZERO, Bytes::from(code)).await? {
        Sent::Done(receipt) => Ok(*receipt),
        Sent::Refused(data) => bail!("creation refused with {data}"),
    }
}
