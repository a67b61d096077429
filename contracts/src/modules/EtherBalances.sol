// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Payout} from "../lib/Payout.sol";
import {Balances} from "./Balances.sol";
import {Ether} from "./Ether.sol";

/// @title EtherBalances
/// @notice Balances of ether.
abstract contract EtherBalances is Ether, Balances {
    function _take(uint256 amount) internal view override {
        if (msg.value != amount) revert WrongDeposit(amount, msg.value);
    }

    function _send(address to, uint256 amount) internal override {
        if (!Payout.send(to, amount)) revert TransferFailed(to);
    }

    function _currency() internal pure override returns (address) {
        return address(0);
    }
}
