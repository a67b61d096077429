//! What a dispute costs in gas: its lists by the rules of the game, their prices by the tables.

use opml_game::{Phase, Profile, Side, Terms, cut};

use crate::{
    config::Config,
    gas::{Gas, NotMeasured},
};

/// A list in the longest line of play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct List {
    phase: Phase,
    entries: u64,
    /// Whether it opens phase 2.
    opens: bool,
}

/// Gas of both sides, and lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Lists of both sides.
    pub lists: u16,
    /// Gas of the submitter's lists.
    pub submitter: u64,
    /// Gas of the challenger's, the opening included.
    pub challenger: u64,
    /// Whose turn it is behind the last list.
    pub mover: Side,
}

/// The longest line of play over the run.
fn longest(terms: Terms<'_>, n: u64) -> Vec<List> {
    let mut lists = Vec::new();
    let part = |phase, steps| {
        let p = terms.entries(phase, steps);
        (p, (1..=p).map(|j| cut::part(steps, p, j)).max().unwrap_or(1))
    };
    let mut steps = n;
    while steps > 1 {
        let (entries, next) = part(Phase::Large, steps);
        lists.push(List { phase: Phase::Large, entries, opens: false });
        steps = next;
    }
    steps = terms.guest.max_steps();
    loop {
        let opens = lists.last().is_none_or(|last| last.phase == Phase::Large);
        let (entries, next) = part(Phase::Small, steps);
        lists.push(List { phase: Phase::Small, entries, opens });
        if next <= u64::from(terms.guest.max_evaluated) {
            return lists;
        }
        steps = next;
    }
}

impl Line {
    /// The longest line of play over the configured run.
    ///
    /// # Errors
    /// If one of its lists was never measured.
    pub fn longest(config: &Config, gas: &Gas) -> Result<Self, NotMeasured> {
        let (profile, guest) = (config.profile(), config.guest());
        let terms = Terms { profile: &profile, guest: &guest };
        let lists = longest(terms, config.run.large_steps);
        let mut line = Self { lists: 0, submitter: 0, challenger: 0, mover: Side::Challenger };
        for list in &lists {
            let price = price(gas, &profile, *list, line.lists == 0)?;
            match line.mover {
                Side::Submitter => line.submitter += price,
                Side::Challenger => line.challenger += price,
            }
            line.mover = line.mover.other();
            line.lists += 1;
        }
        Ok(line)
    }
}

/// Gas of the call that posts a list.
fn price(gas: &Gas, profile: &Profile, list: List, first: bool) -> Result<u64, NotMeasured> {
    let k = profile.arity();
    let call = if first { "open" } else { "move" };
    let case = |what: &str| format!("k = {k}, {what}");
    let phase = list.phase as u8;
    if list.opens {
        return gas.of_call(call, &case("opens phase 2"));
    }
    if list.entries < k {
        // Short lists were not measured at every arity: a full one costs more.
        let short = gas.of_call(call, &case(&format!("phase {phase}, short list")));
        return short.or_else(|_| gas.of_call(call, &case(&format!("phase {phase}, full list"))));
    }
    gas.of_call(call, &case(&format!("phase {phase}, full list")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_line_is_that_of_the_rules() {
        let config = Config::checked_in().unwrap();
        let (profile, guest) = (config.profile(), config.guest());
        let terms = Terms { profile: &profile, guest: &guest };
        for n in [1, 2, 33, 65_536, 1 << 40] {
            assert_eq!(longest(terms, n).len() as u64, terms.longest(n));
        }
        let line = Line::longest(&config, &Gas::committed()).unwrap();
        assert_eq!((line.lists, line.mover), (8, Side::Challenger));
    }
}
