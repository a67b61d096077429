//! Everything that an adversary can post, up to symmetry.

use alloy_primitives::B256;
use opml_game::seam::FAULT;
use opml_game::{Opening, Phase, Post, Terms, cut};

use crate::world::{World, final_states, junk, wrong_large, wrong_small};

/// What an entry of an adversary's list can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letter {
    /// The true state.
    True,
    /// A false state that somebody knows, with true successors of its own.
    Wrong,
    /// A hash without a state.
    Junk,
    /// The true state of the step before.
    Late,
    /// FAULT; the same as `Junk` in phase 2.
    Fault,
}

/// The letters of the adversary's lists.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alphabet {
    pub(crate) large: &'static [Letter],
    pub(crate) small: &'static [Letter],
}

impl Alphabet {
    fn entry(world: &World, phase: Phase, large: u64, small: u64, letter: Letter) -> B256 {
        match (phase, letter) {
            (Phase::Large, Letter::True) => world.state(large),
            (Phase::Large, Letter::Wrong) => wrong_large(large),
            (Phase::Large, Letter::Late) => world.state(large - 1),
            (Phase::Large, Letter::Fault) => FAULT,
            (Phase::Small, Letter::True) => world.small_state(large, small),
            (Phase::Small, Letter::Wrong) => wrong_small(large, small),
            (Phase::Small, Letter::Late) => world.small_state(large, small - 1),
            (_, Letter::Junk | Letter::Fault) => junk(large, small),
        }
    }

    /// Every list over `steps` steps from (`large`, `small`), without its last `implied` entries.
    fn lists(
        self,
        world: &World,
        terms: Terms<'_>,
        phase: Phase,
        (large, small): (u64, u64),
        steps: u64,
        implied: u64,
    ) -> Vec<Vec<B256>> {
        let letters = if phase == Phase::Large { self.large } else { self.small };
        let p = terms.entries(phase, steps);
        (1..=p - implied).fold(vec![Vec::new()], |lists, j| {
            let at = cut::cut(steps, p, j);
            let (large, small) =
                if phase == Phase::Large { (large + at, 0) } else { (large, small + at) };
            let longer = |list: &Vec<B256>, letter| {
                let mut list = list.clone();
                list.push(Self::entry(world, phase, large, small, letter));
                list
            };
            lists
                .iter()
                .flat_map(|list| letters.iter().map(move |&letter| longer(list, letter)))
                .collect()
        })
    }

    /// Everything that can be posted against a segment; the rules refuse some of it.
    pub(crate) fn posts(
        self,
        world: &World,
        terms: Terms<'_>,
        phase: Phase,
        (large, small): (u64, u64),
        steps: u64,
    ) -> Vec<Post> {
        if phase == Phase::Small || steps > 1 {
            let lists = self.lists(world, terms, phase, (large, small), steps, 0);
            return lists.into_iter().map(Post::List).collect();
        }
        let mut posts = Vec::new();
        for m in 1..=terms.guest.max_steps() {
            let lists = self.lists(world, terms, Phase::Small, (large, 0), m, 1);
            for end in final_states(world, large, m) {
                let opening = Opening { steps: m, end };
                posts.extend(lists.iter().map(|list| Post::Opening(opening.clone(), list.clone())));
            }
        }
        posts
    }
}
