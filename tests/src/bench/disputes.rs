//! Disputes: honest nodes against liars whose lie lies exactly where it has to.

use alloy_primitives::{Address, B256, U256};
use eyre::{Result, bail, ensure};
use opml_contracts::{IOpMLTypes, OpML};
use opml_engine::seam::FAULT;
use opml_game::{
    Claim, Line, NativeTrace, Opened, Phase, Profile, Prover, body::EvaluateBody, cut,
};

use super::{
    duel::{Duel, Evaluated, Posted, Seat, Turn},
    moment::{self, Class, Found},
    sheet::{Game, Label},
    stage::{Answer, Bench, LARGE_STEPS, Stage, version_abi},
};
use crate::{
    liars::Moment,
    world::{Asked, STANDARD, event},
};

/// Gas that the evaluation of one step must not exceed.
const STEP_BAR: u64 = 110_000;

/// Gas that a whole dispute about the digits must not exceed, both sides together.
const DIGITS_BAR: u64 = 620_000;

/// Gas that a list of so many entries must not exceed, opened with small steps or not.
fn list_bar(call: &str, k: u64, opening: bool) -> Option<u64> {
    match (call, k, opening) {
        ("open", 32, _) => Some(102_000),
        ("move", 16, false) => Some(64_000),
        ("move", 32, false) => Some(80_000),
        ("move", 32, true) => Some(90_000),
        ("move", 64, false) => Some(122_000),
        _ => None,
    }
}

/// Openings and moves over many large steps and over a single one, and at other arities.
pub(super) async fn lists(stage: &mut Stage) -> Result<()> {
    let mut honest = Prover::new(stage.trace()?);
    let court = stage.court();
    for n in [LARGE_STEPS, stage.truth.n, 1] {
        catch(stage, &court, &mut honest, None, n).await?;
    }
    for arity_bits in [4, 6] {
        let court = at_arity(stage, arity_bits).await?;
        for n in [LARGE_STEPS, stage.truth.n] {
            catch(stage, &court, &mut honest, None, n).await?;
        }
    }
    Ok(())
}

/// Evaluations of one step, under a guest version with r = 1.
pub(super) async fn single_steps(stage: &mut Stage) -> Result<()> {
    let mut court = stage.court();
    court.guest.1.max_evaluated = 1;
    let call = OpML::addGuestVersionCall { version: version_abi(&court.guest.1) };
    let opml = stage.world.opml();
    let receipt = stage.world.deployer().call(opml, U256::ZERO, &call).await?;
    court.guest.0 = event::<OpML::GuestVersionAdded>(&receipt)?.guest;
    every_class(stage, &court).await
}

/// Evaluations under the version that is played: up to r = 16 steps, with the same lies.
///
/// How many steps are left in the end depends on k: at k = 8 there are more of them than at 32.
pub(super) async fn windows(stage: &mut Stage) -> Result<()> {
    let court = stage.court();
    every_class(stage, &court).await?;
    let court = at_arity(stage, 3).await?;
    every_class(stage, &court).await
}

/// The court of the demo with lists of `2^arity_bits` entries.
async fn at_arity(stage: &Stage, arity_bits: u8) -> Result<Bench> {
    let mut court = stage.court();
    court.profile.1 = Profile { arity_bits, ..STANDARD };
    court.profile.0 = stage.world.add_profile(&court.profile.1).await?;
    Ok(court)
}

async fn every_class(stage: &mut Stage, court: &Bench) -> Result<()> {
    let mut honest = Prover::new(stage.trace()?);
    for (class, found) in moment::find(stage)? {
        catch(stage, court, &mut honest, Some((class, &found)), stage.truth.n).await?;
    }
    Ok(())
}

