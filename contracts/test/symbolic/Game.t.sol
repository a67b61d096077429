// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Clock} from "../../src/lib/Clock.sol";
import {Cut} from "../../src/lib/Cut.sol";
import {Money} from "../../src/lib/Money.sol";
import {Position, PositionLib} from "../../src/lib/Position.sol";
import {Test} from "../utils/Test.sol";

/// @title The arithmetic of segments, clocks and bonds
/// @notice What docs/protocol.md §8 and docs/economics.md say of it, for all numbers inside the bounds of the protocol.
contract GameSymbolic is Test {
    //// Segments ////

    /// @notice A list of k entries cuts N ≥ k steps into parts of ⌊N/k⌋ or ⌈N/k⌉: none is empty, and each move divides N by k.
    ///         Parts that follow one another have nothing between them, and the last ends after all steps.
    /// @dev The loops turn arity and pick into constants, with which a solver multiplies at ease.
    function test_cut_fullList_succeeds(uint64 n, uint8 pick, uint8 arity) external pure {
        for (uint256 bits = 1; bits <= 6; ++bits) {
            if (arity % 6 + 1 != bits || n < 1 << bits) continue;
            uint256 k = 1 << bits;
            assert(Cut.entries(PositionLib.LARGE_STEPS, n, k, 0) == k);
            for (uint256 j = 1; j <= k; ++j) {
                if (pick % k + 1 != j) continue;
                uint256 part = Cut.part(n, k, j);
                uint256 before = (j - 1) * uint256(n) >> bits;
                assert(part == n >> bits || (part == (n >> bits) + 1 && n % k != 0));
                assert(before + part == j * uint256(n) >> bits);
                assert(j != k || before + part == n);
            }
        }
    }

    /// @notice Fewer steps than k make a list of single steps.
    function test_cut_shortList_succeeds(uint8 n, uint8 pick) external pure {
        for (uint256 steps = 1; steps < 64; ++steps) {
            if (n != steps || pick == 0 || pick > steps) continue;
            assert(Cut.entries(PositionLib.LARGE_STEPS, steps, 64, 0) == steps);
            assert(Cut.part(steps, steps, pick) == 1);
        }
    }

    /// @notice So many small steps as one evaluation proves are not cut any more.
    function test_cut_evaluated_succeeds(uint64 n, uint8 r, uint8 arity) external pure {
        if (n == 0 || r == 0 || r > 16 || arity == 0 || arity > 6) return;
        uint256 entries = Cut.entries(PositionLib.SMALL_STEPS, n, 1 << arity, r);
        assert((entries == 1) == (n <= r || n == 1));
        assert(entries <= n && entries <= 1 << arity);
    }

    //// Clocks ////

    /// @notice The smaller of the two clocks, and never more than either.
    function test_clock_elapsed_succeeds(
        uint32 time,
        uint32 number,
        uint32 timestamp,
        uint32 head,
        uint16 tau
    ) external {
        if (timestamp < time || head < number) return;
        vm.warp(timestamp);
        vm.roll(head);
        uint256 elapsed = Clock.elapsed(time, number, tau);
        uint256 bySeconds = uint256(timestamp) - time;
        uint256 byBlocks = uint256(tau) * (uint256(head) - number);
        assert(elapsed == bySeconds || elapsed == byBlocks);
        assert(elapsed <= bySeconds && elapsed <= byBlocks);
    }

    /// @notice What a position holds after a move, field by field.
    function test_position_moved_succeeds(
        uint256 word,
        uint64 n,
        uint32 charged,
        uint32 increment,
        bool opens,
        uint8 r
    ) external {
        // As every position is that the contract has made: two sides, and r only from phase 2 on.
        bool small = word & (2 << 232) != 0;
        word &= ~(uint256(small ? 0x0b : 0xfb) << 232);
        word |= (small ? PositionLib.SMALL_STEPS : PositionLib.LARGE_STEPS) << 232;
        opens = opens && !small;
        r = opens ? r % 16 : 0;
        Position before = Position.wrap(word);
        uint256 phase = opens ? PositionLib.SMALL_STEPS : before.phase();
        uint256 mine = before.budget();
        uint256 other = uint32(word >> (before.side() == 0 ? 160 : 128));
        if (charged > mine || mine + increment > type(uint32).max) return;
        if (before.lists() == type(uint16).max) return;
        vm.warp(1_800_000_000);
        vm.roll(20_000_000);
        Position next = before.moved(n, phase, charged, increment, r);
        assert(next.steps() == n && next.phase() == phase);
        assert(next.time() == 1_800_000_000 && next.blockNumber() == 20_000_000);
        assert(next.side() == 1 - before.side());
        assert(next.lists() == before.lists() + 1);
        assert(next.budget() == other);
        assert(
            uint32(Position.unwrap(next) >> (before.side() == 0 ? 128 : 160))
                == mine + increment - charged
        );
        assert(next.bondIndex() == before.bondIndex());
        assert(next.maxEvaluated() == (opens ? uint256(r) + 1 : before.maxEvaluated()));
        assert(next.profile() == before.profile() && next.guest() == before.guest());
    }

    /// @notice What a position holds after the first list, field by field: no bond's number reaches into the phase.
    function test_position_opened_succeeds(
        uint64 n,
        uint32 budget,
        uint24 index,
        uint8 profile,
        uint8 guest,
        bool small,
        uint8 r
    ) external {
        assert(PositionLib.MAX_BOND_INDEX == type(uint24).max);
        r = small ? r % 16 : 0;
        uint256 phase = small ? PositionLib.SMALL_STEPS : PositionLib.LARGE_STEPS;
        vm.warp(1_800_000_000);
        vm.roll(20_000_000);
        Position first = PositionLib.opened(n, phase, budget, index, profile, guest, r);
        assert(first.steps() == n && first.phase() == phase);
        assert(first.time() == 1_800_000_000 && first.blockNumber() == 20_000_000);
        assert(first.side() == PositionLib.SUBMITTER && first.lists() == 1);
        assert(first.budget() == budget);
        assert(uint32(Position.unwrap(first) >> 160) == budget);
        assert(first.bondIndex() == index && first.maxEvaluated() == uint256(r) + 1);
        assert(first.profile() == profile && first.guest() == guest);
    }

    //// Money ////

    /// @notice A bond is base · (16 + index) / 16, rounded down: each open dispute adds a sixteenth of the first.
    function test_bond_grows_succeeds(uint96 base, uint24 index) external pure {
        uint256 bond = Money.bond(base, index);
        unchecked {
            uint256 exact = uint256(base) * (16 + uint256(index));
            assert(16 * bond <= exact && exact - 16 * bond < 16);
        }
    }

    /// @notice A stake doubles with every rejected claim, ten times.
    function test_stake_doubles_succeeds(uint96 base, uint32 round) external pure {
        for (uint256 i = 0; i < 10; ++i) {
            assert(Money.stake(base, i + 1) == 2 * Money.stake(base, i));
        }
        assert(Money.stake(base, 0) == base);
        assert(round < 10 || Money.stake(base, round) == uint256(base) * 1024);
    }

    /// @notice Of a lost bond a quarter is burned, whoever owns both sides, in the longest dispute of every arity.
    function test_repelled_longest_succeeds(uint96 base) external pure {
        for (uint256 bits = 1; bits <= 6; ++bits) {
            assert(4 * Money.repelled(base, bits, _longest(bits)) <= 3 * uint256(base));
        }
    }

    /// @notice All shares together are at most a quarter of the stake.
    function test_share_ofStake_succeeds(uint96 stake, uint24 others) external pure {
        assert(Money.share(stake, others) * others <= stake / 4);
    }

    /// @notice No challenger gets more than its share, nor three quarters of a bond.
    function test_share_repaid_succeeds(uint96 share, uint96 base) external pure {
        for (uint256 bits = 1; bits <= 6; ++bits) {
            uint256 repaid = Money.repaid(share, base, bits, _longest(bits));
            assert(repaid <= share && 4 * repaid <= 3 * uint256(base));
        }
    }

    /// @notice Lists of the longest dispute: 2^64 large steps, and 2^40 small ones in the last.
    function _longest(uint256 bits) private pure returns (uint256) {
        return (64 + bits - 1) / bits + (40 + bits - 1) / bits;
    }
}
