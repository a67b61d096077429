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
    function test_cut_fullList_succeeds(uint64 n, uint8 pick, uint8 arity) external pure {
        for (uint256 bits = 1; bits <= 6; ++bits) {
            uint256 k = 1 << bits;
            if (arity % 6 + 1 != bits || n < k || pick == 0 || pick > k) continue;
            assert(Cut.entries(PositionLib.LARGE_STEPS, n, k, 0) == k);
            uint256 part = Cut.part(n, k, pick);
            assert(part == n >> bits || part == (n >> bits) + 1);
            assert(n & (k - 1) != 0 || part == n >> bits);
        }
    }

    /// @notice The last entry is after all steps, the first begins at none: parts that follow one another have nothing between them.
    function test_cut_ends_succeeds(uint64 n, uint8 pick, uint8 arity) external pure {
        for (uint256 bits = 1; bits <= 6; ++bits) {
            uint256 k = 1 << bits;
            if (arity % 6 + 1 != bits || n < k || pick == 0 || pick > k) continue;
            uint256 before = (pick - 1) * uint256(n) >> bits;
            assert(before + Cut.part(n, k, pick) == pick * uint256(n) >> bits);
            assert(pick != k || before + Cut.part(n, k, pick) == n);
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
        uint32 d,
        uint32 blocks,
        uint8 tau
    ) external {
        vm.warp(uint256(time) + d);
        vm.roll(uint256(number) + blocks);
        uint256 elapsed = Clock.elapsed(time, number, tau);
        uint256 byBlocks = uint256(tau) * blocks;
        assert(elapsed == d || elapsed == byBlocks);
        assert(elapsed <= d && elapsed <= byBlocks);
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

    /// @notice The next bond is never smaller, and twice the first at sixteen open disputes.
    function test_bond_grows_succeeds(uint96 base, uint24 index) external pure {
        uint256 bond = Money.bond(base, index);
        assert(bond >= base);
        assert(index == type(uint24).max || Money.bond(base, uint256(index) + 1) >= bond);
        assert(index != 16 || bond == 2 * uint256(base));
    }

    /// @notice A stake doubles with every rejected claim, ten times.
    function test_stake_doubles_succeeds(uint96 base, uint8 round) external pure {
        uint256 stake = Money.stake(base, round);
        if (round < 10) assert(Money.stake(base, uint256(round) + 1) == 2 * stake);
        else assert(stake == uint256(base) * 1024);
    }

    /// @notice Of a lost bond a quarter is burned, whoever owns both sides, in the longest dispute of every arity.
    function test_repelled_longest_succeeds(uint96 base, uint8 arity) external pure {
        for (uint256 bits = 1; bits <= 6; ++bits) {
            if (arity % 6 + 1 != bits) continue;
            uint256 longest = (64 + bits - 1) / bits + (40 + bits - 1) / bits;
            assert(4 * Money.repelled(base, bits, longest) <= 3 * uint256(base));
        }
    }

    /// @notice All shares together are at most a quarter of the stake, and no challenger gets more than its own.
    function test_share_ofStake_succeeds(uint96 stake, uint24 others, uint96 base, uint8 lists)
        external
        pure
    {
        uint256 share = Money.share(stake, others);
        assert(share * others <= stake / 4);
        assert(Money.repaid(share, base, 5, lists) <= share);
    }
}
