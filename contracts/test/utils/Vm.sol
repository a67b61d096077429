// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The cheatcodes of forge that the tests use
/// @notice Names and signatures are those of Foundry's `Vm` interface; forge answers at a fixed address.
interface Vm {
    /// @notice A log captured between `recordLogs` and `getRecordedLogs`.
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    /// @notice A key pair made by `createWallet`.
    struct Wallet {
        address addr;
        uint256 publicKeyX;
        uint256 publicKeyY;
        uint256 privateKey;
    }

    /// @notice Gas of the last call, as `lastCallGas` reports it.
    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    // The block and its transaction.
    function warp(uint256 timestamp) external;
    function roll(uint256 number) external;
    function chainId(uint256 id) external;
    function fee(uint256 baseFee) external;
    function prevrandao(bytes32 randao) external;
    function setBlockhash(uint256 number, bytes32 hash) external;
    function coinbase(address beneficiary) external;
    function txGasPrice(uint256 price) external;
    function getBlockTimestamp() external view returns (uint256 timestamp);
    function getBlockNumber() external view returns (uint256 number);

    // Accounts and storage.
    function deal(address account, uint256 balance) external;
    function etch(address account, bytes calldata code) external;
    function load(address account, bytes32 slot) external view returns (bytes32 value);
    function store(address account, bytes32 slot, bytes32 value) external;
    function setNonce(address account, uint64 nonce) external;
    function getNonce(address account) external view returns (uint64 nonce);
    function addr(uint256 privateKey) external pure returns (address account);
    function createWallet(string calldata name) external returns (Wallet memory wallet);
    function sign(uint256 privateKey, bytes32 digest)
        external
        pure
        returns (uint8 v, bytes32 r, bytes32 s);
    function label(address account, string calldata name) external;
    function snapshotState() external returns (uint256 id);
    function revertToState(uint256 id) external returns (bool success);

    // The caller.
    function prank(address sender) external;
    function prank(address sender, address origin) external;
    function startPrank(address sender) external;
    function startPrank(address sender, address origin) external;
    function stopPrank() external;

