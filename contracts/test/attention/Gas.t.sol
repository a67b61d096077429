// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Stage} from "./Stage.sol";

/// @title What attention costs
/// @notice Whole transactions, on cold accounts and slots, against the figures that docs/economics.md computes with: a test of
///         `opml-sim` reads both.
contract GasTest is Stage {
    uint256 private constant ANSWER_GAS = 51_000;
    uint256 private constant SLASH_GAS = 100_000;

    Asked private asked;
    Made private made;

    function setUp() public override {
        super.setUp();
        seatAll();
        asked = enrolled();
        made = truthOf(asked);
        begin(made, keccak256("hash"));
        attention.draw(asked.requestId);
    }

    /// @notice An answer after somebody's draw: one new slot, and one that is read.
    function test_answer_gas() public {
        bytes32 value = answerOf(alice, asked.requestId, made.claim.sn);
        check(alice, abi.encodeCall(attention.answer, (asked.requestId, value)), ANSWER_GAS);
    }

    /// @notice A slash by somebody who has no credit yet: the dearest there is.
    function test_slash_gas() public {
        finish(asked, made);
        bytes memory call = abi.encodeCall(attention.slash, (made.claim, alice, 0));
        check(stranger, call, SLASH_GAS);
    }

    /// @notice Holds a transaction against its figure, of which it uses more than nine tenths.
    function check(address by, bytes memory call, uint256 figure) private {
        uint256 tokens = call.length;
        for (uint256 i = 0; i < call.length; ++i) {
            if (call[i] != 0) tokens += 3;
        }
        vm.cool(address(opml));
        vm.cool(address(attention));
        // The account that a transaction calls is warm.
        vm.assertGe(address(attention).balance, DEPOSIT, "balance");
        vm.prank(by);
        uint256 before = gasleft();
        (bool success,) = address(attention).call(call);
        uint256 used = 21_000 + 4 * tokens + before - gasleft();
        vm.assertTrue(success, "succeeds");
        vm.assertGt(used, 21_000 + 10 * tokens, "execution binds");
        vm.assertLe(used, figure, "at most");
        vm.assertGt(used, figure * 9 / 10, "and not much less");
    }
}
