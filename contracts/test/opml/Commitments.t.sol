// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Match} from "./Match.sol";

/// @title Commitments
/// @notice What a commitment costs, hides and gives back.
contract CommitmentsTest is Match {
    Asked private asked;

    function setUp() public override {
        super.setUp();
        asked = ask();
    }

    function commitCall(Made memory made) private view returns (bytes memory) {
        return commitCall(made.claim.round, profile, contentOf(made.claim));
    }

    function commitCall(uint32 round, uint8 profile_, bytes32 content)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeCall(opml.commit, (asked.requestId, round, profile_, content));
    }

    function takeBackCall(Made memory made, Made memory last) private view returns (bytes memory) {
        return abi.encodeCall(opml.takeBack, (made.claim, last.claim));
    }

    function lateCall(Made memory made) private view returns (bytes memory) {
        return abi.encodeCall(opml.takeBackLate, (made.claim));
    }

    function succeed(bytes memory call) private {
        vm.prank(stranger);
        (bool success,) = address(opml).call(call);
        vm.assertTrue(success, "call");
    }

    /// @notice The claim of the round is a lie, and is rejected.
    function reject(Made memory made) private {
        refute(begin(asked, made, honest(challenger, runOf(asked), made.claim.n), 0));
        opml.collect(made.claim, challenger, 0);
    }

    //// commit ////

    function test_commit_slotIdAndEvent_succeeds() public {
        Made memory made = truthOf(asked);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Committed(made.claimId, asked.requestId, submitter, 0, profile);
        uint256 slot = uint160(submitter) | vm.getBlockTimestamp() << 160 | vm.getBlockNumber()
            << 192 | uint256(profile) << 224 | 4 << 252;
        commit(made);
        vm.assertEq(opml.claimSlot(made.claimId), slot, "slot");
        vm.assertEq(requestStatus(asked.requestId), 1, "the request is open to others");
        vm.assertEq(address(opml).balance, FEE + STAKE, "the stake");
    }

    /// @notice Whoever sees a commitment that waits to be mined cannot take its place: the id names its author.
    function test_commit_copied_succeeds() public {
        Made memory made = truthOf(asked);
        vm.prank(rival);
        (bool success, bytes memory id) = address(opml).call{value: STAKE}(commitCall(made));
        vm.assertTrue(success, "a copy");
        vm.assertNotEq(bytes32(id), made.claimId, "is another commitment");
        commit(made);
        reveal(asked, made);
        // The copy is to the author's content in the copier's name: it is the truth, and comes back.
        finalise(asked, made);
        succeed(takeBackCall(inNameOf(rival, truthCopy(made)), made));
    }

    function truthCopy(Made memory made) private pure returns (Made memory) {
        return abi.decode(abi.encode(made), (Made));
    }

    function test_commit_twice_reverts() public {
        Made memory made = truthOf(asked);
        commit(made);
        refused(
            submitter,
            STAKE,
            commitCall(made),
            abi.encodeWithSelector(IOpMLErrors.CommitmentExists.selector, made.claimId, uint8(4))
        );
    }

    function test_commit_wrongStake_reverts() public {
        uint256[3] memory sent = [uint256(0), STAKE - 1, STAKE + 1];
        for (uint256 i = 0; i < 3; ++i) {
            refused(
                submitter,
                sent[i],
                commitCall(truthOf(asked)),
                abi.encodeWithSelector(IOpMLErrors.WrongStake.selector, STAKE, sent[i])
            );
        }
    }

    function test_commit_requestNotOpen_reverts() public {
        claimTruth(asked);
        refused(
            rival,
            STAKE,
            commitCall(0, profile, "content"),
            abi.encodeWithSelector(IOpMLErrors.RequestNotOpen.selector, asked.requestId, uint8(2))
        );
        asked.requestId = "unknown";
        refused(
            rival,
            STAKE,
            commitCall(0, profile, "content"),
            abi.encodeWithSelector(IOpMLErrors.RequestNotOpen.selector, asked.requestId, uint8(0))
        );
    }

    function test_commit_deadline_reverts() public {
        pass(1 days);
        uint32 deadline = uint32(vm.getBlockTimestamp());
        uint256 snapshot = vm.snapshotState();
        commit(truthOf(asked));
        vm.revertToState(snapshot);
        pass(1);
        refused(
            submitter,
            STAKE,
            commitCall(truthOf(asked)),
            abi.encodeWithSelector(IOpMLErrors.DeadlinePassed.selector, asked.requestId, deadline)
        );
    }

    function test_commit_wrongRound_reverts() public {
        refused(
            submitter,
            2 * STAKE,
            commitCall(1, profile, "content"),
            abi.encodeWithSelector(IOpMLErrors.WrongRound.selector, 0, 1)
        );
    }

    function test_commit_unknownProfile_reverts() public {
        refused(
            submitter,
            0,
            commitCall(0, 9, "content"),
            abi.encodeWithSelector(IOpMLErrors.UnknownProfile.selector, uint8(9))
        );
    }

    /// @notice Every rejected claim doubles the next stake, ten times at most.
    function test_commit_stakeDoublesWithRejections_succeeds() public {
        uint256 paid = STAKE;
        for (uint32 round = 0; round < 12; ++round) {
            vm.assertEq(roundOf(asked.requestId), round, "round");
            Made memory made = lieOf(asked, 1, bytes32(uint256(round)));
            refused(
                submitter,
                paid + 1,
                commitCall(made),
                abi.encodeWithSelector(IOpMLErrors.WrongStake.selector, paid, paid + 1)
            );
            commit(made);
            reveal(asked, made);
            uint256 before = opml.credits(challenger);
            reject(made);
            vm.assertEq(opml.credits(challenger) - before, BOND + paid / 2, "half of this stake");
            if (round < 10) paid *= 2;
        }
        vm.assertEq(paid, 1024 * STAKE, "ten doublings");
    }

    //// takeBack ////

    /// @notice Two know the answer and one of them is faster: the other one loses nothing.
    function test_takeBack_rightAnswerLostRace_succeeds() public {
        Made memory late = inNameOf(rival, truthOf(asked));
        commit(late);
        Made memory made = claimTruth(asked);
        refused(
            stranger,
            0,
            takeBackCall(late, made),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotFinal.selector, made.claimId, uint8(1))
        );
        finalise(asked, made);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.TakenBack(late.claimId, asked.requestId);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(rival, STAKE);
        succeed(takeBackCall(late, made));
        vm.assertEq(claimStatus(late.claimId), 5, "taken back");
        refused(
            stranger,
            0,
            takeBackCall(late, made),
            abi.encodeWithSelector(IOpMLErrors.NotCommitted.selector, late.claimId, uint8(5))
        );
    }

    /// @notice A halted state is its own successor: with more steps the answer is the same.
    function test_takeBack_moreSteps_succeeds() public {
        Made memory late = truthOf(asked);
        late.claim.n += 5;
        late = inNameOf(rival, late);
        commit(late);
        Made memory made = claimTruth(asked);
        finalise(asked, made);
        succeed(takeBackCall(late, made));
        vm.assertEq(opml.credits(rival), STAKE, "all of it");
    }

    /// @notice The right answer, while a lie won the round: committed again in the next, both stakes come back.
    function test_takeBack_earlierRound_succeeds() public {
        Made memory first = inNameOf(rival, truthOf(asked));
        commit(first);
        reject(claimLie(asked, 10, "lie"));
        Made memory second = inNameOf(rival, truthOf(asked));
        commit(second);
        reveal(asked, second);
        finalise(asked, second);
        succeed(takeBackCall(first, second));
        vm.assertEq(opml.credits(rival), STAKE + 2 * STAKE + FEE, "both stakes and the fee");
    }

    /// @notice To commit to a lie and, by a sybil, to the truth, and to reveal either, costs the lie's stake.
    function test_takeBack_lie_reverts() public {
        Made memory lie = inNameOf(rival, lieOf(asked, 10, "lie"));
        commit(lie);
        Made memory made = claimTruth(asked);
        finalise(asked, made);
        refused(
            rival,
            0,
            takeBackCall(lie, made),
            abi.encodeWithSelector(IOpMLErrors.WrongEndState.selector, made.claim.sn, lie.claim.sn)
        );
        refused(
            rival,
            0,
            lateCall(lie),
            abi.encodeWithSelector(
                IOpMLErrors.RequestNotRefunded.selector, asked.requestId, uint8(3)
            )
        );
    }

    function test_takeBack_finalOfAnotherRequest_reverts() public {
        Made memory lie = inNameOf(rival, lieOf(asked, 10, "lie"));
        commit(lie);
        Asked memory other = ask();
        Made memory made = claimTruth(other);
        finalise(other, made);
        refused(
            rival,
            0,
            takeBackCall(lie, made),
            abi.encodeWithSelector(
                IOpMLErrors.WrongRequest.selector, asked.requestId, other.requestId
            )
        );
    }

    /// @notice A claim that was revealed has its money where claims have it.
    function test_takeBack_revealed_reverts() public {
        Made memory made = claimTruth(asked);
        finalise(asked, made);
        refused(
            submitter,
            0,
            takeBackCall(made, made),
            abi.encodeWithSelector(IOpMLErrors.NotCommitted.selector, made.claimId, uint8(2))
        );
    }

    /// @notice A stake under another profile than the request's comes back as what was paid.
    function test_takeBack_otherProfile_paysWhatWasPaid_succeeds() public {
        IOpMLTypes.Profile memory cheap = profileOf(ARITY_BITS);
        (cheap.stakeGwei, cheap.bondGwei) = (10, 1);
        vm.prank(registrar);
        uint8 other = opml.addProfile(cheap);
        Made memory late = inNameOf(rival, truthOf(asked));
        vm.prank(rival);
        opml.commit{value: 10 gwei}(asked.requestId, 0, other, contentOf(late.claim));
        Made memory made = claimTruth(asked);
        finalise(asked, made);
        succeed(takeBackCall(late, made));
        vm.assertEq(opml.credits(rival), 10 gwei, "not the request's stake");
    }

    //// takeBackLate ////

    function test_takeBackLate_refundedRequest_burnsAFifth_succeeds() public {
        Made memory made = truthOf(asked);
        commit(made);
        refused(
            stranger,
            0,
            lateCall(made),
            abi.encodeWithSelector(
                IOpMLErrors.RequestNotRefunded.selector, asked.requestId, uint8(1)
            )
        );
        pass(1 days + CLOCK);
        opml.refund(asked.request);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.TakenBack(made.claimId, asked.requestId);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Burned(STAKE / 5);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(submitter, STAKE - STAKE / 5);
        succeed(lateCall(made));
        refused(
            stranger,
            0,
            lateCall(made),
            abi.encodeWithSelector(IOpMLErrors.NotCommitted.selector, made.claimId, uint8(5))
        );
    }

    /// @notice A commitment to nothing that anybody can open is lost.
    function testFuzz_commit_unopenable_staysInTheContract_succeeds(bytes32 content) public {
        vm.prank(rival);
        opml.commit{value: STAKE}(asked.requestId, 0, profile, content);
        Made memory made = claimTruth(asked);
        finalise(asked, made);
        Made memory late = inNameOf(rival, truthCopy(made));
        vm.assume(content != contentOf(late.claim));
        refused(
            rival,
            0,
            takeBackCall(late, made),
            abi.encodeWithSelector(IOpMLErrors.NotCommitted.selector, late.claimId, uint8(0))
        );
        vm.assertEq(address(opml).balance - opml.credits(submitter), STAKE, "the stake of nobody");
    }
}
