//! The tensor machine over plain buffers: what the definition itself computes, without an engine.

use opml_model::ModelFile;
use opml_tensor::{
    DataHalf, Header, Scalar, Span,
    layout::{ACTIVATIONS, CONTROL, DONE, INPUT, LEAF, OUTPUT, PAGE},
    run,
};

/// A state of the tensor machine: the ranges of the data half that a model may touch.
pub(crate) struct Machine {
    regions: Vec<(u64, Vec<u8>)>,
}

impl Machine {
    /// The state in which the inference of `input` starts.
    pub(crate) fn new(model: &ModelFile, input: &[u8]) -> Self {
        let header = Header::parse(&model.bounds()).unwrap();
        let length = u64::try_from(input.len()).unwrap().to_le_bytes();
        let mut input = [&length, [0; 24].as_slice(), input].concat();
        input.resize(usize::try_from(LEAF).unwrap() + header.input_max as usize, 0);
        let zeroes = |bytes: u64| vec![0; usize::try_from(bytes).unwrap()];
        let mut regions = vec![
            (CONTROL, zeroes(PAGE)),
            (ACTIVATIONS, zeroes(header.activation_bytes)),
            (INPUT, input),
            (OUTPUT, zeroes(LEAF + u64::from(header.output_max))),
        ];
        regions.extend(model.parts().map(|(address, bytes)| (address, bytes.to_vec())));
        Self { regions }
    }

    /// Makes at most `limit` large steps; returns how many were made until the machine halted.
    pub(crate) fn steps(&mut self, limit: u64) -> u64 {
        run(self, &mut Scalar, limit)
    }

    /// Runs to the end; returns the output, or none after a program error.
    pub(crate) fn run(&mut self) -> Option<Vec<u8>> {
        self.steps(u64::MAX);
        let (_, output) = self.regions.iter().find(|(start, _)| *start == OUTPUT).unwrap();
        let word = |index: usize| u64::from_le_bytes(output[8 * index..][..8].try_into().unwrap());
        let body = &output[usize::try_from(LEAF).unwrap()..];
        (word(0) == DONE).then(|| body[..usize::try_from(word(1)).unwrap()].to_vec())
    }

    fn locate(&self, span: Span) -> (usize, usize) {
        let inside = |(start, bytes): &(u64, Vec<u8>)| {
            *start <= span.start && span.end() <= start + bytes.len() as u64
        };
        let region = self.regions.iter().position(inside).expect("admitted spans are in a region");
        (region, usize::try_from(span.start - self.regions[region].0).unwrap())
    }
}

// SAFETY: a span lies in one buffer, which is never moved or resized; buffers are disjoint, and so are
// disjoint spans of one buffer.
unsafe impl DataHalf for Machine {
    fn source(&self, span: Span) -> *const u8 {
        let (region, offset) = self.locate(span);
        self.regions[region].1.as_ptr().wrapping_add(offset)
    }

    fn target(&mut self, span: Span) -> *mut u8 {
        let (region, offset) = self.locate(span);
        self.regions[region].1.as_mut_ptr().wrapping_add(offset)
    }
}
