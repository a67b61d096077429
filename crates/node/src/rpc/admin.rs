//! The `opml_admin_` namespace over a running node.

use std::convert::Infallible;

use jsonrpsee::core::{RpcResult, async_trait};
use opml_rpc::{
    OpmlAdminApiServer, RpcError,
    types::{self, Limits, Role, RoleState},
};

use crate::{
    plan::Roles,
    service::{Control, Orders},
};

/// Changes what a node begins.
#[derive(Debug, Clone)]
pub struct AdminApi {
    control: Control,
}

impl AdminApi {
    /// The namespace of one node.
    pub const fn new(control: Control) -> Self {
        Self { control }
    }

    fn set_paused(&self, role: Role, paused: bool) -> RpcResult<types::Orders> {
        let orders = self.control.change(|orders| {
            if !*flag(&mut orders.granted, role) {
                let reason = format!("the node was started without the role {role:?}");
                return Err(RpcError::InvalidInput(reason.to_lowercase()));
            }
            *flag(&mut orders.paused, role) = paused;
            Ok(())
        });
        Ok(wire(&orders?))
    }
}

const fn flag(roles: &mut Roles, role: Role) -> &mut bool {
    match role {
        Role::Submitter => &mut roles.submitter,
        Role::Challenger => &mut roles.challenger,
        Role::Validator => &mut roles.validator,
    }
}

const fn state(granted: bool, paused: bool) -> RoleState {
    match (granted, paused) {
        (false, _) => RoleState::Off,
        (true, false) => RoleState::On,
        (true, true) => RoleState::Paused,
    }
}

const fn wire(orders: &Orders) -> types::Orders {
    let Orders { granted, paused, policy } = orders;
    types::Orders {
        submitter: state(granted.submitter, paused.submitter),
        challenger: state(granted.challenger, paused.challenger),
        validator: state(granted.validator, paused.validator),
        min_fee: policy.min_fee,
        max_stake: policy.max_stake,
        max_bond: policy.max_bond,
    }
}

#[async_trait]
impl OpmlAdminApiServer for AdminApi {
    async fn orders(&self) -> RpcResult<types::Orders> {
        Ok(wire(&self.control.orders()))
    }

    async fn pause(&self, role: Role) -> RpcResult<types::Orders> {
        self.set_paused(role, true)
    }

    async fn resume(&self, role: Role) -> RpcResult<types::Orders> {
        self.set_paused(role, false)
    }

    async fn set_limits(&self, limits: Limits) -> RpcResult<types::Orders> {
        let Ok(orders) = self.control.change(|orders| {
            let policy = &mut orders.policy;
            policy.min_fee = limits.min_fee.unwrap_or(policy.min_fee);
            policy.max_stake = limits.max_stake.unwrap_or(policy.max_stake);
            policy.max_bond = limits.max_bond.unwrap_or(policy.max_bond);
            Ok::<_, Infallible>(())
        });
        Ok(wire(&orders))
    }

    async fn retry(&self, call: String) -> RpcResult<()> {
        let retried = self.control.retry(call);
        retried.map_err(|error| RpcError::InvalidInput(error.to_string()).into())
    }
}
