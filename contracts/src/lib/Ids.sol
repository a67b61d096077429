// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "../interfaces/IOpMLTypes.sol";

/// @title Ids
/// @notice Ids are hashes of content, so that a reorg or a race can never apply a call to something else:
///         docs/protocol.md §7.
library Ids {
    /// @dev Bytes of a request in calldata: nine words.
    uint256 private constant REQUEST_SIZE = 0x120;

    /// @dev The struct's fields, in their order, are the rest of the pre-image.
    function ofRequest(IOpMLTypes.Request memory request) internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), request));
    }

    /// @notice The same of a request that a caller names.
    /// @dev Hashes the words as they were sent. One with bits beyond its type is not what any request was made of, so it
    ///      gives the id of none.
    function ofSentRequest(IOpMLTypes.Request calldata request) internal view returns (bytes32 id) {
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, chainid())
            mstore(add(words, 0x20), address())
            calldatacopy(add(words, 0x40), request, REQUEST_SIZE)
            id := keccak256(words, add(REQUEST_SIZE, 0x40))
        }
    }

    /// @notice The id that the deployment at `opml` gives a request: what a contract beside it knows it by.
    function ofRequestAt(address opml, IOpMLTypes.Request calldata request)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, opml, request));
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

    function ofClaim(IOpMLTypes.Claim memory claim) internal pure returns (bytes32) {
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

    /// @notice The same of a claim that a caller names.
    /// @dev Hashes the words as they were sent, as `ofSentRequest` does: a claim whose words have bits beyond their types
    ///      was never revealed, and a commitment to one is a commitment to something else.
    function ofSentClaim(IOpMLTypes.Claim calldata claim) internal pure returns (bytes32 id) {
        // Words of the claim: requestId 0 · round 1 · guest 2 · profile 3 · submitter 4 · s0, n, sn, outcome, outputHash 5 to 9.
        assembly ("memory-safe") {
            let words := mload(0x40)
            calldatacopy(words, add(claim, 0x40), 0x40)
            calldatacopy(add(words, 0x40), add(claim, 0xa0), 0xa0)
            let content := keccak256(words, 0xe0)
            calldatacopy(words, claim, 0x40)
            calldatacopy(add(words, 0x40), add(claim, 0x80), 0x20)
            mstore(add(words, 0x60), content)
            id := keccak256(words, 0x80)
        }
    }

    function ofDispute(bytes32 claimId, address challenger, uint64 nonce)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(claimId, challenger, nonce));
    }
}
