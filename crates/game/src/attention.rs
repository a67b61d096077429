//! The attention challenge as pure rules (docs/protocol.md §11): which seats are drawn, who of them is called, and what the right
//! answer is.

use alloy_primitives::{Address, B256, FixedBytes, U256, keccak256};
use alloy_sol_types::SolValue;

use crate::Profile;

/// Blocks' worth of seconds between the last answer and the first reveal.
pub const MARGIN_BLOCKS: u16 = 3;

/// Epochs in which a request can be judged: that of its enrolment and the next one.
pub const LIABLE_EPOCHS: u64 = 2;

/// Who shows a silence gets G divided by this.
pub const BOUNTY_DIVISOR: u64 = 4;

/// In the place of an answer that was judged.
pub const JUDGED: B256 = B256::with_last_byte(1);

/// p = 1.
pub const CERTAIN: u16 = 10_000;

/// `rand`: the first bytes of the hash of the block in which somebody committed first.
pub type Rand = FixedBytes<24>;

impl Profile {
    /// Seconds, as clocks charge them, from the first commitment on in which answers are accepted; `None` without attention.
    pub const fn answers_for(&self) -> Option<u64> {
        if self.answer_window == 0 {
            return None;
        }
        let margin = MARGIN_BLOCKS as u64 * self.seconds_per_block as u64;
        Some((self.answer_window as u64).saturating_sub(margin))
    }
}

/// A request before the seats of a roster, after the first commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lots {
    /// What the block of the first commitment says.
    pub rand: Rand,
    /// The request.
    pub request: B256,
    /// N: seats of the roster.
    pub size: u32,
    /// V: how many are drawn at most.
    pub draws: u8,
}

impl Lots {
    /// The drawn seats, by the index of their draw. A large roster may have one of them twice.
    pub fn seats(&self) -> impl Iterator<Item = u32> {
        let Self { rand, request, size, draws } = *self;
        (0..u32::from(draws).min(size)).map(move |index| {
            if size <= u32::from(draws) {
                return index;
            }
            let hash = keccak256((word(rand), request, U256::from(index)).abi_encode());
            // The remainder is below N.
            (U256::from_be_bytes(hash.0) % U256::from(size)).to()
        })
    }

    /// Whether a validator with a drawn seat has to answer when the run ends in `sn`, with a probability of `per_ten_thousand` /
    /// 10,000.
    pub fn calls(&self, validator: Address, sn: B256, per_ten_thousand: u16) -> bool {
        let hash = keccak256((word(self.rand), self.request, validator, sn).abi_encode());
        U256::from_be_bytes(hash.0) < target(per_ten_thousand)
    }
}

/// The answer of a validator that says that the run ends in `sn`.
pub fn answer(request: B256, sn: B256, validator: Address) -> B256 {
    keccak256((request, sn, validator).abi_encode())
}

/// What a hash has to be below to call.
pub fn target(per_ten_thousand: u16) -> U256 {
    if per_ten_thousand >= CERTAIN {
        return U256::MAX;
    }
    U256::MAX / U256::from(CERTAIN) * U256::from(per_ten_thousand)
}

const fn word(rand: Rand) -> U256 {
    U256::from_be_slice(rand.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOTS: Lots =
        Lots { rand: Rand::repeat_byte(7), request: B256::repeat_byte(9), size: 0, draws: 8 };

    #[test]
    fn a_small_roster_is_drawn_whole() {
        for size in 0..=8 {
            assert_eq!(
                Lots { size, ..LOTS }.seats().collect::<Vec<_>>(),
                (0..size).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_large_roster_is_drawn_evenly() {
        let mut drawn = [0u32; 20];
        for request in 0..1_000u64 {
            let request = B256::from(U256::from(request));
            for seat in (Lots { size: 20, request, ..LOTS }).seats() {
                drawn[seat as usize] += 1;
            }
        }
        // 8,000 draws of 20 seats: 400 each, with a deviation of 19.5.
        assert!(drawn.iter().all(|times| (300..500).contains(times)), "{drawn:?}");
    }

    #[test]
    fn as_many_are_called_as_the_terms_say() {
        for (called, range) in
            [(0, 0..1), (1_000, 70..131), (5_000, 430..571), (CERTAIN, 1_000..1_001)]
        {
            let calls = (0..1_000u64)
                .filter(|sn| LOTS.calls(Address::ZERO, B256::from(U256::from(*sn)), called))
                .count();
            assert!(range.contains(&calls), "{called}: {calls}");
        }
    }

    #[test]
    fn answers_are_accepted_until_three_blocks_before_a_reveal() {
        let profile = |answer_window| Profile {
            window: 600,
            clock: 600,
            increment: 24,
            seconds_per_block: 12,
            arity_bits: 5,
            stake_gwei: 10,
            bond_gwei: 1,
            answer_window,
        };
        assert_eq!(profile(0).answers_for(), None);
        assert_eq!(profile(96).answers_for(), Some(60));
    }
}
