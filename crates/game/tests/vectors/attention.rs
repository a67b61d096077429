//! Draws, calls and answers of the attention challenge (docs/protocol.md §11).

use opml_game::attention::{CERTAIN, Lots, Rand, answer};
use rand::Rng;
use serde_json::Value;

use crate::table::{Source, Table};

/// Rosters smaller and larger than the draws, validators that are called and such that are not.
pub(crate) fn draws(source: &mut Source) -> Value {
    let mut table = Table::default();
    for case in 0..32u32 {
        let draws = 1 + (case % 8) as u8;
        let size = if case < 8 { case } else { source.0.random_range(1..1 << 20) };
        let called = if case % 5 == 0 { CERTAIN } else { source.0.random_range(1..CERTAIN) };
        let lots = Lots {
            rand: Rand::from(source.0.random::<[u8; 24]>()),
            request: source.word(),
            size,
            draws,
        };
        let (validator, sn) = (source.address(), source.word());
        let seats: Vec<u8> = lots.seats().flat_map(u32::to_be_bytes).collect();
        table.number("rand", lots.rand);
        table.bytes("requestId", lots.request);
        table.number("size", size);
        table.number("draws", draws);
        table.bytes("seats", seats);
        table.bytes("validator", validator);
        table.bytes("sn", sn);
        table.number("perTenThousand", called);
        table.number("called", u8::from(lots.calls(validator, sn, called)));
        table.bytes("answer", answer(lots.request, sn, validator));
    }
    table.finish()
}