/// A lying submitter against an honest challenger: from the request to the verdict.
///
/// The lie is in the instruction that was found. Where it does not matter which one, the lie is halfway through large step n/2,
/// and the evaluation is not entered.
async fn catch(
    stage: &mut Stage,
    court: &Bench,
    honest: &mut Prover<NativeTrace>,
    lie: Option<(Class, &Found)>,
    n: u64,
) -> Result<()> {
    let (large, moment) =
        lie.map_or((n / 2, Moment::Middle), |(_, found)| (found.large, Moment::After(found.small)));
    let (answer, mut liar) = stage.liar(n, large, moment)?;
    let asked = stage.ask(court, None).await?;
    let claim = stage.claim(court, &asked, &answer).await?;
    let parties = (stage.submitter.clone(), stage.challenger.clone());
    let submitter = Seat { party: &parties.0, prover: &mut liar };
    let challenger = Seat { party: &parties.1, prover: honest };
    let (mut duel, posted, receipt) =
        Duel::open(&stage.world, court, &claim, 0, submitter, challenger).await?;
    let (mut transactions, mut gas) = (1, receipt.gas_used);
    let mut turns = vec![(label_list("open", court, posted), receipt)];
    loop {
        let (turn, receipt) = duel.turn().await?;
        transactions += 1;
        gas += receipt.gas_used;
        match turn {
            Turn::Posted(posted) => turns.push((label_list("move", court, posted), receipt)),
            Turn::Evaluated(evaluated) => {
                if let Some((class, found)) = lie {
                    let label = label_evaluation(court, class, found, evaluated)?;
                    turns.push((label, receipt));
                }
                break;
            }
        }
    }
    for (label, receipt) in turns {
        stage.enter(label, &receipt).await?;
    }
    if lie.is_none() {
        let case = "rejected by proof, opens the next round";
        gas += collect(stage, &claim, stage.challenger.address(), case).await?;
        transactions += 1;
        let (k, r) = (court.profile.1.arity(), court.guest.1.max_evaluated);
        // The digits' own run, not one that a halted state makes longer.
        let bar = (k == 32 && n == stage.truth.n).then_some(DIGITS_BAR);
        stage.sheet.games.push(Game { k, r, n, transactions, gas, bar });
    }
    Ok(())
}

fn label_list(call: &'static str, court: &Bench, posted: Posted) -> Label {
    let k = court.profile.1.arity();
    let Posted { entries, phase, opening } = posted;
    let (full, list) = if entries == k {
        ("full list", String::new())
    } else {
        ("short list", format!("{entries} entries"))
    };
    let case = match (opening, phase) {
        (true, _) => format!("k = {k}, opens phase 2"),
        (false, Phase::Large) => format!("k = {k}, phase 1, {full}"),
        (false, Phase::Small) => format!("k = {k}, phase 2, {full}"),
    };
    Label::new(call, case).note(list).bar(list_bar(call, k, opening))
}

/// The label of an evaluation that must have been of this instruction.
fn label_evaluation(
    court: &Bench,
    class: Class,
    found: &Found,
    evaluated: Evaluated,
) -> Result<Label> {
    let Evaluated { large, small, steps, leaves } = evaluated;
    ensure!(
        large == found.large && (small..small + steps).contains(&found.small),
        "the lie is in small step {} of large step {}, and {steps} from {small} of {large} were evaluated",
        found.small,
        found.large
    );
    let (r, name) = (court.guest.1.max_evaluated, class.name());
    if r == 1 {
        let case = format!("one step, {name}");
        let label = Label::new("evaluate", case).note(format!("`{}`", found.text));
        return Ok(label.bar(Some(STEP_BAR)));
    }
    let note = format!("{steps} steps, {leaves} leaves");
    let k = court.profile.1.arity();
    Ok(Label::new("evaluate", format!("k = {k}, r = {r}, around: {name}")).note(note))
}

/// Every other end of a dispute, and what becomes of the money.
pub(super) async fn endings(stage: &mut Stage) -> Result<()> {
    let court = stage.court();
    let mut fallen = Vec::new();
    for disputes in [1, 1, 2] {
        fallen.push(silent_liar(stage, &court, disputes).await?);
    }
    fallen.push(knocked_out(stage, &court).await?);
    stage.pass(&court).await?;
    let (submitter, challenger) = (stage.submitter.clone(), stage.challenger.clone());
    for Fallen { timeouts, .. } in &fallen {
        stage
            .call(&challenger, U256::ZERO, &timeouts[0], Label::new("timeout", "any list"))
            .await?;
    }
    for Fallen { claim, .. } in &fallen {
        collect(stage, claim, challenger.address(), "timed out, opens the next round").await?;
    }
    let asked: Vec<&Asked> = fallen.iter().map(|fallen| &fallen.asked).collect();
    let answers = stage.answer_again(&court, &asked).await?;
    for (at, (Fallen { claim, .. }, last)) in fallen.iter().zip(&answers).enumerate() {
        let call = OpML::judgeCall { claim_: claim.clone(), final_: last.clone() };
        let case = if at == 3 { "right, new and known credit slot" } else { "wrong" };
        stage.call(&challenger, U256::ZERO, &call, Label::new("judge", case)).await?;
    }
    for (Fallen { claim, .. }, slot) in fallen.iter().zip(["new", "known", "known"]) {
        let case = format!("claim rejected, {slot} credit slot");
        collect(stage, claim, challenger.address(), &case).await?;
    }
    let Fallen { claim, timeouts, .. } = &fallen[2];
    let last = &timeouts[1];
    let call = OpML::collectUnfinishedCall {
        claim_: claim.clone(),
        challenger: last.challenger,
        nonce: last.nonce,
        position: last.position,
        listRoot: last.listRoot,
        winner: challenger.address(),
        winnerNonce: 0,
    };
    let label = Label::new("collectUnfinished", "of the winner itself, known credit slot");
    stage.call(&submitter, U256::ZERO, &call, label).await?;
    let call = OpML::withdrawCall { to: submitter.address() };
    submitter.call(stage.world.opml(), U256::ZERO, &call).await?;
    let claim = resurrection(stage, &court).await?;
    collect(stage, &claim, challenger.address(), "claim stands, new credit slot").await?;
    let claim = &fallen[3].claim;
    collect(stage, claim, challenger.address(), "claim was late, known credit slot").await?;
    Ok(())
}

