//! A file that claims to be an ONNX model or a tensor is refused or translated; it is no panic.
#![no_main]

use opml_model::onnx::{Options, Tensor, import};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = import(bytes.to_vec(), &Options::default());
    let _ = Tensor::read(bytes.to_vec().into());
});
