//! The sizes of a model of the BERT family.

use crate::checkpoint::CheckpointError;

/// Sizes and constants of a model of the BERT family.
#[derive(Clone, Debug, PartialEq)]
pub struct BertConfig {
    /// Width of the residual stream.
    pub width: u32,
    /// Width between the two halves of a feed-forward block.
    pub hidden: u32,
    /// Number of layers.
    pub layers: u32,
    /// Heads of attention; a divisor of `width`.
    pub heads: u32,
    /// Number of tokens.
    pub vocabulary: u32,
    /// Positions that the model was made for.
    pub positions: u32,
    /// Types of tokens.
    pub types: u32,
    /// Added to the variance in norms.
    pub epsilon: f32,
}

impl BertConfig {
    /// Elements per head.
    #[must_use]
    pub fn head(&self) -> u32 {
        self.width.checked_div(self.heads).unwrap_or(0)
    }

    /// Checks every size on its own and against the others.
    ///
    /// # Errors
    /// [`CheckpointError::Size`].
    pub fn validate(&self) -> Result<(), CheckpointError> {
        let sizes = [
            ("width", self.width, 16, 1 << 14),
            ("hidden width", self.hidden, 16, 1 << 16),
            ("number of layers", self.layers, 1, 1 << 8),
            ("number of heads", self.heads, 1, 1 << 8),
            ("vocabulary", self.vocabulary, 1, 1 << 20),
            // A row of attention is computed at once.
            ("number of positions", self.positions, 1, opml_kernels::POSITIONS as u32),
            ("number of token types", self.types, 1, 1 << 8),
        ];
        for (what, value, least, most) in sizes {
            if !(least..=most).contains(&value) {
                let rule = format!("allowed are {least} to {most}");
                return Err(CheckpointError::Size { what, value: value.into(), rule });
            }
        }
        if !self.width.is_multiple_of(self.heads) {
            let rule = format!("must be a multiple of the {} heads", self.heads);
            return Err(CheckpointError::Size { what: "width", value: self.width.into(), rule });
        }
        if self.epsilon.is_finite() && self.epsilon > 0.0 {
            return Ok(());
        }
        Err(CheckpointError::malformed(
            "the norms' epsilon",
            format!("{} is not positive", self.epsilon),
        ))
    }
}
