// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../interfaces/IOpMLErrors.sol";

/// @title ReentrancyLock
/// @notice One lock over all entry points that write, whichever of the two contracts answers them.
/// @dev In transient storage: 300 gas per call, and no slot. The back office runs in the storage of `OpML`, transient too.
abstract contract ReentrancyLock is IOpMLErrors {
    bool private transient _entered;

    modifier nonReentrant() {
        if (_entered) revert Reentered();
        _entered = true;
        _;
        _entered = false;
    }
}
