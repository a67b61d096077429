//! The sizes of a model of the LLaMA family.

use opml_kernels::Pairing;

use super::CheckpointError;

/// Longest context that a model is built for; RoPE's table and the cache grow with it.
pub const MAX_CONTEXT: u32 = 1 << 17;

/// Sizes and constants of a model of the LLaMA family.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Width of the residual stream.
    pub width: u32,
    /// Width between the two halves of a feed-forward block.
    pub hidden: u32,
    /// Number of layers.
    pub layers: u32,
    /// Query heads.
    pub heads: u32,
    /// Heads of keys and values; a divisor of `heads`.
    pub groups: u32,
    /// Elements per head, even.
    pub head: u32,
    /// Number of tokens.
    pub vocabulary: u32,
    /// Positions that the model was made for.
    pub context: u32,
    /// Base of RoPE's frequencies.
    pub theta: f64,
    /// Added to the mean square in norms.
    pub epsilon: f32,
    /// Which elements RoPE rotates together.
    pub pairing: Pairing,
}

impl Config {
    /// Elements of all query heads.
    #[must_use]
    pub const fn queries(&self) -> u32 {
        self.heads.saturating_mul(self.head)
    }

    /// Elements of all heads of keys, and of values.
    #[must_use]
    pub const fn cached(&self) -> u32 {
        self.groups.saturating_mul(self.head)
    }

    /// Multiply-adds of weights per token, attention not counted.
    #[must_use]
    pub fn macs(&self) -> u64 {
        let [width, hidden, queries, cached] =
            [self.width, self.hidden, self.queries(), self.cached()].map(u64::from);
        let layer = width * (2 * queries + 2 * cached + 3 * hidden);
        u64::from(self.layers) * layer + width * u64::from(self.vocabulary)
    }

    /// Checks every size on its own and against the others.
    ///
    /// # Errors
    /// [`CheckpointError::Size`].
    pub fn validate(&self) -> Result<(), CheckpointError> {
        let within = |what, value: u32, least: u32, most: u32| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                let rule = format!("allowed are {least} to {most}");
                Err(CheckpointError::Size { what, value: value.into(), rule })
            }
        };
        // Panels have 16 rows: a matrix of fewer would be padded to a multiple of what the file holds.
        const PANEL: u32 = 16;
        within("width", self.width, PANEL, 1 << 16)?;
        within("hidden width", self.hidden, PANEL, 1 << 18)?;
        within("number of layers", self.layers, 1, 1 << 10)?;
        within("number of heads", self.heads, 1, 1 << 12)?;
        within("number of key-value heads", self.groups, 1, self.heads)?;
        within("width of a head", self.head, 2, 1 << 10)?;
        within("width of all key-value heads", self.cached(), PANEL, 1 << 18)?;
        within("vocabulary", self.vocabulary, PANEL, 1 << 20)?;
        within("context", self.context, 2, MAX_CONTEXT)?;
        let divides = |what, value: u32, divisor: u32| {
            if value.is_multiple_of(divisor) {
                Ok(())
            } else {
                let rule = format!("must be a multiple of {divisor}");
                Err(CheckpointError::Size { what, value: value.into(), rule })
            }
        };
        divides("number of heads", self.heads, self.groups)?;
        divides("width of a head", self.head, 2)?;
        let positive = |what, value: f64| {
            if value.is_finite() && value > 0.0 {
                Ok(())
            } else {
                Err(CheckpointError::malformed(what, format!("{value} is not positive")))
            }
        };
        positive("RoPE's base", self.theta)?;
        positive("the norms' epsilon", self.epsilon.into())
    }
}
