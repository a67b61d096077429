// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Clock
/// @notice The only measure of time of windows and of the players' budgets.
library Clock {
    /// @notice Time charged since a recorded moment: min(Δseconds, τ·Δblocks).
    /// @dev Seconds pass while no block does (missed slots, a stopped sequencer); nobody can act in them, so
    ///      nobody pays for them.
    /// @param time Timestamp of the moment.
    /// @param number Block number of the moment.
    /// @param secondsPerBlock τ, the most that is charged per block.
    function elapsed(uint256 time, uint256 number, uint256 secondsPerBlock)
        internal
        view
        returns (uint256)
    {
        uint256 bySeconds = block.timestamp - time;
        uint256 byBlocks = secondsPerBlock * (block.number - number);
        return bySeconds < byBlocks ? bySeconds : byBlocks;
    }
}
