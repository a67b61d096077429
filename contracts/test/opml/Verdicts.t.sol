// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {Match} from "./Match.sol";
import {Toy} from "./Toy.sol";
import {ToyCourt} from "./ToyCourt.sol";

/// @title Evaluation and time
contract VerdictsTest is Match {
    Asked private asked;
    Made private made;

    function setUp() public override {
        super.setUp();
        enter(ARITY_BITS, Toy.guestRoot(10, 30, 0, 0));
        asked = ask();
        made = claimLie(asked, 10, "lie");
    }

    function truthTeller() internal view returns (Player memory) {
        return honest(challenger, runOf(asked), 10);
    }

    function liar() internal view returns (Player memory) {
        return Player(submitter, 5, made.claim.sn, 13, 0, NEVER, "lie");
    }

    /// @notice A dispute whose last list, the liar's, is true up to an entry and false from it on; the challenger
    ///         is to evaluate, and knows which part.
    function narrowed() internal returns (Duel memory duel) {
        duel = begin(asked, made, truthTeller(), 0);
        while (true) {
            bool submits = sideOf(duel.position) == 0;
            uint256 longest = (duel.n + duel.entries.length - 2) / (duel.entries.length - 1);
            if (duel.phase == 2 && longest <= MAX_EVALUATED && !submits) return duel;
            turn(duel, submits ? liar() : truthTeller());
            vm.assertFalse(duel.over, "narrows");
        }
    }

    function falsePick(Duel memory duel) internal view returns (uint256 pick) {
        (pick,) = choose(duel, truthTeller());
    }

    //// evaluate ////

    function test_evaluate_falseEnd_moverWins_succeeds() public {
        Duel memory duel = narrowed();
        uint256 pick = falsePick(duel);
        uint256 at = indexOf(duel, pick);
        bytes32 truth = Toy.small(duel.run, duel.large, at);
        bytes32 start = duel.entries[pick - 1];
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Evaluated(duel.disputeId, pick, start, duel.entries[pick], truth);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Decided(duel.disputeId, duel.claimId, 2, true, challenger);
        evaluate(duel, challenger, pick);
        checkVerdict(duel, 2, BY_PROOF);
        vm.assertEq(claimStatus(made.claimId), 3, "rejected");
        vm.assertEq(liveDisputes(made.claimId), 0, "not live");
    }

    /// @notice A false part convicts its author, whoever shows it, even the author.
    function test_evaluate_falseEndByAnybody_moverWins_succeeds() public {
        Duel memory duel = narrowed();
        uint256 pick = falsePick(duel);
        address[2] memory callers = [stranger, submitter];
        for (uint256 i = 0; i < 2; ++i) {
            uint256 snapshot = vm.snapshotState();
            evaluate(duel, callers[i], pick);
            checkVerdict(duel, 2, BY_PROOF);
            vm.revertToState(snapshot);
        }
    }

    /// @notice A mover that shows a true part has lost.
    function test_evaluate_trueEndByMover_authorWins_succeeds() public {
        Duel memory duel = narrowed();
        evaluate(duel, challenger, falsePick(duel) - 1);
        checkVerdict(duel, 1, BY_PROOF);
        vm.assertEq(claimStatus(made.claimId), 1, "stands");
    }

    /// @notice Nobody picks for the mover.
    function test_evaluate_trueEndByAnother_reverts() public {
        Duel memory duel = narrowed();
        uint256 pick = falsePick(duel) - 1;
        vm.assertGe(pick, 1, "a true part before the false one");
        bytes memory call = evaluateCall(duel, pick, evaluateBody(duel, pick));
        address[2] memory callers = [stranger, submitter];
        for (uint256 i = 0; i < 2; ++i) {
            refused(
                callers[i],
                0,
                call,
                abi.encodeWithSelector(IOpMLErrors.NotDecisive.selector, duel.disputeId)
            );
        }
        checkSlot(duel);
        evaluate(duel, challenger, pick + 1);
        checkVerdict(duel, 2, BY_PROOF);
    }

    /// @notice With one entry there is nothing to pick: anybody may show that it is true.
    function test_evaluate_singleTrueEntryByAnybody_authorWins_succeeds() public {
        enter(ARITY_BITS, Toy.guestRoot(1, MAX_EVALUATED, 0, 0));
        asked = ask();
        made = claimLie(asked, 1, "lie");
        Duel memory duel = begin(asked, made, honest(challenger, runOf(asked), 1), 0);
        vm.assertEq(duel.entries.length, 2, "one entry");
        evaluate(duel, stranger, 1);
        checkVerdict(duel, 2, BY_PROOF);
    }

    /// @notice A part may reach beyond the machine's exit, which stays as it is.
    function test_evaluate_pastExit_succeeds() public {
        enter(ARITY_BITS, Toy.guestRoot(1, 2, 0, 0));
        asked = ask();
        made = claimLie(asked, 1, "lie");
        Player memory long = honest(challenger, runOf(asked), 1);
        long.ownM = MAX_EVALUATED;
        Duel memory duel = begin(asked, made, long, 0);
        evaluate(duel, stranger, 1);
        checkVerdict(duel, 2, BY_PROOF);
    }

    function test_evaluate_refusedWitness_bubbles_succeeds() public {
        Duel memory duel = narrowed();
        uint256 pick = falsePick(duel);
        refused(
            challenger,
            0,
            evaluateCall(duel, pick, endBody(duel, pick)),
            abi.encodeWithSelector(ToyCourt.BadWitness.selector)
        );
    }

    /// @notice A witness of another state, another end, another place: the list's root comes out wrong.
    function test_evaluate_stalePosition_reverts() public {
        Duel memory duel = narrowed();
        uint256 pick = falsePick(duel);
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, duel.disputeId);
        bytes memory good = endBody(duel, pick);
        uint256 at = indexOf(duel, pick - 1);
        bytes memory body = abi.encodePacked(good, witnessAt(duel, at + 1));
        refused(challenger, 0, evaluateCall(duel, pick, body), error);
        body = abi.encodePacked(endBody(duel, pick - 1), witnessAt(duel, at));
        refused(challenger, 0, evaluateCall(duel, pick, body), error);
        body = abi.encodePacked(bytes32("end"), siblingsOf(duel.entries, pick), witnessAt(duel, at));
        refused(challenger, 0, evaluateCall(duel, pick, body), error);
        body = evaluateBody(duel, pick);
        refused(challenger, 0, evaluateCall(duel, pick - 1, body), error);

        // Every field that does not change the number of steps.
        uint256 position = duel.position;
        for (uint256 bit = 64; bit < 256; ++bit) {
            duel.position = position ^ (1 << bit);
            vm.prank(challenger);
            (bool success,) = address(opml).call(evaluateCall(duel, pick, body));
            vm.assertFalse(success, "another position");
        }
    }

    function test_evaluate_badPick_reverts() public {
        Duel memory duel = narrowed();
        bytes memory body = evaluateBody(duel, 1);
        uint256 entries = duel.entries.length - 1;
        refused(
            challenger,
            0,
            evaluateCall(duel, 0, body),
            abi.encodeWithSelector(IOpMLErrors.BadPick.selector, 0, entries)
        );
        refused(
            challenger,
            0,
            evaluateCall(duel, entries + 1, body),
            abi.encodeWithSelector(IOpMLErrors.BadPick.selector, entries + 1, entries)
        );
    }

    function test_evaluate_badBodyLength_reverts() public {
        Duel memory duel = narrowed();
        uint256 head = 32 + 32 * uint256(ARITY_BITS);
        refused(
            challenger,
            0,
            evaluateCall(duel, 1, new bytes(head - 1)),
            abi.encodeWithSelector(IOpMLErrors.BadBodyLength.selector, head, head - 1)
        );
    }

    function test_evaluate_mustMove_reverts() public {
        // Phase 1.
        Duel memory duel = begin(asked, made, truthTeller(), 0);
        bytes memory error = abi.encodeWithSelector(IOpMLErrors.MustMove.selector, duel.disputeId);
        refused(submitter, 0, evaluateCall(duel, 1, endBody(duel, 1)), error);
        // Phase 2 with more steps than are evaluated.
        while (duel.phase == 1) {
            turn(duel, sideOf(duel.position) == 0 ? liar() : truthTeller());
        }
        vm.assertEq(duel.n, 30, "a long list");
        refused(stranger, 0, evaluateCall(duel, 1, evaluateBody(duel, 1)), error);
        refused(stranger, 0, faultCall(duel, 1, endBody(duel, 1)), error);
    }

    function test_evaluate_clockExpired_reverts() public {
        Duel memory duel = narrowed();
        uint256 pick = falsePick(duel);
        uint256 budget = budgetsOf(duel.position)[1];
        pass(budget);
        uint256 snapshot = vm.snapshotState();
        evaluate(copy(duel), stranger, pick);
        vm.revertToState(snapshot);
        pass(1);
        refused(
            stranger,
            0,
            evaluateCall(duel, pick, evaluateBody(duel, pick)),
            abi.encodeWithSelector(
                IOpMLErrors.ClockExpired.selector, duel.disputeId, budget + 1, budget
            )
        );
    }

    function test_evaluate_claimNotOpen_reverts() public {
        Duel memory duel = narrowed();
        Duel memory other = begin(asked, made, truthTeller(), 1);
        play(other, liar(), truthTeller(), 0);
        uint256 pick = falsePick(duel);
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.ClaimNotOpen.selector, made.claimId, uint8(3));
        refused(challenger, 0, evaluateCall(duel, pick, evaluateBody(duel, pick)), error);
        refused(challenger, 0, faultCall(duel, pick, endBody(duel, pick)), error);
        refused(challenger, 0, timeoutCall(duel), error);
    }

    //// evaluateFault ////

    /// @notice A machine that faults in large step 1; a liar that lists states after the fault.
    function afterFault() internal returns (Duel memory duel) {
        enter(ARITY_BITS, Toy.guestRoot(12, 100, 1, 2));
        asked = ask();
        made = claim(asked, 12, 3, 0, "");
        Player memory lying = Player(challenger, 7, keccak256("not FAULT"), NEVER, 0, NEVER, "lie");
        duel = begin(asked, made, lying, 0);
        // Entries after 3, 6, 9 and 12 steps: FAULT, FAULT, lie, lie.
        vm.assertEq(duel.entries[2], Toy.FAULT, "FAULT");
        vm.assertNotEq(duel.entries[3], Toy.FAULT, "lie");
    }

    function test_evaluateFault_falseEnd_moverWins_succeeds() public {
        Duel memory duel = afterFault();
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Evaluated(duel.disputeId, 3, Toy.FAULT, duel.entries[3], Toy.FAULT);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Decided(duel.disputeId, duel.claimId, 1, true, stranger);
        vm.prank(stranger);
        opml.evaluateFault(duel.claimId, challenger, 0, duel.position, 3, endBody(duel, 3));
        checkVerdict(duel, 1, BY_PROOF);
    }

    function test_evaluateFault_trueEnd_byMoverOnly_succeeds() public {
        Duel memory duel = afterFault();
        bytes memory call = faultCall(duel, 2, endBody(duel, 2));
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.NotDecisive.selector, duel.disputeId);
        refused(stranger, 0, call, error);
        refused(challenger, 0, call, error);
        vm.prank(submitter);
        (bool success,) = address(opml).call(call);
        vm.assertTrue(success, "the mover's own pick");
        checkVerdict(duel, 2, BY_PROOF);
    }

    function test_evaluateFault_otherStart_reverts() public {
        Duel memory duel = afterFault();
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, duel.disputeId);
        // Entry 0 is S_0, entry 3 the lie.
        refused(submitter, 0, faultCall(duel, 1, endBody(duel, 1)), error);
        refused(submitter, 0, faultCall(duel, 4, endBody(duel, 4)), error);
    }

    function test_evaluateFault_badBody_reverts() public {
        Duel memory duel = afterFault();
        uint256 head = 32 + 32 * uint256(ARITY_BITS);
        refused(
            submitter,
            0,
            faultCall(duel, 3, bytes.concat(endBody(duel, 3), hex"00")),
            abi.encodeWithSelector(IOpMLErrors.BadBodyLength.selector, head, head + 1)
        );
        refused(
            submitter,
            0,
            faultCall(duel, 5, endBody(duel, 3)),
            abi.encodeWithSelector(IOpMLErrors.BadPick.selector, 5, 4)
        );
    }

    function test_evaluateFault_clockExpired_reverts() public {
        Duel memory duel = afterFault();
        pass(CLOCK + 1);
        refused(
            submitter,
            0,
            faultCall(duel, 3, endBody(duel, 3)),
            abi.encodeWithSelector(
                IOpMLErrors.ClockExpired.selector, duel.disputeId, CLOCK + 1, CLOCK
            )
        );
    }

    //// timeout ////

    function test_timeout_submitterSilent_challengerWins_succeeds() public {
        Duel memory duel = begin(asked, made, truthTeller(), 0);
        pass(CLOCK + 1);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Decided(duel.disputeId, duel.claimId, 2, false, stranger);
        vm.prank(stranger);
        opml.timeout(duel.claimId, challenger, 0, duel.position, treeOf(duel.entries));
        vm.assertEq(claimStatus(made.claimId), 6, "timed out");
    }

    function test_timeout_challengerSilent_submitterWins_succeeds() public {
        Duel memory duel = begin(asked, made, truthTeller(), 0);
        turn(duel, liar());
        runOut(duel);
        checkVerdict(duel, 1, BY_TIMEOUT);
        vm.assertEq(claimStatus(made.claimId), 1, "stands");
        vm.assertEq(liveDisputes(made.claimId), 0, "not live");
    }

    function test_timeout_stalePosition_reverts() public {
        Duel memory duel = begin(asked, made, truthTeller(), 0);
        pass(CLOCK + 1);
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, duel.disputeId);
        bytes32 root = treeOf(duel.entries);
        refused(
            stranger,
            0,
            abi.encodeCall(opml.timeout, (duel.claimId, challenger, 0, duel.position, ~root)),
            error
        );
        for (uint256 bit = 0; bit < 256; ++bit) {
            refused(
                stranger,
                0,
                abi.encodeCall(
                    opml.timeout, (duel.claimId, challenger, 0, duel.position ^ (1 << bit), root)
                ),
                error
            );
        }
    }
}
