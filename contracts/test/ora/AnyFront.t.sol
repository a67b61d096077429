// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {IAIOracle} from "../../src/ora/IAIOracle.sol";
import {OraFront} from "../../src/ora/OraFront.sol";
import {Arena} from "../opml/Arena.sol";
import {Prompt} from "./Prompt.sol";

/// @title Any call of a front
/// @notice Questions with arguments of a fuzzer's choice; answers and fees with one bit of a call changed.
contract AnyFrontTest is Arena {
    uint256 private constant NUMBER = 14;
    uint64 private constant FEE_GWEI = 300_000;
    uint64 private constant GAS_PRICE = 20;
    uint256 private constant MAX_GAS = 6_000_000;
    /// @dev Bytes before the arguments, and of the request and the claim, of `deliver` and `show`.
    uint256 private constant SELECTOR = 4;
    uint256 private constant NAMED = 19 * 32;

    OraFront private front;
    Prompt private dapp;

    function setUp() public override {
        super.setUp();
        front = new OraFront(opml, guest, profile, true, registrar, GAS_PRICE);
        vm.prank(registrar);
        front.addModel(NUMBER, model, registrar, FEE_GWEI);
        dapp = new Prompt(front);
    }

    //// Asking ////

    /// @notice What a question is of; the rest is as it must be.
    struct Any {
        uint256 value;
        uint64 gasLimit;
        uint16 inputLength;
        uint16 dataLength;
        bool withCallback;
    }

    /// @dev Half of the questions have what they need, but for what the fuzzer has chosen otherwise.
    function bounded(Any memory any, uint256 batch) private pure returns (Any memory) {
        any.gasLimit = uint64(bound(any.gasLimit, 0, 7_000_000));
        if (any.gasLimit % 3 == 0) any.withCallback = any.gasLimit != 0;
        any.inputLength = uint16(bound(any.inputLength, 0, 2200));
        any.dataLength = uint16(bound(any.dataLength, 0, 4500));
        uint256 fee = feeOf(any, batch);
        any.value = any.value % 2 == 0
            ? fee + any.value % 1 ether / 1 gwei * 1 gwei
            : bound(any.value, 0, 2 * fee);
        return any;
    }

    function feeOf(Any memory any, uint256 batch) private pure returns (uint256) {
        return (uint256(FEE_GWEI) * batch + uint256(GAS_PRICE) * any.gasLimit) * 1 gwei;
    }

    function isValid(Any memory any, uint256 batch) private pure returns (bool) {
        uint256 whole = any.gasLimit + any.gasLimit / 63 + 100_000 + 24 * 64;
        // Beside the dapp's data stand six words, and it is padded to words.
        uint256 data = 6 * 32 + (uint256(any.dataLength) + 31) / 32 * 32;
        return any.value >= feeOf(any, batch) && any.value % 1 gwei == 0
            && (any.gasLimit == 0) != any.withCallback && any.inputLength <= 2000 && data <= 4096
            && whole <= MAX_GAS;
    }

    /// @notice Sends a question; accepted, it is OpML's with all that was paid, and refused, nothing is paid.
    function check(Any memory any, bytes memory call, bool valid) private {
        vm.deal(asker, any.value);
        vm.prank(asker);
        (bool success, bytes memory returned) = address(front).call{value: any.value}(call);
        vm.assertEq(success, valid, "within the bounds, and only there");
        vm.assertEq(asker.balance, success ? 0 : any.value, "paid if it was accepted");
        if (!success) return;
        uint256 id = abi.decode(returned, (uint256));
        vm.assertEq(uint64(opml.requestSlot(bytes32(id))), any.value / 1 gwei, "all of it");
        (address account, uint64 feeGwei, bool delivered) = front.questions(id);
        vm.assertEq(account, asker, "whose it is");
        vm.assertEq(feeGwei, any.value / 1 gwei, "what it can have back");
        vm.assertFalse(delivered, "not answered");
    }

    function testFuzz_requestCallback_anyParameters_acceptedWithinBounds_succeeds(Any memory any)
        public
    {
        any = bounded(any, 1);
        bytes memory call = abi.encodeWithSignature(
            "requestCallback(uint256,bytes,address,uint64,bytes)",
            NUMBER,
            new bytes(any.inputLength),
            any.withCallback ? address(dapp) : address(0),
            any.gasLimit,
            new bytes(any.dataLength)
        );
        check(any, call, isValid(any, 1));
    }

    /// @dev What lies elsewhere than in calldata could be withheld.
    function testFuzz_requestCallback_anyPlaces_calldataAlone_succeeds(Any memory any, uint8 places)
        public
    {
        any = bounded(any, 1);
        (uint8 input, uint8 output) = (places % 3, places / 3 % 3);
        bytes memory call = abi.encodeWithSignature(
            "requestCallback(uint256,bytes,address,uint64,bytes,uint8,uint8)",
            NUMBER,
            new bytes(any.inputLength),
            any.withCallback ? address(dapp) : address(0),
            any.gasLimit,
            new bytes(any.dataLength),
            input,
            output
        );
        check(any, call, isValid(any, 1) && input == 0 && output == 0);
    }

    function testFuzz_requestBatchInference_anyBatch_paysForEach_succeeds(
        Any memory any,
        uint32 batch
    ) public {
        batch = batch % 5;
        any = bounded(any, batch);
        bytes memory call = abi.encodeCall(
            front.requestBatchInference,
            (
                batch,
                NUMBER,
                new bytes(any.inputLength),
                any.withCallback ? address(dapp) : address(0),
                any.gasLimit,
                new bytes(any.dataLength),
                IAIOracle.DA.Calldata,
                IAIOracle.DA.Calldata
            )
        );
        check(any, call, isValid(any, batch) && batch != 0);
    }

    //// Answers ////

    /// @notice A question of the dapp.
    function question(uint256 fee) private returns (Asked memory asked) {
        uint64 gas = dapp.callbackGas(NUMBER);
        asked.input = "q";
        asked.data = abi.encode(NUMBER, address(dapp), address(dapp), gas, "kept");
        vm.prank(asker);
        asked.requestId = bytes32(dapp.calculateAIResult{value: fee}(NUMBER, "q"));
        asked.request = IOpMLTypes.Request(
            address(front),
            0,
            model,
            guest,
            profile,
            keccak256("q"),
            address(front),
            uint32(gas + gas / 63 + 100_000 + 24 * 64),
            keccak256(asked.data)
        );
    }

    /// @notice A question of the dapp and a claim of its answer.
    function answered() private returns (Asked memory asked, Made memory made) {
        asked = question(dapp.estimateFee(NUMBER));
        made = claim(asked, 10, 1, "c", "a");
    }

    function flipped(bytes memory call, uint256 bit) private pure returns (bytes memory changed) {
        changed = bytes.concat(call);
        bit = 8 * SELECTOR + bit % (8 * NAMED);
        changed[bit / 8] ^= bytes1(uint8(1 << bit % 8));
    }

    /// @notice With a bit changed it is refused, as it was meant it hands the answer out, and a second time it is refused.
    function exactOnce(bytes memory call, uint256 bit) private {
        refusedUnchanged(flipped(call, bit), "");
        vm.prank(stranger);
        (bool success,) = address(front).call(call);
        vm.assertTrue(success, "as it was meant");
        vm.assertEq(dapp.getAIResult(NUMBER, "q"), "a", "the answer");
        refusedUnchanged(call, "a");
    }

    function refusedUnchanged(bytes memory call, string memory known) private {
        vm.prank(stranger);
        (bool success,) = address(front).call(call);
        vm.assertFalse(success, "not what was meant");
        vm.assertEq(dapp.getAIResult(NUMBER, "q"), known, "nothing was handed out");
    }

    /// @dev The dapp's next question fails within OpML's own delivery, and the dapp with it.
    function testFuzz_deliver_otherWord_reverts(uint256 bit) public {
        (Asked memory asked, Made memory made) = answered();
        dapp.setNextModel(NUMBER, NUMBER);
        vm.deal(address(dapp), 1 ether);
        finalise(asked, made);
        vm.assertEq(callbackState(asked.requestId), 3, "not taken");
        exactOnce(
            abi.encodeCall(front.deliver, (asked.request, made.claim, made.output, asked.data)), bit
        );
    }

    function testFuzz_show_otherWord_reverts(uint256 bit) public {
        (Asked memory asked, Made memory made) = answered();
        exactOnce(
            abi.encodeCall(front.show, (asked.request, made.claim, made.output, asked.data)), bit
        );
    }

    //// Fees ////

    /// @notice A question that nobody answers, refunded by OpML.
    function refunded() private returns (uint256 id, uint256 fee) {
        fee = dapp.estimateFee(NUMBER);
        Asked memory asked = question(fee);
        pass(front.PATIENCE() + CLOCK + 1);
        opml.refund(asked.request);
        return (uint256(asked.requestId), fee);
    }

    function testFuzz_reclaim_anyQuestion_onlyTheRefunded_succeeds(uint256 other) public {
        (uint256 id, uint256 fee) = refunded();
        vm.assume(other != id);
        vm.expectRevert(abi.encodeWithSelector(OraFront.NotRefunded.selector, other));
        front.reclaim(other);
        front.reclaim(id);
        vm.assertEq(front.credits(address(dapp)), fee, "once");
        vm.expectRevert(abi.encodeWithSelector(OraFront.NotRefunded.selector, id));
        front.reclaim(id);
    }

    function testFuzz_withdraw_anyCallerAndReceiver_paysItOnce_succeeds(address by, uint160 to)
        public
    {
        // Neither a precompile, nor forge's own, nor anything with code.
        address payable receiver = payable(address(uint160(bound(to, 1 << 128, type(uint160).max))));
        vm.assume(receiver.code.length == 0 && by != address(dapp));
        (uint256 id, uint256 fee) = refunded();
        front.reclaim(id);
        uint256 before = receiver.balance;
        vm.prank(by);
        front.withdraw(receiver);
        vm.assertEq(receiver.balance, before, "who has no credit gets none");
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(address(dapp));
            front.withdraw(receiver);
            vm.assertEq(receiver.balance - before, fee, "all of it, once");
        }
    }
}
