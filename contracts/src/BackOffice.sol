// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Guardian} from "./modules/Guardian.sol";
import {Refunds} from "./modules/Refunds.sol";
import {Registry} from "./modules/Registry.sol";
import {Settlement} from "./modules/Settlement.sol";
import {State} from "./modules/State.sol";
import {Withdrawals} from "./modules/Withdrawals.sol";

/// @title BackOffice
/// @notice The half of `OpML` that is called once in a while: registry, settlement, payouts.
/// @dev Nobody calls it but by `OpML`, whose constructor creates it. docs/decisions/0008
contract BackOffice is Registry, Guardian, Refunds, Settlement, Withdrawals {
    constructor(address registrar_, address guardian_, uint256 guardianUntil_)
        State(guardian_)
        Registry(registrar_)
        Guardian(guardian_, guardianUntil_)
    {}

    /// @notice Only who calls the back office itself comes here.
    receive() external payable {
        revert NotDelegated();
    }

    /// @notice What neither of the two contracts knows.
    fallback() external payable {
        revert UnknownFunction(msg.sig);
    }
}
