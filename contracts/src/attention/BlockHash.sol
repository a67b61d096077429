// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title BlockHash
/// @notice Hashes of past blocks, for as long as the chain knows them.
library BlockHash {
    /// @dev Keeps the last 8191 hashes (EIP-2935); the opcode knows the last 256.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// @return hash Zero if the chain does not know it (yet, or any more).
    function at(uint256 number) internal view returns (bytes32 hash) {
        hash = blockhash(number);
        if (hash != 0 || number >= block.number) return hash;
        (bool success, bytes memory known) = HISTORY.staticcall(abi.encode(number));
        // A chain without the contract succeeds with nothing.
        if (success && known.length == 32) hash = bytes32(known);
    }
}
