//! Stakes, bonds and how they are divided (docs/protocol.md §9).

use opml_game::Profile;
use rand::Rng;
use serde_json::Value;

use crate::table::{Source, Table};

/// Every arity; rounds before and after the last doubling; few and many disputes, short and long.
pub(crate) fn amounts(source: &mut Source) -> Value {
    let mut table = Table::default();
    for case in 0..24u32 {
        let profile = Profile {
            window: 60,
            clock: 60,
            increment: 0,
            seconds_per_block: 1,
            arity_bits: 1 + (case % 6) as u8,
            stake_gwei: source.0.random_range(1 << 40..1 << 50),
            bond_gwei: source.0.random_range(1..1 << 36),
            answer_window: 0,
        };
        let (round, lists) = (case % 13, source.0.random_range(1..=104));
        let open = if case < 12 { case } else { source.0.random_range(0..1 << 24) };
        let share = profile.share(round, open);
        table.number("arityBits", profile.arity_bits);
        table.number("stakeGwei", profile.stake_gwei);
        table.number("bondGwei", profile.bond_gwei);
        table.number("round", round);
        table.number("openDisputes", open);
        table.number("lists", lists);
        table.number("stake", profile.stake(round));
        table.number("bond", profile.bond(open));
        table.number("repelled", profile.repelled(lists));
        table.number("share", share);
        table.number("repaid", profile.repaid(share, lists));
        table.number("latenessFee", profile.lateness_fee(round));
        table.number("successor", profile.successor());
    }
    table.finish()
}
