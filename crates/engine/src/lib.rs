//! The native engine: the tensor machine's large steps at the speed of the host.
//!
//! [`ModelFile`] is a model on disk, checked and hashed; [`Engine`] runs it on an input, stops exactly at any large step and
//! gives the state root there, on the threads and vectors of a [`Cpu`]; [`seam`] computes the roots by which contract and machine agree on a run's two ends.
//!
//! Invariants:
//! - Bytes equal those of the guest program after every large step (`tests/`).
//! - No program and no input makes the engine panic: what is not admitted is refused, as in the guest.
//! - Roots are computed when asked for, over the pages written since the last time.

#![cfg_attr(
    not(target_arch = "x86_64"),
    allow(
        dead_code,
        reason = "blocks of vectors are compiled for x86-64 alone; elsewhere the scalar kernels run"
    )
)]

mod backend;
mod cpu;
mod dirty;
mod engine;
mod error;
mod kernels;
mod model_file;
mod regions;
pub mod seam;
mod simd;

pub use cpu::{Cpu, CpuError};
pub use engine::Engine;
pub use error::{EngineError, ModelError};
pub use model_file::ModelFile;
pub use simd::{Level, LevelError};
