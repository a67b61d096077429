//! The native engine against the definition: scalar large steps, and the guest program in the VM.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod contractions;
mod conv_cost;
mod equivalence;
mod float_cost;
mod guest;
mod hostile;
mod machines;
mod mlp;
mod model_file;
mod native;
mod native_rows;
mod operator_cost;
mod operators;
mod programs;
mod reference;
mod seam;
mod slope;
mod text;
mod vectors;
