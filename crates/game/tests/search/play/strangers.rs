//! What anybody can do at any time: evaluate, and point at a clock.

use alloy_primitives::U256;
use opml_game::rules::{Call, Docket};
use opml_game::{EvaluateBody, Line, Phase, Refusal, Ruling, Side, Terms, Tick};

use super::{CHALLENGER, CLOCK, Evaluation, Game, Loss, NOW, STRANGER, SUBMITTER};

impl Game<'_> {
    /// Everybody evaluates every part, whoever's turn it is.
    pub(super) fn evaluations(
        &mut self,
        terms: Terms<'_>,
        docket: &Docket,
        line: &Line,
    ) -> Result<(), Loss> {
        let (key, word, tree) = (self.key(), line.position.pack(), line.tree(terms));
        for caller in
            [STRANGER, if self.honest == Side::Submitter { CHALLENGER } else { SUBMITTER }]
        {
            let call = Call { now: NOW, caller, value: U256::ZERO, balance: U256::ZERO };
            for pick in 1..=line.entry_count() {
                let witness = line.before(pick).unwrap().to_vec();
                let (end, siblings) = (line.entries[pick as usize - 1], tree.proof(pick).unwrap());
                let fault =
                    EvaluateBody { end, siblings: siblings.clone(), witness: Vec::new() }.encode();
                let body = EvaluateBody { end, siblings, witness }.encode();
                let pick = U256::from(pick);
                let mut decided = false;
                for ruling in [
                    self.court.evaluate(&call, docket, &key, word, pick, &body),
                    self.court.evaluate_fault(&call, docket, &key, word, pick, &fault),
                ] {
                    let winner = match ruling {
                        Ok(ruling) => ruling.decision().map(|decision| decision.winner),
                        Err(Refusal::NotDecisive(_)) if self.evaluation == Evaluation::Literal => {
                            Some(line.position.mover.other())
                        }
                        Err(_) => None,
                    };
                    if winner == Some(self.honest.other()) {
                        return Err(vec![format!("{caller} evaluates part {pick} of {line:?}")]);
                    }
                    decided |= winner.is_some();
                }
                // A single entry of the honest side needs no answer of the adversary to be proved.
                let proved = line.position.mover == self.honest
                    || line.position.phase == Phase::Large
                    || line.entry_count() > 1;
                if !proved && !decided {
                    return Err(vec![format!("{caller} cannot prove {line:?}")]);
                }
            }
        }
        Ok(())
    }

    /// Silence: the last tick belongs to the mover, the next one to `timeout`, and never both.
    pub(super) fn clocks(
        &self,
        terms: Terms<'_>,
        docket: &Docket,
        line: &Line,
    ) -> Result<(), Loss> {
        let (key, word, root) = (self.key(), line.position.pack(), line.tree(terms).root());
        let after = |seconds| Tick { time: NOW.time + seconds, block: NOW.block + 1_000 };
        let early = self.court.timeout(after(CLOCK), docket, &key, word, root);
        let late = self.court.timeout(after(CLOCK + 1), docket, &key, word, root);
        let winner = late.as_ref().ok().and_then(Ruling::decision).map(|decision| decision.winner);
        if matches!(early, Err(Refusal::ClockRunning { .. }))
            && winner == Some(line.position.mover.other())
        {
            Ok(())
        } else {
            Err(vec![format!("timeout: {early:?}, then {late:?}")])
        }
    }
}
