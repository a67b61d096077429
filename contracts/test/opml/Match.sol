// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Players} from "./Players.sol";
import {Toy} from "./Toy.sol";

/// @title Match
/// @notice Plays disputes: an own account of positions and clocks, and after every move the contract's slot is
///         held against it.
abstract contract Match is Players {
    //// Playing ////

    function begin(Asked memory asked, Made memory made, Player memory by, uint64 nonce)
        internal
        returns (Duel memory duel)
    {
        duel.run = runOf(asked);
        duel.claim = made.claim;
        duel.claimId = made.claimId;
        duel.challenger = by.account;
        duel.nonce = nonce;
        duel.disputeId = keccak256(abi.encode(made.claimId, by.account, nonce));
        duel.phase = 1;
        duel.entries = new bytes32[](1);
        duel.entries[0] = made.claim.s0;
        bytes memory body = post(duel, by, 0, made.claim.n);
        duel.bondIndex = liveDisputes(made.claimId);
        uint256 value = pay(by.account, bondOf(duel.bondIndex));
        vm.prank(by.account);
        bytes32 id = opml.open{value: value}(made.claim, nonce, body);
        vm.assertEq(id, duel.disputeId, "dispute id");
        duel.moves = 1;
        duel.position = pack(duel, CLOCK, CLOCK, 0);
        checkSlot(duel);
    }

    /// @notice One turn of the side to move: a move, an evaluation, or silence until time is up.
    function turn(Duel memory duel, Player memory player) internal {
        if (duel.moves >= player.silentAt) return runOut(duel);
        (uint256 pick, bool found) = choose(duel, player);
        if (!found) return runOut(duel);
        bytes32 start = duel.entries[pick - 1];
        uint256 base = indexOf(duel, pick - 1);
        uint256 n = indexOf(duel, pick) - base;
        if (duel.phase == 1 && start == Toy.FAULT) {
            vm.prank(player.account);
            opml.evaluateFault(
                duel.claimId, duel.challenger, duel.nonce, duel.position, pick, endBody(duel, pick)
            );
            duel.over = true;
        } else if (duel.phase == 2 && n <= MAX_EVALUATED) {
            // Only who knows what the start stands for can show it.
            if (start != trueState(duel, base)) return runOut(duel);
            evaluate(duel, player.account, pick);
        } else {
            move(duel, player, pick);
        }
    }

    /// @notice The first entry that a player does not hold, else the last.
    function choose(Duel memory duel, Player memory player)
        internal
        view
        returns (uint256 pick, bool found)
    {
        for (pick = 1; pick < duel.entries.length; ++pick) {
            if (duel.entries[pick] != stateOf(duel, player, indexOf(duel, pick))) {
                return (pick, true);
            }
        }
        return (duel.entries.length - 1, false);
    }

    function move(Duel memory duel, Player memory player, uint256 pick) internal {
        uint256 side = sideOf(duel.position);
        uint256 charged = chargedOf(duel);
        bytes memory body = moveBody(duel, player, pick);
        vm.prank(player.account);
        opml.move(duel.claimId, duel.challenger, duel.nonce, duel.position, pick, body);
        duel.moves += 1;
        uint256[2] memory budgets = budgetsOf(duel.position);
        budgets[side] = budgets[side] + INCREMENT - charged;
        duel.position = pack(duel, budgets[0], budgets[1], side ^ 1);
        checkSlot(duel);
    }

    /// @notice The body of a move; leaves the duel as after it, but for position and moves.
    function moveBody(Duel memory duel, Player memory player, uint256 pick)
        internal
        view
        returns (bytes memory)
    {
        bytes32 start = duel.entries[pick - 1];
        bytes memory head = headOf(duel, pick);
        uint256 base = indexOf(duel, pick - 1);
        uint256 n = indexOf(duel, pick) - base;
        duel.entries[0] = start;
        return abi.encodePacked(head, post(duel, player, base, n));
    }

    function evaluate(Duel memory duel, address by, uint256 pick) internal {
        bytes memory body = evaluateBody(duel, pick);
        vm.prank(by);
        opml.evaluate(duel.claimId, duel.challenger, duel.nonce, duel.position, pick, body);
        duel.over = true;
    }

    function evaluateBody(Duel memory duel, uint256 pick) internal view returns (bytes memory) {
        return abi.encodePacked(endBody(duel, pick), witnessAt(duel, indexOf(duel, pick - 1)));
    }

    function endBody(Duel memory duel, uint256 pick) internal view returns (bytes memory) {
        return abi.encodePacked(duel.entries[pick], siblingsOf(duel.entries, pick));
    }

    /// @notice Opens the true state after j small steps of the duel's large step.
    function witnessAt(Duel memory duel, uint256 j) internal pure returns (bytes memory) {
        (bytes32 c, bytes32 o) = Toy.parts(duel.run, duel.large);
        return abi.encodePacked(uint8(0), duel.run.guest, c, o, duel.run.model, uint64(j));
    }

    function trueState(Duel memory duel, uint256 i) internal pure returns (bytes32) {
        if (duel.phase == 1) return Toy.large(duel.run, i);
        if (Toy.large(duel.run, duel.large) == Toy.FAULT) return 0;
        return Toy.small(duel.run, duel.large, i);
    }

    function runOut(Duel memory duel) internal {
        pass(CLOCK + 40 * uint256(INCREMENT) + 1);
        vm.prank(stranger);
        opml.timeout(duel.claimId, duel.challenger, duel.nonce, duel.position, treeOf(duel.entries));
        duel.over = true;
    }

    /// @notice The submitter of a false claim defends it to the end, and is proved wrong.
    function refute(Duel memory duel) internal {
        Player memory lying = Player(
            duel.claim.submitter, 1 + duel.claim.n / 2, duel.claim.sn, 30, 0, NEVER, "refuted"
        );
        play(duel, lying, honest(duel.challenger, duel.run, duel.claim.n), 0);
        checkVerdict(duel, 2, BY_PROOF);
    }

    /// @notice Plays to the end; `lag` seconds pass before every turn.
    function play(Duel memory duel, Player memory byClaim, Player memory byDispute, uint256 lag)
        internal
    {
        while (!duel.over) {
            pass(lag);
            turn(duel, sideOf(duel.position) == 0 ? byClaim : byDispute);
        }
    }

    //// Calls, to be refused ////

    function openCall(Made memory made, uint64 nonce, bytes memory body)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodeCall(opml.open, (made.claim, nonce, body));
    }

    function moveCall(Duel memory duel, uint256 pick, bytes memory body)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodeCall(
            opml.move, (duel.claimId, duel.challenger, duel.nonce, duel.position, pick, body)
        );
    }

    function evaluateCall(Duel memory duel, uint256 pick, bytes memory body)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodeCall(
            opml.evaluate, (duel.claimId, duel.challenger, duel.nonce, duel.position, pick, body)
        );
    }

    function faultCall(Duel memory duel, uint256 pick, bytes memory body)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodeCall(
            opml.evaluateFault,
            (duel.claimId, duel.challenger, duel.nonce, duel.position, pick, body)
        );
    }

    function timeoutCall(Duel memory duel) internal view returns (bytes memory) {
        return abi.encodeCall(
            opml.timeout,
            (duel.claimId, duel.challenger, duel.nonce, duel.position, treeOf(duel.entries))
        );
    }

    function collectCall(Duel memory duel) internal view returns (bytes memory) {
        return abi.encodeCall(opml.collect, (duel.claim, duel.challenger, duel.nonce));
    }

    function unfinishedCall(Duel memory duel, Duel memory winner)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodeCall(
            opml.collectUnfinished,
            (
                duel.claim,
                duel.challenger,
                duel.nonce,
                duel.position,
                treeOf(duel.entries),
                winner.challenger,
                winner.nonce
            )
        );
    }

    function judgeCall(Made memory made, Made memory last) internal view returns (bytes memory) {
        return abi.encodeCall(opml.judge, (made.claim, last.claim));
    }

    /// @notice Makes a call, by anybody, that must succeed.
    function done(bytes memory call) internal {
        vm.prank(stranger);
        (bool success,) = address(opml).call(call);
        vm.assertTrue(success, "call");
    }

    /// @notice A copy that a body can be built from without changing the duel.
    function copy(Duel memory duel) internal pure returns (Duel memory) {
        return abi.decode(abi.encode(duel), (Duel));
    }

    function headOf(Duel memory duel, uint256 pick) internal view returns (bytes memory) {
        return abi.encodePacked(
            duel.entries[pick - 1], duel.entries[pick], siblingsOf(duel.entries, pick)
        );
    }

    //// Positions ////

    function pack(Duel memory duel, uint256 budget0, uint256 budget1, uint256 side)
        internal
        view
        returns (uint256 position)
    {
        position = duel.n | vm.getBlockTimestamp() << 64 | vm.getBlockNumber() << 96;
        position |= budget0 << 128 | budget1 << 160 | duel.moves << 192 | duel.phase << 232;
        position |= duel.bondIndex << 208 | side << 234;
        if (duel.phase == 2) position |= uint256(MAX_EVALUATED - 1) << 236;
        position |= uint256(duel.claim.profile) << 240 | uint256(duel.claim.guest) << 248;
    }

    function sideOf(uint256 position) internal pure returns (uint256) {
        return (position >> 234) & 3;
    }

    function budgetsOf(uint256 position) internal pure returns (uint256[2] memory) {
        return [uint256(uint32(position >> 128)), uint256(uint32(position >> 160))];
    }

    function chargedOf(Duel memory duel) internal view returns (uint256) {
        uint256 time = vm.getBlockTimestamp() - uint32(duel.position >> 64);
        uint256 blocks = 12 * (vm.getBlockNumber() - uint32(duel.position >> 96));
        return time < blocks ? time : blocks;
    }

    function slotOf(Duel memory duel) internal view returns (uint256) {
        return uint256(keccak256(abi.encode(duel.position, treeOf(duel.entries)))) | 1 << 255;
    }

    function checkSlot(Duel memory duel) internal view {
        vm.assertEq(opml.disputeSlot(duel.disputeId), slotOf(duel), "slot of a live dispute");
    }

    /// @notice Checks the verdict in the dispute's slot.
    function checkVerdict(Duel memory duel, uint256 winner, uint256 how) internal view {
        uint256 slot = winner | how << 8 | (winner == 2 ? 1 << 16 : 0);
        slot |= duel.bondIndex << 32 | duel.moves << 56;
        vm.assertEq(opml.disputeSlot(duel.disputeId), slot, "verdict");
    }
}
