// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {AttentionState} from "./AttentionState.sol";
import {EpochTrace} from "./EpochTrace.sol";
import {IAttention} from "./IAttention.sol";

/// @title Seats
/// @notice Who validates a model, and with what deposit.
/// @dev Every change is of the next epoch's roster, so nobody is on or off one because of what it has seen of a request. A roster
///      has no holes: the last seat's validator takes the place of one that leaves. Otherwise somebody could join in many names and
///      leave, and draws would hit empty seats for ever.
abstract contract Seats is AttentionState {
    using EpochTrace for EpochTrace.Point[];

    /// @dev `until` of who has not left.
    uint32 private constant OPEN_END = type(uint32).max;

    /// @inheritdoc IAttention
    function join(bytes32 model) external payable override nonReentrant {
        Member storage member = _members[model][msg.sender];
        if (member.seat != 0) revert AlreadySeated(model, msg.sender);
        _checkFree(model, msg.sender, member.until);
        uint256 required = seatDeposit - member.deposit;
        if (msg.value != required) revert WrongSeatDeposit(required, msg.value);

        uint256 next = currentEpoch() + 1;
        uint256 size = _sizes[model].latest();
        _members[model][msg.sender] = Member({
            deposit: uint128(seatDeposit),
            from: uint32(next),
            until: OPEN_END,
            seat: uint32(size + 1)
        });
        _seats[model][size].set(next, uint160(msg.sender));
        _sizes[model].set(next, size + 1);
        emit Joined(model, msg.sender, next);
    }

    /// @inheritdoc IAttention
    function leave(bytes32 model) external override nonReentrant {
        Member storage member = _members[model][msg.sender];
        if (member.seat == 0) revert NotSeated(model, msg.sender);
        _dismiss(model, msg.sender, member);
        _vacate(model, msg.sender, member);
    }

    /// @inheritdoc IAttention
    function vacate(bytes32 model, address validator) external override nonReentrant {
        Member storage member = _members[model][validator];
        if (member.seat == 0 || member.until == OPEN_END) revert NotSeated(model, validator);
        _vacate(model, validator, member);
    }

    /// @inheritdoc IAttention
    function release(bytes32 model) external override nonReentrant {
        Member storage member = _members[model][msg.sender];
        _checkFree(model, msg.sender, member.until);
        uint256 amount = member.deposit;
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        member.deposit = 0;
        emit Released(model, msg.sender, amount);
        _credit(msg.sender, amount);
        if (member.seat != 0) _vacate(model, msg.sender, member);
    }

    /// @inheritdoc IAttention
    function members(bytes32 model, address validator)
        external
        view
        override
        returns (Member memory)
    {
        return _members[model][validator];
    }

    /// @inheritdoc IAttention
    function rosterSize(bytes32 model, uint256 epoch) external view override returns (uint256) {
        return _sizes[model].at(epoch);
    }

    /// @inheritdoc IAttention
    function occupant(bytes32 model, uint256 seat, uint256 epoch)
        external
        view
        override
        returns (address)
    {
        return address(uint160(_seats[model][seat].at(epoch)));
    }

    /// @notice Ends what the validator will answer for with this epoch, if it has not been ended.
    function _dismiss(bytes32 model, address validator, Member storage member) internal {
        uint256 next = currentEpoch() + 1;
        if (member.until <= next) return;
        member.until = uint32(next);
        emit Left(model, validator, next);
    }

    /// @notice Takes a seat off the next epoch's roster and moves the last one into its place.
    function _vacate(bytes32 model, address validator, Member storage member) private {
        uint256 next = currentEpoch() + 1;
        uint256 seat = member.seat - 1;
        uint256 last = _sizes[model].latest() - 1;
        address moved = address(uint160(_seats[model][last].latest()));
        member.seat = 0;
        if (seat != last) {
            _seats[model][seat].set(next, uint160(moved));
            _members[model][moved].seat = uint32(seat + 1);
        }
        _sizes[model].set(next, last);
        emit Vacated(model, validator, next, seat, moved);
    }

    /// @notice Reverts if a deposit still answers for requests of the epochs before `until`.
    function _checkFree(bytes32 model, address validator, uint256 until) private view {
        if (until != 0 && _isJudged(until - 1)) revert StillLiable(model, validator, until);
    }
}
