// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Cut} from "../../src/lib/Cut.sol";
import {ListTree} from "../../src/lib/ListTree.sol";
import {Match} from "./Match.sol";

/// @title Lists
/// @notice Cuts and commitments, for any length and arity.
contract ListsTest is Match {
    /// @dev ListTree's proofs are calldata.
    function rootOf(bytes32 start, bytes32 end, uint256 index, bytes calldata siblings)
        external
        pure
        returns (bytes32)
    {
        return ListTree.rootOf(start, end, index, siblings);
    }

    function testFuzz_part_anySegment_succeeds(uint256 n, uint256 bits, uint256 r, bool small)
        public
        pure
    {
        n = bound(n, 1, bits % 2 == 0 ? 200 : type(uint64).max);
        bits = bound(bits, 1, 6);
        r = bound(r, 1, 16);
        uint256 p = Cut.entries(small ? 2 : 1, n, 1 << bits, r);
        if (small && n <= r) vm.assertEq(p, 1, "evaluated, not cut");
        else vm.assertEq(p, n < 1 << bits ? n : 1 << bits, "min(k, N)");
        uint256 sum;
        for (uint256 j = 1; j <= p; ++j) {
            uint256 part = Cut.part(n, p, j);
            vm.assertGe(part, 1, "a part has a step");
            vm.assertLe(part, (n + p - 1) / p, "no part is longer than the others by two");
            sum += part;
            vm.assertEq(sum, j * n / p, "entry j lies after floor(j n / p) steps");
        }
        vm.assertEq(sum, n, "parts cover the segment");
    }

    function testFuzz_root_anyList_succeeds(uint256 seed, uint256 bits, uint256 p) public {
        bits = bound(bits, 1, 6);
        k = 1 << bits;
        p = bound(p, 1, k);
        bytes32[] memory entries = new bytes32[](p + 1);
        bytes memory list;
        for (uint256 j = 0; j <= p; ++j) {
            entries[j] = keccak256(abi.encode(seed, j));
            if (j != 0) list = abi.encodePacked(list, entries[j]);
        }
        bytes32 before = keccak256(list);
        bytes32 root = ListTree.root(entries[0], list, bits);
        vm.assertEq(root, treeOf(entries), "root");
        vm.assertEq(keccak256(list), before, "the list is as it was");
        vm.assertEq(list.length, 32 * p, "and its length");

        for (uint256 pick = 1; pick <= p; ++pick) {
            bytes memory siblings = siblingsOf(entries, pick);
            bytes32 got = this.rootOf(entries[pick - 1], entries[pick], pick - 1, siblings);
            vm.assertEq(got, root, "proof of a part");
            // A proof holds at its own place only.
            uint256 other = uint256(keccak256(abi.encode(seed))) % k;
            if (other == pick - 1) continue;
            got = this.rootOf(entries[pick - 1], entries[pick], other, siblings);
            vm.assertNotEq(got, root, "another index");
        }
    }
}
