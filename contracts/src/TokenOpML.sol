// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {TokenBackOffice} from "./TokenBackOffice.sol";
import {Front} from "./modules/Front.sol";
import {State} from "./modules/State.sol";
import {Token} from "./modules/Token.sol";

/// @title TokenOpML
/// @notice `OpML` with one ERC-20 token for money: docs/decisions/0012. What is put in with `deposit` pays for fees, stakes and bonds;
///         no call takes ether, and a request with a fee is asked by `requestBatch`, which names it.
contract TokenOpML is Front, Token {
    /// @param registrar_ As in `OpML`.
    /// @param guardian_ As in `OpML`.
    /// @param guardianUntil_ As in `OpML`.
    /// @param token_ The money. It must neither take fees nor change balances by itself.
    /// @param unit_ Base units of the token in one unit of a profile's stake and bond and of a fee: what is a gwei to ether.
    constructor(
        address registrar_,
        address guardian_,
        uint256 guardianUntil_,
        IERC20 token_,
        uint256 unit_
    )
        State(guardian_)
        Token(unit_)
        Front(address(new TokenBackOffice(registrar_, guardian_, guardianUntil_, token_, unit_)))
    {}
}
