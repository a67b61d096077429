// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title VmState
/// @notice Hashes of the machine states that the contract builds itself: docs/protocol.md §2 and §5.
/// @dev The packing is version 1 ‖ memory root ‖ 36 fields of 8 bytes, big endian: pc, nextPc, hi, lo, exit,
///      r1 to r31.
library VmState {
    /// @notice Bytes of a packed state.
    uint256 internal constant SIZE = 321;
    /// @notice First byte of every packing.
    uint8 internal constant VERSION = 1;
    /// @notice Exit word of `exit(0)`: the only proper end of a large step.
    uint64 internal constant EXIT_OK = 0x100;
    /// @notice Where the exit word lies in a packing.
    uint256 internal constant EXIT_OFFSET = 65;

    /// @notice The state in which every large step starts: about to run `entry`, all else zero.
    /// @param root Memory root keccak(G ‖ S).
    function start(bytes32 root, uint64 entry) internal pure returns (bytes32) {
        return _hash(root, uint256(entry) << 192 | (uint256(entry) + 4) << 128, 0);
    }

    /// @notice A state that has exited: only memory and the exit word are left.
    function exited(bytes32 root, uint64 exit) internal pure returns (bytes32) {
        return _hash(root, 0, uint256(exit) << 192);
    }

    /// @param jumps pc ‖ nextPc ‖ hi ‖ lo.
    /// @param rest exit ‖ r1 ‖ r2 ‖ r3; the other registers are zero.
    function _hash(bytes32 root, uint256 jumps, uint256 rest) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let packed := mload(0x40)
            mstore8(packed, VERSION)
            mstore(add(packed, 1), root)
            mstore(add(packed, 33), jumps)
            mstore(add(packed, EXIT_OFFSET), rest)
            // Reading past the calldata's end writes zeroes.
            calldatacopy(add(packed, 97), calldatasize(), 224)
            hash := keccak256(packed, SIZE)
        }
    }
}
