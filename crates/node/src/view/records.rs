//! The records of a view. Field names follow `IOpMLTypes.sol`; docs/protocol.md §7–§10 says what they mean.

use alloy_primitives::{Address, B256, Bytes, U256};
use opml_game::{Line, LineError, Moved, Opened, Position, Refund, Side, Terms, id};
use serde::{Deserialize, Serialize};

use super::Head;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RequestStatus {
    /// Waits for a claim.
    Open,
    /// A claim is open.
    Claimed,
    /// A claim with an output became final.
    Done,
    /// A claim of failure became final.
    Failed,
    /// The fee went back.
    Refunded,
    /// The fee went back because the guest version was retired; nothing that waited is lost.
    Annulled,
}

impl RequestStatus {
    /// Whether the fee went back, and why.
    pub const fn refund(self) -> Refund {
        match self {
            Self::Refunded => Refund::Late,
            Self::Annulled => Refund::Annulled,
            Self::Open | Self::Claimed | Self::Done | Self::Failed => Refund::None,
        }
    }
}

/// A request for an inference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Content hash, see docs/protocol.md §7.
    pub id: B256,
    /// Who asks.
    pub requester: Address,
    /// Tells apart requests that are alike.
    pub nonce: u64,
    /// M: the model id.
    pub model: B256,
    /// Number of the guest version.
    pub guest: u8,
    /// Number of the profile.
    pub profile: u8,
    /// keccak of the input; the bytes are a blob of this hash.
    pub input_hash: B256,
    /// Who receives the result, or zero.
    pub callback: Address,
    /// Gas that the callback gets.
    pub gas_limit: u32,
    /// keccak of the data that the callback gets back; the bytes are a blob of this hash.
    pub data_hash: B256,
    /// Fee in wei.
    pub fee: U256,
    /// Timestamp after which no commitment is accepted.
    pub deadline: u32,
    /// How many claims were rejected so far.
    pub round: u32,
    /// The block of the first commitment under a profile with an answer window; validators are drawn by its hash.
    pub begun: Option<Head>,
    /// Where it stands.
    pub status: RequestStatus,
    /// Every claim in the order of the rounds; the last one is open or final unless it was rejected.
    pub claims: Vec<B256>,
    /// Result of the callback: `None` before it was tried.
    pub callback_delivered: Option<bool>,
}

impl Request {
    /// The part that its id is made of.
    pub const fn to_game(&self) -> id::Request {
        id::Request {
            requester: self.requester,
            nonce: self.nonce,
            model: self.model,
            guest: self.guest,
            profile: self.profile,
            input_hash: self.input_hash,
            callback: self.callback,
            gas_limit: self.gas_limit,
            data_hash: self.data_hash,
        }
    }
}

/// An answer that somebody has committed to, with its stake. What it says is not on the chain before its reveal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// The id that the claim will have.
    pub id: B256,
    /// The request.
    pub request: B256,
    /// Round of the request.
    pub round: u32,
    /// Who has committed.
    pub submitter: Address,
    /// Height of its block.
    pub block: u64,
    /// Timestamp of its block.
    pub time: u64,
}

/// The result that a claim asserts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// The program halted with an output.
    Done = 1,
    /// The program was refused.
    ProgramError = 2,
    /// A large step ended in FAULT.
    Fault = 3,
}

impl Outcome {
    /// The outcome of a code of the protocol.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Done),
            2 => Some(Self::ProgramError),
            3 => Some(Self::Fault),
            _ => None,
        }
    }
}

/// Where a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimStatus {
    /// May be disputed, or waits for its disputes.
    Open,
    /// The request's answer.
    Final,
    /// Lost a dispute by proof, or was timed out and has another end than the final claim.
    Rejected,
    /// Lost a dispute by its clock; its money waits for the end of the request.
    TimedOut,
    /// Was timed out, and has the end of the final claim.
    Late,
    /// Its guest version was retired before anything was known of it.
    Annulled,
}

