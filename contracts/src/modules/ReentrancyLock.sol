// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";

/// @title ReentrancyLock
/// @notice One lock over all entry points that write.
/// @dev In transient storage: 300 gas per call, and no slot.
abstract contract ReentrancyLock is IOpML {
    bool private transient _entered;

    modifier nonReentrant() {
        if (_entered) revert Reentered();
        _entered = true;
        _;
        _entered = false;
    }
}
