//! The protocol on a chain of its own, played up to the evaluation that is wanted.

use alloy_primitives::{Address, B256, TxKind, U256, keccak256};
use alloy_sol_types::{SolCall, SolConstructor, SolEvent};
use eyre::{Result, WrapErr, eyre};
use opml_contracts::{IOpMLTypes, MipsVerifier, OpML};
use opml_engine::seam::{self, Outcome};
use opml_fpvm::{Cpu, State};
use opml_game::{
    Claim, EvaluateBody, FinalState, ListTree, MoveBody, Opening, Post, life::REVEAL_DELAY,
};
use opml_memory::{MODEL_QUARTER, Memory, QUARTER_HEIGHT, header_proof, node};
use opml_tensor::Header;

use serde::Serialize;

use crate::evm::{Evm, Price, Receipt, Rules, Sent};

/// Number and time of the first block.
pub const BLOCK: (u64, u64) = (20_000_000, 1_700_000_000);

/// Registers everything. The addresses are arbitrary, and without zero bytes, as most are.
const REGISTRAR: Address = Address::repeat_byte(0x0a);
const SUBMITTER: Address = Address::repeat_byte(0x51);
const CHALLENGER: Address = Address::repeat_byte(0xc4);
/// All who send transactions.
pub const PARTIES: [Address; 3] = [REGISTRAR, SUBMITTER, CHALLENGER];
/// What each of them owns.
pub const BALANCE: U256 = U256::from_limbs([0, 0, 0, u64::MAX >> 8]);

/// k = 32.
const ARITY_BITS: u8 = 5;
const ARITY: u64 = 1 << ARITY_BITS;
/// r: the most steps that an evaluation proves.
pub(crate) const MAX_STEPS: u8 = 16;
/// The part of either list that is picked. Gas does not depend on which.
const PICK: u64 = 7;
const STAKE_GWEI: u64 = 1_000_000_000;
const BOND_GWEI: u64 = 100_000_000;
const GWEI: u64 = 1_000_000_000;
/// G and ENTRY of the guest version.
const GUEST_ROOT: B256 = B256::repeat_byte(0x47);
const ENTRY: u64 = 0x1_0000;

/// OpML on a chain of its own.
#[derive(Debug, Clone)]
struct Chain {
    evm: Evm,
    opml: Address,
}

impl Chain {
    /// Deploys it, and registers guest 0, with the deployed verifier, and profile 0.
    fn new(rules: Rules) -> Result<Self> {
        let (number, time) = BLOCK;
        let mut evm = Evm::new(rules, number, time);
        for party in PARTIES {
            evm.put(party, BALANCE, 0, Default::default());
        }
        let verifier = evm.deploy(REGISTRAR, MipsVerifier::BYTECODE.to_vec())?;
        let owner = OpML::constructorCall {
            registrar_: REGISTRAR,
            guardian_: Address::ZERO,
            guardianUntil_: U256::ZERO,
        }
        .abi_encode();
        let opml = evm.deploy(REGISTRAR, [OpML::BYTECODE.to_vec(), owner].concat())?;
        let mut chain = Self { evm, opml };
        let version = IOpMLTypes::GuestVersion {
            root: GUEST_ROOT,
            verifier,
            entry: ENTRY,
            maxStepsBits: 30,
            maxEvaluated: MAX_STEPS,
        };
        chain.send(REGISTRAR, U256::ZERO, &OpML::addGuestVersionCall { version })?;
        let parameters = IOpMLTypes::Profile {
            window: 600,
            clock: 600,
            increment: 60,
            secondsPerBlock: 12,
            arityBits: ARITY_BITS,
            stakeGwei: STAKE_GWEI,
            bondGwei: BOND_GWEI,
            answerWindow: 0,
        };
        chain.send(REGISTRAR, U256::ZERO, &OpML::addProfileCall { parameters })?;
        Ok(chain)
    }