impl ClaimStatus {
    /// The status as the game knows it.
    pub const fn to_game(self) -> opml_game::ClaimStatus {
        match self {
            Self::Open => opml_game::ClaimStatus::Open,
            Self::Final => opml_game::ClaimStatus::Final,
            Self::Rejected => opml_game::ClaimStatus::Rejected,
            Self::TimedOut => opml_game::ClaimStatus::TimedOut,
            Self::Late => opml_game::ClaimStatus::Late,
            Self::Annulled => opml_game::ClaimStatus::Annulled,
        }
    }
}

/// A claim: the run of a request ends after `n` large steps in state `sn`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Content hash, see docs/protocol.md §7.
    pub id: B256,
    /// The request that it answers.
    pub request: B256,
    /// Rejected claims before it.
    pub round: u32,
    /// Number of the guest version.
    pub guest: u8,
    /// Number of the profile.
    pub profile: u8,
    /// Who claims.
    pub submitter: Address,
    /// S_0 as the contract computed it.
    pub s0: B256,
    /// Large steps.
    pub n: u64,
    /// S_n, or FAULT.
    pub sn: B256,
    /// What it asserts.
    pub outcome: Outcome,
    /// keccak of the output; the bytes are a blob of this hash.
    pub output_hash: B256,
    /// C_n, zero for a fault.
    pub run_root: B256,
    /// Timestamp of its block.
    pub time: u64,
    /// Height of its block.
    pub block: u64,
    /// Where it stands.
    pub status: ClaimStatus,
    /// Its disputes in the order of opening.
    pub disputes: Vec<B256>,
}

impl Claim {
    /// The claim as the game knows it.
    pub const fn to_game(&self) -> id::Claim {
        id::Claim {
            request_id: self.request,
            round: self.round,
            guest: self.guest,
            profile: self.profile,
            submitter: self.submitter,
            s0: self.s0,
            n: self.n,
            sn: self.sn,
            outcome: self.outcome as u8,
            output_hash: self.output_hash,
        }
    }
}

/// One list that a side posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Entry of the list before that it rejects, from 1; 0 for the opening of the dispute.
    pub pick: u64,
    /// The agreed start of the segment.
    pub start: B256,
    /// The end that the poster rejects.
    pub end: B256,
    /// Opening of phase 2, or empty.
    pub opening: Bytes,
    /// The words of the list as they were emitted.
    pub list: Bytes,
    /// Packed position after it.
    pub position: U256,
    /// Height of its block.
    pub block: u64,
}

/// How a dispute was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the challenger won.
    pub challenger_won: bool,
    /// By proof, or else because a clock ran out.
    pub by_proof: bool,
    /// Who made the deciding call.
    pub caller: Address,
    /// Height of its block.
    pub block: u64,
}

impl Verdict {
    /// The side that won.
    pub const fn winner(&self) -> Side {
        if self.challenger_won { Side::Challenger } else { Side::Submitter }
    }
}

/// A dispute with everything that was posted in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Content hash, see docs/protocol.md §7.
    pub id: B256,
    /// The disputed claim.
    pub claim: B256,
    /// Who disputes.
    pub challenger: Address,
    /// Tells apart disputes of one challenger on one claim.
    pub nonce: u64,
    /// Every list in order; never empty.
    pub posts: Vec<Post>,
    /// The segment that an evaluation decided: pick, start, end and the true end.
    pub evaluated: Option<(u64, B256, B256, B256)>,
    /// How it was decided; `None` while it runs or if the claim fell by another dispute.
    pub verdict: Option<Verdict>,
    /// Whether its money was credited.
    pub collected: bool,
}

impl Dispute {
    /// The game's name of the dispute.
    pub const fn key(&self) -> id::DisputeKey {
        id::DisputeKey { claim_id: self.claim, challenger: self.challenger, nonce: self.nonce }
    }

    /// The last list.
    pub fn last(&self) -> Option<&Post> {
        self.posts.last()
    }

    /// The position after the last list; `None` if the contract emitted a word that is no position.
    pub fn position(&self) -> Option<Position> {
        Position::unpack(self.last()?.position)
    }

    /// How many disputes were open on the claim when this one was opened: its bond has grown with them.
    pub fn bond_index(&self) -> u32 {
        self.position().map_or(0, |position| position.bond_index)
    }

