// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Arena} from "./Arena.sol";

/// @title Batches
/// @notice Many questions in one call are the same requests as many calls make.
contract BatchesTest is Arena {
    function question(uint64 nonce, uint256 fee) private view returns (IOpMLTypes.Question memory) {
        return IOpMLTypes.Question({
            model: model,
            guest: guest,
            profile: profile,
            nonce: nonce,
            deadline: uint32(vm.getBlockTimestamp() + 1 days),
            input: abi.encode("input", nonce),
            callback: nonce % 2 == 0 ? address(0) : stranger,
            gasLimit: uint32(nonce) * 1000,
            data: abi.encode("data", nonce),
            fee: fee
        });
    }

    function batch(uint256 count, uint256 fee)
        private
        view
        returns (IOpMLTypes.Question[] memory questions)
    {
        questions = new IOpMLTypes.Question[](count);
        for (uint64 i = 0; i < count; ++i) {
            questions[i] = question(i, fee);
        }
    }

    function batchCall(IOpMLTypes.Question[] memory questions) private view returns (bytes memory) {
        return abi.encodeCall(opml.requestBatch, (questions));
    }

    function alone(IOpMLTypes.Question memory q) private returns (bytes32) {
        vm.prank(asker);
        return opml.request{value: q.fee}(
            q.model,
            q.guest,
            q.profile,
            q.nonce,
            q.deadline,
            q.input,
            q.callback,
            q.gasLimit,
            q.data
        );
    }

    function wrongFees(uint256 required, uint256 sent) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IOpMLErrors.WrongFees.selector, required, sent);
    }

    function testFuzz_requestBatch_asManyRequests_succeeds(uint8 seed, uint64 fee) public {
        uint256 count = bound(seed, 0, 6);
        uint256 feeGwei = bound(fee, 0, 1 ether);
        IOpMLTypes.Question[] memory questions = batch(count, 0);
        bytes32[] memory ids = new bytes32[](count);
        uint256[] memory slots = new uint256[](count);
        uint256 fees;
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < count; ++i) {
            questions[i].fee = (feeGwei / 1e6 + i) * 1 gwei;
            fees += questions[i].fee;
            ids[i] = alone(questions[i]);
            slots[i] = opml.requestSlot(ids[i]);
        }
        vm.revertToState(snapshot);
        vm.prank(asker);
        bytes32[] memory got = opml.requestBatch{value: fees}(questions);
        vm.assertEq(abi.encode(got), abi.encode(ids), "ids");
        for (uint256 i = 0; i < count; ++i) {
            vm.assertEq(opml.requestSlot(ids[i]), slots[i], "slot");
        }
        vm.assertEq(address(opml).balance, fees, "fees");
    }

    function test_requestBatch_events_succeeds() public {
        IOpMLTypes.Question[] memory questions = batch(2, 3 gwei);
        for (uint256 i = 0; i < 2; ++i) {
            IOpMLTypes.Question memory q = questions[i];
            IOpMLTypes.Request memory r = IOpMLTypes.Request(
                asker,
                q.nonce,
                model,
                guest,
                profile,
                keccak256(q.input),
                q.callback,
                q.gasLimit,
                keccak256(q.data)
            );
            bytes32 id = keccak256(abi.encode(block.chainid, address(opml), r));
            vm.expectEmit(address(opml));
            emit IOpMLEvents.Requested(id, model, r, 3 gwei, q.deadline, q.input, q.data);
        }
        vm.prank(asker);
        opml.requestBatch{value: 6 gwei}(questions);
    }

    function test_requestBatch_feesAndValue_mustBeEqual_succeeds() public {
        bytes memory call = batchCall(batch(3, 2 gwei));
        refused(asker, 6 gwei + 1, call, wrongFees(6 gwei, 6 gwei + 1));
        refused(asker, 6 gwei - 1, call, wrongFees(6 gwei, 6 gwei - 1));
        refused(asker, 0, call, wrongFees(6 gwei, 0));
        vm.prank(asker);
        opml.requestBatch{value: 6 gwei}(batch(3, 2 gwei));
    }

    /// @notice The value of a batch counts once, however many questions there are.
    function test_requestBatch_oneValueForAll_reverts() public {
        refused(asker, 2 gwei, batchCall(batch(3, 2 gwei)), wrongFees(6 gwei, 2 gwei));
    }

    function test_requestBatch_balance_paysWhatIsMissing_succeeds() public {
        vm.prank(asker);
        opml.deposit{value: 5 gwei}(5 gwei);
        bytes memory call = batchCall(batch(3, 2 gwei));
        refused(asker, 0, call, wrongFees(6 gwei, 0));
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Debited(asker, 4 gwei);
        vm.prank(asker);
        opml.requestBatch{value: 2 gwei}(batch(3, 2 gwei));
        vm.assertEq(opml.credits(asker), 1 gwei, "left");
    }

    /// @notice One that is refused refuses all.
    function test_requestBatch_badQuestion_reverts() public {
        IOpMLTypes.Question[] memory questions = batch(3, 0);
        questions[2].nonce = questions[1].nonce;
        questions[2].input = questions[1].input;
        questions[2].callback = questions[1].callback;
        questions[2].gasLimit = questions[1].gasLimit;
        questions[2].data = questions[1].data;
        bytes32 twice = alone(questions[1]);
        bytes memory error = abi.encodeWithSelector(IOpMLErrors.RequestExists.selector, twice);
        refused(asker, 0, batchCall(questions), error);
        questions[1].nonce = 9;
        refused(asker, 0, batchCall(questions), error);
        questions[2].fee = 1;
        questions[2].nonce = 10;
        refused(
            asker,
            1,
            batchCall(questions),
            abi.encodeWithSelector(IOpMLErrors.FeeNotInUnits.selector, 1, 1 gwei)
        );
        questions[2].fee = 0;
        questions[2].model = "unknown";
        refused(
            asker,
            0,
            batchCall(questions),
            abi.encodeWithSelector(IOpMLErrors.UnknownModel.selector, bytes32("unknown"))
        );
    }

    function test_requestBatch_sameQuestionTwice_reverts() public {
        IOpMLTypes.Question[] memory questions = batch(2, 0);
        questions[1] = questions[0];
        uint256 snapshot = vm.snapshotState();
        bytes32 id = alone(questions[0]);
        vm.revertToState(snapshot);
        refused(
            asker,
            0,
            batchCall(questions),
            abi.encodeWithSelector(IOpMLErrors.RequestExists.selector, id)
        );
    }
}
