// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {State} from "./State.sol";

/// @title Ether
/// @notice Money that comes along with calls, counted in gwei.
abstract contract Ether is State {
    function _unit() internal pure override returns (uint256) {
        return 1 gwei;
    }

    function _paid() internal view override returns (uint256) {
        return msg.value;
    }
}