    /// Registers a model. Which one it is never matters to an evaluation.
    fn register_model(&mut self) -> Result<B256> {
        let header = Header {
            whole: false,
            records: 1,
            max_steps: 1,
            input_min: 0,
            input_max: 64,
            output_max: 64,
            activation_bytes: 0,
            weight_bytes: 0,
        };
        let mut memory = Memory::new();
        memory.write(MODEL_QUARTER, &header.to_bytes());
        let header = header.to_bytes().to_vec().into();
        let siblings = header_proof(&memory).into();
        self.send(REGISTRAR, U256::ZERO, &OpML::registerModelCall { header, siblings })?;
        Ok(memory.node(QUARTER_HEIGHT, 3))
    }

    /// Makes a request, and a claim of one large step on it.
    fn claim(&mut self, model: B256) -> Result<IOpMLTypes::Claim> {
        let (input, output) = (b"input", b"output");
        let call = OpML::requestCall {
            model,
            guest: 0,
            profile: 0,
            nonce: 0,
            deadline: u32::MAX,
            input: input.into(),
            callback: Address::ZERO,
            gasLimit: 0,
            data: Default::default(),
        };
        let receipt = self.send(SUBMITTER, U256::ZERO, &call)?;
        let request_id = event::<OpML::Requested>(&receipt)?.requestId;
        let run_root = keccak256("run");
        let call = OpML::revealCall {
            request_: IOpMLTypes::Request {
                requester: SUBMITTER,
                nonce: 0,
                model,
                guest: 0,
                profile: 0,
                inputHash: keccak256(input),
                callback: Address::ZERO,
                gasLimit: 0,
                dataHash: keccak256([]),
            },
            round: 0,
            n: 1,
            outcome: Outcome::Done as u8,
            runRoot: run_root,
            sn: seam::sn(run_root, Outcome::Done, output, model),
            input: input.into(),
            output: output.into(),
        };
        let claim = IOpMLTypes::Claim {
            requestId: request_id,
            round: 0,
            guest: 0,
            profile: 0,
            submitter: SUBMITTER,
            s0: seam::s0(input, model),
            n: 1,
            sn: call.sn,
            outcome: call.outcome,
            outputHash: keccak256(output),
        };
        let commitment = OpML::commitCall {
            requestId: request_id,
            round: 0,
            profile: 0,
            content: Claim::from_abi(&claim)?.content(),
        };
        self.send(SUBMITTER, U256::from(STAKE_GWEI * GWEI), &commitment)?;
        self.evm.pass(REVEAL_DELAY.into());
        let receipt = self.send(SUBMITTER, U256::ZERO, &call)?;
        Ok(event::<OpML::Claimed>(&receipt)?.claim)
    }

    fn send<C: SolCall>(&mut self, from: Address, value: U256, call: &C) -> Result<Receipt> {
        let to = TxKind::Call(self.opml);
        self.evm.transact(from, to, value, call.abi_encode()).wrap_err(C::SIGNATURE)
    }
}

/// A claim of one large step, before anybody has disputed it.
#[derive(Debug)]
struct Court {
    chain: Chain,
    claim: IOpMLTypes::Claim,
}

impl Court {
    /// Sets everything up.
    fn new(rules: Rules) -> Result<Self> {
        let mut chain = Chain::new(rules)?;
        let model = chain.register_model()?;
        let claim = chain.claim(model)?;
        Ok(Self { chain, claim })
    }

    /// What `evaluate` costs an honest challenger who shows that a list of the submitter is wrong about the `steps` steps after
    /// `start`, the state that `witness` opens.
    ///
    /// Nobody can check the words of a list before they are evaluated: one entry of the submitter's is `start`, all others are
    /// nothing. The opening covers k² times as many small steps, and the submitter's answer k times.
    fn evaluate(&self, start: B256, steps: u32, witness: Vec<u8>) -> Result<Price> {
        Ok(self.play(start, steps, witness)?.1)
    }

