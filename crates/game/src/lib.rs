//! The dispute game as a pure state machine, and the prover that answers it
