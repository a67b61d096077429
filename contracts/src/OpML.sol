// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BackOffice} from "./BackOffice.sol";
import {Moves} from "./modules/Moves.sol";
import {State} from "./modules/State.sol";
import {Verdicts} from "./modules/Verdicts.sol";

/// @title OpML
/// @notice Optimistic machine learning: anybody asks, anybody answers with a stake, anybody who knows better
///         proves it down to one machine instruction. Rules and bytes: docs/protocol.md.
/// @dev One slot per object; everything else is hashed into an id or a position, emitted in an event, and passed
///      again by whoever acts on it. There is no owner and no way to move funds but by the rules.
///      `IOpML` is what this address answers: what a game calls again and again here, the rest by its back office, which is
///      created with it, runs in its storage and can never be another (docs/decisions/0008).
contract OpML is Moves, Verdicts {
    address private immutable _backOffice;

    /// @param registrar_ May append profiles and guest versions, and nothing else.
    /// @param guardian_ May retire guest versions, and nothing else; zero for none.
    /// @param guardianUntil_ Last timestamp at which it may, zero for none.
    constructor(address registrar_, address guardian_, uint256 guardianUntil_) State(guardian_) {
        _backOffice = address(new BackOffice(registrar_, guardian_, guardianUntil_));
    }

    /// @notice Money comes with a call.
    receive() external payable {
        revert UnknownFunction("");
    }

    /// @notice Everything else that `IOpML` names, and the refusal of what it does not.
    fallback() external payable {
        address backOffice = _backOffice;
        assembly ("memory-safe") {
            let at := mload(0x40)
            calldatacopy(at, 0, calldatasize())
            let success := delegatecall(gas(), backOffice, at, calldatasize(), 0, 0)
            returndatacopy(at, 0, returndatasize())
            if iszero(success) { revert(at, returndatasize()) }
            return(at, returndatasize())
        }
    }
}
