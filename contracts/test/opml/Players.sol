// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Arena} from "./Arena.sol";
import {Toy} from "./Toy.sol";

/// @title Players
/// @notice What the parties of a dispute over the toy machine hold true, and the lists and openings that they
///         post: an own account of cuts and trees, that asks the contract nothing.
abstract contract Players is Arena {
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
        IOpMLTypes.Claim claim;
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
        uint256 bondIndex;
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
}
