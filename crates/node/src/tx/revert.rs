//! Why the contract would refuse a call.

use alloy::transports::{RpcError, TransportErrorKind};
use alloy_primitives::Bytes;
use alloy_sol_types::SolInterface;
use opml_contracts::{Attention::AttentionErrors, OpML::OpMLErrors, OraFront::OraFrontErrors};

/// What a refusal says about the call. The text is the contract's custom error with its values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The chain has moved on: somebody did it already, or it is too late or too early. Nothing is wrong.
    #[error("{0}")]
    MovedOn(String),
    /// What the call would make is there already.
    #[error("{0}")]
    Exists(String),
    /// The contract finds the call itself wrong: a bug here, or a contract of another version.
    #[error("{0}")]
    Wrong(String),
}

impl Refusal {
    /// Reads the revert in a node's answer; `None` if the answer is something else.
    pub(crate) fn of(error: &RpcError<TransportErrorKind>) -> Option<Self> {
        let response = error.as_error_resp()?;
        match response.as_revert_data() {
            Some(data) => Some(Self::decode(&data)),
            // Nodes that give no data still say that the execution reverted.
            None => response
                .message
                .to_lowercase()
                .contains("revert")
                .then(|| Self::Wrong(response.message.to_string())),
        }
    }

    /// Reads revert data.
    pub(super) fn decode(data: &Bytes) -> Self {
        use OpMLErrors as E;
        let Ok(error) = OpMLErrors::abi_decode(data) else {
            return Self::decode_attention(data);
        };
        let text = format!("{error:?}");
        match error {
            E::ModelExists(_) | E::RequestExists(_) => Self::Exists(text),
            E::RequestNotOpen(_)
            | E::DeadlinePassed(_)
            | E::DeadlineNotPassed(_)
            | E::WrongRound(_)
            | E::RequestNotRefunded(_)
            | E::CommitmentExists(_)
            | E::NotCommitted(_)
            | E::TooEarly(_)
            | E::AnswersOpen(_)
            | E::ClaimNotOpen(_)
            | E::ClaimNotFinal(_)
            | E::ClaimNotTimedOut(_)
            | E::WindowOpen(_)
            | E::WindowClosed(_)
            | E::LiveDisputes(_)
            | E::TooManyDisputes(_)
            | E::DisputeExists(_)
            // Others have opened disputes since: the next plan sends the bond that is due then.
            | E::WrongBond(_)
            // In the seconds in which the party has dismissed the key, and the node has not seen it.
            | E::NotMover(_)
            | E::StalePosition(_)
            | E::DisputeDecided(_)
            | E::DisputeNotOver(_)
            | E::AlreadyCollected(_)
            | E::RetiredGuest(_)
            | E::ClockExpired(_)
            | E::ClockRunning(_)
            | E::CallbackNotPending(_)
            | E::NothingToWithdraw(_) => Self::MovedOn(text),
            _ => Self::Wrong(text),
        }
    }

    /// Reads the errors that the attention contract has for itself.
    fn decode_attention(data: &Bytes) -> Self {
        use AttentionErrors as E;
        let Ok(error) = AttentionErrors::abi_decode(data) else {
            return Self::decode_front(data);
        };
        let text = format!("{error:?}");
        match error {
            E::AlreadySeated(_) | E::AlreadyEnrolled(_) => Self::Exists(text),
            E::NotSeated(_)
            | E::StillLiable(_)
            | E::TooLate(_)
            | E::NotEnrolled(_)
            | E::EpochFull(_)
            | E::NotBegun(_)
            | E::UnknownBlock(_)
            | E::AlreadyAnswered(_)
            | E::AnswersClosed(_)
            | E::JudgementOver(_)
            | E::JudgementOpen(_)
            | E::NotDrawn(_)
            | E::AlreadyJudged(_) => Self::MovedOn(text),
            _ => Self::Wrong(text),
        }
    }

    /// Reads the errors that an ORA front has for itself. No plan calls one, so none of them is a race.
    fn decode_front(data: &Bytes) -> Self {
        Self::Wrong(match OraFrontErrors::abi_decode(data) {
            Ok(error) => format!("{error:?}"),
            Err(_) => format!("revert data {data}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;
    use alloy_sol_types::SolError;
    use opml_contracts::OpML;

    #[test]
    fn a_position_that_others_answered_is_no_fault() {
        let data = OpML::StalePosition { disputeId: B256::ZERO }.abi_encode().into();
        assert!(matches!(Refusal::decode(&data), Refusal::MovedOn(_)));
        let data = OpML::AlreadyCollected { disputeId: B256::ZERO }.abi_encode().into();
        assert!(matches!(Refusal::decode(&data), Refusal::MovedOn(_)));
    }

    #[test]
    fn a_bad_body_and_foreign_data_are_faults() {
        let data = OpML::SameEnd { end: B256::ZERO }.abi_encode().into();
        assert!(matches!(Refusal::decode(&data), Refusal::Wrong(_)));
        assert!(matches!(Refusal::decode(&Bytes::from_static(b"abc")), Refusal::Wrong(_)));
        assert!(matches!(Refusal::decode(&Bytes::new()), Refusal::Wrong(_)));
    }
}
