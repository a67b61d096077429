// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {PositionLib} from "./Position.sol";

/// @title Cut
/// @notice The exact list rule: where the entries of a list lie. docs/protocol.md §8
library Cut {
    /// @notice p: how many entries a list has.
    /// @param n Steps of the segment.
    /// @param k Arity of the profile.
    /// @param maxEvaluated r of the guest version: so many small steps are not cut any more. Unused for large
    ///        steps.
    function entries(uint256 phase, uint256 n, uint256 k, uint256 maxEvaluated)
        internal
        pure
        returns (uint256)
    {
        if (phase == PositionLib.SMALL_STEPS && n <= maxEvaluated) return 1;
        return n < k ? n : k;
    }

    /// @notice Steps between entry `pick - 1` and entry `pick`; entry j lies after floor(j·n / p) steps.
    /// @dev n < 2^64 and p ≤ 64, so the products cannot wrap.
    function part(uint256 n, uint256 p, uint256 pick) internal pure returns (uint256) {
        unchecked {
            return pick * n / p - (pick - 1) * n / p;
        }
    }
}
