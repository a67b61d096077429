// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Draws
/// @notice Which seats are drawn, who of them is called, and what the answer is: docs/protocol.md §11.
library Draws {
    /// @notice How many seats are drawn of a roster of `size`.
    function count(uint256 size, uint256 most) internal pure returns (uint256) {
        return size < most ? size : most;
    }

    /// @notice The seat of draw `index`: all of a small roster, else as `rand` says; then one may be drawn twice, which counts once.
    function seat(uint192 rand, bytes32 requestId, uint256 index, uint256 size, uint256 most)
        internal
        pure
        returns (uint256)
    {
        if (size <= most) return index;
        return uint256(keccak256(abi.encode(rand, requestId, index))) % size;
    }

    /// @notice Whether a validator has to answer. Only who knows the end state of the run can tell.
    function called(uint192 rand, bytes32 requestId, address validator, bytes32 sn, uint256 below)
        internal
        pure
        returns (bool)
    {
        return uint256(keccak256(abi.encode(rand, requestId, validator, sn))) < below;
    }

    /// @notice A validator's answer. It hides S_n, and is nobody else's.
    function answer(bytes32 requestId, bytes32 sn, address validator)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(requestId, sn, validator));
    }

    /// @notice What a hash has to be below to be called with probability `perTenThousand` / 10,000.
    function target(uint256 perTenThousand) internal pure returns (uint256) {
        if (perTenThousand == 10_000) return type(uint256).max;
        return type(uint256).max / 10_000 * perTenThousand;
    }
}
