// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {IStepVerifier} from "../../src/interfaces/IStepVerifier.sol";
import {Match} from "./Match.sol";
import {Toy} from "./Toy.sol";

/// @notice Finds whatever its maker wants to be true.
contract BoughtCourt is IStepVerifier {
    bytes32 private immutable start;
    bytes32 private immutable end;

    constructor(bytes32 start_, bytes32 end_) {
        start = start_;
        end = end_;
    }

    function run(uint256, bytes calldata) external view returns (bytes32, bytes32) {
        return (start, end);
    }
}

/// @title What the registrar appends decides nothing that has been asked before
contract CourtsTest is Match {
    /// @notice A dispute in its last phase that awaits the liar's answer.
    function open() internal returns (Duel memory) {
        enter(ARITY_BITS, Toy.guestRoot(1, 30, 0, 0));
        Asked memory asked = ask();
        Made memory made = claimLie(asked, 1, "lie");
        return begin(asked, made, honest(challenger, runOf(asked), 1), 0);
    }

    /// @notice `position` as it would be under another guest version or profile.
    function under(uint256 position, uint256 bit, uint8 number) internal pure returns (uint256) {
        return (position & ~(uint256(0xff) << bit)) | uint256(number) << bit;
    }

    function stale(Duel memory game) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, game.disputeId);
    }

    /// @notice The bought court calls the author's first entry false, or true and all there is (m ≤ r).
    function test_evaluate_laterCourt_reverts() public {
        Duel memory game = open();
        vm.assertEq(game.phase, 2, "small steps");
        IOpMLTypes.GuestVersion memory version = guestOf(Toy.guestRoot(1, 30, 0, 0));
        uint256 position = game.position;
        for (uint256 i = 0; i < 2; ++i) {
            bytes32 finding = i == 0 ? bytes32("another end") : game.entries[1];
            version.verifier = new BoughtCourt(game.entries[0], finding);
            version.maxEvaluated = 16;
            vm.prank(registrar);
            game.position =
                under(position, 248, opml.addGuestVersion(version)) | uint256(0xf) << 236;
            bytes memory body = endBody(game, 1);
            refused(submitter, 0, evaluateCall(game, 1, body), stale(game));
            refused(stranger, 0, evaluateCall(game, 1, body), stale(game));
        }
        game.position = position;
        checkSlot(game);
    }

    /// @notice Where nothing is registered, nobody judges.
    function test_evaluate_unknownCourt_reverts() public {
        Duel memory game = open();
        game.position = under(game.position, 248, 200) | uint256(0xf) << 236;
        refused(submitter, 0, evaluateCall(game, 1, endBody(game, 1)), stale(game));
    }

    /// @notice With another r the list would have another number of entries, and other parts be evaluated.
    function test_move_otherMaxEvaluated_reverts() public {
        Duel memory game = open();
        Player memory player = Player(submitter, 1, "lie", 1, 0, NEVER, "lie");
        bytes memory body = moveBody(copy(game), player, 1);
        uint256 position = game.position;
        for (uint256 r = 1; r <= 16; ++r) {
            game.position = (position & ~(uint256(0xf) << 236)) | (r - 1) << 236;
            if (game.position == position) continue;
            refused(submitter, 0, moveCall(game, 1, body), stale(game));
            // Of so few steps the list has one entry only.
            game.position = game.position & ~uint256(type(uint64).max) | r;
            refused(submitter, 0, moveCall(game, 1, body), stale(game));
        }
        game.position = position;
        checkSlot(game);
    }

    /// @notice Under the later profile the clock would have run out long ago.
    function test_timeout_laterProfile_reverts() public {
        Duel memory game = open();
        IOpMLTypes.Profile memory fast = profileOf(ARITY_BITS);
        fast.secondsPerBlock = type(uint16).max;
        vm.prank(registrar);
        uint8 later = opml.addProfile(fast);
        vm.warp(vm.getBlockTimestamp() + CLOCK + 1);
        vm.roll(vm.getBlockNumber() + 1);
        uint256 position = game.position;
        game.position = under(position, 240, later);
        refused(challenger, 0, timeoutCall(game), stale(game));
        game.position = position;
        bytes memory running = abi.encodeWithSelector(
            IOpMLErrors.ClockRunning.selector, game.disputeId, 12, uint256(CLOCK)
        );
        refused(challenger, 0, timeoutCall(game), running);
    }
}
