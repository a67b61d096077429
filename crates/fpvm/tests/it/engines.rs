//! Everything that runs many steps of the machine, for the tests that hold all of it to one expectation.

use opml_fpvm::Engine;

/// The engines besides the reference step. A new one is a line here.
pub(crate) const ENGINES: [(&str, Engine); 3] = [
    ("the interpreter", Engine::Interpreter),
    ("the compiler", Engine::Jit { hot_after: 0 }),
    ("the interpreter, then the compiler", Engine::Auto),
];
