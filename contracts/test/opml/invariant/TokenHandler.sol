// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Plain} from "../Tokens.sol";
import {Handler} from "./Handler.sol";

/// @title TokenHandler
/// @notice The same games for a token.
contract TokenHandler is Handler {
    function setUp() public override {
        token = new Plain();
        super.setUp();
    }
}
