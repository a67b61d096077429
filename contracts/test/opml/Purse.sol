// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../../src/interfaces/IOpML.sol";
import {Test} from "../utils/Test.sol";
import {Plain} from "./Tokens.sol";

/// @title Purse
/// @notice A deployment and its money: ether, which comes with calls, or a token, which whoever pays has put in before.
abstract contract Purse is Test {
    /// @dev Base units of a token in a unit. As many as wei in a gwei, so that stakes, bonds and fees have the same numbers.
    uint256 internal constant UNIT = 1e9;

    IOpML internal opml;
    /// @notice The money; zero for ether. Set before the deployment.
    Plain internal token;
    /// @notice All tokens that were deposited.
    uint256 internal deposits;

    address internal registrar = makeAddr("registrar");

    function overToken() internal view returns (bool) {
        return address(token) != address(0);
    }

    //// Deployments ////

    /// @notice OpML and its back office, by code: compiled in, they would be compiled again with every test.
    /// @return Zero if the constructor refuses.
    function deploy(address guardian_, uint256 until) internal returns (IOpML) {
        if (overToken()) return deployOver(address(token), UNIT, guardian_, until);
        return IOpML(make("OpML.sol:OpML", abi.encode(registrar, guardian_, until)));
    }

    function deployOver(address token_, uint256 unit, address guardian_, uint256 until)
        internal
        returns (IOpML)
    {
        bytes memory arguments = abi.encode(registrar, guardian_, until, token_, unit);
        return IOpML(make("TokenOpML.sol:TokenOpML", arguments));
    }

    /// @notice A contract by its artifact.
    /// @return made Zero if the constructor refuses.
    function make(string memory artifact, bytes memory arguments) private returns (address made) {
        bytes memory code = bytes.concat(vm.getCode(artifact), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
    }

    //// Paying ////

    /// @notice Makes sure that `account` can pay `amount` with its next call.
    /// @return The value to send along.
    function pay(address account, uint256 amount) internal returns (uint256) {
        if (!overToken()) return amount;
        if (amount != 0) deposit(account, amount);
        return 0;
    }

    /// @notice Adds to an account's balance.
    function deposit(address account, uint256 amount) internal {
        if (!overToken()) {
            vm.prank(account);
            return opml.deposit{value: amount}(amount);
        }
        provide(account, amount);
        vm.prank(account);
        opml.deposit(amount);
        deposits += amount;
    }

    /// @notice Mints and approves; the deposit is still to be made.
    function provide(address account, uint256 amount) internal {
        token.mint(account, amount);
        vm.prank(account);
        // Not every token returns something.
        (bool success,) =
            address(token).call(abi.encodeCall(token.approve, (address(opml), amount)));
        vm.assertTrue(success, "approved");
    }

    /// @notice All money that lies in the contract.
    function held() internal view returns (uint256) {
        return overToken() ? token.balanceOf(address(opml)) : address(opml).balance;
    }
}
