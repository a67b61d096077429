// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Payout
/// @notice Ether that leaves a contract.
library Payout {
    /// @notice Sends `amount` wei.
    /// @dev No return data is copied: it could be made to cost more gas than there is.
    /// @return success Whether the receiver took it.
    function send(address to, uint256 amount) internal returns (bool success) {
        assembly ("memory-safe") {
            success := call(gas(), to, amount, 0, 0, 0, 0)
        }
    }
}
