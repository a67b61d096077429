// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../interfaces/IOpMLErrors.sol";

/// @title Delegated
/// @notice Code that works in the storage of whoever delegates to it, and never in its own, which is empty.
abstract contract Delegated is IOpMLErrors {
    address private immutable _self = address(this);

    modifier delegated() {
        if (address(this) == _self) revert NotDelegated();
        _;
    }
}
