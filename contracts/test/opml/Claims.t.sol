// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Arena} from "./Arena.sol";
import {Toy} from "./Toy.sol";

contract ClaimsTest is Arena {
    Asked private asked;

    function setUp() public override {
        super.setUp();
        asked = ask();
    }

    function good() internal view returns (Made memory) {
        return prepare(asked, 10, 1, "C", "answer");
    }

    function test_reveal_slotIdAndEvent_succeeds() public {
        Made memory made = good();
        IOpMLTypes.Claim memory c = made.claim;
        commit(made);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Claimed(made.claimId, asked.requestId, c, made.runRoot, made.output);
        reveal(asked, made);
        bytes32 content = keccak256(
            abi.encode(c.guest, c.profile, c.s0, c.n, c.sn, c.outcome, keccak256("answer"))
        );
        bytes32 id = keccak256(abi.encode(c.requestId, c.round, submitter, content));
        vm.assertEq(id, made.claimId, "id");
        uint256 slot = uint160(submitter) | vm.getBlockTimestamp() << 160 | vm.getBlockNumber()
            << 192 | 1 << 252;
        vm.assertEq(opml.claimSlot(id), slot, "slot: the window begins with the reveal");
        vm.assertEq(requestStatus(asked.requestId), 2, "claimed");
    }

    function test_reveal_boundsOfN_succeeds() public {
        claim(asked, 1, 1, "C", new bytes(64)); // outMax
        asked = ask();
        claim(asked, 1 << 20, 2, "C", ""); // nMax
        asked = ask();
        claim(asked, 1, 3, 0, "");
    }

    /// @notice The first reveal wins the round, whoever committed first.
    function test_reveal_secondOfARound_reverts() public {
        Made memory late = inNameOf(rival, good());
        commit(late);
        claim(asked, 10, 1, "C", "answer");
        refused(
            rival,
            0,
            revealCall(asked, late),
            abi.encodeWithSelector(IOpMLErrors.RequestNotOpen.selector, asked.requestId, uint8(2))
        );
    }

    function test_reveal_unknownRequest_reverts() public {
        asked.request.nonce += 1;
        bytes32 unknown = keccak256(abi.encode(block.chainid, address(opml), asked.request));
        checkRefused(
            good(), abi.encodeWithSelector(IOpMLErrors.RequestNotOpen.selector, unknown, uint8(0))
        );
    }

    /// @notice The deadline stops commitments, never a round that runs.
    function test_reveal_afterDeadline_succeeds() public {
        Made memory made = good();
        pass(1 days);
        commit(made);
        pass(CLOCK - 24);
        reveal(asked, made);
    }

    /// @notice Who commits in the last moment has a clock's time before the fee can go back.
    function test_reveal_afterRefund_reverts() public {
        Made memory made = good();
        commit(made);
        pass(1 days + CLOCK);
        opml.refund(asked.request);
        checkRefused(
            made,
            abi.encodeWithSelector(IOpMLErrors.RequestNotOpen.selector, asked.requestId, uint8(5))
        );
    }

    function test_reveal_wrongRound_reverts() public {
        Made memory made = good();
        made.claim.round = 1;
        checkRefused(made, abi.encodeWithSelector(IOpMLErrors.WrongRound.selector, 0, 1));
    }

    function test_reveal_tooEarly_reverts() public {
        Made memory made = good();
        uint256 first = vm.getBlockNumber() + 2;
        commit(made);
        vm.roll(first - 1);
        checkRefused(
            made, abi.encodeWithSelector(IOpMLErrors.TooEarly.selector, made.claimId, first)
        );
        vm.roll(first);
        reveal(asked, made);
    }

    function test_reveal_notCommitted_reverts() public {
        Made memory made = good();
        checkRefused(
            made, abi.encodeWithSelector(IOpMLErrors.NotCommitted.selector, made.claimId, uint8(0))
        );
        // To the same answer, but by somebody else.
        commit(inNameOf(rival, good()));
        checkRefused(
            made, abi.encodeWithSelector(IOpMLErrors.NotCommitted.selector, made.claimId, uint8(0))
        );
    }

    /// @notice A cheaper profile's stake does not carry a claim under the request's.
    function test_reveal_otherProfilesStake_reverts() public {
        IOpMLTypes.Profile memory cheap = profileOf(ARITY_BITS);
        (cheap.stakeGwei, cheap.bondGwei) = (10, 1);
        vm.prank(registrar);
        uint8 other = opml.addProfile(cheap);
        Made memory made = good();
        vm.prank(submitter);
        opml.commit{value: 10 gwei}(asked.requestId, 0, other, contentOf(made.claim));
        pass(24);
        checkRefused(
            made, abi.encodeWithSelector(IOpMLErrors.WrongProfile.selector, profile, other)
        );
    }

    function test_reveal_wrongInput_reverts() public {
        Made memory made = good();
        bytes memory right = asked.input;
        asked.input = bytes.concat(right, hex"00");
        checkRefused(
            made,
            abi.encodeWithSelector(
                IOpMLErrors.WrongInput.selector, keccak256(right), keccak256(asked.input)
            )
        );
    }

    function test_reveal_badOutcome_reverts() public {
        Made memory made = good();
        made.claim.outcome = 0;
        checkRefused(made, abi.encodeWithSelector(IOpMLErrors.BadOutcome.selector, uint8(0)));
        made.claim.outcome = 4;
        checkRefused(made, abi.encodeWithSelector(IOpMLErrors.BadOutcome.selector, uint8(4)));
    }

    function test_reveal_badLargeSteps_reverts() public {
        Made memory made = good();
        made.claim.n = 0;
        checkRefused(made, abi.encodeWithSelector(IOpMLErrors.BadLargeSteps.selector, 0, 1 << 20));
        made.claim.n = (1 << 20) + 1;
        checkRefused(
            made, abi.encodeWithSelector(IOpMLErrors.BadLargeSteps.selector, (1 << 20) + 1, 1 << 20)
        );
    }

    function test_reveal_badOutputLength_reverts() public {
        Made memory made = prepare(asked, 10, 1, "C", new bytes(65));
        checkRefused(made, abi.encodeWithSelector(IOpMLErrors.BadOutputLength.selector, 65, 64));
        made = prepare(asked, 10, 2, "C", new bytes(1));
        checkRefused(made, abi.encodeWithSelector(IOpMLErrors.BadOutputLength.selector, 1, 0));
        made = prepare(asked, 10, 3, 0, new bytes(1));
        checkRefused(made, abi.encodeWithSelector(IOpMLErrors.BadOutputLength.selector, 1, 0));
    }

    function test_reveal_badRunRoot_reverts() public {
        Made memory made = prepare(asked, 10, 3, "C", "");
        checkRefused(made, abi.encodeWithSelector(IOpMLErrors.BadRunRoot.selector, bytes32("C")));
    }

    function test_reveal_wrongEndState_reverts() public {
        Made memory made = good();
        bytes32 right = made.claim.sn;
        made.claim.sn = Toy.FAULT;
        checkRefused(
            made, abi.encodeWithSelector(IOpMLErrors.WrongEndState.selector, right, Toy.FAULT)
        );
        // The end of another answer, of another run, and of a program error.
        made.claim.sn = prepare(asked, 10, 1, "C", "answer\x00").claim.sn;
        checkRefused(
            made, abi.encodeWithSelector(IOpMLErrors.WrongEndState.selector, right, made.claim.sn)
        );
        made.claim.sn = prepare(asked, 10, 1, "D", "answer").claim.sn;
        checkRefused(
            made, abi.encodeWithSelector(IOpMLErrors.WrongEndState.selector, right, made.claim.sn)
        );
        made = prepare(asked, 10, 1, "C", "");
        right = made.claim.sn;
        made.claim.sn = prepare(asked, 10, 2, "C", "").claim.sn;
        checkRefused(
            made, abi.encodeWithSelector(IOpMLErrors.WrongEndState.selector, right, made.claim.sn)
        );
        made = prepare(asked, 10, 3, 0, "");
        made.claim.sn = right;
        checkRefused(
            made, abi.encodeWithSelector(IOpMLErrors.WrongEndState.selector, Toy.FAULT, right)
        );
    }

    function checkRefused(Made memory made, bytes memory error) internal {
        refused(submitter, 0, revealCall(asked, made), error);
    }

    //// Finality ////

    function test_finalise_window_succeeds() public {
        Made memory made = claim(asked, 10, 1, "C", "answer");
        bytes memory call =
            abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data));
        pass(WINDOW);
        refused(
            stranger,
            0,
            call,
            abi.encodeWithSelector(IOpMLErrors.WindowOpen.selector, made.claimId, WINDOW, WINDOW)
        );
        // Seconds in which no block came do not count.
        vm.warp(vm.getBlockTimestamp() + 1 days);
        vm.assertEq(WINDOW % 12, 0, "a window of whole blocks");
        refused(
            stranger,
            0,
            call,
            abi.encodeWithSelector(IOpMLErrors.WindowOpen.selector, made.claimId, WINDOW, WINDOW)
        );
        vm.roll(vm.getBlockNumber() + 1);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Finalised(asked.requestId, made.claimId, 1);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(submitter, STAKE + FEE);
        vm.prank(stranger);
        (bool success,) = address(opml).call(call);
        vm.assertTrue(success, "final");
        vm.assertEq(claimStatus(made.claimId), 2, "claim");
        vm.assertEq(requestStatus(asked.requestId), 3, "request");
        refused(
            stranger,
            0,
            call,
            abi.encodeWithSelector(IOpMLErrors.ClaimNotOpen.selector, made.claimId, uint8(2))
        );
    }

    function test_finalise_failedRun_paysToo_succeeds() public {
        Made memory made = claim(asked, 10, 2, "C", "");
        finalise(asked, made);
        vm.assertEq(requestStatus(asked.requestId), 4, "failed");
        vm.assertEq(opml.credits(submitter), STAKE + FEE, "the work was done");
    }

    function test_finalise_wrongParts_reverts() public {
        Made memory made = claim(asked, 10, 1, "C", "answer");
        Asked memory other = ask();
        pass(WINDOW + 1);
        refused(
            stranger,
            0,
            abi.encodeCall(opml.finalise, (other.request, made.claim, made.output, other.data)),
            abi.encodeWithSelector(
                IOpMLErrors.WrongRequest.selector, asked.requestId, other.requestId
            )
        );
        refused(
            stranger,
            0,
            abi.encodeCall(opml.finalise, (asked.request, made.claim, "other", asked.data)),
            abi.encodeWithSelector(
                IOpMLErrors.WrongOutput.selector, keccak256("answer"), keccak256("other")
            )
        );
        refused(
            stranger,
            0,
            abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, "other")),
            abi.encodeWithSelector(
                IOpMLErrors.WrongData.selector, keccak256(asked.data), keccak256("other")
            )
        );
        made.claim.n += 1;
        refused(
            stranger,
            0,
            abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data)),
            abi.encodeWithSelector(
                IOpMLErrors.ClaimNotOpen.selector, claimIdOf(made.claim), uint8(0)
            )
        );
    }
}
