// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";

/// @title Ids
/// @notice Ids are hashes of content, so that a reorg or a race can never apply a call to something else:
///         docs/protocol.md §7.
library Ids {
    /// @dev The struct's fields, in their order, are the rest of the pre-image.
    function ofRequest(IOpML.Request memory request) internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), request));
    }

    /// @dev The struct's fields, in their order, are the pre-image.
    function ofClaim(IOpML.Claim memory claim) internal pure returns (bytes32) {
        return keccak256(abi.encode(claim));
    }

    function ofDispute(bytes32 claimId, address challenger, uint64 nonce)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(claimId, challenger, nonce));
    }
}
