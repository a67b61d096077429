//! Calls to the contract, before they are transactions.

use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, U256};
use opml_game::Claim;

use super::Answer;

/// A call to the opML contract or, with `contract`, to an attention contract. What it needs besides (the request's fields, inputs,
/// outputs) is in the store under its ids.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// `commit`: promise the answer to a request, with the stake.
    Commit {
        /// The claim that it may become.
        claim: Arc<Claim>,
        /// Stake in wei.
        stake: U256,
    },
    /// `reveal`: tell the answer that was promised.
    Reveal {
        /// The request.
        request: B256,
        /// Its round.
        round: u32,
        /// What is claimed.
        answer: Arc<Answer>,
    },
    /// `takeBack` or `takeBackLate`: the stake of a commitment that came too late.
    TakeBack {
        /// What was committed to.
        claim: Arc<Claim>,
        /// The final claim of the request; `None` if it has none.
        last: Option<B256>,
    },
    /// `open`: dispute a claim, with the bond.
    Open {
        /// The claim.
        claim: B256,
        /// Tells apart own disputes on one claim.
        nonce: u64,
        /// Calldata body.
        body: Bytes,
        /// Bond in wei.
        bond: U256,
    },
    /// `move`, `evaluate` or `evaluateFault`: what there is to do at a position, once.
    Play {
        /// The dispute.
        dispute: B256,
        /// The packed position that it answers.
        position: U256,
        /// Which of the three.
        play: Play,
        /// The picked entry.
        pick: u64,
        /// Calldata body.
        body: Bytes,
    },
    /// `timeout`: the opponent's clock ran out.
    Timeout {
        /// The dispute.
        dispute: B256,
        /// The packed position.
        position: U256,
        /// Commitment to the last list.
        list_root: B256,
    },
    /// `finalise`: the window passed.
    Finalise {
        /// The claim.
        claim: B256,
    },
    /// `collect` or, if another dispute rejected the claim, `collectUnfinished`: credit what a dispute owes.
    Collect {
        /// The dispute.
        dispute: B256,
    },
    /// `collect`, of a dispute whose money waits: open its request to the next round.
    Reopen {
        /// The dispute.
        dispute: B256,
    },
    /// `judge`: hold a claim that was timed out against the final one.
    Judge {
        /// The claim.
        claim: B256,
        /// The final claim of its request.
        last: B256,
    },
    /// `refund`: give the fee of a request back that nobody has answered.
    Refund {
        /// The request.
        request: B256,
    },
    /// `annul`: end an open claim and its request, whose guest version is retired.
    Annul {
        /// The claim.
        claim: B256,
    },
    /// `withdraw`: pay out the credit.
    Withdraw,
    /// `answer`: a validator's answer to a request.
    Attend {
        /// The attention contract.
        contract: Address,
        /// The request.
        request: B256,
        /// The answer.
        value: B256,
    },
    /// `draw`: have an attention contract keep who is drawn, before the chain forgets it.
    Draw {
        /// The attention contract.
        contract: Address,
        /// The request.
        request: B256,
    },
    /// `reward`: credit the account's reward for a right answer.
    Reward {
        /// The attention contract.
        contract: Address,
        /// The final claim of the request.
        last: B256,
        /// Which of the draws was the account's seat.
        index: u8,
    },
    /// `slash`: show that a called validator has no right answer.
    Slash {
        /// The attention contract.
        contract: Address,
        /// The final claim of the request.
        last: B256,
        /// The validator.
        validator: Address,
        /// Which of the draws was its seat.
        index: u8,
    },
    /// `withdraw` of an attention contract: pay out the credit there.
    WithdrawReward {
        /// The attention contract.
        contract: Address,
    },
}

/// The three calls that answer a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Play {
    /// `move`.
    Move,
    /// `evaluate`.
    Evaluate,
    /// `evaluateFault`.
    EvaluateFault,
}

/// Order in which calls are sent when there are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// A clock of one's own runs.
    Clock,
    /// A window closes.
    Window,
    /// Others may be faster.
    Race,
    /// Can wait.
    Money,
}

