// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {EtherBalances} from "./modules/EtherBalances.sol";
import {Guardian} from "./modules/Guardian.sol";
import {Office} from "./modules/Office.sol";
import {Registry} from "./modules/Registry.sol";
import {State} from "./modules/State.sol";

/// @title BackOffice
/// @notice The half of `OpML` that is called once in a while.
/// @dev Nobody calls it but by `OpML`, whose constructor creates it. docs/decisions/0008
contract BackOffice is Office, EtherBalances {
    constructor(address registrar_, address guardian_, uint256 guardianUntil_)
        State(guardian_)
        Registry(registrar_)
        Guardian(guardian_, guardianUntil_)
    {}
}
