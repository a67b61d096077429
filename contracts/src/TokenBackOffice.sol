// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Guardian} from "./modules/Guardian.sol";
import {Office} from "./modules/Office.sol";
import {Registry} from "./modules/Registry.sol";
import {State} from "./modules/State.sol";
import {Token} from "./modules/Token.sol";
import {TokenBalances} from "./modules/TokenBalances.sol";

/// @title TokenBackOffice
/// @notice The half of `TokenOpML` that is called once in a while.
/// @dev Nobody calls it but by `TokenOpML`, whose constructor creates it. docs/decisions/0008
contract TokenBackOffice is Office, TokenBalances {
    constructor(
        address registrar_,
        address guardian_,
        uint256 guardianUntil_,
        IERC20 token_,
        uint256 unit_
    )
        State(guardian_)
        Registry(registrar_)
        Guardian(guardian_, guardianUntil_)
        Token(unit_)
        TokenBalances(token_)
    {}
}
