// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BackOffice} from "./BackOffice.sol";
import {Ether} from "./modules/Ether.sol";
import {Front} from "./modules/Front.sol";
import {State} from "./modules/State.sol";

/// @title OpML
/// @notice Optimistic machine learning: anybody asks, anybody answers with a stake, anybody who knows better
///         proves it down to one machine instruction. Rules and bytes: docs/protocol.md.
/// @dev One slot per object; everything else is hashed into an id or a position, emitted in an event, and passed
///      again by whoever acts on it. There is no owner and no way to move funds but by the rules.
///      `IOpML` is what this address answers: what a game calls again and again here, the rest by its back office, which is
///      created with it, runs in its storage and can never be another (docs/decisions/0008).
contract OpML is Front, Ether {
    /// @param registrar_ May append profiles and guest versions, and nothing else.
    /// @param guardian_ May retire guest versions, and nothing else; zero for none.
    /// @param guardianUntil_ Last timestamp at which it may, zero for none.
    constructor(address registrar_, address guardian_, uint256 guardianUntil_)
        State(guardian_)
        Front(address(new BackOffice(registrar_, guardian_, guardianUntil_)))
    {}
}
