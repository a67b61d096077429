// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../interfaces/IOpMLErrors.sol";
import {IOpMLTypes} from "../interfaces/IOpMLTypes.sol";
import {LittleEndian} from "./LittleEndian.sol";

/// @title ModelHeader
/// @notice Reads the first 64 bytes of a model: docs/protocol.md §3.
/// @dev A machine ends every run on an invalid header at once, so such a model could only ever fail.
library ModelHeader {
    uint256 internal constant SIZE = 64;

    /// @dev "opmlmdl" ‖ version 1.
    bytes8 private constant MAGIC = 0x6f706d6c6d646c01;
    /// @dev One large step runs the whole program; every other bit is reserved.
    uint32 private constant WHOLE = 2;
    uint32 private constant MAX_RECORDS = 4_194_288;
    uint64 private constant MAX_LARGE_STEPS = 1 << 40;
    uint32 private constant MAX_BYTES = 1 << 20;
    uint64 private constant MAX_ACTIVATIONS = 1 << 39;
    uint64 private constant MAX_WEIGHTS = (1 << 42) - (1 << 30);

    /// @notice The bounds that a valid header states; reverts on any other.
    function read(bytes calldata header)
        internal
        pure
        returns (IOpMLTypes.ModelBounds memory bounds)
    {
        if (header.length != SIZE || bytes8(header) != MAGIC) {
            revert IOpMLErrors.BadModelHeader();
        }
        if (_u32(header, 8) & ~WHOLE != 0) revert IOpMLErrors.BadModelHeader();
        uint32 records = _u32(header, 12);
        if (records == 0 || records > MAX_RECORDS) revert IOpMLErrors.BadModelHeader();

        bounds = IOpMLTypes.ModelBounds({
            maxLargeSteps: _u64(header, 16),
            minInput: _u32(header, 24),
            maxInput: _u32(header, 28),
            maxOutput: _u32(header, 32)
        });
        if (bounds.maxLargeSteps == 0 || bounds.maxLargeSteps > MAX_LARGE_STEPS) {
            revert IOpMLErrors.BadModelHeader();
        }
        if (bounds.minInput > bounds.maxInput || bounds.maxInput > MAX_BYTES) {
            revert IOpMLErrors.BadModelHeader();
        }
        if (bounds.maxOutput > MAX_BYTES || _u32(header, 36) != 0) {
            revert IOpMLErrors.BadModelHeader();
        }
        if (_u64(header, 40) > MAX_ACTIVATIONS || _u64(header, 48) > MAX_WEIGHTS) {
            revert IOpMLErrors.BadModelHeader();
        }
        if (_u64(header, 56) != 0) revert IOpMLErrors.BadModelHeader();
    }

    function _u32(bytes calldata header, uint256 at) private pure returns (uint32) {
        return LittleEndian.swap32(uint32(bytes4(header[at:])));
    }

    function _u64(bytes calldata header, uint256 at) private pure returns (uint64) {
        return LittleEndian.swap64(uint64(bytes8(header[at:])));
    }
}
