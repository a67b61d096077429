// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {TinyMemory} from "../vm/TinyMemory.sol";
import {VmTest} from "../vm/VmTest.sol";
import {Arena} from "./Arena.sol";

/// @title A step that loads the request's input
/// @notice Where loads of the input cannot be proved, whoever must prove one has lost, and what the machine has read is whatever its
///         opponent says. Here such a step is evaluated like any other: the real verifier, the real layout, and a guest whose
///         outcome is a byte of the input.
contract InputLoadTest is Arena, VmTest {
    using TinyMemory for TinyMemory.Leaf[];

    /// @dev docs/protocol.md §1: I, the input, at 2^40 of C; its leaf 0 is the length, the bytes begin at leaf 1.
    uint64 private constant INPUT = (1 << 43) + (1 << 40);
    uint64 private constant MODEL = 3 << 42;
    uint64 private constant START = 0x1000;
    uint256 private constant STEPS = 5;

    function setUp() public override {
        super.setUp();
        IOpMLTypes.GuestVersion memory version = guestOf(bytes32(0));
        version.root = guestHalf(program());
        version.verifier = verifier;
        version.entry = START;
        version.maxEvaluated = 16;
        vm.prank(registrar);
        guest = opml.addGuestVersion(version);
    }

    /// @notice exit(the input's first byte): what is no 0 is no proper end of a large step.
    function program() private pure returns (TinyMemory.Leaf[] memory memory_) {
        memory_ = memory_.store32(START, _i(0x0d, 0, 1, 0x0900)); // ori r1, r0, 0x900
        memory_ = memory_.store32(START + 4, _r(0, 0, 1, 1, 0, 0x3c)); // dsll32 r1, r1, 0
        memory_ = memory_.store32(START + 8, _i(0x24, 1, 4, 32)); // lbu a0, 32(r1)
        memory_ = memory_.store32(START + 12, _i(0x0d, 0, 2, 5058)); // ori v0, r0, 5058
        memory_ = memory_.store32(START + 16, 0x0c); // syscall
    }

    function guestHalf(TinyMemory.Leaf[] memory memory_) private pure returns (bytes32) {
        return memory_.node(TinyMemory.zeroes(), 38, 0);
    }

    /// @notice A request whose input is one byte, and the machine as the large step begins.
    function askByte(uint8 value) private returns (Asked memory asked, Machine memory m) {
        asked.input = abi.encodePacked(value);
        uint32 deadline = uint32(vm.getBlockTimestamp() + 1 days);
        vm.prank(asker);
        asked.requestId = opml.request{value: FEE}(
            model, guest, profile, 77, deadline, asked.input, address(0), 0, ""
        );
        asked.request = IOpMLTypes.Request({
            requester: asker,
            nonce: 77,
            model: model,
            guest: guest,
            profile: profile,
            inputHash: keccak256(asked.input),
            callback: address(0),
            gasLimit: 0,
            dataHash: keccak256("")
        });
        (m.pc, m.nextPc) = (START, START + 4);
        m.memory_ = program().store8(INPUT, 1).store8(INPUT + 32, value);
        bytes memory head = header();
        for (uint256 i = 0; i < head.length; ++i) {
            m.memory_ = m.memory_.store8(MODEL + i, uint8(head[i]));
        }
    }

    /// @notice S_0, as the machine's own memory has it.
    function startOf(Machine memory m) private pure returns (bytes32) {
        return m.memory_.node(TinyMemory.zeroes(), 38, 1);
    }

    /// @notice The claim that the only large step ends in FAULT.
    function claimFault(Asked memory asked, Machine memory m) private returns (Made memory made) {
        made = prepare(asked, 1, 3, 0, "");
        made.claim.s0 = startOf(m);
        made.claimId = claimIdOf(made.claim);
        commit(made);
        reveal(asked, made);
    }

    /// @notice A challenger opens the large step: it has ended well, with S_0 as it was.
    /// @return position The dispute's.
    /// @return head end ‖ siblings of the only entry of its list.
    function openProper(Made memory made, Machine memory m)
        private
        returns (uint256 position, bytes memory head)
    {
        bytes32 g = guestHalf(m.memory_);
        bytes memory body = abi.encodePacked(uint64(STEPS), uint64(0x100), g, startOf(m));
        vm.recordLogs();
        vm.prank(challenger);
        opml.open{value: BOND}(made.claim, 0, body);
        bytes memory list;
        (,, position,, list) =
            abi.decode(vm.getRecordedLogs()[0].data, (address, uint64, uint256, bytes, bytes));
        vm.assertEq(list.length, 32, "so few steps are not cut");
        head = list;
        bytes32 zero;
        for (uint256 h = 0; h < ARITY_BITS; ++h) {
            head = bytes.concat(head, zero);
            zero = keccak256(abi.encode(zero, zero));
        }
    }

    function evaluateCall(Made memory made, uint256 position, bytes memory body)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeCall(opml.evaluate, (made.claimId, challenger, 0, position, 1, body));
    }

    function witnessOf(Machine memory m) private pure returns (bytes memory) {
        uint256[] memory indices = new uint256[](2);
        (indices[0], indices[1]) = (START / 32, INPUT / 32 + 1);
        return _witness(m, indices);
    }

    /// @notice The input's byte is 7, so the step faults; the challenger says that the machine has read 0. The submitter proves what
    ///         it has read.
    function test_evaluate_falseLoadOfInput_reverts() public {
        (Asked memory asked, Machine memory m) = askByte(7);
        Made memory made = claimFault(asked, m);
        (uint256 position, bytes memory head) = openProper(made, m);
        bytes32 disputeId = keccak256(abi.encode(made.claimId, challenger, uint64(0)));

        // The challenger's own reading proves nothing: it is not what lies under S_0.
        Machine memory other = _copy(m);
        other.memory_ = other.memory_.store8(INPUT + 32, 0);
        refused(
            challenger,
            0,
            evaluateCall(made, position, bytes.concat(head, witnessOf(other))),
            abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, disputeId)
        );
        // Nor does a memory without the input's leaf.
        vm.prank(challenger);
        (bool success,) =
            address(opml).call(evaluateCall(made, position, bytes.concat(head, _textWitness(m))));
        vm.assertFalse(success, "a leaf is missing");

        vm.prank(submitter);
        (success,) =
            address(opml).call(evaluateCall(made, position, bytes.concat(head, witnessOf(m))));
        vm.assertTrue(success, "proved");
        vm.assertEq(uint8(opml.disputeSlot(disputeId)), 1, "the submitter wins");
        finalise(asked, made);
        vm.assertEq(requestStatus(asked.requestId), 4, "failed, as it has");
    }

    /// @notice The input's byte is 0, so the step ends well; the claim that it faults falls by a proof of what was loaded.
    function test_evaluate_trueLoadOfInput_succeeds() public {
        (Asked memory asked, Machine memory m) = askByte(0);
        Made memory made = claimFault(asked, m);
        (uint256 position, bytes memory head) = openProper(made, m);
        vm.prank(stranger);
        (bool success,) =
            address(opml).call(evaluateCall(made, position, bytes.concat(head, witnessOf(m))));
        vm.assertTrue(success, "proved");
        vm.assertEq(claimStatus(made.claimId), 3, "rejected by proof");
    }
}
