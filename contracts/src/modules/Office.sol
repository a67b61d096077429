// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Answers} from "./Answers.sol";
import {Balances} from "./Balances.sol";
import {Batches} from "./Batches.sol";
import {Guardian} from "./Guardian.sol";
import {Operators} from "./Operators.sol";
import {Registry} from "./Registry.sol";
import {Settlement} from "./Settlement.sol";

/// @title Office
/// @notice The half of the protocol that is called once in a while: registry, keys, batches, settlement, balances, answers to be
///         pulled.
abstract contract Office is Registry, Guardian, Operators, Batches, Settlement, Balances, Answers {
    /// @notice Only who calls the back office itself comes here.
    receive() external payable {
        revert NotDelegated();
    }

    /// @notice What neither of the two contracts knows.
    fallback() external payable {
        revert UnknownFunction(msg.sig);
    }
}
