// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice All of a live dispute but its list: only the mover can change it, so a move that names the position
///         it answers can never land on another one.
/// @dev From bit 0: N 64 · time 32 · block 32 · submitter's budget 32 · challenger's budget 32 · lists posted 16
///      · bond index 24 (disputes that were open before this one) · phase 2 · side to move 2 · r - 1 4 · profile 8
///      · guest 8. r is the guest version's, from the opening of phase 2 on: no later move has to read it from storage.
type Position is uint256;

using PositionLib for Position global;

/// @title PositionLib
/// @notice Reads positions and makes the next one.
library PositionLib {
    /// @notice A segment of large steps.
    uint256 internal constant LARGE_STEPS = 1;
    /// @notice A segment of small steps.
    uint256 internal constant SMALL_STEPS = 2;
    /// @notice Side to move.
    uint256 internal constant SUBMITTER = 0;
    /// @notice Side to move.
    uint256 internal constant CHALLENGER = 1;
    /// @notice A dispute is opened while at most so many are: one more would reach into the phase.
    uint256 internal constant MAX_BOND_INDEX = (1 << 24) - 1;

    uint256 private constant TIME = 64;
    uint256 private constant BLOCK = 96;
    uint256 private constant BUDGETS = 128;
    uint256 private constant LISTS = 192;
    uint256 private constant BOND_INDEX = 208;
    uint256 private constant PHASE = 232;
    uint256 private constant SIDE = 234;
    uint256 private constant MAX_EVALUATED = 236;
    uint256 private constant PROFILE = 240;
    uint256 private constant GUEST = 248;
    /// @dev What a move keeps: budgets, lists, bond index, side, r, profile and guest.
    uint256 private constant KEPT = ~((1 << BUDGETS) - 1) & ~(uint256(3) << PHASE);

    /// @notice The position after the challenger's first list.
    /// @param n Steps of the segment that the list cuts.
    /// @param budget_ Seconds that each side starts with.
    /// @param bondIndex_ Open disputes before this one, at most MAX_BOND_INDEX.
    /// @param runLength r - 1 if the list is of small steps, else 0.
    function opened(
        uint256 n,
        uint256 phase_,
        uint256 budget_,
        uint256 bondIndex_,
        uint256 profile_,
        uint256 guest_,
        uint256 runLength
    ) internal view returns (Position) {
        return Position.wrap(
            n | block.timestamp << TIME | block.number << BLOCK | budget_ << BUDGETS | budget_
                << (BUDGETS + 32) | 1 << LISTS | bondIndex_ << BOND_INDEX | phase_ << PHASE
                | SUBMITTER << SIDE | runLength << MAX_EVALUATED | profile_ << PROFILE | guest_
                << GUEST
        );
    }

    /// @notice The position after a move.
    /// @param n Steps of the segment that the new list cuts.
    /// @param charged Seconds the mover used; at most its budget.
    /// @param increment Seconds it gains. A profile's bounds keep budgets below 2^32.
    /// @param runLength r - 1 if the move opens phase 2, else 0.
    function moved(
        Position self,
        uint256 n,
        uint256 phase_,
        uint256 charged,
        uint256 increment,
        uint256 runLength
    ) internal view returns (Position) {
        uint256 next = (Position.unwrap(self) & KEPT) | n | block.timestamp << TIME | block.number
            << BLOCK | phase_ << PHASE | runLength << MAX_EVALUATED;
        uint256 shift = BUDGETS + 32 * self.side();
        return Position.wrap(
            (next + (increment << shift) - (charged << shift) + (1 << LISTS)) ^ (1 << SIDE)
        );
    }

    /// @notice N: steps of the segment that the last list cuts.
    function steps(Position self) internal pure returns (uint256) {
        return uint64(Position.unwrap(self));
    }

    /// @notice Timestamp of the last move.
    function time(Position self) internal pure returns (uint256) {
        return uint32(Position.unwrap(self) >> TIME);
    }

    /// @notice Block number of the last move.
    function blockNumber(Position self) internal pure returns (uint256) {
        return uint32(Position.unwrap(self) >> BLOCK);
    }

    /// @notice Seconds that the side to move has left.
    function budget(Position self) internal pure returns (uint256) {
        return uint32(Position.unwrap(self) >> (BUDGETS + 32 * self.side()));
    }

    /// @notice Lists that both sides have posted.
    function lists(Position self) internal pure returns (uint256) {
        return uint16(Position.unwrap(self) >> LISTS);
    }

    /// @notice How many disputes were open on the claim before this one: its bond grows with them.
    function bondIndex(Position self) internal pure returns (uint256) {
        return uint24(Position.unwrap(self) >> BOND_INDEX);
    }

    /// @notice LARGE_STEPS or SMALL_STEPS.
    function phase(Position self) internal pure returns (uint256) {
        return (Position.unwrap(self) >> PHASE) & 3;
    }

    /// @notice SUBMITTER or CHALLENGER.
    function side(Position self) internal pure returns (uint256) {
        return (Position.unwrap(self) >> SIDE) & 3;
    }

    /// @notice r: so many small steps are not cut any more, 1 to 16. Only in phase 2.
    function maxEvaluated(Position self) internal pure returns (uint256) {
        return ((Position.unwrap(self) >> MAX_EVALUATED) & 0xf) + 1;
    }

    /// @notice Number of the profile.
    function profile(Position self) internal pure returns (uint8) {
        return uint8(Position.unwrap(self) >> PROFILE);
    }

    /// @notice Number of the guest version.
    function guest(Position self) internal pure returns (uint8) {
        return uint8(Position.unwrap(self) >> GUEST);
    }
}
