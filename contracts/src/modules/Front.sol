// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Moves} from "./Moves.sol";
import {Verdicts} from "./Verdicts.sol";

/// @title Front
/// @notice The half of the protocol that is called again and again, and the way to the other one: docs/decisions/0008.
abstract contract Front is Moves, Verdicts {
    address private immutable _backOffice;

    constructor(address backOffice) {
        _backOffice = backOffice;
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
