// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Test} from "../utils/Test.sol";
import {Handler} from "./Handler.sol";

/// @title Invariants of attention
/// @notice Invariant 29 of the design's review: who is slashed was of the set, called by S*, and has no right answer; never before
///         finality, never twice, never for a false claim. And solvency, to the wei, with no deposit below what it answers for.
contract AttentionInvariantTest is Test {
    Handler private handler;

    function setUp() public {
        handler = new Handler();
        handler.setUp();
        bytes4[] memory actions = new bytes4[](12);
        actions[0] = Handler.doSeat.selector;
        actions[1] = Handler.doRelease.selector;
        actions[2] = Handler.doEnrol.selector;
        actions[3] = Handler.doBegin.selector;
        actions[4] = Handler.doAnswer.selector;
        actions[5] = Handler.doFinish.selector;
        // Judgements come up more often than the rest, or most cases would pass unjudged.
        for (uint256 i = 6; i < 9; ++i) {
            actions[i] = Handler.doJudge.selector;
        }
        actions[9] = Handler.doReclaim.selector;
        actions[10] = Handler.doWithdraw.selector;
        actions[11] = Handler.doPass.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), actions));
    }

    /// @notice Invariants 13 and 29 of the design's review.
    /// forge-config: default.invariant.runs = 32
    /// forge-config: default.invariant.depth = 100
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_moneyAndExposure() public view {
        handler.checkMoney();
        handler.checkExposure();
    }

    /// @notice What the handler does by chance does come to both judgements.
    function test_handler_judges_succeeds() public {
        uint256 seed;
        for (uint256 i = 0; i < 60; ++i) {
            handler.doEnrol();
            for (uint256 j = 0; j < 12; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                if (j % 3 == 0) handler.doBegin(seed);
                else handler.doAnswer(seed);
            }
            for (uint256 j = 0; j < 16; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                if (j < 4) handler.doFinish(seed);
                else handler.doJudge(seed);
            }
            handler.doSeat(seed);
            if (i % 2 == 1) handler.doPass(0);
            handler.checkMoney();
            handler.checkExposure();
        }
        vm.assertGt(handler.slashes(), 5, "slashes");
        vm.assertGt(handler.rewards(), 5, "rewards");
    }

    /// @notice After every run.
    function afterInvariant() public {
        handler.checkNothingIsStuck();
    }
}
