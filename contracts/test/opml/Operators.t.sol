// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {Match} from "./Match.sol";
import {Toy} from "./Toy.sol";

/// @title Operators
/// @notice Keys that play a party's clock, in which disputes they do, and what they cannot.
contract OperatorsTest is Match {
    Asked private asked;
    address private key = makeAddr("key");

    function setUp() public override {
        super.setUp();
        asked = ask();
    }

    function name(address party, address operator) private {
        vm.prank(party);
        opml.nameOperator(operator);
        pass(12);
    }

    function dismiss(address party, address operator) private {
        vm.prank(party);
        opml.dismissOperator(operator);
    }

    function lying(address account) private pure returns (Player memory) {
        return Player(account, 3, "other lie", 20, 0, NEVER, "other");
    }

    function disputed() private returns (Duel memory) {
        return begin(asked, claimTruth(asked), lying(challenger), 0);
    }

    /// @notice The submitter's honest play, from another key.
    function by(Duel memory duel, address account) private pure returns (Player memory) {
        return honest(account, duel.run, duel.claim.n);
    }

    /// @notice A move of the submitter from `account` must be refused.
    function refusedMove(Duel memory duel, address account) private {
        Duel memory after_ = copy(duel);
        (uint256 pick,) = choose(duel, by(duel, account));
        bytes memory body = moveBody(after_, by(duel, account), pick);
        refused(
            account,
            0,
            moveCall(duel, pick, body),
            abi.encodeWithSelector(
                IOpMLErrors.NotMover.selector, duel.disputeId, submitter, account
            )
        );
    }

    //// Playing ////

    function test_move_operators_playBothSidesToTheEnd_succeeds() public {
        address other = makeAddr("other key");
        name(submitter, key);
        name(challenger, other);
        Duel memory duel = disputed();
        play(duel, by(duel, key), lying(other), 5);
        checkVerdict(duel, 1, BY_PROOF);
        vm.assertEq(duel.challenger, challenger, "in the parties' names");
    }

    function test_move_operatorOfTheOtherSide_reverts() public {
        name(challenger, key);
        refusedMove(disputed(), key);
    }

    /// @notice A true part convicts nobody unless it is shown for the mover: an operator of the mover shows it for the mover.
    function test_evaluate_operatorOfTheMover_decides_succeeds() public {
        enter(ARITY_BITS, Toy.guestRoot(10, 30, 0, 0));
        asked = ask();
        name(challenger, key);
        Made memory made = claimLie(asked, 10, "lie");
        Player memory truth = honest(challenger, runOf(asked), 10);
        Player memory liar = Player(submitter, 5, made.claim.sn, 13, 0, NEVER, "lie");
        Duel memory duel = begin(asked, made, truth, 0);
        uint256 longest = type(uint256).max;
        while (duel.phase == 1 || longest > MAX_EVALUATED || sideOf(duel.position) == 0) {
            turn(duel, sideOf(duel.position) == 0 ? liar : truth);
            vm.assertFalse(duel.over, "narrows");
            longest = (duel.n + duel.entries.length - 2) / (duel.entries.length - 1);
        }
        (uint256 pick,) = choose(duel, truth);
        vm.assertGt(pick, 1, "a true part before the false one");
        refused(
            stranger,
            0,
            evaluateCall(duel, pick - 1, evaluateBody(duel, pick - 1)),
            abi.encodeWithSelector(IOpMLErrors.NotDecisive.selector, duel.disputeId)
        );
        evaluate(duel, key, pick - 1);
        checkVerdict(duel, 1, BY_PROOF);
    }

    //// Changes never affect an open dispute ////

    function test_move_namedAfterTheReveal_reverts() public {
        Duel memory duel = disputed();
        name(submitter, key);
        refusedMove(duel, key);
    }

    function test_move_namedInTheSecondOfTheReveal_reverts() public {
        Made memory made = truthOf(asked);
        commit(made);
        vm.prank(submitter);
        opml.nameOperator(key);
        reveal(asked, made);
        refusedMove(begin(asked, made, lying(challenger), 0), key);
    }

    /// @notice Who has stolen a party's key cannot take its operators away while a clock runs.
    function test_dismiss_openDispute_changesNothing_succeeds() public {
        name(submitter, key);
        Duel memory duel = disputed();
        dismiss(submitter, key);
        move(duel, by(duel, key), 2);
    }

    /// @notice In the second of the reveal it is too late, too; a second earlier it counts.
    function test_dismiss_beforeTheReveal_counts_succeeds() public {
        name(submitter, key);
        Made memory made = truthOf(asked);
        commit(made);
        uint256 snapshot = vm.snapshotState();
        dismiss(submitter, key);
        reveal(asked, made);
        Duel memory duel = begin(asked, made, lying(challenger), 0);
        move(duel, by(duel, key), 2);
        vm.revertToState(snapshot);
        dismiss(submitter, key);
        pass(1);
        reveal(asked, made);
        refusedMove(begin(asked, made, lying(challenger), 0), key);
    }

    /// @notice To name a key again would move the beginning of its service behind disputes that are open.
    function test_name_dismissedKey_reverts() public {
        name(submitter, key);
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.OperatorExists.selector, submitter, key);
        refused(submitter, 0, abi.encodeCall(opml.nameOperator, (key)), error);
        dismiss(submitter, key);
        refused(submitter, 0, abi.encodeCall(opml.nameOperator, (key)), error);
    }

    //// Limits ////

    function test_name_fourAtATime_succeeds() public {
        for (uint160 i = 1; i <= 4; ++i) {
            vm.expectEmit(address(opml));
            emit IOpMLEvents.OperatorNamed(submitter, address(i));
            name(submitter, address(i));
        }
        refused(
            submitter,
            0,
            abi.encodeCall(opml.nameOperator, (address(5))),
            abi.encodeWithSelector(IOpMLErrors.TooManyOperators.selector, submitter)
        );
        vm.expectEmit(address(opml));
        emit IOpMLEvents.OperatorDismissed(submitter, address(2));
        dismiss(submitter, address(2));
        name(submitter, address(5));
        (uint256 since, uint256 until) = opml.operators(submitter, address(2));
        vm.assertGt(since, 0, "named");
        vm.assertGt(until, since, "dismissed");
    }

    function test_dismiss_noOperator_reverts() public {
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.NotOperator.selector, submitter, key);
        refused(submitter, 0, abi.encodeCall(opml.dismissOperator, (key)), error);
        name(submitter, key);
        refused(
            key,
            0,
            abi.encodeCall(opml.dismissOperator, (key)),
            abi.encodeWithSelector(IOpMLErrors.NotOperator.selector, key, key)
        );
        dismiss(submitter, key);
        refused(submitter, 0, abi.encodeCall(opml.dismissOperator, (key)), error);
    }

    /// @notice It plays, and that is all: the party's claims are not its own, nor is the party's money.
    function test_operator_otherPowers_none_succeeds() public {
        name(submitter, key);
        Made memory made = truthOf(asked);
        commit(made);
        refused(
            key,
            0,
            revealCall(asked, made),
            abi.encodeWithSelector(
                IOpMLErrors.NotCommitted.selector, inNameOf(key, copyOf(made)).claimId, uint8(0)
            )
        );
        reveal(asked, made);
        finalise(asked, made);
        refused(
            key,
            0,
            abi.encodeCall(opml.withdraw, (payable(key))),
            abi.encodeWithSelector(IOpMLErrors.NothingToWithdraw.selector, key)
        );
        vm.assertEq(opml.credits(submitter), STAKE + FEE, "the party's");
    }

    function copyOf(Made memory made) private pure returns (Made memory) {
        return abi.decode(abi.encode(made), (Made));
    }
}
