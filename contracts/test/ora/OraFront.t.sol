// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {IAIOracle} from "../../src/ora/IAIOracle.sol";
import {
    AIOracleCallbackReceiver,
    IAIOracleCallback
} from "../../src/ora/AIOracleCallbackReceiver.sol";
import {OraFront} from "../../src/ora/OraFront.sol";
import {Arena} from "../opml/Arena.sol";
import {Prompt} from "./Prompt.sol";

/// @notice A dapp that asks for so much gas, and uses all of it but what it takes to say so.
contract Hungry is AIOracleCallbackReceiver {
    uint256 private constant LEFT = 30_000;

    uint256 public given;

    constructor(IAIOracle aiOracle_) AIOracleCallbackReceiver(aiOracle_) {}

    function aiOracleCallback(uint256, bytes calldata, bytes calldata)
        external
        override
        onlyAIOracleCallback
    {
        uint256 gas = gasleft();
        while (gasleft() > LEFT) {}
        given = gas;
    }
}

contract OraFrontTest is Arena {
    uint256 private constant LLAMA = 11;
    uint256 private constant SCORE = 14;
    uint64 private constant FEE_GWEI = 300_000;
    uint64 private constant GAS_PRICE = 20;
    /// @dev Bytes of output beside which OpML's bound leaves five million gas to a dapp.
    uint256 private constant LONGEST = 34_193;
    string private constant QUESTION = "how many legs has a spider?";

    address private owner = makeAddr("owner of the models");
    OraFront private front;
    OraFront private earlyFront;
    Prompt private dapp;
    Prompt private earlyDapp;

    function setUp() public override {
        super.setUp();
        front = new OraFront(opml, guest, profile, false, registrar, GAS_PRICE);
        earlyFront = new OraFront(opml, guest, profile, true, registrar, GAS_PRICE);
        vm.startPrank(registrar);
        front.addModel(LLAMA, model, owner, FEE_GWEI);
        front.addModel(SCORE, model, owner, 2 * FEE_GWEI);
        earlyFront.addModel(LLAMA, model, owner, FEE_GWEI);
        vm.stopPrank();
        dapp = new Prompt(front);
        earlyDapp = new Prompt(earlyFront);
        vm.deal(address(dapp), 1 ether);
    }

    //// Asking through a dapp, and what OpML then knows ////

    function fee() private view returns (uint256) {
        return dapp.estimateFee(LLAMA);
    }

    function askPrompt(OraFront through, Prompt from) private returns (Asked memory) {
        vm.prank(asker);
        uint256 requestId = from.calculateAIResult{value: fee()}(LLAMA, QUESTION);
        return known(through, from, requestId, LLAMA, bytes(QUESTION), 0);
    }

    /// @notice The request of OpML behind a question of a front.
    function known(
        OraFront through,
        Prompt from,
        uint256 requestId,
        uint256 modelId,
        bytes memory input,
        uint64 nonce
    ) private view returns (Asked memory asked) {
        asked.input = input;
        uint64 gas = from.callbackGas(modelId);
        asked.data = abi.encode(modelId, address(from), address(from), gas, "kept");
        uint32 gasLimit = uint32(gas + gas / 63 + 100_000 + 24 * 64);
        asked.request = IOpMLTypes.Request(
            address(through),
            nonce,
            model,
            guest,
            profile,
            keccak256(input),
            address(through),
            gasLimit,
            keccak256(asked.data)
        );
        asked.requestId = bytes32(requestId);
        vm.assertEq(
            asked.requestId,
            keccak256(abi.encode(block.chainid, address(opml), asked.request)),
            "the front's id is OpML's"
        );
    }

    function answer(Asked memory asked, bytes memory output) private returns (Made memory) {
        return claim(asked, 10, 1, keccak256(output), output);
    }

    //// The interface ////

    function test_interface_selectors_succeeds() public pure {
        vm.assertEq(IAIOracleCallback.aiOracleCallback.selector, bytes4(0xb0347814), "callback");
        vm.assertEq(IAIOracleCallback.aiOracleCallbackError.selector, bytes4(0x8e6fd006), "error");
        vm.assertEq(
            IAIOracle.AICallbackRequest.selector,
            keccak256("AICallbackRequest(address,uint256,uint256,bytes,address,uint64,bytes)"),
            "request event"
        );
        vm.assertEq(
            IAIOracle.AICallbackResult.selector,
            keccak256("AICallbackResult(address,uint256,address,bytes)"),
            "result event"
        );
    }

    //// A prompt, from question to kept answer ////

    function test_requestCallback_promptDapp_succeeds() public {
        Asked memory asked = askPrompt(front, dapp);
        uint256 id = uint256(asked.requestId);
        Made memory made = answer(asked, "eight");
        vm.assertFalse(dapp.isFinalized(id), "not final while it can be disputed");
        vm.assertEq(dapp.getAIResult(LLAMA, QUESTION), "", "nothing before finality");

        vm.expectEmit(address(front));
        emit IAIOracle.AICallbackResult(address(dapp), id, address(opml), "eight");
        finalise(asked, made);
        vm.assertEq(dapp.getAIResult(LLAMA, QUESTION), "eight", "answer");
        vm.assertTrue(dapp.isFinalized(id), "final");
        vm.assertEq(opml.credits(submitter), STAKE + fee(), "the fee is the submitter's");
    }

    function test_requestCallback_event_succeeds() public {
        uint64 gasLimit = dapp.callbackGas(LLAMA);
        vm.prank(asker);
        vm.expectEmit(true, false, true, true, address(front));
        emit IAIOracle.AICallbackRequest(
            address(dapp), 0, LLAMA, bytes(QUESTION), address(dapp), gasLimit, "kept"
        );
        dapp.calculateAIResult{value: 1 ether}(LLAMA, QUESTION);
    }

    function test_requestCallback_failedRun_callsErrorHandler_succeeds() public {
        Asked memory asked = askPrompt(front, dapp);
        Made memory made = claim(asked, 10, 2, "c", "");
        vm.expectEmit(address(dapp));
        emit Prompt.PromptFailed(
            uint256(asked.requestId), IAIOracleCallback.AIOracleError.InvalidInput
        );
        finalise(asked, made);
        vm.assertTrue(front.isFinalized(uint256(asked.requestId)), "a failure is final, too");
    }

    /// @notice A callback of five million gas, which public templates ask for, has all of it when the model is one of long outputs.
    function test_requestCallback_templatesGas_succeeds() public {
        Hungry hungry = new Hungry(front);
        uint64 gas = dapp.callbackGas(LLAMA);
        Asked memory asked = askLong(LONGEST, gas, address(hungry));
        Made memory made = answer(asked, new bytes(LONGEST));
        finalise(asked, made);
        vm.assertEq(callbackState(asked.requestId), 2, "delivered");
        vm.assertGe(hungry.given(), gas - 2000, "all but its own prologue");
        vm.assertLe(hungry.given(), gas, "and no more");
    }

    /// @dev What delivering takes, and the longest output that leaves room for five million gas beside it.
    function test_requestCallback_templatesGasAndLongerOutputs_reverts() public {
        uint64 gas = dapp.callbackGas(LLAMA);
        uint256 number = addLong(LONGEST + 1);
        uint256 price = front.estimateFee(number, gas);
        uint256 whole = gas + gas / 63 + 100_000 + 24 * (LONGEST + 1);
        vm.expectRevert(abi.encodeWithSelector(IOpMLErrors.BadGasLimit.selector, whole, 6_000_000));
        front.requestCallback{value: price}(number, "q", address(dapp), gas, "kept");
    }

    /// @notice A model with outputs of up to so many bytes.
    function addLong(uint256 longest) private returns (uint256 number) {
        bytes memory bounds = header();
        for (uint256 i = 0; i < 4; ++i) {
            bounds[32 + i] = bytes1(uint8(longest >> (8 * i)));
        }
        model = opml.registerModel(bounds, hex"00");
        number = longest;
        vm.prank(registrar);
        front.addModel(number, model, owner, FEE_GWEI);
    }

    function askLong(uint256 longest, uint64 gas, address to) private returns (Asked memory asked) {
        uint256 number = addLong(longest);
        uint256 price = front.estimateFee(number, gas);
        asked.input = bytes(QUESTION);
        asked.data = abi.encode(number, asker, to, gas, "kept");
        vm.prank(asker);
        asked.requestId =
            bytes32(front.requestCallback{value: price}(number, asked.input, to, gas, "kept"));
        uint32 whole = uint32(gas + gas / 63 + 100_000 + 24 * longest);
        asked.request = IOpMLTypes.Request(
            address(front),
            0,
            model,
            guest,
            profile,
            keccak256(asked.input),
            address(front),
            whole,
            keccak256(asked.data)
        );
    }

    function test_requestCallback_withoutCallback_succeeds() public {
        uint256 price = front.estimateFee(LLAMA, 0);
        vm.assertEq(price, uint256(FEE_GWEI) * 1 gwei, "no gas is paid for");
        vm.prank(asker);
        uint256 id = front.requestCallback{value: price}(LLAMA, "q", address(0), 0, "");
        Asked memory asked;
        asked.input = "q";
        asked.data = abi.encode(LLAMA, asker, address(0), uint64(0), "");
        asked.request = IOpMLTypes.Request(
            address(front),
            0,
            model,
            guest,
            profile,
            keccak256("q"),
            address(front),
            100_000 + 24 * 64,
            keccak256(asked.data)
        );
        asked.requestId = bytes32(id);
        Made memory made = answer(asked, "a");
        vm.expectEmit(address(front));
        emit IAIOracle.AICallbackResult(asker, id, address(opml), "a");
        finalise(asked, made);
    }

    /// @dev The second question is asked within the callback of the first: OpML's lock refuses it there, `deliver` does not.
    function test_deliver_nestedInference_succeeds() public {
        dapp.setNextModel(LLAMA, SCORE);
        Asked memory asked = askPrompt(front, dapp);
        Made memory made = answer(asked, "eight");
        finalise(asked, made);
        vm.assertEq(dapp.getAIResult(LLAMA, QUESTION), "", "refused under the lock");
        vm.assertEq(callbackState(asked.requestId), 3, "noted as failed");

        front.deliver(asked.request, made.claim, made.output, asked.data);
        vm.assertEq(dapp.getAIResult(LLAMA, QUESTION), "eight", "first answer");
        IOpMLTypes.Request memory next = asked.request;
        (next.nonce, next.inputHash) = (1, keccak256("eight"));
        uint64 gas = dapp.callbackGas(SCORE);
        next.gasLimit = uint32(gas + gas / 63 + 100_000 + 24 * 64);
        bytes memory data = abi.encode(SCORE, address(dapp), address(dapp), gas, "kept");
        next.dataHash = keccak256(data);
        bytes32 nextId = keccak256(abi.encode(block.chainid, address(opml), next));
        Asked memory second = Asked(next, nextId, "eight", data);
        finalise(second, answer(second, "certain"));
        vm.assertEq(dapp.getAIResult(SCORE, "eight"), "certain", "second answer");
    }

    function test_deliver_twice_reverts() public {
        Asked memory asked = askPrompt(front, dapp);
        Made memory made = answer(asked, "eight");
        finalise(asked, made);
        vm.expectRevert(
            abi.encodeWithSelector(OraFront.AlreadyDelivered.selector, uint256(asked.requestId))
        );
        front.deliver(asked.request, made.claim, made.output, asked.data);
    }

    /// @dev OpML may retry a callback that the front delivered itself: the dapp is not called again.
    function test_onInference_afterDeliver_callsNobody_succeeds() public {
        dapp.setNextModel(LLAMA, SCORE);
        Asked memory asked = askPrompt(front, dapp);
        Made memory made = answer(asked, "eight");
        finalise(asked, made);
        front.deliver(asked.request, made.claim, made.output, asked.data);
        vm.expectCall(
            address(dapp), abi.encodePacked(IAIOracleCallback.aiOracleCallback.selector), 0
        );
        opml.retryCallback(asked.request, made.claim, made.output, asked.data);
    }

    function test_deliver_openClaim_reverts() public {
        Asked memory asked = askPrompt(front, dapp);
        Made memory made = answer(asked, "eight");
        vm.expectRevert(
            abi.encodeWithSelector(OraFront.WrongClaim.selector, made.claimId, uint8(1))
        );
        front.deliver(asked.request, made.claim, made.output, asked.data);
    }

    function test_deliver_otherOutput_reverts() public {
        dapp.setNextModel(LLAMA, SCORE);
        Asked memory asked = askPrompt(front, dapp);
        Made memory made = answer(asked, "eight");
        finalise(asked, made);
        vm.expectRevert(
            abi.encodeWithSelector(
                OraFront.WrongOutput.selector, keccak256("eight"), keccak256("six")
            )
        );
        front.deliver(asked.request, made.claim, "six", asked.data);
    }

    /// @dev The data name the dapp: with others an answer could be handed to somebody else.
    function test_deliver_otherData_reverts() public {
        dapp.setNextModel(LLAMA, SCORE);
        Asked memory asked = askPrompt(front, dapp);
        Made memory made = answer(asked, "eight");
        finalise(asked, made);
        bytes memory data = abi.encode(LLAMA, stranger, stranger, uint64(1), "kept");
        vm.expectRevert(
            abi.encodeWithSelector(
                OraFront.WrongData.selector, keccak256(asked.data), keccak256(data)
            )
        );
        front.deliver(asked.request, made.claim, made.output, data);
    }

    /// @dev Anybody may name the front as the callback of a request of its own.
    function test_onInference_strangersRequest_isNotDelivered_succeeds() public {
        Asked memory asked;
        asked.input = "x";
        asked.data = abi.encode(LLAMA, asker, address(dapp), uint64(500_000), "kept");
        vm.prank(stranger);
        asked.requestId = opml.request(
            model,
            guest,
            profile,
            0,
            uint32(vm.getBlockTimestamp() + 1 days),
            "x",
            address(front),
            700_000,
            asked.data
        );
        asked.request = IOpMLTypes.Request(
            stranger,
            0,
            model,
            guest,
            profile,
            keccak256("x"),
            address(front),
            700_000,
            keccak256(asked.data)
        );
        Made memory made = answer(asked, "lie");
        vm.expectCall(
            address(dapp), abi.encodePacked(IAIOracleCallback.aiOracleCallback.selector), 0
        );
        finalise(asked, made);
        vm.assertEq(callbackState(asked.requestId), 3, "failed");
        vm.assertFalse(front.isFinalized(uint256(asked.requestId)), "not a question of the front");
        vm.expectRevert(
            abi.encodeWithSelector(OraFront.NotAsked.selector, uint256(asked.requestId))
        );
        front.deliver(asked.request, made.claim, made.output, asked.data);
    }

    function test_onInference_stranger_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(OraFront.NotOpML.selector, stranger));
        vm.prank(stranger);
        front.onInference(0, "", "");
        vm.expectRevert(abi.encodeWithSelector(OraFront.NotOpML.selector, stranger));
        vm.prank(stranger);
        front.onFailure(0, 2, "");
    }

    function test_aiOracleCallback_stranger_reverts() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                AIOracleCallbackReceiver.UnauthorizedCallbackSource.selector, front, stranger
            )
        );
        vm.prank(stranger);
        dapp.aiOracleCallback(1, "", "");
    }

    //// The early callback ////

    function test_show_openClaim_isNotFinal_succeeds() public {
        Asked memory asked = askPrompt(earlyFront, earlyDapp);
        uint256 id = uint256(asked.requestId);
        Made memory made = answer(asked, "eight");
        vm.expectEmit(address(earlyFront));
        emit OraFront.NotFinal(id, made.claimId);
        earlyFront.show(asked.request, made.claim, made.output, asked.data);
        vm.assertEq(earlyDapp.getAIResult(LLAMA, QUESTION), "eight", "early answer");
        vm.assertFalse(earlyDapp.isFinalized(id), "and says that it is not final");

        // The same answer is not handed out again.
        vm.expectCall(
            address(earlyDapp), abi.encodePacked(IAIOracleCallback.aiOracleCallback.selector), 0
        );
        finalise(asked, made);
        vm.assertTrue(earlyDapp.isFinalized(id), "final");
    }

    function test_show_twice_reverts() public {
        Asked memory asked = askPrompt(earlyFront, earlyDapp);
        Made memory made = answer(asked, "eight");
        earlyFront.show(asked.request, made.claim, made.output, asked.data);
        vm.expectRevert(
            abi.encodeWithSelector(
                OraFront.AlreadyShown.selector, uint256(asked.requestId), keccak256("eight")
            )
        );
        earlyFront.show(asked.request, made.claim, made.output, asked.data);
    }

    function test_show_frontWithoutEarly_reverts() public {
        Asked memory asked = askPrompt(front, dapp);
        Made memory made = answer(asked, "eight");
        vm.expectRevert(abi.encodeWithSelector(OraFront.NotEarly.selector));
        front.show(asked.request, made.claim, made.output, asked.data);
    }

    function test_show_failedRun_reverts() public {
        Asked memory asked = askPrompt(earlyFront, earlyDapp);
        Made memory made = claim(asked, 10, 2, "c", "");
        vm.expectRevert(
            abi.encodeWithSelector(OraFront.WrongClaim.selector, made.claimId, uint8(1))
        );
        earlyFront.show(asked.request, made.claim, made.output, asked.data);
    }

    //// Fees ////

    function testFuzz_estimateFee_formula_succeeds(uint64 gasLimit, uint32 batch) public view {
        uint256 expected = (uint256(FEE_GWEI) * batch + uint256(GAS_PRICE) * gasLimit) * 1 gwei;
        vm.assertEq(front.estimateFeeBatch(LLAMA, gasLimit, batch), expected, "batch");
        vm.assertEq(
            front.estimateFee(LLAMA, gasLimit),
            (uint256(FEE_GWEI) + uint256(GAS_PRICE) * gasLimit) * 1 gwei,
            "one"
        );
    }

    function test_requestCallback_tooLittle_reverts() public {
        uint256 price = fee();
        vm.expectRevert(
            abi.encodeWithSelector(OraFront.InsufficientFee.selector, price, price - 1 gwei)
        );
        vm.prank(asker);
        dapp.calculateAIResult{value: price - 1 gwei}(LLAMA, QUESTION);
    }

    function test_requestBatchInference_feeOfAll_succeeds() public {
        uint256 price = front.estimateFeeBatch(LLAMA, 0, 3);
        vm.expectRevert(
            abi.encodeWithSelector(OraFront.InsufficientFee.selector, price, price - 1 gwei)
        );
        vm.prank(asker);
        front.requestBatchInference{value: price - 1 gwei}(
            3, LLAMA, "abc", address(0), 0, "", IAIOracle.DA.Calldata, IAIOracle.DA.Calldata
        );
        vm.prank(asker);
        uint256 id = front.requestBatchInference{value: price}(
            3, LLAMA, "abc", address(0), 0, "", IAIOracle.DA.Calldata, IAIOracle.DA.Calldata
        );
        vm.assertEq(requestStatus(bytes32(id)), 1, "open");
    }

    function test_requestBatchInference_none_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(OraFront.BatchOfNone.selector));
        front.requestBatchInference(
            0, LLAMA, "", address(0), 0, "", IAIOracle.DA.Calldata, IAIOracle.DA.Calldata
        );
    }

    function test_requestCallback_otherPlaces_reverts() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                OraFront.UnsupportedDA.selector, IAIOracle.DA.Blob, IAIOracle.DA.Calldata
            )
        );
        front.requestCallback(
            LLAMA, "", address(0), 0, "", IAIOracle.DA.Blob, IAIOracle.DA.Calldata
        );
    }

    function test_requestCallback_gasWithoutCallback_reverts() public {
        vm.expectRevert(
            abi.encodeWithSelector(OraFront.CallbackWithoutGas.selector, address(0), uint64(1))
        );
        vm.prank(asker);
        front.requestCallback{value: 1 ether}(LLAMA, "q", address(0), 1, "");
    }

    function test_reclaim_unanswered_givesFeeBack_succeeds() public {
        Asked memory asked = askPrompt(front, dapp);
        Asked memory other = known(front, dapp, _askAgain(), LLAMA, "another", 1);
        uint256 id = uint256(asked.requestId);
        vm.expectRevert(abi.encodeWithSelector(OraFront.NotRefunded.selector, id));
        front.reclaim(id);

        pass(front.PATIENCE() + CLOCK + 1);
        opml.refund(asked.request);
        opml.refund(other.request);
        front.reclaim(id);
        front.reclaim(uint256(other.requestId));
        vm.assertEq(front.credits(address(dapp)), 2 * fee(), "both");
        vm.assertEq(address(front).balance, 2 * fee(), "solvent");
        vm.expectRevert(abi.encodeWithSelector(OraFront.NotRefunded.selector, id));
        front.reclaim(id);

        uint256 before = stranger.balance;
        vm.prank(address(dapp));
        front.withdraw(payable(stranger));
        vm.assertEq(stranger.balance - before, 2 * fee(), "paid");
        vm.assertEq(address(front).balance, 0, "empty");
    }

    function _askAgain() private returns (uint256) {
        uint256 price = fee();
        vm.prank(asker);
        return dapp.calculateAIResult{value: price}(LLAMA, "another");
    }

    function test_reclaim_answered_reverts() public {
        Asked memory asked = askPrompt(front, dapp);
        finalise(asked, answer(asked, "eight"));
        vm.expectRevert(
            abi.encodeWithSelector(OraFront.NotRefunded.selector, uint256(asked.requestId))
        );
        front.reclaim(uint256(asked.requestId));
    }
}
