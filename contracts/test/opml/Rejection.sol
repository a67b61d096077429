// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Arena} from "./Arena.sol";

/// @title Rejection
/// @notice The shortest way to overthrow a claim.
abstract contract Rejection is Arena {
    /// @notice A challenger disputes the claim and its submitter runs out of time.
    function reject(Made memory made) internal {
        bytes memory body = abi.encode(bytes32("a"), bytes32("b"), bytes32("c"), bytes32("d"));
        vm.recordLogs();
        vm.prank(challenger);
        opml.open{value: BOND}(made.claim, 0, body);
        uint256 position = positionOpened();
        pass(CLOCK + 1);
        opml.timeout(made.claimId, challenger, 0, position, listRoot(made, body));
        opml.collect(made.claim, challenger, 0);
    }

    function positionOpened() private returns (uint256 position) {
        (,, position,,) =
            abi.decode(vm.getRecordedLogs()[0].data, (address, uint64, uint256, bytes, bytes));
    }

    /// @notice Root of a full list at k = 4.
    function listRoot(Made memory made, bytes memory body) private pure returns (bytes32) {
        bytes32[4] memory e = abi.decode(body, (bytes32[4]));
        bytes32 left = pair(pair(made.claim.s0, e[0]), pair(e[0], e[1]));
        return pair(left, pair(pair(e[1], e[2]), pair(e[2], e[3])));
    }

    function pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return keccak256(abi.encode(a, b));
    }
}
