//! The ONNX importer: small models built here, hostile files, and the conformance data beside the project.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod builder;
mod conformance;
mod determinism;
mod hostile;
mod int8;
mod models;
mod patterns;
