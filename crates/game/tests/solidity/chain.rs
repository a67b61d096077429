//! The deployed contracts in an EVM of this process.

use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256, keccak256};
use alloy_sol_types::{SolCall, SolConstructor, SolEvent, SolValue};
use opml_contracts::{IOpMLTypes, OpML, ToyVerifier};
use opml_engine::seam::{self, Outcome};
use opml_game::{
    Claim, ClaimSlot, Guardian, GuestVersion, OutputProof, Profile, Request, RequestSlot, Standing,
    Tick,
};
use opml_memory::{MODEL_QUARTER, Memory, QUARTER_HEIGHT, header_proof};
use opml_tensor::Header;
use revm::{
    Context, ExecuteCommitEvm, MainBuilder, MainContext, MainnetEvm,
    context::{
        TxEnv,
        result::{ExecutionResult, Output},
    },
    database::InMemoryDB,
    handler::MainnetContext,
    primitives::hardfork::SpecId,
    state::AccountInfo,
};

/// Deploys and registers.
const REGISTRAR: Address = Address::repeat_byte(0x0a);
const GUARDIAN: Address = Address::repeat_byte(0x0b);
/// Where the contract keeps its claims: contracts/snapshots/OpML.storage.json.
const CLAIMS: U256 = U256::from_limbs([7, 0, 0, 0]);
/// Seconds in which it may act: more than all games take.
const TERM: u32 = 700 * 24 * 60 * 60;
/// Gas of every transaction: the most that one may have (EIP-7825).
const GAS: u64 = 1 << 24;
/// The bound on large steps of the model that is registered.
pub(crate) const MAX_LARGE_STEPS: u64 = 1 << 40;
pub(crate) const INPUT: &[u8] = b"input";
const OUTPUT: &[u8] = b"output";
/// C_n of every claim but those of a fault: the contract takes any.
const RUN_ROOT: B256 = B256::repeat_byte(0x99);
/// A request takes commitments for so many seconds.
pub(crate) const PATIENCE: u32 = 1000;

/// What a claim says: after `n` large steps the run has ended so, with C_n and an output.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) n: u64,
    pub(crate) outcome: Outcome,
    pub(crate) run_root: B256,
    pub(crate) output: Vec<u8>,
}

impl Answer {
    /// One without a run behind it.
    pub(crate) fn made_up(n: u64, outcome: Outcome) -> Self {
        let run_root = if outcome == Outcome::Fault { B256::ZERO } else { RUN_ROOT };
        let output = if outcome == Outcome::Done { OUTPUT.to_vec() } else { Vec::new() };
        Self { n, outcome, run_root, output }
    }
}

/// An EVM with the protocol, one model, and the profiles and guest versions that were added.
pub(crate) struct Chain {
    evm: MainnetEvm<MainnetContext<InMemoryDB>>,
    pub(crate) court: Address,
    pub(crate) verifier: Address,
    pub(crate) model: B256,
    pub(crate) now: Tick,
    pub(crate) guardian: Guardian,
    guests: u8,
}

impl Chain {
    pub(crate) fn new(accounts: &[Address]) -> Self {
        let mut db = InMemoryDB::default();
        for &account in accounts.iter().chain([&REGISTRAR, &GUARDIAN]) {
            db.insert_account_info(account, AccountInfo::from_balance(U256::MAX >> 8));
        }
        let context = Context::mainnet().with_db(db).modify_cfg_chained(|cfg| {
            cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
            cfg.disable_nonce_check = true;
        });
        let now = Tick { time: 1_700_000_000, block: 20_000_000 };
        let guardian = Guardian { account: GUARDIAN, until: (now.time + TERM).into() };
        let mut chain = Self {
            evm: context.build_mainnet(),
            court: Address::ZERO,
            verifier: Address::ZERO,
            model: B256::ZERO,
            now,
            guardian,
            guests: 0,
        };
        chain.verifier = chain.deploy(ToyVerifier::BYTECODE.to_vec());
        let arguments = OpML::constructorCall {
            registrar_: REGISTRAR,
            guardian_: guardian.account,
            guardianUntil_: U256::from(guardian.until),
        }
        .abi_encode();
        chain.court = chain.deploy([OpML::BYTECODE.to_vec(), arguments].concat());
        chain.register_model();
        chain
    }

