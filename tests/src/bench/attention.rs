//! Validators: seats, enrolments, answers and what is judged.

use alloy_primitives::U256;
use eyre::{Result, ensure, eyre};
use opml_contracts::{Attention, IOpMLTypes, OpML};
use opml_game::{Claim, Profile, attention::answer};
use opml_node::attention::Terms;

use super::{
    calls::create,
    sheet::{CodeSize, Label},
    stage::{Bench, GWEI, Stage},
};
use crate::{
    Party,
    chain::BLOCK_TIME,
    world::{Asked, STANDARD, Watch, event},
};

/// A profile in which validators answer for seven blocks.
const WATCHED: Profile = Profile { answer_window: 10 * BLOCK_TIME as u16, ..STANDARD };

/// Bars of an answer after somebody's draw, and of a slash.
const ANSWER_BAR: u64 = 51_000;
const SLASH_BAR: u64 = 103_000;

/// Both seats are drawn and called.
fn terms(profile: u8) -> Terms {
    let verdict =
        u64::from(WATCHED.answer_window) + u64::from(WATCHED.window) + 2 * u64::from(WATCHED.clock);
    Terms {
        profile,
        draws: 8,
        called: 10_000,
        capacity: 2,
        epoch_seconds: 2 * verdict,
        slash: U256::from(50_000_000) * U256::from(GWEI),
        reward: U256::from(6_000_000) * U256::from(GWEI),
    }
}

/// Two requests before two validators, of which one is silent.
pub(super) async fn watched(stage: &mut Stage) -> Result<()> {
    let profile = stage.world.add_profile(&WATCHED).await?;
    let bench = Bench { profile: (profile, WATCHED), ..stage.court() };
    let watch = deploy(stage, terms(profile)).await?;
    let (diligent, silent) = (stage.submitter.clone(), stage.challenger.clone());
    let model = stage.model.id();
    for (party, case) in [(&diligent, "first seat of a model"), (&silent, "another seat")] {
        let receipt = stage.world.join(&watch, party, model).await?;
        stage.enter(Label::new("join", case), &receipt).await?;
    }
    stage.world.pass_epoch(&watch).await?;
    let mut asked = Vec::new();
    for case in ["first of an epoch", "another"] {
        let request = stage.ask(&bench, None).await?;
        let receipt = stage.world.enrol(&watch, &stage.asker, &request).await?;
        stage.enter(Label::new("enrol", case), &receipt).await?;
        asked.push(request);
    }
    let claims = claim(stage, &bench, &watch, &asked, &diligent).await?;
    judge(stage, &watch, &claims, &diligent, &silent).await?;
    for _ in 0..2 {
        stage.world.pass_epoch(&watch).await?;
    }
    let anybody = stage.submitter.clone();
    let reclaim = Attention::reclaimCall { requestId: asked[0].id };
    let receipt = anybody.call(watch.contract, U256::ZERO, &reclaim).await?;
    stage.enter(Label::new("reclaim", "known credit slot"), &receipt).await
}

async fn deploy(stage: &mut Stage, terms: Terms) -> Result<Watch> {
    let deployer = stage.world.deployer().clone();
    let receipt = create(&deployer, terms.creation(stage.world.opml()).to_vec()).await?;
    stage.enter(Label::new("deploy", "Attention"), &receipt).await?;
    let bytes = Attention::DEPLOYED_BYTECODE.len();
    stage.sheet.code.push(CodeSize { contract: "Attention", bytes });
    let contract = receipt.contract_address.ok_or_else(|| eyre!("no contract was created"))?;
    Ok(Watch { contract, terms })
}

/// Commits to both answers, has one validator answer, and makes both claims final.
async fn claim(
    stage: &mut Stage,
    bench: &Bench,
    watch: &Watch,
    asked: &[Asked],
    validator: &Party,
) -> Result<Vec<IOpMLTypes::Claim>> {
    let party = stage.asker.clone();
    let promised = stage.promise(&stage.truth);
    let stake = bench.profile.1.stake(0);
    let cases = [("after a draw", Some(ANSWER_BAR)), ("draws, too", None)];
    for (asked, (case, bar)) in asked.iter().zip(cases) {
        let commit = asked.commit_call(0, party.address(), &promised);
        let label = Label::new("commit", "first of a request with an answer window");
        stage.call(&party, stake, &commit, label).await?;
        if bar.is_some() {
            let draw = Attention::drawCall { requestId: asked.id };
            let receipt = party.call(watch.contract, U256::ZERO, &draw).await?;
            stage.enter(Label::new("draw", ""), &receipt).await?;
        }
        let value = answer(asked.id, promised.sn, validator.address());
        let call = Attention::answerCall { requestId: asked.id, value };
        let receipt = validator.call(watch.contract, U256::ZERO, &call).await?;
        stage.enter(Label::new("answer", case).bar(bar), &receipt).await?;
    }
    stage.world.pass(u64::from(WATCHED.answer_window)).await?;
    let opml = stage.world.opml();
    let mut claims = Vec::new();
    for asked in asked {
        let reveal = asked.reveal_call(0, &promised);
        let receipt = party.call(opml, U256::ZERO, &reveal).await?;
        claims.push(event::<OpML::Claimed>(&receipt)?.claim);
    }
    stage.pass(bench).await?;
    for (asked, claim) in asked.iter().zip(&claims) {
        let call = OpML::finaliseCall {
            request_: asked.request.clone(),
            claim_: claim.clone(),
            output: stage.truth.output.clone(),
            data: asked.data.clone(),
        };
        party.call(opml, U256::ZERO, &call).await?;
    }
    Ok(claims)
}

/// Rewards the one and slashes the other for both claims.
async fn judge(
    stage: &mut Stage,
    watch: &Watch,
    claims: &[IOpMLTypes::Claim],
    diligent: &Party,
    silent: &Party,
) -> Result<()> {
    let caller = stage.asker.clone();
    let cases = [
        ("new credit slot", "new credit slot"),
        ("known credit slot", "of who was slashed before, known credit slot"),
    ];
    for (claim, (rewarded, slashed)) in claims.iter().zip(cases) {
        let claim = Claim::from_abi(claim)?;
        let reward = Attention::rewardCall {
            final_: claim.to_abi()?,
            validator: diligent.address(),
            index: U256::ZERO,
        };
        let receipt = diligent.call(watch.contract, U256::ZERO, &reward).await?;
        stage.enter(Label::new("reward", rewarded), &receipt).await?;
        let slash = Attention::slashCall {
            final_: claim.to_abi()?,
            validator: silent.address(),
            index: U256::from(1),
        };
        let receipt = caller.call(watch.contract, U256::ZERO, &slash).await?;
        stage.enter(Label::new("slash", slashed).bar(Some(SLASH_BAR)), &receipt).await?;
    }
    let earned = stage.world.rewards(watch, diligent.address()).await?;
    ensure!(earned == U256::from(2) * watch.terms.reward, "{earned} wei were earned");
    let withdraw = Attention::withdrawCall { to: diligent.address() };
    let receipt = diligent.call(watch.contract, U256::ZERO, &withdraw).await?;
    stage.enter(Label::new("withdraw", "from the attention contract"), &receipt).await
}
