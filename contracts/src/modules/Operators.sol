// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {Delegated} from "./Delegated.sol";
import {State} from "./State.sol";

/// @title Operators
/// @notice Keys that play a party's clock and can do nothing else in its name: docs/protocol.md §8.
/// @dev What is said here counts for claims that are revealed later. So nobody, with whatever key, can take a party's hands away
///      in a dispute that is open.
abstract contract Operators is State, Delegated, IBackOffice {
    uint256 private constant MAX_OPERATORS = 4;

    /// @inheritdoc IBackOffice
    function nameOperator(address operator) external override delegated nonReentrant {
        if (_operatorCounts[msg.sender] == MAX_OPERATORS) revert TooManyOperators(msg.sender);
        Service storage service = _services[msg.sender][operator];
        // To name a key again would end its first service, in disputes that are open.
        if (service.since != 0) revert OperatorExists(msg.sender, operator);

        _operatorCounts[msg.sender] += 1;
        service.since = uint48(block.timestamp);
        emit OperatorNamed(msg.sender, operator);
    }

    /// @inheritdoc IBackOffice
    function dismissOperator(address operator) external override delegated nonReentrant {
        Service storage service = _services[msg.sender][operator];
        if (service.since == 0 || service.until != 0) revert NotOperator(msg.sender, operator);

        _operatorCounts[msg.sender] -= 1;
        service.until = uint48(block.timestamp);
        emit OperatorDismissed(msg.sender, operator);
    }

    /// @inheritdoc IBackOffice
    function operators(address party, address operator)
        external
        view
        override
        delegated
        returns (uint256 since, uint256 until)
    {
        Service storage service = _services[party][operator];
        return (service.since, service.until);
    }
}
