//! Stories from request to end: the tests assert on them, the demo tells them.

mod cast;
mod observe;
mod place;
mod play;
mod registry;
mod report;
mod tell;

pub use cast::{Crash, Downtime, Presence, Role, Script, Subject};
pub use observe::{Event, Observer};
pub use place::Place;
pub use play::{Ending, play};
pub use registry::{
    Scenario, Topic, Variant, all, find, held_out, honest_submitter, liar_and_challenger,
    lying_challenger,
};
pub use report::{Moves, Report, Verdict};