    fn register_model(&mut self) {
        let header = Header {
            whole: false,
            records: 1,
            max_steps: MAX_LARGE_STEPS,
            input_min: 0,
            input_max: 64,
            output_max: 64,
            activation_bytes: 0,
            weight_bytes: 0,
        };
        let mut memory = Memory::new();
        memory.write(MODEL_QUARTER, &header.to_bytes());
        self.model = memory.node(QUARTER_HEIGHT, 3);
        let call = OpML::registerModelCall {
            header: header.to_bytes().to_vec().into(),
            siblings: header_proof(&memory).into(),
        };
        self.send(REGISTRAR, U256::ZERO, &call).unwrap();
    }

    pub(crate) fn add_profile(&mut self, profile: &Profile) {
        let parameters = IOpMLTypes::Profile {
            window: profile.window,
            clock: profile.clock,
            increment: profile.increment,
            secondsPerBlock: profile.seconds_per_block,
            arityBits: profile.arity_bits,
            stakeGwei: profile.stake_gwei,
            bondGwei: profile.bond_gwei,
            answerWindow: profile.answer_window,
        };
        self.send(REGISTRAR, U256::ZERO, &OpML::addProfileCall { parameters }).unwrap();
    }

    /// Appends a guest version; gives its number.
    pub(crate) fn add_guest(&mut self, guest: &GuestVersion) -> u8 {
        let version = IOpMLTypes::GuestVersion {
            root: guest.root,
            verifier: guest.verifier,
            entry: guest.entry,
            maxStepsBits: guest.max_steps_bits,
            maxEvaluated: guest.max_evaluated,
        };
        self.send(REGISTRAR, U256::ZERO, &OpML::addGuestVersionCall { version }).unwrap();
        self.guests += 1;
        self.guests - 1
    }

    /// Appends a guest version that nothing is played under.
    pub(crate) fn add_toy_guest(&mut self) -> u8 {
        let verifier = self.verifier;
        self.add_guest(&GuestVersion {
            root: B256::ZERO,
            verifier,
            entry: 4,
            max_steps_bits: 4,
            max_evaluated: 4,
        })
    }

    /// Writes the slot of a claim, as no call can.
    pub(crate) fn write_claim(&mut self, claim_id: B256, slot: &ClaimSlot) {
        let at = keccak256((claim_id, CLAIMS).abi_encode());
        let database = &mut self.evm.ctx.journaled_state.database;
        database.insert_account_storage(self.court, at.into(), slot.pack()).unwrap();
    }

    /// The wei of an account.
    pub(crate) fn balance(&self, account: Address) -> U256 {
        let state = &self.evm.ctx.journaled_state.database.cache.accounts;
        state.get(&account).map(|account| account.info.balance).unwrap_or_default()
    }

    /// The request of a requester.
    fn asked(&self, requester: Address, nonce: u64, (profile, guest): (u8, u8)) -> Request {
        Request {
            requester,
            nonce,
            model: self.model,
            guest,
            profile,
            input_hash: keccak256(INPUT),
            callback: Address::ZERO,
            gas_limit: 0,
            data_hash: keccak256([]),
        }
    }

    /// Makes a request and a claim on it, whose S_n is a hash without meaning.
    pub(crate) fn claim(
        &mut self,
        submitter: Address,
        nonce: u64,
        terms: (u8, u8),
        n: u64,
        stake: U256,
    ) -> Claim {
        self.claim_of(submitter, nonce, terms, n, stake, Outcome::Done).claim()
    }

    /// The same with an outcome; gives the claim with its output.
    pub(crate) fn claim_of(
        &mut self,
        submitter: Address,
        nonce: u64,
        terms: (u8, u8),
        n: u64,
        stake: U256,
        outcome: Outcome,
    ) -> OutputProof {
        self.claim_that((submitter, nonce), terms, &Answer::made_up(n, outcome), stake)
    }

    /// Makes a request and gives an answer to it.
    pub(crate) fn claim_that(
        &mut self,
        (submitter, nonce): (Address, u64),
        terms: (u8, u8),
        answer: &Answer,
        stake: U256,
    ) -> OutputProof {
        let request = self.ask(submitter, nonce, terms);
        self.answer(&request, submitter, 0, answer, stake)
    }

    /// Makes a request that takes commitments for [`PATIENCE`].
    pub(crate) fn ask(
        &mut self,
        requester: Address,
        nonce: u64,
        (profile, guest): (u8, u8),
    ) -> Request {
        let call = OpML::requestCall {
            model: self.model,
            guest,
            profile,
            nonce,
            deadline: self.now.time + PATIENCE,
            input: INPUT.into(),
            callback: Address::ZERO,
            gasLimit: 0,
            data: Bytes::new(),
        };
        self.send(requester, U256::ZERO, &call).unwrap();
        self.asked(requester, nonce, (profile, guest))
    }

