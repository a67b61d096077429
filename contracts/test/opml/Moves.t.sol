// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {Match} from "./Match.sol";
import {Toy} from "./Toy.sol";

/// @title Moving in a dispute
contract MovesTest is Match {
    Asked private asked;
    Made private made;

    function setUp() public override {
        super.setUp();
        asked = ask();
        made = claimLie(asked, 10, "lie");
    }

    function truthTeller() internal view returns (Player memory) {
        return honest(challenger, runOf(asked), 10);
    }

    function liar() internal view returns (Player memory) {
        return Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie");
    }

    /// @notice A dispute in phase 1, the submitter to move.
    function opened() internal returns (Duel memory) {
        return begin(asked, made, truthTeller(), 0);
    }

    /// @notice A dispute whose last list is over so few small steps that they are evaluated.
    function narrowed() internal returns (Duel memory duel) {
        duel = opened();
        while (duel.phase == 1 || indexOf(duel, 1) - duel.base > MAX_EVALUATED) {
            turn(duel, sideOf(duel.position) == 0 ? liar() : truthTeller());
        }
    }

    function test_move_slotAndEvent_succeeds() public {
        Duel memory duel = opened();
        pass(100);
        Duel memory after_ = copy(duel);
        bytes memory body = moveBody(after_, liar(), 3);
        after_.moves = 2;
        uint256 position = pack(after_, CLOCK + INCREMENT - 100, CLOCK, 1);
        bytes memory list = new bytes(0);
        for (uint256 j = 1; j < after_.entries.length; ++j) {
            list = abi.encodePacked(list, after_.entries[j]);
        }
        vm.assertEq(after_.n, 2, "floor(30/4) - floor(20/4)");
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Moved(
            duel.disputeId, duel.claimId, position, 3, duel.entries[2], duel.entries[3], "", list
        );
        vm.prank(submitter);
        opml.move(duel.claimId, challenger, 0, duel.position, 3, body);
        after_.position = position;
        checkSlot(after_);
    }

    /// @notice The event of an opening tells the opening as sent and p words, hash(F) among them.
    function test_move_openingEvent_succeeds() public {
        Duel memory duel = opened();
        turn(duel, liar());
        (uint256 pick,) = choose(duel, truthTeller());
        Duel memory after_ = copy(duel);
        bytes32 start = duel.entries[pick - 1];
        bytes32 end = duel.entries[pick];
        bytes memory body = moveBody(after_, truthTeller(), pick);
        vm.assertEq(after_.phase, 2, "phase 2");
        bytes32 y = Toy.large(duel.run, after_.large + 1);
        bytes memory opening = abi.encodePacked(uint64(100), uint64(0x100), Toy.garbage(start), y);
        bytes memory list;
        for (uint256 j = 1; j <= 4; ++j) {
            list = abi.encodePacked(list, after_.entries[j]);
        }
        vm.assertEq(
            after_.entries[4],
            Toy.exited(keccak256(abi.encode(Toy.garbage(start), y)), 0x100),
            "hash(F)"
        );
        after_.moves = 3;
        uint256[2] memory budgets = budgetsOf(duel.position);
        uint256 position = pack(after_, budgets[0], budgets[1] + INCREMENT, 0);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Moved(
            duel.disputeId, duel.claimId, position, pick, start, end, opening, list
        );
        vm.prank(challenger);
        opml.move(duel.claimId, challenger, 0, duel.position, pick, body);
    }

    function test_move_claimNotOpen_reverts() public {
        Duel memory duel = opened();
        Duel memory other = begin(asked, made, truthTeller(), 1);
        bytes memory call = moveCall(duel, 3, moveBody(copy(duel), liar(), 3));
        play(other, liar(), truthTeller(), 0);
        refused(
            submitter,
            0,
            call,
            abi.encodeWithSelector(IOpMLErrors.ClaimNotOpen.selector, made.claimId, uint8(3))
        );
    }

    function test_move_stalePosition_reverts() public {
        Duel memory duel = opened();
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, duel.disputeId);
        bytes memory body = moveBody(copy(duel), liar(), 3);
        bytes memory call = moveCall(duel, 3, body);

        // Every bit of the position is bound. Some change what is asked for before the slot is looked at.
        uint256 position = duel.position;
        for (uint256 bit = 0; bit < 256; ++bit) {
            duel.position = position ^ (1 << bit);
            vm.prank(submitter);
            (bool success, bytes memory returned) = address(opml).call(moveCall(duel, 3, body));
            vm.assertFalse(success, "another position");
            bool shape = bytes4(returned) == IOpMLErrors.BadPick.selector
                || bytes4(returned) == IOpMLErrors.BadBodyLength.selector;
            vm.assertTrue(shape || keccak256(returned) == keccak256(error), "error");
        }
        duel.position = position;

        // Unknown dispute.
        duel.nonce = 9;
        bytes32 unknown = keccak256(abi.encode(made.claimId, challenger, uint64(9)));
        refused(
            submitter,
            0,
            moveCall(duel, 3, body),
            abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, unknown)
        );

        // A move that was already made.
        vm.prank(submitter);
        (bool made_,) = address(opml).call(call);
        vm.assertTrue(made_, "the move");
        refused(submitter, 0, call, error);
    }

    /// @notice An entry that is not in the list, a part at another place, a proof of other height.
    function test_move_falseProof_reverts() public {
        Duel memory duel = opened();
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, duel.disputeId);
        bytes memory list = new bytes(64);
        bytes32 other = "other";
        bytes memory siblings = siblingsOf(duel.entries, 3);
        bytes memory body = abi.encodePacked(duel.entries[2], other, siblings, list);
        refused(submitter, 0, moveCall(duel, 3, body), error);
        body = abi.encodePacked(other, duel.entries[3], siblings, list);
        refused(submitter, 0, moveCall(duel, 3, body), error);
        body = abi.encodePacked(duel.entries[2], duel.entries[3], siblings, list);
        refused(submitter, 0, moveCall(duel, 1, body), error);
        body = abi.encodePacked(duel.entries[2], duel.entries[3], siblingsOf(duel.entries, 4), list);
        refused(submitter, 0, moveCall(duel, 3, body), error);
        // Entries that are not neighbours.
        body = abi.encodePacked(duel.entries[1], duel.entries[3], siblings, list);
        refused(submitter, 0, moveCall(duel, 3, body), error);
    }

    function test_move_disputeDecided_reverts() public {
        Player memory silent = truthTeller();
        silent.silentAt = 2;
        Duel memory duel = begin(asked, made, silent, 0);
        turn(duel, liar());
        bytes memory body = moveBody(copy(duel), truthTeller(), 1);
        turn(duel, silent);
        checkVerdict(duel, 1, BY_TIMEOUT);
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.DisputeDecided.selector, duel.disputeId);
        refused(challenger, 0, moveCall(duel, 1, body), error);
        refused(challenger, 0, timeoutCall(duel), error);
        refused(challenger, 0, evaluateCall(duel, 1, body), error);
        refused(challenger, 0, faultCall(duel, 1, body), error);
    }

    function test_move_badPick_reverts() public {
        Duel memory duel = opened();
        bytes memory body = moveBody(copy(duel), liar(), 3);
        uint256[4] memory picks = [uint256(0), 5, 6, type(uint256).max];
        for (uint256 i = 0; i < picks.length; ++i) {
            refused(
                submitter,
                0,
                moveCall(duel, picks[i], body),
                abi.encodeWithSelector(IOpMLErrors.BadPick.selector, picks[i], 4)
            );
        }
    }

    /// @notice Unused leaves of the tree cannot be picked, though they can be proved.
    function test_move_paddingLeaf_reverts() public {
        asked = ask();
        made = claimLie(asked, 3, "lie");
        Duel memory duel = begin(asked, made, honest(challenger, runOf(asked), 3), 0);
        bytes32[] memory level = leaves(duel.entries);
        vm.assertEq(level[3], bytes32(0), "padding");
        bytes memory body =
            abi.encodePacked(bytes32(0), bytes32(0), level[2], fold(level)[0], bytes32("list"));
        refused(
            submitter,
            0,
            moveCall(duel, 4, body),
            abi.encodeWithSelector(IOpMLErrors.BadPick.selector, 4, 3)
        );
    }

    function test_move_badBodyLength_reverts() public {
        Duel memory duel = opened();
        bytes memory body = moveBody(copy(duel), liar(), 3);
        uint256 head = 64 + 32 * uint256(ARITY_BITS);
        vm.assertEq(body.length, head + 64, "two entries");
        bytes memory short = bytes.concat(body);
        assembly ("memory-safe") {
            mstore(short, sub(head, 1))
        }
        refused(
            submitter,
            0,
            moveCall(duel, 3, short),
            abi.encodeWithSelector(IOpMLErrors.BadBodyLength.selector, head, head - 1)
        );
        assembly ("memory-safe") {
            mstore(short, head)
        }
        refused(
            submitter,
            0,
            moveCall(duel, 3, short),
            abi.encodeWithSelector(IOpMLErrors.BadBodyLength.selector, head + 64, head)
        );
        refused(
            submitter,
            0,
            moveCall(duel, 3, bytes.concat(body, bytes32(0))),
            abi.encodeWithSelector(IOpMLErrors.BadBodyLength.selector, head + 64, head + 96)
        );
    }

    function test_move_notMover_reverts() public {
        Duel memory duel = opened();
        bytes memory call = moveCall(duel, 3, moveBody(copy(duel), liar(), 3));
        address[2] memory others = [challenger, stranger];
        for (uint256 i = 0; i < 2; ++i) {
            refused(
                others[i],
                0,
                call,
                abi.encodeWithSelector(
                    IOpMLErrors.NotMover.selector, duel.disputeId, submitter, others[i]
                )
            );
        }
        turn(duel, liar());
        (uint256 pick,) = choose(duel, truthTeller());
        call = moveCall(duel, pick, moveBody(copy(duel), truthTeller(), pick));
        refused(
            submitter,
            0,
            call,
            abi.encodeWithSelector(
                IOpMLErrors.NotMover.selector, duel.disputeId, challenger, submitter
            )
        );
    }

    /// @notice At every tick exactly one of move and timeout is possible.
    function test_move_clock_reverts() public {
        Duel memory duel = opened();
        bytes memory call = moveCall(duel, 3, moveBody(copy(duel), liar(), 3));
        pass(CLOCK);
        refused(
            stranger,
            0,
            timeoutCall(duel),
            abi.encodeWithSelector(IOpMLErrors.ClockRunning.selector, duel.disputeId, CLOCK, CLOCK)
        );
        uint256 snapshot = vm.snapshotState();
        vm.prank(submitter);
        (bool success,) = address(opml).call(call);
        vm.assertTrue(success, "the last tick");
        vm.revertToState(snapshot);

        pass(1);
        refused(
            submitter,
            0,
            call,
            abi.encodeWithSelector(
                IOpMLErrors.ClockExpired.selector, duel.disputeId, CLOCK + 1, CLOCK
            )
        );
        vm.prank(stranger);
        (success,) = address(opml).call(timeoutCall(duel));
        vm.assertTrue(success, "lost by time");
        checkVerdict(duel, 2, BY_TIMEOUT);
    }

    /// @notice A clock is charged min(Δseconds, τ·Δblocks), on its owner's turn only, and gains the increment.
    function testFuzz_move_budgets_succeeds(uint256 seed) public {
        Duel memory duel = opened();
        for (uint256 i = 0; i < 4 && duel.phase == 1; ++i) {
            uint256 seconds_ = uint256(keccak256(abi.encode(seed, i))) % 150;
            uint256 blocks = uint256(keccak256(abi.encode(seed, i, "b"))) % 20;
            vm.warp(vm.getBlockTimestamp() + seconds_);
            vm.roll(vm.getBlockNumber() + blocks);
            uint256[2] memory budgets = budgetsOf(duel.position);
            uint256 side = sideOf(duel.position);
            turn(duel, side == 0 ? liar() : truthTeller());
            uint256 charged = seconds_ < 12 * blocks ? seconds_ : 12 * blocks;
            budgets[side] = budgets[side] + INCREMENT - charged;
            vm.assertEq(abi.encode(budgetsOf(duel.position)), abi.encode(budgets), "budgets");
        }
    }

    function test_move_mustEvaluate_reverts() public {
        Duel memory duel = narrowed();
        (uint256 pick,) = choose(duel, sideOf(duel.position) == 0 ? liar() : truthTeller());
        bool submits = sideOf(duel.position) == 0;
        refused(
            submits ? submitter : challenger,
            0,
            moveCall(duel, pick, bytes.concat(headOf(duel, pick), bytes32("list"))),
            abi.encodeWithSelector(IOpMLErrors.MustEvaluate.selector, duel.disputeId)
        );
    }

    /// @notice A part that starts in FAULT is decided, not played.
    function test_move_startsInFault_reverts() public {
        enter(ARITY_BITS, Toy.guestRoot(10, 100, 1, 2));
        asked = ask();
        made = claimLie(asked, 10, "lie");
        // The challenger's true list: FAULT from entry 1 on.
        Duel memory duel = begin(asked, made, honest(challenger, runOf(asked), 10), 0);
        vm.assertEq(duel.entries[1], Toy.FAULT, "FAULT");
        bytes memory body = bytes.concat(headOf(duel, 2), bytes32("one"), bytes32("two"));
        refused(
            submitter,
            0,
            moveCall(duel, 2, body),
            abi.encodeWithSelector(IOpMLErrors.MustEvaluate.selector, duel.disputeId)
        );
    }

    function test_move_sameEnd_reverts() public {
        Duel memory duel = opened();
        bytes memory body = bytes.concat(headOf(duel, 3), bytes32("one"), duel.entries[3]);
        refused(
            submitter,
            0,
            moveCall(duel, 3, body),
            abi.encodeWithSelector(IOpMLErrors.SameEnd.selector, duel.entries[3])
        );
    }
}
