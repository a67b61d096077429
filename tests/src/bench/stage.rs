use std::{error::Error, sync::Arc};

use alloy::rpc::types::TransactionReceipt;
use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use eyre::{Result, eyre};
use opml_contracts::{IOpMLTypes, OpML};
use opml_engine::{Engine, ModelFile, seam};
use opml_game::{
    GuestVersion, NativeTrace, Profile, Prover, Terms, Trace,
    trace::{NativeMachine, RunTrace},
};
use opml_node::{plan, view::Outcome};
use opml_tensor::Header;

use super::sheet::{Label, Sheet};
use crate::{
    Party, World,
    liars::{Length, Moment, Nonsense},
    world::{Asked, Question, REVEAL_DELAY, STANDARD, event},
};

/// The held-out picture that everything is about.
const PICTURE: usize = 3;
/// Bound on large steps: two full lists at k = 32. A claim may name more steps than the run has, its end being its own successor.
pub(super) const LARGE_STEPS: u64 = 1 << 10;
/// What an answer pays: 0.01 ether.
const FEE: U256 = U256::from_limbs([10_000_000_000_000_000, 0, 0, 0]);
/// Seconds in which a request can be claimed: as many as the blocks take in which the claims before are revealed, and hardly more,
/// for an empty block takes anvil longer than a call.
pub(super) const PATIENCE: u32 = 300;
/// Bars of a request, of a commitment and of a reveal.
const REQUEST_BAR: u64 = 65_000;
const COMMIT_BAR: u64 = 57_000;
const REVEAL_BAR: u64 = 65_000;
/// Bytes of the answer that these and the bars of finality are for.
const WORD: usize = 32;
/// Wei in a gwei.
pub(super) const GWEI: u64 = 1_000_000_000;

/// A profile and a guest version with their numbers on chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bench {
    pub(super) profile: (u8, Profile),
    pub(super) guest: (u8, GuestVersion),
}

impl Bench {
    pub(super) const fn terms(&self) -> Terms<'_> {
        Terms { profile: &self.profile.1, guest: &self.guest.1 }
    }
}

/// An answer to claim.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) n: u64,
    pub(super) run_root: alloy_primitives::B256,
    pub(super) sn: alloy_primitives::B256,
    pub(super) output: Bytes,
}

/// The digits model, with room for a long phase 1, on a chain with two parties, and the sheet that is filled.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) model: Arc<ModelFile>,
    pub(super) input: Vec<u8>,
    pub(super) truth: Answer,
    pub(super) submitter: Party,
    pub(super) challenger: Party,
    pub(super) asker: Party,
    pub(super) sheet: Sheet,
    /// Nonce of the next request.
    nonce: u64,
}

impl Stage {
    /// On a chain that nobody has used.
    pub(super) async fn set(world: World) -> Result<Self> {
        let model = Arc::new(bounded(&opml_model::digits()?)?);
        world.register(&model).await?;
        let images = opml_model::digits_held_out()?;
        let image = images.iter().nth(PICTURE).ok_or_else(|| eyre!("no picture {PICTURE}"))?;
        let input = image.pixels.to_vec();
        let mut engine = Engine::new(Arc::clone(&model), &input)?;
        let n = engine.run_to_halt(model.header().max_steps)?;
        let output = Bytes::copy_from_slice(engine.output());
        let truth = Answer { n, run_root: engine.run_root(), sn: engine.root(), output };
        let [submitter, challenger, asker] =
            [world.party("submitter"), world.party("challenger"), world.party("asker")];
        Ok(Self {
            submitter: submitter.await?,
            challenger: challenger.await?,
            asker: asker.await?,
            world,
            model,
            input,
            truth,
            sheet: Sheet::default(),
            nonce: 0,
        })
    }

    /// The court of the demo.
    pub(super) const fn court(&self) -> Bench {
        let guest = self.world.guest();
        Bench { profile: (0, STANDARD), guest: (guest.number, guest.version) }
    }

    /// Enters a transaction.
    pub(super) async fn enter(&mut self, label: Label, receipt: &TransactionReceipt) -> Result<()> {
        self.sheet.enter(self.world.chain().provider(), label, receipt).await
    }

    /// Makes a call of OpML and enters it.
    pub(super) async fn call<C: SolCall>(
        &mut self,
        party: &Party,
        value: U256,
        call: &C,
        label: Label,
    ) -> Result<TransactionReceipt> {
        let receipt = party.call(self.world.opml(), value, call).await?;
        self.enter(label, &receipt).await?;
        Ok(receipt)
    }

    /// Asks, without a callback unless there is one.
    pub(super) async fn ask(
        &mut self,
        bench: &Bench,
        callback: Option<(Address, u32)>,
    ) -> Result<Asked> {
        let (to, gas_limit) = callback.unwrap_or_default();
        let question = Question {
            guest: bench.guest.0,
            profile: bench.profile.0,
            nonce: self.nonce,
            patience: PATIENCE,
            callback: to,
            gas_limit,
            ..Question::new(self.model.id(), self.input.clone())
        };
        self.nonce += 1;
        let call = self.world.request_call(&question).await?;
        let case = format!("input of {} bytes", self.input.len());
        let asker = self.asker.clone();
        let label = Label::new("request", case).bar(Some(REQUEST_BAR));
        Asked::of(&self.call(&asker, FEE, &call, label).await?)
    }