    /// Commits to an answer and reveals it.
    fn answer(
        &mut self,
        request: &Request,
        submitter: Address,
        round: u32,
        answer: &Answer,
        stake: U256,
    ) -> OutputProof {
        let proof = self.proof(request, submitter, round, answer);
        let claim = proof.claim();
        self.commit(&proof, stake).unwrap();
        self.now.block += 2;
        let logs = self.reveal(&proof).unwrap();
        let event = OpML::Claimed::decode_log(&logs[0]).unwrap();
        assert_eq!((event.requestId, event.claimId), (claim.request_id, claim.id()));
        proof
    }

    /// A claim with its output, before anybody has sent it.
    pub(crate) fn proof(
        &self,
        request: &Request,
        submitter: Address,
        round: u32,
        answer: &Answer,
    ) -> OutputProof {
        let Answer { n, outcome, run_root, ref output } = *answer;
        OutputProof {
            chain_id: 1,
            court: self.court,
            request: request.clone(),
            round,
            submitter,
            s0: seam::s0(INPUT, self.model),
            n,
            sn: seam::sn(run_root, outcome, output, self.model),
            outcome,
            run_root,
            output: output.clone().into(),
        }
    }

    pub(crate) fn commit(&mut self, proof: &OutputProof, stake: U256) -> Result<Vec<Log>, Bytes> {
        let claim = proof.claim();
        let call = OpML::commitCall {
            requestId: claim.request_id,
            round: claim.round,
            profile: claim.profile,
            content: claim.content(),
        };
        self.send(claim.submitter, stake, &call)
    }

    pub(crate) fn reveal(&mut self, proof: &OutputProof) -> Result<Vec<Log>, Bytes> {
        let call = OpML::revealCall {
            request_: request_abi(&proof.request),
            round: proof.round,
            n: proof.n,
            outcome: proof.outcome as u8,
            runRoot: proof.run_root,
            sn: proof.sn,
            input: INPUT.into(),
            output: proof.output.clone(),
        };
        self.send(proof.submitter, U256::ZERO, &call)
    }

    /// Another answer to the request of `first`, in a later round.
    pub(crate) fn answer_again(
        &mut self,
        (first, nonce): (&Claim, u64),
        submitter: Address,
        round: u32,
        same: bool,
        stake: U256,
    ) -> Claim {
        let run_root = if same { RUN_ROOT } else { B256::repeat_byte(0x77) };
        let answer = Answer { run_root, ..Answer::made_up(first.n, Outcome::Done) };
        self.answer_that((first, nonce), submitter, round, &answer, stake)
    }

    /// The same with any answer.
    pub(crate) fn answer_that(
        &mut self,
        (first, nonce): (&Claim, u64),
        submitter: Address,
        round: u32,
        answer: &Answer,
        stake: U256,
    ) -> Claim {
        let request = self.asked(first.submitter, nonce, (first.profile, first.guest));
        self.answer(&request, submitter, round, answer, stake).claim()
    }

    /// Makes a claim on the request of `first` final.
    pub(crate) fn finalise(
        &mut self,
        (first, nonce): (&Claim, u64),
        claim: &Claim,
    ) -> Result<Vec<Log>, Bytes> {
        self.finalise_that((first, nonce), claim, OUTPUT)
    }

    /// The same with any output.
    pub(crate) fn finalise_that(
        &mut self,
        (first, nonce): (&Claim, u64),
        claim: &Claim,
        output: &[u8],
    ) -> Result<Vec<Log>, Bytes> {
        let request = self.asked(first.submitter, nonce, (first.profile, first.guest));
        let call = OpML::finaliseCall {
            request_: request_abi(&request),
            claim_: claim_abi(claim),
            output: output.to_vec().into(),
            data: Bytes::new(),
        };
        self.send(REGISTRAR, U256::ZERO, &call)
    }

    /// Gives the fee of the request of `first` back.
    pub(crate) fn refund(&mut self, (first, nonce): (&Claim, u64)) -> Result<Vec<Log>, Bytes> {
        let request = self.asked(first.submitter, nonce, (first.profile, first.guest));
        let call = OpML::refundCall { request_: request_abi(&request) };
        self.send(REGISTRAR, U256::ZERO, &call)
    }

    /// What an account owns in the contract.
    pub(crate) fn credits(&mut self, account: Address) -> U256 {
        self.view(&OpML::creditsCall { account })
    }

