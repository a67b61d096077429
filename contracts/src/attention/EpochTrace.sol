// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title EpochTrace
/// @notice A value that changes between epochs, and what it was in each of them.
/// @dev A change is made for the next epoch, so what an epoch has seen of it never changes any more.
library EpochTrace {
    /// @notice From `epoch` on it is `value`.
    struct Point {
        uint32 epoch;
        uint224 value;
    }

    /// @notice Sets the value from `epoch` on; never for an epoch before that of the last change.
    function set(Point[] storage trace, uint256 epoch, uint256 value) internal {
        uint256 length = trace.length;
        // Casts: an epoch is at least minutes of a 64-bit timestamp, and values are counts and addresses.
        Point memory point = Point(uint32(epoch), uint224(value));
        if (length != 0 && trace[length - 1].epoch == epoch) trace[length - 1] = point;
        else trace.push(point);
    }

    /// @notice The value as it was last set, for the next epoch perhaps; zero at first.
    function latest(Point[] storage trace) internal view returns (uint256) {
        uint256 length = trace.length;
        return length == 0 ? 0 : trace[length - 1].value;
    }

    /// @notice The value in an epoch.
    /// @dev There is at most one change per epoch: of one that is judged, which is this one or the last, at most three points are
    ///      read.
    function at(Point[] storage trace, uint256 epoch) internal view returns (uint256) {
        for (uint256 i = trace.length; i != 0; --i) {
            Point memory point = trace[i - 1];
            if (point.epoch <= epoch) return point.value;
        }
        return 0;
    }
}
