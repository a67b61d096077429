// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {Delegated} from "./Delegated.sol";
import {State} from "./State.sol";

/// @title Guardian
/// @notice May put a guest version into refund mode, for a time: docs/protocol.md §9. It picks no winner and moves no money, and
///         what it has retired it cannot bring back.
/// @dev Fixed with the code, so that nobody who risks money finds a guardian that was not there before.
abstract contract Guardian is State, Delegated, IBackOffice {
    /// @dev Longer, and it would be an owner by another name.
    uint256 private constant MAX_TERM = 730 days;

    address private immutable _guardian;
    uint256 private immutable _until;

    constructor(address guardian_, uint256 until) {
        bool none = guardian_ == address(0) && until == 0;
        bool term = guardian_ != address(0) && until > block.timestamp
            && until - block.timestamp <= MAX_TERM;
        if (!none && !term) revert BadGuardian(guardian_, until);
        _guardian = guardian_;
        _until = until;
    }

    /// @inheritdoc IBackOffice
    function retire(uint8 guest) external override delegated nonReentrant {
        if (msg.sender != _guardian) revert NotGuardian(msg.sender);
        if (block.timestamp > _until) revert GuardianExpired(_until);
        GuestRecord storage version = _guests[guest];
        if (address(version.verifier) == address(0)) revert UnknownGuest(guest);
        if (version.retired) revert RetiredGuest(guest);

        version.retired = true;
        emit GuestVersionRetired(guest);
    }

    /// @inheritdoc IBackOffice
    function retired(uint8 guest) external view override delegated returns (bool) {
        return _guests[guest].retired;
    }

    /// @inheritdoc IBackOffice
    function guardian() external view override delegated returns (address account, uint256 until) {
        return (_guardian, _until);
    }
}
