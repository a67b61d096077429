// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Vm} from "./Vm.sol";

/// @title Base of every test contract
/// @notice What the project's tests need of a test library, with forge-std's names: forge-std itself is
///         distributed as a git submodule, and the project is to build from package registries alone.
///         Assertions are forge's own cheatcodes: `vm.assertEq(left, right, reason)`.
abstract contract Test {
    /// @notice The address that forge answers cheatcodes at: the last 20 bytes of
    ///         `keccak256("hevm cheat code")`.
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice Tells forge that this is a test contract.
    // forge-lint: disable-next-line(screaming-snake-case-const)
    bool public constant IS_TEST = true;

    /// @notice A selector list for `targetSelector`: which functions of `addr` an invariant run may call.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address[] private _targetContracts;
    address[] private _targetSenders;
    FuzzSelector[] private _targetSelectors;

    /// @notice Maps `x` into `[min, max]`, keeping values that already lie in it; for bounded fuzz inputs.
    function bound(uint256 x, uint256 min, uint256 max) internal pure returns (uint256) {
        vm.assertLe(min, max, "bound: min above max");
        if (x >= min && x <= max) return x;
        uint256 size = max - min;
        if (size == type(uint256).max) return x;
        return min + x % (size + 1);
    }

    /// @notice An address derived from `name`, and labelled with it in traces.
    function makeAddr(string memory name) internal returns (address account) {
        account = vm.createWallet(name).addr;
    }

    /// @notice Gives `account` a balance and makes it the sender of the next call.
    function hoax(address account, uint256 balance) internal {
        vm.deal(account, balance);
        vm.prank(account);
    }

    /// @notice Moves the clock by `time` seconds.
    /// @dev Reads the time by cheatcode: via-IR may move `block.timestamp` across a `warp`.
    function skip(uint256 time) internal {
        vm.warp(vm.getBlockTimestamp() + time);
    }

    /// @notice Adds `target` to the contracts that invariant runs call.
    function targetContract(address target) internal {
        _targetContracts.push(target);
    }

    /// @notice Adds `sender` to the callers of invariant runs.
    function targetSender(address sender) internal {
        _targetSenders.push(sender);
    }

    /// @notice Restricts invariant runs to some functions of a target.
    function targetSelector(FuzzSelector memory selector) internal {
        _targetSelectors.push(selector);
    }

    /// @notice Read by forge before an invariant run.
    function targetContracts() external view returns (address[] memory) {
        return _targetContracts;
    }

    /// @notice Read by forge before an invariant run.
    function targetSenders() external view returns (address[] memory) {
        return _targetSenders;
    }

    /// @notice Read by forge before an invariant run.
    function targetSelectors() external view returns (FuzzSelector[] memory) {
        return _targetSelectors;
    }
}