impl Call {
    /// Names what the call does. Of two calls with one key at most one is ever worth sending: whatever answers a position has
    /// the key of that position.
    pub fn key(&self) -> String {
        match self {
            Self::Commit { claim, .. } => format!("commit/{}/{}", claim.request_id, claim.round),
            Self::Reveal { request, round, .. } => format!("reveal/{request}/{round}"),
            Self::TakeBack { claim, .. } => format!("takeBack/{}", claim.id()),
            Self::Open { claim, nonce, .. } => format!("open/{claim}/{nonce}"),
            Self::Play { dispute, position, .. } => format!("play/{dispute}/{position:x}"),
            Self::Timeout { dispute, position, .. } => format!("timeout/{dispute}/{position:x}"),
            Self::Finalise { claim } => format!("finalise/{claim}"),
            Self::Collect { dispute } => format!("collect/{dispute}"),
            Self::Reopen { dispute } => format!("reopen/{dispute}"),
            Self::Judge { claim, .. } => format!("judge/{claim}"),
            Self::Refund { request } => format!("refund/{request}"),
            Self::Annul { claim } => format!("annul/{claim}"),
            Self::Withdraw => "withdraw".to_owned(),
            Self::Attend { contract, request, .. } => format!("answer/{contract}/{request}"),
            Self::Draw { contract, request } => format!("draw/{contract}/{request}"),
            Self::Reward { contract, last, .. } => format!("reward/{contract}/{last}"),
            Self::Slash { contract, last, validator, .. } => {
                format!("slash/{contract}/{last}/{validator}")
            }
            Self::WithdrawReward { contract } => format!("withdraw/{contract}"),
        }
    }

    /// The contract that it goes to; `None`: the opML contract.
    pub const fn contract(&self) -> Option<Address> {
        match self {
            Self::Attend { contract, .. }
            | Self::Draw { contract, .. }
            | Self::Reward { contract, .. }
            | Self::Slash { contract, .. }
            | Self::WithdrawReward { contract } => Some(*contract),
            _ => None,
        }
    }

    /// Name of the contract's function.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Commit { .. } => "commit",
            Self::Reveal { .. } => "reveal",
            Self::TakeBack { last: Some(_), .. } => "takeBack",
            Self::TakeBack { last: None, .. } => "takeBackLate",
            Self::Open { .. } => "open",
            Self::Play { play: Play::Move, .. } => "move",
            Self::Play { play: Play::Evaluate, .. } => "evaluate",
            Self::Play { play: Play::EvaluateFault, .. } => "evaluateFault",
            Self::Timeout { .. } => "timeout",
            Self::Finalise { .. } => "finalise",
            Self::Collect { .. } | Self::Reopen { .. } => "collect",
            Self::Judge { .. } => "judge",
            Self::Refund { .. } => "refund",
            Self::Annul { .. } => "annul",
            Self::Withdraw | Self::WithdrawReward { .. } => "withdraw",
            Self::Attend { .. } => "answer",
            Self::Draw { .. } => "draw",
            Self::Reward { .. } => "reward",
            Self::Slash { .. } => "slash",
        }
    }

    /// Wei that go with it.
    pub const fn value(&self) -> U256 {
        match self {
            Self::Commit { stake, .. } => *stake,
            Self::Open { bond, .. } => *bond,
            _ => U256::ZERO,
        }
    }

    /// How soon it has to be sent.
    pub const fn urgency(&self) -> Urgency {
        match self {
            Self::Play { .. } => Urgency::Clock,
            Self::Open { .. } | Self::Attend { .. } => Urgency::Window,
            Self::Timeout { .. }
            | Self::Finalise { .. }
            | Self::Commit { .. }
            | Self::Draw { .. }
            | Self::Slash { .. }
            | Self::Reveal { .. } => Urgency::Race,
            Self::Collect { .. }
            | Self::Reopen { .. }
            | Self::Judge { .. }
            | Self::TakeBack { .. }
            | Self::Refund { .. }
            | Self::Annul { .. }
            | Self::Reward { .. }
            | Self::WithdrawReward { .. }
            | Self::Withdraw => Urgency::Money,
        }
    }
}