    /// Claims an answer: commits to it, and reveals it two blocks later.
    pub(super) async fn claim(
        &mut self,
        bench: &Bench,
        asked: &Asked,
        answer: &Answer,
    ) -> Result<IOpMLTypes::Claim> {
        let promised = self.promise(answer);
        let call = asked.reveal_call(0, &promised);
        let stake = U256::from(bench.profile.1.stake_gwei) * U256::from(GWEI);
        let (input, output) = (asked.input.len(), answer.output.len());
        let case = format!("input of {input}, output of {output} bytes");
        let submitter = self.submitter.clone();
        let commit = asked.commit_call(0, submitter.address(), &promised);
        self.call(&submitter, stake, &commit, Label::new("commit", "").bar(Some(COMMIT_BAR)))
            .await?;
        self.world.chain().mine(REVEAL_DELAY - 1).await?;
        let label = Label::new("reveal", case).bar(Some(REVEAL_BAR));
        let receipt = self.call(&submitter, U256::ZERO, &call, label).await?;
        Ok(event::<OpML::Claimed>(&receipt)?.claim)
    }

    /// Gives the true answer in the second round, in the name of the asker, and makes it final. None of this is entered.
    pub(super) async fn answer_again(
        &self,
        bench: &Bench,
        asked: &[&Asked],
    ) -> Result<Vec<IOpMLTypes::Claim>> {
        let (party, opml, promised) = (&self.asker, self.world.opml(), self.promise(&self.truth));
        let stake = bench.profile.1.stake(1);
        for asked in asked {
            party.call(opml, stake, &asked.commit_call(1, party.address(), &promised)).await?;
        }
        self.world.chain().mine(REVEAL_DELAY).await?;
        let mut claims = Vec::new();
        for asked in asked {
            let call = asked.reveal_call(1, &promised);
            let receipt = party.call(opml, U256::ZERO, &call).await?;
            claims.push(event::<OpML::Claimed>(&receipt)?.claim);
        }
        self.pass(bench).await?;
        for (asked, claim) in asked.iter().zip(&claims) {
            let call = OpML::finaliseCall {
                request_: asked.request.clone(),
                claim_: claim.clone(),
                output: self.truth.output.clone(),
                data: asked.data.clone(),
            };
            party.call(opml, U256::ZERO, &call).await?;
        }
        Ok(claims)
    }

    pub(super) fn promise(&self, answer: &Answer) -> plan::Answer {
        plan::Answer {
            s0: seam::s0(&self.input, self.model.id()),
            n: answer.n,
            outcome: Outcome::Done,
            run_root: answer.run_root,
            sn: answer.sn,
            output: answer.output.clone(),
        }
    }

    /// Makes a claim final.
    pub(super) async fn finalise(
        &mut self,
        asked: &Asked,
        claim: &IOpMLTypes::Claim,
        output: &Bytes,
        label: Label,
    ) -> Result<()> {
        let call = OpML::finaliseCall {
            request_: asked.request.clone(),
            claim_: claim.clone(),
            output: output.clone(),
            data: asked.data.clone(),
        };
        let submitter = self.submitter.clone();
        self.call(&submitter, U256::ZERO, &call, label).await?;
        Ok(())
    }

    /// The true trace.
    pub(super) fn trace(&self) -> Result<NativeTrace> {
        let guest = self.world.guest();
        let machine = NativeMachine::new(Arc::clone(&self.model), &self.input)?;
        Ok(RunTrace::new(machine, Arc::clone(&guest.program), &guest.version))
    }

    /// Who says that the run ends after `n` large steps in another state: true up to a moment of large step `large`.
    pub(super) fn liar(
        &self,
        n: u64,
        large: u64,
        moment: Moment,
    ) -> Result<(Answer, Prover<Nonsense<NativeTrace>>)> {
        let run_root = keccak256("no such run");
        let output = self.truth.output.clone();
        let sn = seam::sn(run_root, seam::Outcome::Done, &output, self.model.id());
        let answer = Answer { n, run_root, sn, output };
        let trace = Nonsense { inner: self.trace()?, large, moment, length: Length::True, end: sn };
        Ok((answer, Prover::new(trace)))
    }

    /// An answer of [`WORD`] bytes, which the model does not give and nobody disputes: of this length the bars are.
    pub(super) fn word(&self) -> Answer {
        let run_root = keccak256("no such run");
        let output = Bytes::from([0xff; WORD]);
        let sn = seam::sn(run_root, seam::Outcome::Done, &output, self.model.id());
        Answer { n: self.truth.n, run_root, sn, output }
    }

    /// Lets the window, or one side's whole clock, pass.
    pub(super) async fn pass(&self, bench: &Bench) -> Result<()> {
        let Profile { window, clock, .. } = bench.profile.1;
        self.world.pass(u64::from(window.max(clock)) + 1).await
    }
}

/// A guest version as the contract takes it.
pub(super) const fn version_abi(version: &GuestVersion) -> IOpMLTypes::GuestVersion {
    IOpMLTypes::GuestVersion {
        root: version.root,
        verifier: version.verifier,
        entry: version.entry,
        maxStepsBits: version.max_steps_bits,
        maxEvaluated: version.max_evaluated,
    }
}

/// The same model with bounds of [`LARGE_STEPS`] and at least [`WORD`].
fn bounded(model: &ModelFile) -> Result<ModelFile> {
    let output_max = model.header().output_max.max(WORD as u32);
    let header = Header { max_steps: LARGE_STEPS, output_max, ..*model.header() };
    let mut bytes = model.bytes().to_vec();
    bytes[..Header::BYTES].copy_from_slice(&header.to_bytes());
    Ok(ModelFile::parse(bytes)?)
}

/// A trace whose errors can be reported.
pub(super) trait Player: Trace<Error: Error + Send + Sync + 'static> {}

impl<T: Trace<Error: Error + Send + Sync + 'static>> Player for T {}
