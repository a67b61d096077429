// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Money
/// @notice How stakes and bonds are measured and divided: docs/economics.md derives each constant.
library Money {
    /// @dev Beyond 1024 stakes an honest party could not pay the next one; who delays pays so much for each round.
    uint256 private constant MAX_DOUBLINGS = 10;
    /// @dev Disputes that are open at once until the next bond is twice the first.
    uint256 private constant GROWTH = 16;
    /// @dev A verdict costs as much gas as this many lists.
    uint256 private constant VERDICT_LISTS = 2;
    /// @dev Of its bond a winner gets this part beyond its costs.
    uint256 private constant REWARD_DIVISOR = 10;
    /// @dev Part of a stake that is lost by who was right and not there to say so.
    uint256 private constant LATENESS_FEE_DIVISOR = 5;
    /// @dev Part of a bond that answering again earns. Who runs the clock of a true claim out to claim the same itself has
    ///      lost a whole one.
    uint256 private constant SUCCESSOR_DIVISOR = 2;

    /// @notice Stake of a claim: it doubles with every claim that was rejected before, so that a false claim delays an
    ///         answer once, not for ever.
    function stake(uint256 base, uint256 round) internal pure returns (uint256) {
        return base << (round < MAX_DOUBLINGS ? round : MAX_DOUBLINGS);
    }

    /// @notice Bond of a dispute, opened while `index` others are open on the same claim.
    function bond(uint256 base, uint256 index) internal pure returns (uint256) {
        return base * (GROWTH + index) / GROWTH;
    }

    /// @notice What repays `lists` lists, at a flat rate.
    /// @dev The longest dispute that there can be, at any arity, leaves a quarter of the bond. The base comes last: Solidity checks a
    ///      product by dividing it by its first factor, and `cargo xtask symbolic` reckons with quotients of small numbers.
    function costs(uint256 base, uint256 arityBits, uint256 lists) internal pure returns (uint256) {
        return arityBits * lists * base / (80 + 5 * arityBits);
    }

    /// @notice What a submitter gets of a bond that its challenger lost; the rest is burned.
    /// @param lists All lists that were posted; the challenger's are the first, third, and so on.
    function repelled(uint256 base, uint256 arityBits, uint256 lists)
        internal
        pure
        returns (uint256)
    {
        return costs(base, arityBits, lists / 2 + VERDICT_LISTS) + base / REWARD_DIVISOR;
    }

    /// @notice What of a lost stake may repay one of the `others` challengers whose disputes were open when it was lost.
    function share(uint256 stake_, uint256 others) internal pure returns (uint256) {
        return others == 0 ? 0 : stake_ / 4 / others;
    }

    /// @notice What of its share repays a challenger in a dispute of so many lists.
    function repaid(uint256 share_, uint256 base, uint256 arityBits, uint256 lists)
        internal
        pure
        returns (uint256)
    {
        uint256 cost = costs(base, arityBits, (lists + 1) / 2);
        return cost < share_ ? cost : share_;
    }

    /// @notice What a right answer loses of its stake that came too late or was not defended.
    function latenessFee(uint256 stake_) internal pure returns (uint256) {
        return stake_ / LATENESS_FEE_DIVISOR;
    }

    /// @notice What of the lateness fee the submitter gets that gave the same answer again; the rest is burned.
    /// @dev Less than the fee: a stake is at least ten bonds.
    function successor(uint256 base) internal pure returns (uint256) {
        return base / SUCCESSOR_DIVISOR;
    }
}
