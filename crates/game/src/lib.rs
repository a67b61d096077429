#![doc = include_str!("../README.md")]

pub mod attention;
pub mod body;
pub mod cut;
pub mod id;
pub mod life;
pub mod line;
pub mod list;
mod money;
pub mod opening;
pub mod operator;
mod output;
pub mod position;
pub mod prover;
pub mod request;
pub mod rules;
pub mod seam;
pub mod settlement;
pub mod slot;
pub mod terms;
pub mod trace;

pub use body::{EvaluateBody, MoveBody, Post};
pub use id::{Claim, DisputeKey, Request};
pub use life::{Guardian, Standing, Untimely};
pub use line::{Line, LineError, Moved, Opened};
pub use list::ListTree;
pub use opening::{FinalState, Opening};
pub use operator::{Service, Unstaffed};
pub use output::{OutputProof, OutputProofError};
pub use position::{Phase, Position, Side};
pub use prover::{Action, Alarm, Assessment, Prover};
pub use request::{RequestSlot, RequestStatus};
pub use rules::{Court, Refusal, Ruling, StepVerifier, Tick};
pub use settlement::{End, Fate, Refund, Split};
pub use slot::{ClaimSlot, ClaimStatus, Decision, DisputeSlot};
pub use terms::{GuestVersion, Profile, Terms};
pub use trace::{NativeTrace, Trace, VmTrace};
