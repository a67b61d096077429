// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {Payout} from "../lib/Payout.sol";
import {AttentionState} from "./AttentionState.sol";
import {IAttention} from "./IAttention.sol";
import {Judgement} from "./Judgement.sol";

/// @title Attention
/// @notice The attention challenge of one profile of an `OpML`: who is paid for watching has to show that it does. Rules and bytes:
///         docs/protocol.md §11; why so: docs/decisions/0009.
/// @dev There is no owner, and `OpML` knows nothing of it: it reads two slots there, and its money is its own.
contract Attention is Judgement {
    constructor(IOpML opml_, Terms memory terms_) AttentionState(opml_, terms_) {}

    /// @inheritdoc IAttention
    function withdraw(address payable to) external override nonReentrant {
        uint256 amount = _credits[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        _credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        if (!Payout.send(to, amount)) revert TransferFailed(to);
    }

    /// @inheritdoc IAttention
    function credits(address account) external view override returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IAttention
    function terms() external view override returns (Terms memory) {
        return Terms({
            profile: _profile,
            draws: uint8(_draws),
            calledPerTenThousand: uint16(_perTenThousand),
            capacity: uint16(_capacity),
            epochSeconds: uint32(_epochSeconds),
            slash: uint96(_slash),
            reward: uint96(_reward)
        });
    }
}
