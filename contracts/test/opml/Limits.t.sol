// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Arena} from "./Arena.sol";

/// @title One transaction is enough to end what one transaction began
contract LimitsTest is Arena {
    /// @dev EIP-7825.
    uint256 private constant TRANSACTION_GAS = 1 << 24;
    uint32 private constant CALLBACK_GAS = 6_000_000;

    /// @notice The callback takes all it is given.
    function onInference(bytes32, bytes calldata, bytes calldata) external pure {
        while (true) {}
    }

    function setUp() public override {
        super.setUp();
        bytes memory bounds = header();
        (bounds[32], bounds[34]) = (0x00, 0x10); // outMax 2^20
        model = opml.registerModel(bounds, hex"00");
    }

    function test_finalise_largestOutput_succeeds() public {
        claimAndFinalise(415_000, 0);
    }

    function test_finalise_largestOutputWithZeroes_succeeds() public {
        claimAndFinalise(560_000, 200_000);
    }

    function test_finalise_largestOutputOfZeroes_succeeds() public {
        claimAndFinalise(730_000, 730_000);
    }

    /// @notice An output that a transaction can only just claim. The cheaper its bytes, the longer it may be.
    function claimAndFinalise(uint256 length, uint256 zeroes) private {
        bytes memory output = new bytes(length);
        for (uint256 at = zeroes; at < length; ++at) {
            output[at] = 0xff;
        }
        Asked memory asked = ask(address(this), CALLBACK_GAS);
        Made memory made = prepare(asked, 1, 1, "C", "");
        made.output = output;
        made.claim.outputHash = keccak256(output);
        made.claim.sn = refusedEnd(asked, output);
        made.claimId = claimIdOf(made.claim);
        commit(made);
        uint256 used = transact(submitter, revealCall(asked, made));
        vm.assertGt(used, TRANSACTION_GAS * 7 / 8, "close to the greatest");
        pass(WINDOW + 1);
        bytes memory call =
            abi.encodeCall(opml.finalise, (asked.request, made.claim, output, asked.data));
        transact(stranger, call);
        vm.assertEq(callbackState(asked.requestId), 3, "the callback has run out");
    }

    /// @notice S_n, which the refusal of another one tells: the test's own tree is too slow for outputs this long.
    function refusedEnd(Asked memory asked, bytes memory output) private returns (bytes32 end) {
        bytes memory call = abi.encodeCall(
            opml.reveal, (asked.request, 0, 1, 1, "C", "not it", asked.input, output)
        );
        vm.prank(submitter);
        (, bytes memory error) = address(opml).call(call);
        assembly ("memory-safe") {
            end := mload(add(error, 0x24))
        }
    }

    /// @notice A call with what the largest transaction leaves it (EIP-2028, and the floor of EIP-7623).
    /// @return used What the transaction pays for.
    function transact(address by, bytes memory call) private returns (uint256 used) {
        uint256 tokens = call.length;
        for (uint256 i = 0; i < call.length; ++i) {
            if (call[i] != 0) tokens += 3;
        }
        uint256 floor = 21_000 + 10 * tokens;
        vm.assertLe(floor, TRANSACTION_GAS, "calldata");
        used = 21_000 + 4 * tokens;
        vm.prank(by);
        uint256 before = gasleft();
        (bool success,) = address(opml).call{gas: TRANSACTION_GAS - used}(call);
        used += before - gasleft();
        vm.assertTrue(success, "fits");
        if (used < floor) used = floor;
    }
}
