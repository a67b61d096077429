// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {State} from "./State.sol";

/// @title Token
/// @notice Money that lies in the contract before it is spent: calls bring none. docs/decisions/0012
abstract contract Token is State {
    /// @dev A stake of 2^64 units, doubled ten times, stays far below 2^256.
    uint256 private constant MAX_UNIT = 1e18;

    uint256 private immutable _baseUnits;

    constructor(uint256 unit) {
        if (unit == 0 || unit > MAX_UNIT) revert BadUnit(unit, MAX_UNIT);
        _baseUnits = unit;
    }

    function _unit() internal view override returns (uint256) {
        return _baseUnits;
    }

    /// @dev Ether that came along would belong to nobody.
    function _paid() internal view override returns (uint256) {
        if (msg.value != 0) revert NoNativeValue(msg.value);
        return 0;
    }
}