    /// Every list with its place in the run, from the opening to the last one.
    ///
    /// # Errors
    /// If a post does not continue the one before: the contract would have refused it.
    pub fn lines(&self, terms: Terms<'_>, claim: &Claim) -> Result<Vec<Line>, LineError> {
        let mut lines: Vec<Line> = Vec::with_capacity(self.posts.len());
        for post in &self.posts {
            let posted =
                Opened { position: post.position, opening: &post.opening, list: &post.list };
            let line = match lines.last() {
                None => Line::opened(terms, &claim.to_game(), posted)?,
                Some(line) => {
                    let pick = U256::from(post.pick);
                    line.moved(terms, Moved { pick, start: post.start, end: post.end, posted })?
                }
            };
            lines.push(line);
        }
        Ok(lines)
    }
}

/// A profile (`IOpMLTypes.Profile`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Seconds in which a claim may be disputed.
    pub window: u32,
    /// Seconds that each side starts a dispute with.
    pub clock: u32,
    /// Seconds that a side gains per move.
    pub increment: u16,
    /// A side is charged at most this many seconds per block.
    pub seconds_per_block: u16,
    /// log2 of the arity.
    pub arity_bits: u8,
    /// Stake of a claim in gwei.
    pub stake_gwei: u64,
    /// Bond of a dispute in gwei.
    pub bond_gwei: u64,
    /// Seconds from a commitment to its reveal, in which validators answer; 0 if the profile has no attention challenge.
    pub answer_window: u16,
}

impl Profile {
    /// Stake of a claim in wei: it doubles with every claim on the request that was rejected before.
    pub fn stake(&self, round: u32) -> U256 {
        self.to_game().stake(round)
    }

    /// Bond in wei of a dispute that is opened while `open` others are open on the claim.
    pub fn bond(&self, open: u32) -> U256 {
        self.to_game().bond(open)
    }

    /// The profile as the game knows it.
    pub const fn to_game(&self) -> opml_game::Profile {
        opml_game::Profile {
            window: self.window,
            clock: self.clock,
            increment: self.increment,
            seconds_per_block: self.seconds_per_block,
            arity_bits: self.arity_bits,
            stake_gwei: self.stake_gwei,
            bond_gwei: self.bond_gwei,
            answer_window: self.answer_window,
        }
    }
}

/// A guest version (`IOpMLTypes.GuestVersion`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestVersion {
    /// G of the freshly loaded guest.
    pub root: B256,
    /// The contract that proves small steps.
    pub verifier: Address,
    /// pc of the first small step.
    pub entry: u64,
    /// A large step runs at most `2^max_steps_bits` small steps.
    pub max_steps_bits: u8,
    /// Small steps that one evaluation proves.
    pub max_evaluated: u8,
    /// Whether it takes nothing new and gives no more verdicts.
    pub retired: bool,
}

impl GuestVersion {
    /// The guest version as the game knows it.
    pub const fn to_game(&self) -> opml_game::GuestVersion {
        opml_game::GuestVersion {
            root: self.root,
            verifier: self.verifier,
            entry: self.entry,
            max_steps_bits: self.max_steps_bits,
            max_evaluated: self.max_evaluated,
        }
    }
}

/// A registered model's bounds (`IOpMLTypes.ModelBounds`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Greatest number of large steps.
    pub max_large_steps: u64,
    /// Least input length in bytes.
    pub min_input: u32,
    /// Greatest input length in bytes.
    pub max_input: u32,
    /// Greatest output length in bytes.
    pub max_output: u32,
}

/// What an account can withdraw, in wei.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit(pub U256);

/// When a party has named a key its operator, and dismissed it (docs/protocol.md §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// Time at which it was named.
    pub since: u64,
    /// Time at which it was dismissed.
    pub until: Option<u64>,
}

impl Appointment {
    /// Whether the key plays in the disputes on a claim that was revealed at this time.
    pub fn covers(self, revealed: u64) -> bool {
        self.since < revealed && self.until.is_none_or(|until| until >= revealed)
    }
}
