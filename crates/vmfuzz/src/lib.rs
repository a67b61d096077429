//! Random programs for the MIPS machine, and the comparison of all that runs them.
//!
//! One generator serves the test suite, the long runs of `cargo xtask fuzz`, the fuzz targets and the
//! comparison with the verifier on chain. It draws from a [`Source`]: a seed, or a fuzzer's bytes.
//!
//! - [`Encoding`]: the table of §5 as bit patterns, independent of the decoder.
//! - [`Case`]: a start state, with a program that lives long or with anything.
//! - [`compare()`]: the reference step against every [`Runner`] and against witnesses.
//! - [`Coverage`]: what was executed, by encoding and outcome.
//! - `Evm` and `search_on_chain` (feature `verifier`): the reference step against the verifier on
//!   chain, in an EVM of this process.
//! - [`Difference`]: what is printed when they disagree.

mod case;
mod compare;
mod coverage;
mod difference;
mod encoding;
#[cfg(feature = "verifier")]
mod evm;
mod kind;
#[cfg(feature = "verifier")]
mod on_chain;
mod program;
mod runner;
mod source;
mod value;

pub use case::Case;
pub use compare::{Tally, compare};
pub use coverage::{Coverage, Outcome};
pub use difference::Difference;
pub use encoding::Encoding;
#[cfg(feature = "verifier")]
pub use evm::{Evm, Refusal, Run};
#[cfg(feature = "verifier")]
pub use on_chain::{Windows, compare_one, search_on_chain};
pub use runner::{RUNNERS, Runner, run_one, search};
pub use source::Source;
pub use value::{address, value};
