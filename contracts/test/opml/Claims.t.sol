// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../../src/interfaces/IOpML.sol";
import {Arena} from "./Arena.sol";
import {Toy} from "./Toy.sol";

contract ClaimsTest is Arena {
    Asked private asked;

    function setUp() public override {
        super.setUp();
        asked = ask();
    }

    function calling(Made memory made) internal view returns (bytes memory) {
        return calling(made, asked.input);
    }

    function calling(Made memory made, bytes memory input) internal view returns (bytes memory) {
        return abi.encodeCall(
            opml.claim,
            (
                asked.request,
                made.claim.round,
                made.claim.n,
                made.claim.outcome,
                made.runRoot,
                made.claim.sn,
                input,
                made.output
            )
        );
    }

    function good() internal view returns (Made memory) {
        return prepare(asked, 10, 1, "C", "answer");
    }

    function test_claim_slotIdAndEvent_succeeds() public {
        Made memory made = good();
        IOpML.Claim memory c = made.claim;
        vm.expectEmit(address(opml));
        emit IOpML.Claimed(made.claimId, asked.requestId, c, made.runRoot, made.output);
        claim(asked, 10, 1, "C", "answer");
        bytes32 id = keccak256(
            abi.encode(
                c.requestId,
                c.round,
                c.guest,
                c.profile,
                submitter,
                c.s0,
                c.n,
                c.sn,
                c.outcome,
                keccak256("answer")
            )
        );
        vm.assertEq(id, made.claimId, "id");
        uint256 slot = uint160(submitter) | vm.getBlockTimestamp() << 160 | vm.getBlockNumber()
            << 192 | 1 << 252;
        vm.assertEq(opml.claimSlot(id), slot, "slot");
        vm.assertEq(requestStatus(asked.requestId), 2, "claimed");
    }

    function test_claim_boundsOfN_succeeds() public {
        claim(asked, 1, 1, "C", new bytes(64)); // outMax
        asked = ask();
        claim(asked, 1 << 20, 2, "C", ""); // nMax
        asked = ask();
        claim(asked, 1, 3, 0, "");
    }

    function test_claim_requestNotOpen_reverts() public {
        Made memory made = good();
        claim(asked, 10, 1, "C", "answer");
        refused(
            stranger,
            STAKE,
            calling(made),
            abi.encodeWithSelector(IOpML.RequestNotOpen.selector, asked.requestId, uint8(2))
        );
        asked.request.nonce += 1;
        bytes32 unknown = keccak256(abi.encode(block.chainid, address(opml), asked.request));
        refused(
            stranger,
            STAKE,
            calling(made),
            abi.encodeWithSelector(IOpML.RequestNotOpen.selector, unknown, uint8(0))
        );
    }

    function test_claim_deadline_reverts() public {
        Made memory made = good();
        pass(1 days);
        uint256 snapshot = vm.snapshotState();
        claim(asked, 10, 1, "C", "answer");
        vm.revertToState(snapshot);
        pass(1);
        refused(
            submitter,
            STAKE,
            calling(made),
            abi.encodeWithSelector(
                IOpML.DeadlinePassed.selector,
                asked.requestId,
                uint32(opml.requestSlot(asked.requestId) >> 64)
            )
        );
    }

    function test_claim_wrongRound_reverts() public {
        Made memory made = good();
        made.claim.round = 1;
        checkRefused(made, abi.encodeWithSelector(IOpML.WrongRound.selector, 0, 1));
    }

    function test_claim_wrongStake_reverts() public {
        uint256[3] memory sent = [uint256(0), STAKE - 1, STAKE + 1];
        for (uint256 i = 0; i < 3; ++i) {
            refused(
                submitter,
                sent[i],
                calling(good()),
                abi.encodeWithSelector(IOpML.WrongStake.selector, STAKE, sent[i])
            );
        }
    }

    function test_claim_wrongInput_reverts() public {
        bytes memory input = bytes.concat(asked.input, hex"00");
        refused(
            submitter,
            STAKE,
            calling(good(), input),
            abi.encodeWithSelector(
                IOpML.WrongInput.selector, keccak256(asked.input), keccak256(input)
            )
        );
    }

    function test_claim_badOutcome_reverts() public {
        Made memory made = good();
        made.claim.outcome = 0;
        checkRefused(made, abi.encodeWithSelector(IOpML.BadOutcome.selector, uint8(0)));
        made.claim.outcome = 4;
        checkRefused(made, abi.encodeWithSelector(IOpML.BadOutcome.selector, uint8(4)));
    }

    function test_claim_badLargeSteps_reverts() public {
        Made memory made = good();
        made.claim.n = 0;
        checkRefused(made, abi.encodeWithSelector(IOpML.BadLargeSteps.selector, 0, 1 << 20));
        made.claim.n = (1 << 20) + 1;
        checkRefused(
            made, abi.encodeWithSelector(IOpML.BadLargeSteps.selector, (1 << 20) + 1, 1 << 20)
        );
    }

    function test_claim_badOutputLength_reverts() public {
        Made memory made = prepare(asked, 10, 1, "C", new bytes(65));
        checkRefused(made, abi.encodeWithSelector(IOpML.BadOutputLength.selector, 65, 64));
        made = prepare(asked, 10, 2, "C", new bytes(1));
        checkRefused(made, abi.encodeWithSelector(IOpML.BadOutputLength.selector, 1, 0));
        made = prepare(asked, 10, 3, 0, new bytes(1));
        checkRefused(made, abi.encodeWithSelector(IOpML.BadOutputLength.selector, 1, 0));
    }

    function test_claim_badRunRoot_reverts() public {
        Made memory made = prepare(asked, 10, 3, "C", "");
        checkRefused(made, abi.encodeWithSelector(IOpML.BadRunRoot.selector, bytes32("C")));
    }

    function test_claim_wrongEndState_reverts() public {
        Made memory made = good();
        bytes32 right = made.claim.sn;
        made.claim.sn = Toy.FAULT;
        checkRefused(made, abi.encodeWithSelector(IOpML.WrongEndState.selector, right, Toy.FAULT));
        // The end of another answer, of another run, and of a program error.
        made.claim.sn = prepare(asked, 10, 1, "C", "answer\x00").claim.sn;
        checkRefused(
            made, abi.encodeWithSelector(IOpML.WrongEndState.selector, right, made.claim.sn)
        );
        made.claim.sn = prepare(asked, 10, 1, "D", "answer").claim.sn;
        checkRefused(
            made, abi.encodeWithSelector(IOpML.WrongEndState.selector, right, made.claim.sn)
        );
        made = prepare(asked, 10, 1, "C", "");
        right = made.claim.sn;
        made.claim.sn = prepare(asked, 10, 2, "C", "").claim.sn;
        checkRefused(
            made, abi.encodeWithSelector(IOpML.WrongEndState.selector, right, made.claim.sn)
        );
        made = prepare(asked, 10, 3, 0, "");
        made.claim.sn = right;
        checkRefused(made, abi.encodeWithSelector(IOpML.WrongEndState.selector, Toy.FAULT, right));
    }

    function checkRefused(Made memory made, bytes memory error) internal {
        refused(submitter, STAKE, calling(made), error);
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
            abi.encodeWithSelector(IOpML.WindowOpen.selector, made.claimId, WINDOW, WINDOW)
        );
        // Seconds in which no block came do not count.
        vm.warp(vm.getBlockTimestamp() + 1 days);
        vm.assertEq(WINDOW % 12, 0, "a window of whole blocks");
        refused(
            stranger,
            0,
            call,
            abi.encodeWithSelector(IOpML.WindowOpen.selector, made.claimId, WINDOW, WINDOW)
        );
        vm.roll(vm.getBlockNumber() + 1);
        vm.expectEmit(address(opml));
        emit IOpML.Finalised(asked.requestId, made.claimId, 1, "answer");
        vm.expectEmit(address(opml));
        emit IOpML.Credited(submitter, STAKE + FEE);
        vm.prank(stranger);
        (bool success,) = address(opml).call(call);
        vm.assertTrue(success, "final");
        vm.assertEq(claimStatus(made.claimId), 2, "claim");
        vm.assertEq(requestStatus(asked.requestId), 3, "request");
        refused(
            stranger,
            0,
            call,
            abi.encodeWithSelector(IOpML.ClaimNotOpen.selector, made.claimId, uint8(2))
        );
    }

    function test_finalise_failedRun_paysToo() public {
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
            abi.encodeWithSelector(IOpML.WrongRequest.selector, asked.requestId, other.requestId)
        );
        refused(
            stranger,
            0,
            abi.encodeCall(opml.finalise, (asked.request, made.claim, "other", asked.data)),
            abi.encodeWithSelector(
                IOpML.WrongOutput.selector, keccak256("answer"), keccak256("other")
            )
        );
        refused(
            stranger,
            0,
            abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, "other")),
            abi.encodeWithSelector(
                IOpML.WrongData.selector, keccak256(asked.data), keccak256("other")
            )
        );
        made.claim.n += 1;
        refused(
            stranger,
            0,
            abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data)),
            abi.encodeWithSelector(
                IOpML.ClaimNotOpen.selector, keccak256(abi.encode(made.claim)), uint8(0)
            )
        );
    }
}
