//! Names of RPC modules: reth's and ours. Anything else is a typing error.

use opml_exex::NAMESPACE;
use reth_rpc_server_types::{RethRpcModule, RpcModuleSelection, RpcModuleValidator};

/// Accepts `opml` beside the modules of reth.
#[derive(Debug, Clone, Copy)]
pub struct Modules;

impl RpcModuleValidator for Modules {
    fn parse_selection(names: &str) -> Result<RpcModuleSelection, String> {
        let selection: RpcModuleSelection =
            names.parse().map_err(|error| format!("{names}: {error}"))?;
        if let RpcModuleSelection::Selection(modules) = &selection {
            for module in modules {
                if let RethRpcModule::Other(name) = module
                    && name != NAMESPACE
                {
                    return Err(format!("there is no RPC module {name}"));
                }
            }
        }
        Ok(selection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_a_module_and_a_typing_error_is_not() {
        let selection = Modules::parse_selection("eth,opml").unwrap();
        assert!(selection.contains(&RethRpcModule::Other(NAMESPACE.to_owned())));
        assert!(Modules::parse_selection("eth,opnl").unwrap_err().contains("opnl"));
        assert!(matches!(Modules::parse_selection("all").unwrap(), RpcModuleSelection::All));
    }
}
