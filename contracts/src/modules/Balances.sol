// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {Delegated} from "./Delegated.sol";
import {State} from "./State.sol";

/// @title Balances
/// @notice What accounts own in the contract: put in beforehand or credited by a settlement, spent on fees, stakes and bonds, or
///         fetched. docs/decisions/0010
abstract contract Balances is State, Delegated, IBackOffice {
    /// @inheritdoc IBackOffice
    function deposit(uint256 amount) external payable override delegated nonReentrant {
        if (amount == 0) revert NothingToDeposit(msg.sender);
        _take(amount);
        _credit(msg.sender, amount);
    }

    /// @inheritdoc IBackOffice
    function withdraw(address payable to) external override delegated nonReentrant {
        uint256 amount = _credits[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        _credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        _send(to, amount);
    }

    /// @inheritdoc IBackOffice
    function credits(address account) external view override delegated returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IBackOffice
    function money() external view override delegated returns (address token, uint256 unit) {
        return (_currency(), _unit());
    }

    /// @notice Takes exactly `amount` from the caller, or reverts.
    function _take(uint256 amount) internal virtual;

    /// @notice Pays `amount` out, or reverts.
    function _send(address to, uint256 amount) internal virtual;

    /// @notice The token that is taken and sent; zero for ether.
    function _currency() internal view virtual returns (address);
}
