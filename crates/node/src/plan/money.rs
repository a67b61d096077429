//! What is owed: collect, refund, withdraw.

use super::{Call, Planner};

impl Planner<'_> {
    pub(super) fn money(&mut self) {
        let Some(account) = self.agent.account else { return };
        let view = self.view;
        for dispute in &view.owed {
            self.plan.calls.push(Call::Collect { dispute: *dispute });
        }
        for request in view.requests.values() {
            self.refund(request, account);
        }
        if self.agent.policy.withdraw && !self.view.credit.is_zero() {
            self.plan.calls.push(Call::Withdraw);
        }
    }
}