    /// The same, with the chain after it.
    fn play(&self, start: B256, steps: u32, witness: Vec<u8>) -> Result<(Chain, Price)> {
        let mut chain = self.chain.clone();
        let entry = |list: &str, index: u64| keccak256(format!("{list} {index}"));
        let mut opened: Vec<B256> = (1..ARITY).map(|index| entry("opening", index)).collect();
        let end = FinalState::Failed { exit: 0x203, root: keccak256("root") };
        let last = end.state_hash();
        let opening = Opening { steps: u64::from(steps) * ARITY * ARITY, end };
        let body = Post::Opening(opening, opened.clone()).encode().into();
        let call = OpML::openCall { claim_: self.claim.clone(), nonce: 0, body };
        let receipt = chain.send(CHALLENGER, U256::from(BOND_GWEI * GWEI), &call)?;
        let open: OpML::Opened = event(&receipt)?;
        opened.push(last);

        let mut answer: Vec<B256> = (1..=ARITY).map(|index| entry("answer", index)).collect();
        answer[PICK as usize - 2] = start;
        let (before, rejected) = (opened[PICK as usize - 2], opened[PICK as usize - 1]);
        let body = MoveBody {
            start: before,
            end: rejected,
            siblings: proof(large_step_start(self.claim.s0), &opened)?,
            post: Post::List(answer.clone()),
        };
        let call = OpML::moveCall {
            claimId: open.claimId,
            challenger: CHALLENGER,
            nonce: 0,
            position: open.position,
            pick: U256::from(PICK),
            body: body.encode().into(),
        };
        let moved: OpML::Moved = event(&chain.send(SUBMITTER, U256::ZERO, &call)?)?;

        let body = EvaluateBody {
            end: answer[PICK as usize - 1],
            siblings: proof(before, &answer)?,
            witness,
        };
        let call = OpML::evaluateCall {
            claimId: open.claimId,
            challenger: CHALLENGER,
            nonce: 0,
            position: moved.position,
            pick: U256::from(PICK),
            body: body.encode().into(),
        };
        let receipt = chain.send(CHALLENGER, U256::ZERO, &call)?;
        event::<OpML::Decided>(&receipt)?;
        Ok((chain, receipt.price))
    }
}

/// The same claim under both rules.
#[derive(Debug)]
pub(crate) struct Courts {
    osaka: Court,
    amsterdam: Court,
}

impl Courts {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { osaka: Court::new(Rules::Osaka)?, amsterdam: Court::new(Rules::Amsterdam)? })
    }

    /// What it costs today to evaluate `steps` steps of `state`.
    pub(crate) fn price_today(&self, state: &State, steps: u32) -> Result<Price> {
        self.osaka.evaluate(state.hash(), steps, opml_fpvm::witness(state, steps)?)
    }

    /// Every transaction of an evaluation of `steps` steps of `state` today, from the first deployment on.
    pub(crate) fn transactions(&self, state: &State, steps: u32) -> Result<Vec<Sent>> {
        let witness = opml_fpvm::witness(state, steps)?;
        let (chain, _) = self.osaka.play(state.hash(), steps, witness)?;
        Ok(chain.evm.sent().to_vec())
    }

    /// What it costs under either rules to evaluate `steps` steps of `state`.
    pub(crate) fn evaluate(&self, state: &State, steps: u32) -> Result<Cost> {
        let (start, witness) = (state.hash(), opml_fpvm::witness(state, steps)?);
        Ok(Cost {
            osaka: self.osaka.evaluate(start, steps, witness.clone())?,
            amsterdam: self.amsterdam.evaluate(start, steps, witness)?,
        })
    }
}

/// What an evaluation costs under either rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Today.
    pub osaka: Price,
    /// After the next hardfork.
    pub amsterdam: Price,
}

/// The first state of the small steps of a large step.
fn large_step_start(data_half: B256) -> B256 {
    Cpu::start(ENTRY).hash(node(GUEST_ROOT, data_half))
}

/// Siblings of the part that is picked, in a list after `start`.
fn proof(start: B256, list: &[B256]) -> Result<Vec<B256>> {
    let tree = ListTree::new(start, list, ARITY_BITS);
    tree.proof(PICK).ok_or_else(|| eyre!("a list of {} entries has no entry {PICK}", list.len()))
}

/// The only event of its kind that a call emitted.
fn event<E: SolEvent>(receipt: &Receipt) -> Result<E> {
    let found = receipt.logs.iter().find_map(|log| E::decode_log(log).ok());
    found.map(|log| log.data).ok_or_else(|| eyre!("no event {}", E::SIGNATURE))
}