/// A claim of which nobody defends anything.
struct Fallen {
    asked: Asked,
    claim: IOpMLTypes::Claim,
    /// What anybody may call later, of every dispute.
    timeouts: Vec<OpML::timeoutCall>,
}

/// A liar who does not answer the first list of any of so many disputes.
async fn silent_liar(stage: &mut Stage, court: &Bench, disputes: u32) -> Result<Fallen> {
    let n = stage.truth.n;
    let (answer, mut liar) = stage.liar(n, n / 2, Moment::Middle)?;
    let mut honest = Prover::new(stage.trace()?);
    let asked = stage.ask(court, None).await?;
    let claim = stage.claim(court, &asked, &answer).await?;
    let mut timeouts = Vec::new();
    for nonce in 0..disputes {
        let submitter = Seat { party: &stage.submitter, prover: &mut liar };
        let challenger = Seat { party: &stage.challenger, prover: &mut honest };
        let (duel, ..) =
            Duel::open(&stage.world, court, &claim, nonce, submitter, challenger).await?;
        timeouts.push(duel.timeout());
    }
    Ok(Fallen { asked, claim, timeouts })
}

/// A true claim whose submitter does not answer a lying challenger.
async fn knocked_out(stage: &mut Stage, court: &Bench) -> Result<Fallen> {
    let n = stage.truth.n;
    let (_, mut liar) = stage.liar(n, n / 2, Moment::Middle)?;
    let mut honest = Prover::new(stage.trace()?);
    let truth = stage.truth.clone();
    let asked = stage.ask(court, None).await?;
    let claim = stage.claim(court, &asked, &truth).await?;
    let submitter = Seat { party: &stage.submitter, prover: &mut honest };
    let challenger = Seat { party: &stage.challenger, prover: &mut liar };
    let (duel, ..) = Duel::open(&stage.world, court, &claim, 0, submitter, challenger).await?;
    let timeouts = vec![duel.timeout()];
    Ok(Fallen { asked, claim, timeouts })
}

/// A lying challenger whose run goes on after FAULT. The claim is true.
async fn resurrection(stage: &mut Stage, court: &Bench) -> Result<IOpMLTypes::Claim> {
    let Answer { n, .. } = stage.truth;
    let truth = stage.truth.clone();
    let asked = stage.ask(court, None).await?;
    let claim = stage.claim(court, &asked, &truth).await?;
    let terms = court.terms();
    let entries = terms.entries(Phase::Large, n);
    let mut list = vec![B256::with_last_byte(1); entries as usize];
    list[0] = FAULT;
    let body = list.concat().into();
    let open = OpML::openCall { claim_: claim.clone(), nonce: 0, body };
    let opml = stage.world.opml();
    let receipt = stage.challenger.call(opml, court.profile.1.bond(0), &open).await?;
    let opened: OpML::Opened = event(&receipt)?;
    let posted = Opened { position: opened.position, opening: &[], list: &opened.list };
    let line = Line::opened(terms, &Claim::from_abi(&claim)?, posted)?;
    let pick = 2;
    let (Some(siblings), Some(&end)) = (line.tree(terms).proof(pick), line.entries.get(1)) else {
        bail!("a list of {} entries over {} steps", entries, cut::cut(n, entries, entries))
    };
    let body = EvaluateBody { end, siblings, witness: Vec::new() }.encode();
    let call = OpML::evaluateFaultCall {
        claimId: opened.claimId,
        challenger: opened.challenger,
        nonce: opened.nonce,
        position: opened.position,
        pick: U256::from(pick),
        body: body.into(),
    };
    let submitter = stage.submitter.clone();
    stage.call(&submitter, U256::ZERO, &call, Label::new("evaluateFault", "k = 32")).await?;
    Ok(claim)
}

async fn collect(
    stage: &mut Stage,
    claim: &IOpMLTypes::Claim,
    challenger: Address,
    case: &str,
) -> Result<u64> {
    let call = OpML::collectCall { claim_: claim.clone(), challenger, nonce: 0 };
    let submitter = stage.submitter.clone();
    let receipt = stage.call(&submitter, U256::ZERO, &call, Label::new("collect", case)).await?;
    Ok(receipt.gas_used)
}
