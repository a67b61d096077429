// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title AnswerWindow
/// @notice What of a profile's answer window is not for answers: they close before any reveal can show what they should be.
library AnswerWindow {
    /// @dev A reorganisation of fewer slots opens no answers again after a reveal.
    uint256 private constant MARGIN_BLOCKS = 3;

    /// @notice Seconds between the last answer and the first reveal.
    /// @param secondsPerBlock τ of the profile.
    function margin(uint256 secondsPerBlock) internal pure returns (uint256) {
        return MARGIN_BLOCKS * secondsPerBlock;
    }
}
