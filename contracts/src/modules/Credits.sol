// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {ReentrancyLock} from "./ReentrancyLock.sol";

/// @title Credits
/// @notice Payouts are pulled: no settlement can fail because of its receiver, and none calls it.
abstract contract Credits is ReentrancyLock {
    mapping(address account => uint256) private _credits;

    /// @inheritdoc IOpML
    function withdraw(address payable to) external override nonReentrant {
        uint256 amount = _credits[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        _credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);

        bool success;
        // No return data is copied: it could be made to cost more gas than there is.
        assembly ("memory-safe") {
            success := call(gas(), to, amount, 0, 0, 0, 0)
        }
        if (!success) revert TransferFailed(to);
    }

    /// @inheritdoc IOpML
    function credits(address account) external view override returns (uint256) {
        return _credits[account];
    }

    function _credit(address account, uint256 amount) internal {
        _credits[account] += amount;
        emit Credited(account, amount);
    }

    /// @notice Leaves `amount` to nobody: it stays in the contract, and nothing can pay it out.
    function _burn(uint256 amount) internal {
        emit Burned(amount);
    }
}