    // Expectations and mocks.
    function assume(bool condition) external pure;
    function expectRevert() external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectEmit() external;
    function expectEmit(address emitter) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data, address emitter) external;
    function expectCall(address callee, bytes calldata data) external;
    function expectCall(address callee, bytes calldata data, uint64 count) external;
    function expectCall(address callee, uint256 value, bytes calldata data) external;
    function mockCall(address callee, bytes calldata data, bytes calldata returned) external;
    function mockCallRevert(address callee, bytes calldata data, bytes calldata revertData) external;
    function clearMockedCalls() external;

    // Logs, storage accesses and gas.
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory logs);
    function record() external;
    function accesses(address account)
        external
        returns (bytes32[] memory reads, bytes32[] memory writes);
    function cool(address account) external;
    function pauseGasMetering() external;
    function resumeGasMetering() external;
    function lastCallGas() external view returns (Gas memory gas);
    function snapshotGasLastCall(string calldata name) external returns (uint256 gasUsed);
    function snapshotGasLastCall(string calldata group, string calldata name)
        external
        returns (uint256 gasUsed);
    function snapshotValue(string calldata name, uint256 value) external;
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;

    // Files, environment and code.
    function projectRoot() external view returns (string memory path);
    function readFile(string calldata path) external view returns (string memory content);
    function readFileBinary(string calldata path) external view returns (bytes memory content);
    function exists(string calldata path) external view returns (bool found);
    function envOr(string calldata name, uint256 fallbackValue)
        external
        view
        returns (uint256 value);
    function getCode(string calldata artifact) external view returns (bytes memory creationCode);
    function getDeployedCode(string calldata artifact)
        external
        view
        returns (bytes memory runtimeCode);

    // JSON. `path` is a JSONPath such as `.cases[3].root`.
    function keyExistsJson(string calldata json, string calldata path)
        external
        view
        returns (bool found);
    function parseJson(string calldata json) external pure returns (bytes memory encoded);
    function parseJson(string calldata json, string calldata path)
        external
        pure
        returns (bytes memory encoded);
    function parseJsonKeys(string calldata json, string calldata path)
        external
        pure
        returns (string[] memory keys);
    function parseJsonUint(string calldata json, string calldata path)
        external
        pure
        returns (uint256 value);
    function parseJsonUintArray(string calldata json, string calldata path)
        external
        pure
        returns (uint256[] memory values);
    function parseJsonInt(string calldata json, string calldata path)
        external
        pure
        returns (int256 value);
    function parseJsonBool(string calldata json, string calldata path)
        external
        pure
        returns (bool value);
    function parseJsonAddress(string calldata json, string calldata path)
        external
        pure
        returns (address value);
    function parseJsonString(string calldata json, string calldata path)
        external
        pure
        returns (string memory value);
    function parseJsonStringArray(string calldata json, string calldata path)
        external
        pure
        returns (string[] memory values);
    function parseJsonBytes(string calldata json, string calldata path)
        external
        pure
        returns (bytes memory value);
    function parseJsonBytesArray(string calldata json, string calldata path)
        external
        pure
        returns (bytes[] memory values);
    function parseJsonBytes32(string calldata json, string calldata path)
        external
        pure
        returns (bytes32 value);
    function parseJsonBytes32Array(string calldata json, string calldata path)
        external
        pure
        returns (bytes32[] memory values);

    // Text.
    function toString(uint256 value) external pure returns (string memory text);
    function toString(int256 value) external pure returns (string memory text);
    function toString(bytes32 value) external pure returns (string memory text);
    function toString(address value) external pure returns (string memory text);
    function toString(bytes calldata value) external pure returns (string memory text);
    function parseUint(string calldata text) external pure returns (uint256 value);
    function parseBytes(string calldata text) external pure returns (bytes memory value);
    function parseBytes32(string calldata text) external pure returns (bytes32 value);

    // Random values from forge's seed.
    function randomUint() external view returns (uint256 value);
    function randomUint(uint256 min, uint256 max) external view returns (uint256 value);
    function randomBytes(uint256 length) external view returns (bytes memory value);

    // Assertions: a failed one reverts with both sides in the message.
    function assertTrue(bool condition) external pure;
    function assertTrue(bool condition, string calldata reason) external pure;
    function assertFalse(bool condition) external pure;
    function assertFalse(bool condition, string calldata reason) external pure;
    function assertEq(bool left, bool right) external pure;
    function assertEq(bool left, bool right, string calldata reason) external pure;
    function assertEq(uint256 left, uint256 right) external pure;
    function assertEq(uint256 left, uint256 right, string calldata reason) external pure;
    function assertEq(int256 left, int256 right) external pure;
    function assertEq(int256 left, int256 right, string calldata reason) external pure;
    function assertEq(address left, address right) external pure;
    function assertEq(address left, address right, string calldata reason) external pure;
    function assertEq(bytes32 left, bytes32 right) external pure;
    function assertEq(bytes32 left, bytes32 right, string calldata reason) external pure;
    function assertEq(bytes calldata left, bytes calldata right) external pure;
    function assertEq(bytes calldata left, bytes calldata right, string calldata reason)
        external
        pure;
    function assertEq(string calldata left, string calldata right) external pure;
    function assertEq(string calldata left, string calldata right, string calldata reason)
        external
        pure;
    function assertNotEq(uint256 left, uint256 right) external pure;
    function assertNotEq(uint256 left, uint256 right, string calldata reason) external pure;
    function assertNotEq(bytes32 left, bytes32 right) external pure;
    function assertNotEq(bytes32 left, bytes32 right, string calldata reason) external pure;
    function assertNotEq(address left, address right) external pure;
    function assertLt(uint256 left, uint256 right) external pure;
    function assertLt(uint256 left, uint256 right, string calldata reason) external pure;
    function assertLe(uint256 left, uint256 right) external pure;
    function assertLe(uint256 left, uint256 right, string calldata reason) external pure;
    function assertGt(uint256 left, uint256 right) external pure;
    function assertGt(uint256 left, uint256 right, string calldata reason) external pure;
    function assertGe(uint256 left, uint256 right) external pure;
    function assertGe(uint256 left, uint256 right, string calldata reason) external pure;
    function assertApproxEqAbs(uint256 left, uint256 right, uint256 maxDelta) external pure;
}
