//! Typed bindings and artifacts of the opML contracts
