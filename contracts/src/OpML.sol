// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Moves} from "./modules/Moves.sol";
import {Registry} from "./modules/Registry.sol";
import {Settlement} from "./modules/Settlement.sol";
import {Verdicts} from "./modules/Verdicts.sol";

/// @title OpML
/// @notice Optimistic machine learning: anybody asks, anybody answers with a stake, anybody who knows better
///         proves it down to one machine instruction. Rules and bytes: docs/protocol.md.
/// @dev One slot per object; everything else is hashed into an id or a position, emitted in an event, and passed
///      again by whoever acts on it. There is no owner and no way to move funds but by the rules.
contract OpML is Moves, Verdicts, Settlement {
    /// @param registrar_ May append profiles and guest versions, and nothing else.
    constructor(address registrar_) Registry(registrar_) {}
}
