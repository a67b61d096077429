// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {AnyCall} from "./AnyCall.sol";
import {Toy} from "./Toy.sol";

/// @title Any call in a dispute
/// @notice Openings, moves, evaluations and timeouts with arguments of a fuzzer's choice.
contract AnyDisputeTest is AnyCall {
    function testFuzz_open_otherClaim_reverts(uint256 bit) public {
        Made memory made = lie();
        Duel memory duel = disputed(made, rival);
        bytes memory body;
        for (uint256 j = 1; j <= k; ++j) {
            body = bytes.concat(body, duel.entries[j]);
        }
        bytes memory call = openCall(made, 0, body);
        vm.startPrank(challenger);
        (bool success,) =
            address(opml).call{value: bondOf(1)}(flipped(call, SELECTOR, SELECTOR + 10 * WORD, bit));
        vm.assertFalse(success, "of no claim that there is");
        (success,) = address(opml).call{value: bondOf(1)}(call);
        vm.assertTrue(success, "of this one");
        vm.stopPrank();
    }

    function testFuzz_open_anyBodyOfAnotherLength_reverts(bytes calldata body) public {
        Made memory made = lie();
        vm.assume(body.length != k * WORD);
        vm.prank(challenger);
        (bool success,) = address(opml).call{value: BOND}(openCall(made, 0, body));
        vm.assertFalse(success, "p entries, no more and no less");
    }

    /// @dev Everything but the list that is posted, which is the mover's to choose: that, and the head of the body, below.
    function testFuzz_move_otherWord_reverts(uint256 bit) public {
        Duel memory duel = disputed(lie(), challenger);
        Player memory mover = Player(submitter, 5, duel.claim.sn, 30, 0, NEVER, "lie");
        (uint256 pick,) = choose(duel, mover);
        bytes memory call = moveCall(duel, pick, moveBody(copy(duel), mover, pick));
        exactOnce(submitter, call, SELECTOR + 5 * WORD, bit);
    }

    /// @dev Start, end and siblings, behind the body's place and length.
    function testFuzz_move_otherHead_reverts(uint256 bit) public {
        Duel memory duel = disputed(lie(), challenger);
        Player memory mover = Player(submitter, 5, duel.claim.sn, 30, 0, NEVER, "lie");
        (uint256 pick,) = choose(duel, mover);
        bytes memory call = moveCall(duel, pick, moveBody(copy(duel), mover, pick));
        uint256 head = SELECTOR + 7 * WORD;
        refusedUnchanged(submitter, flipped(call, head, head + (2 + ARITY_BITS) * WORD, bit));
    }

    function testFuzz_move_byAnother_reverts(address by) public {
        vm.assume(by != submitter);
        Duel memory duel = disputed(lie(), challenger);
        Player memory mover = Player(submitter, 5, duel.claim.sn, 30, 0, NEVER, "lie");
        (uint256 pick,) = choose(duel, mover);
        refusedUnchanged(by, moveCall(duel, pick, moveBody(copy(duel), mover, pick)));
    }

    /// @notice A dispute in which nothing is left but to evaluate.
    function lastTurn() private returns (Duel memory duel, address by, uint256 pick) {
        duel = disputed(lie(), challenger);
        Player memory liar = Player(submitter, 6, duel.claim.sn, 30, 0, NEVER, "lie");
        Player memory right = honest(challenger, duel.run, duel.claim.n);
        for (;;) {
            Player memory mover = sideOf(duel.position) == 0 ? liar : right;
            (pick,) = choose(duel, mover);
            uint256 n = indexOf(duel, pick) - indexOf(duel, pick - 1);
            if (duel.phase == 2 && n <= MAX_EVALUATED) return (duel, mover.account, pick);
            move(duel, mover, pick);
        }
    }

    function testFuzz_evaluate_otherBit_reverts(uint256 bit) public {
        (Duel memory duel, address by, uint256 pick) = lastTurn();
        bytes memory body = evaluateBody(duel, pick);
        refusedUnchanged(by, evaluateCall(duel, pick, flipped(body, 0, body.length, bit)));
        bytes memory call = evaluateCall(duel, pick, body);
        exactOnce(by, call, SELECTOR + 5 * WORD, bit);
    }

    /// @dev The run faults in its second large step; the challenger tells something else from its seventh on.
    function testFuzz_evaluateFault_otherBit_reverts(uint256 bit) public {
        enter(ARITY_BITS, Toy.guestRoot(12, 100, 1, Toy.FAULTS));
        asked = ask();
        Made memory made = claim(asked, 12, 3, 0, "");
        Player memory liar = Player(challenger, 7, "end", NEVER, 0, NEVER, "lie");
        Duel memory duel = begin(asked, made, liar, 0);
        bytes memory body = endBody(duel, 3);
        refusedUnchanged(stranger, faultCall(duel, 3, flipped(body, 0, body.length, bit)));
        exactOnce(stranger, faultCall(duel, 3, body), SELECTOR + 5 * WORD, bit);
    }

    function testFuzz_timeout_otherWord_reverts(uint256 bit) public {
        Duel memory duel = disputed(lie(), challenger);
        pass(CLOCK + uint256(INCREMENT) + 1);
        exactOnce(stranger, timeoutCall(duel), bit);
    }

    /// @dev To the tick, as the mover's own move.
    function testFuzz_timeout_anyTime_afterTheClock_succeeds(uint32 time) public {
        time = uint32(bound(time, 0, 2 * CLOCK));
        Duel memory duel = disputed(lie(), challenger);
        pass(time);
        (bool success,) = address(opml).call(timeoutCall(duel));
        vm.assertEq(success, time > CLOCK, "after the clock, and only then");
    }
}
