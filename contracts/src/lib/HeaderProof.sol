// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../interfaces/IOpMLErrors.sol";
import {Keccak} from "./Keccak.sol";
import {ZeroHashes} from "./ZeroHashes.sol";

/// @title HeaderProof
/// @notice Computes a model's id from the first two leaves of its quarter: docs/protocol.md §3 and §6.
library HeaderProof {
    /// @dev Height of the model quarter; the header's node has height 1.
    uint256 private constant HEIGHT = 37;

    /// @notice Climbs from the header's node, always a left child, to the model quarter's root.
    /// @param header The first 64 bytes of the quarter.
    /// @param siblings 1 byte number of runs ‖ runs, each 1 byte height ‖ 1 byte length ‖ length siblings of
    ///        32 bytes. What no run covers is a zero subtree.
    function modelId(bytes calldata header, bytes calldata siblings)
        internal
        pure
        returns (bytes32 node)
    {
        uint256 table = ZeroHashes.table();
        _overlay(table, siblings);
        node = keccak256(header);
        for (uint256 height = 1; height < HEIGHT; ++height) {
            bytes32 sibling;
            assembly ("memory-safe") {
                sibling := mload(add(table, shl(5, height)))
            }
            node = Keccak.pair(node, sibling);
        }
    }

    /// @notice Writes the siblings that are sent over the zero hashes of their heights.
    function _overlay(uint256 table, bytes calldata siblings) private pure {
        if (siblings.length == 0) revert IOpMLErrors.BadSiblings();
        uint256 runs = uint8(siblings[0]);
        uint256 at = 1;
        uint256 free = 1; // lowest height that no run has covered or passed
        for (; runs != 0; --runs) {
            if (siblings.length < at + 2) revert IOpMLErrors.BadSiblings();
            uint256 height = uint8(siblings[at]);
            uint256 length = uint8(siblings[at + 1]);
            uint256 size = 32 * length;
            if (length == 0 || height < free || height + length > HEIGHT) {
                revert IOpMLErrors.BadSiblings();
            }
            if (siblings.length < at + 2 + size) revert IOpMLErrors.BadSiblings();
            assembly ("memory-safe") {
                calldatacopy(add(table, shl(5, height)), add(siblings.offset, add(at, 2)), size)
            }
            at += 2 + size;
            free = height + length;
        }
        if (at != siblings.length) revert IOpMLErrors.BadSiblings();
    }
}
