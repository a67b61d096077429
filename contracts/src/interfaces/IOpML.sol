// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBackOffice} from "./IBackOffice.sol";
import {IOpMLGame} from "./IOpMLGame.sol";

/// @title IOpML
/// @notice Requests, claims and disputes of optimistic machine learning: all that the one address of a deployment answers.
interface IOpML is IOpMLGame, IBackOffice {}
