// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Balances} from "./Balances.sol";
import {Token} from "./Token.sol";

/// @title TokenBalances
/// @notice Balances of one ERC-20 token, of which a unit is a unit: one that takes fees, or whose balances shrink, is refused where
///         it shows. docs/decisions/0012
abstract contract TokenBalances is Token, Balances {
    using SafeERC20 for IERC20;

    IERC20 private immutable _token;

    constructor(IERC20 token) {
        if (address(token).code.length == 0) revert NotToken(address(token));
        _token = token;
    }

    /// @dev A token may call back out of any of these; the lock is closed, and nothing is credited before.
    function _take(uint256 amount) internal override {
        _paid();
        uint256 before = _token.balanceOf(address(this));
        if (before < _held) revert TokensMissing(_held, before);
        _held += amount;
        _token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 balance = _token.balanceOf(address(this));
        if (balance != before + amount) revert WrongReceipt(before + amount, balance);
    }

    function _send(address to, uint256 amount) internal override {
        _held -= amount;
        _token.safeTransfer(to, amount);
    }

    function _currency() internal view override returns (address) {
        return address(_token);
    }
}