    /// When a key was named for a party, and dismissed; zero for not yet.
    pub(crate) fn operators(&mut self, party: Address, operator: Address) -> (U256, U256) {
        let service = self.view(&OpML::operatorsCall { party, operator });
        (service.since, service.until)
    }

    /// Tries to retire a guest version.
    pub(crate) fn retire(&mut self, caller: Address, guest: u8) -> Result<Vec<Log>, Bytes> {
        self.send(caller, U256::ZERO, &OpML::retireCall { guest })
    }

    /// Where a guest version stands.
    pub(crate) fn standing(&mut self, guest: u8) -> Standing {
        if guest >= self.guests {
            return Standing::Unknown;
        }
        if self.view(&OpML::retiredCall { guest }) { Standing::Retired } else { Standing::Serving }
    }

    /// Annuls a claim on the request of `first`, which is of a retired guest version.
    pub(crate) fn annul(
        &mut self,
        (first, nonce): (&Claim, u64),
        claim: &Claim,
    ) -> Result<Vec<Log>, Bytes> {
        let request = self.asked(first.submitter, nonce, (first.profile, first.guest));
        let call = OpML::annulCall { request_: request_abi(&request), claim_: claim_abi(claim) };
        self.send(REGISTRAR, U256::ZERO, &call)
    }

    pub(crate) fn request_slot(&mut self, request_id: B256) -> RequestSlot {
        RequestSlot::unpack(self.view(&OpML::requestSlotCall { requestId: request_id })).unwrap()
    }

    pub(crate) fn credit(&mut self, account: Address) -> U256 {
        self.view(&OpML::creditsCall { account })
    }

    pub(crate) fn claim_slot(&mut self, claim_id: B256) -> U256 {
        self.view(&OpML::claimSlotCall { claimId: claim_id })
    }

    pub(crate) fn dispute_slot(&mut self, dispute_id: B256) -> U256 {
        self.view(&OpML::disputeSlotCall { disputeId: dispute_id })
    }

    fn view<C: SolCall>(&mut self, call: &C) -> C::Return {
        self.view_of(self.court, call)
    }

    /// Reads from any contract.
    pub(crate) fn view_of<C: SolCall>(&mut self, contract: Address, call: &C) -> C::Return {
        match self.execute(REGISTRAR, TxKind::Call(contract), U256::ZERO, call.abi_encode()) {
            ExecutionResult::Success { output, .. } => {
                C::abi_decode_returns(output.data()).unwrap()
            }
            other => panic!("{}: {other:?}", C::SIGNATURE),
        }
    }

    /// Calls the protocol; the error is what it reverted with. Nothing may halt.
    pub(crate) fn send<C: SolCall>(
        &mut self,
        from: Address,
        value: U256,
        call: &C,
    ) -> Result<Vec<Log>, Bytes> {
        self.send_to(self.court, from, value, call)
    }

    /// Calls any contract.
    pub(crate) fn send_to<C: SolCall>(
        &mut self,
        contract: Address,
        from: Address,
        value: U256,
        call: &C,
    ) -> Result<Vec<Log>, Bytes> {
        match self.execute(from, TxKind::Call(contract), value, call.abi_encode()) {
            ExecutionResult::Success { logs, .. } => Ok(logs),
            ExecutionResult::Revert { output, .. } => Err(output),
            halt @ ExecutionResult::Halt { .. } => panic!("{}: {halt:?}", C::SIGNATURE),
        }
    }

    pub(crate) fn deploy(&mut self, code: Vec<u8>) -> Address {
        match self.execute(REGISTRAR, TxKind::Create, U256::ZERO, code) {
            ExecutionResult::Success { output: Output::Create(_, Some(address)), .. } => address,
            other => panic!("deploy: {other:?}"),
        }
    }

    fn execute(
        &mut self,
        caller: Address,
        kind: TxKind,
        value: U256,
        data: Vec<u8>,
    ) -> ExecutionResult {
        self.evm.ctx.block.number = U256::from(self.now.block);
        self.evm.ctx.block.timestamp = U256::from(self.now.time);
        let tx = TxEnv {
            caller,
            kind,
            value,
            data: data.into(),
            gas_limit: GAS,
            gas_price: 0,
            ..TxEnv::default()
        };
        self.evm.transact_commit(tx).unwrap()
    }
}

pub(crate) fn claim_abi(claim: &Claim) -> IOpMLTypes::Claim {
    claim.to_abi().unwrap()
}

fn request_abi(request: &Request) -> IOpMLTypes::Request {
    request.to_abi().unwrap()
}
