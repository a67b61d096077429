// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../../src/interfaces/IOpML.sol";
import {Arena} from "./Arena.sol";
import {Toy} from "./Toy.sol";

/// @title Match
/// @notice Both players of a dispute over the toy machine, with an own account of position, lists and trees:
///         nothing here reads what the contract has made of a move, and every move is held against its slot.
abstract contract Match is Arena {
    /// @notice What a party believes, or pretends to.
    struct Player {
        address account;
        uint256 falseFrom; // first large state that it tells false; 2^64 - 1: never
        bytes32 sn; // what it says that S_n is
        uint256 falseSmallFrom; // first small state that it tells false in every large step
        uint256 ownM; // m of its openings, or 0 for the machine's
        uint256 silentAt; // number of lists posted at which it falls silent
        bytes32 salt;
    }

    /// @notice A dispute as both sides know it.
    struct Duel {
        Toy.Run run;
        IOpML.Claim claim;
        bytes32 claimId;
        bytes32 disputeId;
        address challenger;
        uint64 nonce;
        uint256 position;
        bytes32[] entries; // of the last list; entry 0 is its start
        uint256 base; // index of entry 0 in its phase
        uint256 large; // the opened large step
        uint256 phase;
        uint256 n;
        uint256 moves;
        bool over;
    }

    uint256 internal constant NEVER = type(uint64).max;
    uint256 internal constant BY_PROOF = 1;
    uint256 internal constant BY_TIMEOUT = 2;

    //// Beliefs ////

    function honest(address account, Toy.Run memory run, uint256 n)
        internal
        pure
        returns (Player memory)
    {
        return Player(account, NEVER, Toy.large(run, n), NEVER, 0, NEVER, 0);
    }

    function largeOf(Duel memory duel, Player memory player, uint256 i)
        internal
        pure
        returns (bytes32)
    {
        if (i == duel.claim.n) return player.sn;
        if (i < player.falseFrom) return Toy.large(duel.run, i);
        return keccak256(abi.encode("false large", player.salt, i));
    }

    function smallOf(Duel memory duel, Player memory player, uint256 j)
        internal
        pure
        returns (bytes32)
    {
        if (j < player.falseSmallFrom && Toy.large(duel.run, duel.large) != Toy.FAULT) {
            return Toy.small(duel.run, duel.large, j);
        }
        return keccak256(abi.encode("false small", player.salt, duel.large, j));
    }

    /// @notice What a player holds the state of entry `j` to be, in the segment's own count.
    function stateOf(Duel memory duel, Player memory player, uint256 i)
        internal
        pure
        returns (bytes32)
    {
        return duel.phase == 1 ? largeOf(duel, player, i) : smallOf(duel, player, i);
    }

    //// Lists ////

    function entriesOf(uint256 phase, uint256 n) internal view returns (uint256) {
        if (phase == 2 && n <= MAX_EVALUATED) return 1;
        return n < k ? n : k;
    }

    /// @notice Index of entry `j` of the last list, in its phase.
    function indexOf(Duel memory duel, uint256 j) internal view returns (uint256) {
        return duel.base + j * duel.n / entriesOf(duel.phase, duel.n);
    }

    function leaves(bytes32[] memory entries) internal view returns (bytes32[] memory tree) {
        tree = new bytes32[](k);
        for (uint256 j = 1; j < entries.length; ++j) {
            tree[j - 1] = keccak256(abi.encode(entries[j - 1], entries[j]));
        }
    }

    function fold(bytes32[] memory level) internal pure returns (bytes32[] memory above) {
        above = new bytes32[](level.length / 2);
        for (uint256 i = 0; i < above.length; ++i) {
            above[i] = keccak256(abi.encode(level[2 * i], level[2 * i + 1]));
        }
    }

    function treeOf(bytes32[] memory entries) internal view returns (bytes32) {
        bytes32[] memory level = leaves(entries);
        while (level.length > 1) {
            level = fold(level);
        }
        return level[0];
    }

    function siblingsOf(bytes32[] memory entries, uint256 pick)
        internal
        view
        returns (bytes memory siblings)
    {
        bytes32[] memory level = leaves(entries);
        uint256 at = pick - 1;
        while (level.length > 1) {
            siblings = abi.encodePacked(siblings, level[at ^ 1]);
            level = fold(level);
            at /= 2;
        }
    }

    //// Posting ////

    /// @notice The list that `player` posts over the segment of `n` steps from `base`; sets the duel to it.
    function post(Duel memory duel, Player memory player, uint256 base, uint256 n)
        internal
        view
        returns (bytes memory body)
    {
        if (duel.phase == 1 && n == 1) return postOpening(duel, player, base);
        uint256 p = entriesOf(duel.phase, n);
        bytes32[] memory entries = new bytes32[](p + 1);
        entries[0] = duel.entries[0];
        for (uint256 j = 1; j <= p; ++j) {
            entries[j] = stateOf(duel, player, base + j * n / p);
            body = abi.encodePacked(body, entries[j]);
        }
        (duel.entries, duel.base, duel.n) = (entries, base, n);
    }

    /// @notice The opening of large step `i`.
    function postOpening(Duel memory duel, Player memory player, uint256 i)
        internal
        view
        returns (bytes memory body)
    {
        (uint256 m, bytes memory opening, bytes32 hashF) = openingOf(duel, player, i);
        bytes32 start = keccak256(abi.encode(duel.run.guest, duel.entries[0]));
        duel.large = i;
        duel.phase = 2;
        uint256 p = entriesOf(2, m);
        bytes32[] memory entries = new bytes32[](p + 1);
        entries[0] = keccak256(Toy.packRunning(start, 0));
        body = opening;
        for (uint256 j = 1; j < p; ++j) {
            entries[j] = smallOf(duel, player, j * m / p);
            body = abi.encodePacked(body, entries[j]);
        }
        entries[p] = hashF;
        (duel.entries, duel.base, duel.n) = (entries, 0, m);
    }

    /// @notice m, F and hash(F) that lead to the player's own next large state.
    function openingOf(Duel memory duel, Player memory player, uint256 i)
        internal
        pure
        returns (uint256 m, bytes memory opening, bytes32 hashF)
    {
        bytes32 s = duel.entries[0];
        bytes32 y = largeOf(duel, player, i + 1);
        bytes32 guestRoot_ = duel.run.guest;
        bytes32 root = keccak256(abi.encode(guestRoot_, s));
        bool halted = i >= Toy.halting(guestRoot_);
        m = player.ownM != 0 ? player.ownM : halted ? 1 : Toy.smallSteps(guestRoot_);
        if (y != Toy.FAULT) {
            bytes32 g = Toy.garbage(s);
            opening = abi.encodePacked(uint64(m), uint64(0x100), g, y);
            return (m, opening, Toy.exited(keccak256(abi.encode(g, y)), 0x100));
        }
        uint256 kind = Toy.faults(guestRoot_, i) ? Toy.kindOf(guestRoot_) : Toy.FAULTS;
        if (kind == Toy.NEVER_ENDS) {
            m = uint256(1) << MAX_STEPS_BITS;
            bytes memory packed = Toy.packRunning(root, m);
            return (m, abi.encodePacked(uint64(m), uint64(0), packed), keccak256(packed));
        }
        uint64 exit = kind == Toy.EXITS_WITH_ONE ? 0x101 : 0x203;
        opening = abi.encodePacked(uint64(m), exit, root);
        return (m, opening, Toy.exited(root, exit));
    }

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
        vm.prank(by.account);
        bytes32 id = opml.open{value: BOND}(made.claim, nonce, body);
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
        position |= side << 236 | uint256(profile) << 240 | uint256(guest) << 248;
    }

    function sideOf(uint256 position) internal pure returns (uint256) {
        return (position >> 236) & 0xf;
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
        vm.assertEq(opml.disputeSlot(duel.disputeId), slot, "verdict");
    }
}
