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

    /// @notice The id of the claim that a commitment may become: what is public about it, with the hash of the rest.
    /// @dev Nobody can commit in another's name, so nobody can take the place of a commitment that it sees coming:
    ///      docs/decisions/0005.
    function ofCommitment(bytes32 requestId, uint32 round, address submitter, bytes32 content)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(requestId, round, submitter, content));
    }

    function ofClaim(IOpML.Claim memory claim) internal pure returns (bytes32) {
        bytes32 content = keccak256(
            abi.encode(
                claim.guest,
                claim.profile,
                claim.s0,
                claim.n,
                claim.sn,
                claim.outcome,
                claim.outputHash
            )
        );
        return ofCommitment(claim.requestId, claim.round, claim.submitter, content);
    }

    function ofDispute(bytes32 claimId, address challenger, uint64 nonce)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(claimId, challenger, nonce));
    }
}
