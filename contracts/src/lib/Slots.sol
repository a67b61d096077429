// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Slot of a request, from bit 0: fee in units (gwei) 64 · deadline 32 · round 32 · status 8 · callback 8 · guest 8 ·
///         annulled 1 · 7 free · time 32 and block 32 of the first commitment with an answer window, zero before it.
type RequestSlot is uint256;

/// @notice Slot of a claim, from bit 0: submitter 160 · time 32 · block 32 · live disputes 28 · status 4. A commitment has its
///         profile in the lowest bits of the disputes that it does not have.
type ClaimSlot is uint256;

/// @notice Slot of a dispute. Live: keccak(position ‖ list root) with bit 255 set. Over, from bit 0: winner 8 ·
///         how 8 · rejected the claim 8 · collected 8 · bond index 24 · lists 16.
type DisputeSlot is uint256;

using RequestSlotLib for RequestSlot global;
using ClaimSlotLib for ClaimSlot global;
using DisputeSlotLib for DisputeSlot global;

/// @title RequestSlotLib
/// @notice Packs and reads the slot of a request.
library RequestSlotLib {
    uint8 internal constant NONE = 0;
    uint8 internal constant OPEN = 1;
    /// @notice The round's claim is made; whether it is rejected stands in its own slot.
    uint8 internal constant CLAIMED = 2;
    uint8 internal constant DONE = 3;
    uint8 internal constant FAILED = 4;
    uint8 internal constant REFUNDED = 5;

    uint8 internal constant NO_CALLBACK = 0;
    uint8 internal constant CALLBACK_PENDING = 1;
    uint8 internal constant CALLBACK_DELIVERED = 2;
    uint8 internal constant CALLBACK_FAILED = 3;

    uint256 private constant DEADLINE = 64;
    uint256 private constant ROUND = 96;
    uint256 private constant STATUS = 128;
    uint256 private constant CALLBACK = 136;
    uint256 private constant GUEST = 144;
    uint256 private constant ANNULLED = 1 << 152;
    uint256 private constant COMMITTED_TIME = 160;
    uint256 private constant COMMITTED_BLOCK = 192;

    /// @notice An open request in round 0.
    function opened(uint256 fee_, uint256 deadline_, uint256 guest_, bool callback_)
        internal
        pure
        returns (RequestSlot)
    {
        uint256 state = callback_ ? CALLBACK_PENDING : NO_CALLBACK;
        return RequestSlot.wrap(
            fee_ | deadline_ << DEADLINE | uint256(OPEN) << STATUS | state << CALLBACK | guest_
                << GUEST
        );
    }

    /// @notice The slot with another status.
    function withStatus(RequestSlot self, uint8 status_) internal pure returns (RequestSlot) {
        uint256 kept = RequestSlot.unwrap(self) & ~(uint256(0xff) << STATUS);
        return RequestSlot.wrap(kept | uint256(status_) << STATUS);
    }

    /// @notice The slot with another state of the callback.
    function withCallback(RequestSlot self, uint8 state) internal pure returns (RequestSlot) {
        uint256 kept = RequestSlot.unwrap(self) & ~(uint256(0xff) << CALLBACK);
        return RequestSlot.wrap(kept | uint256(state) << CALLBACK);
    }

    /// @notice The slot of a request that ends because its guest version was retired.
    function annulled(RequestSlot self) internal pure returns (RequestSlot) {
        return RequestSlot.wrap(RequestSlot.unwrap(self) | ANNULLED);
    }

    /// @notice The slot of a request to which somebody has committed for the first time, now.
    function committed(RequestSlot self) internal view returns (RequestSlot) {
        return RequestSlot.wrap(
            RequestSlot.unwrap(self) | block.timestamp << COMMITTED_TIME | block.number
                << COMMITTED_BLOCK
        );
    }

    /// @notice The slot in its next round, open to a claim.
    /// @param earliest The new deadline if the old one is earlier, so that every round can be answered.
    function nextRound(RequestSlot self, uint256 earliest) internal pure returns (RequestSlot) {
        uint256 word = RequestSlot.unwrap(self) + (1 << ROUND);
        if (earliest > type(uint32).max) earliest = type(uint32).max;
        if (earliest > self.deadline()) word += (earliest - self.deadline()) << DEADLINE;
        return RequestSlot.wrap(word).withStatus(OPEN);
    }

    /// @notice Fee in units: of ether, gwei.
    function fee(RequestSlot self) internal pure returns (uint256) {
        return uint64(RequestSlot.unwrap(self));
    }

    /// @notice Last timestamp at which a commitment is accepted.
    function deadline(RequestSlot self) internal pure returns (uint32) {
        return uint32(RequestSlot.unwrap(self) >> DEADLINE);
    }

    /// @notice How many claims on it were rejected.
    function round(RequestSlot self) internal pure returns (uint32) {
        return uint32(RequestSlot.unwrap(self) >> ROUND);
    }

    function status(RequestSlot self) internal pure returns (uint8) {
        return uint8(RequestSlot.unwrap(self) >> STATUS);
    }

    function callbackState(RequestSlot self) internal pure returns (uint8) {
        return uint8(RequestSlot.unwrap(self) >> CALLBACK);
    }

    /// @notice Number of its guest version.
    function guest(RequestSlot self) internal pure returns (uint8) {
        return uint8(RequestSlot.unwrap(self) >> GUEST);
    }

    /// @notice Timestamp of the first commitment with an answer window.
    function committedTime(RequestSlot self) internal pure returns (uint256) {
        return uint32(RequestSlot.unwrap(self) >> COMMITTED_TIME);
    }

    /// @notice Block number of the first commitment with an answer window; zero before it.
    function committedBlock(RequestSlot self) internal pure returns (uint256) {
        return uint32(RequestSlot.unwrap(self) >> COMMITTED_BLOCK);
    }

    /// @notice Whether it was refunded because its guest version was retired.
    function isAnnulled(RequestSlot self) internal pure returns (bool) {
        return RequestSlot.unwrap(self) & ANNULLED != 0;
    }
}

/// @title ClaimSlotLib
/// @notice Packs and reads the slot of a claim.
library ClaimSlotLib {
    uint8 internal constant NONE = 0;
    uint8 internal constant OPEN = 1;
    uint8 internal constant FINAL = 2;
    uint8 internal constant REJECTED = 3;
    uint8 internal constant COMMITTED = 4;
    uint8 internal constant TAKEN_BACK = 5;
    /// @notice Its submitter ran out of time; whether it was right is not known.
    uint8 internal constant TIMED_OUT = 6;
    /// @notice Its submitter ran out of time, and it was right.
    uint8 internal constant LATE = 7;
    /// @notice Its guest version was retired before anything was known of it.
    uint8 internal constant ANNULLED = 8;

    uint256 private constant TIME = 160;
    uint256 private constant BLOCK = 192;
    uint256 private constant LIVE = 224;
    uint256 private constant STATUS = 252;

    /// @notice A commitment, made now.
    function committed(address submitter_, uint256 profile_) internal view returns (ClaimSlot) {
        return ClaimSlot.wrap(
            uint160(submitter_) | block.timestamp << TIME | block.number << BLOCK | profile_ << LIVE
                | uint256(COMMITTED) << STATUS
        );
    }

    /// @notice An open claim without disputes, revealed now.
    function opened(address submitter_) internal view returns (ClaimSlot) {
        return ClaimSlot.wrap(
            uint160(submitter_) | block.timestamp << TIME | block.number << BLOCK | uint256(OPEN)
                << STATUS
        );
    }

    /// @notice The slot with another status.
    function withStatus(ClaimSlot self, uint8 status_) internal pure returns (ClaimSlot) {
        uint256 kept = ClaimSlot.unwrap(self) & ((1 << STATUS) - 1);
        return ClaimSlot.wrap(kept | uint256(status_) << STATUS);
    }

    /// @notice One live dispute more.
    /// @dev Never more than 2^24, as their bonds are numbered: far from the status.
    function disputed(ClaimSlot self) internal pure returns (ClaimSlot) {
        return ClaimSlot.wrap(ClaimSlot.unwrap(self) + (1 << LIVE));
    }

    /// @notice One live dispute less.
    function undisputed(ClaimSlot self) internal pure returns (ClaimSlot) {
        return ClaimSlot.wrap(ClaimSlot.unwrap(self) - (1 << LIVE));
    }

    function submitter(ClaimSlot self) internal pure returns (address) {
        return address(uint160(ClaimSlot.unwrap(self)));
    }

    /// @notice Timestamp of the commitment, or of the reveal.
    function time(ClaimSlot self) internal pure returns (uint256) {
        return uint32(ClaimSlot.unwrap(self) >> TIME);
    }

    /// @notice Block number of the commitment, or of the reveal.
    function blockNumber(ClaimSlot self) internal pure returns (uint256) {
        return uint32(ClaimSlot.unwrap(self) >> BLOCK);
    }

    function liveDisputes(ClaimSlot self) internal pure returns (uint256) {
        return (ClaimSlot.unwrap(self) >> LIVE) & 0xfffffff;
    }

    /// @notice Number of the profile whose stake was paid. Only of a commitment.
    function profile(ClaimSlot self) internal pure returns (uint8) {
        return uint8(ClaimSlot.unwrap(self) >> LIVE);
    }

    function status(ClaimSlot self) internal pure returns (uint8) {
        return uint8(ClaimSlot.unwrap(self) >> STATUS);
    }
}

/// @title DisputeSlotLib
/// @notice Packs and reads the slot of a dispute.
library DisputeSlotLib {
    uint8 internal constant SUBMITTER_WON = 1;
    uint8 internal constant CHALLENGER_WON = 2;

    uint8 internal constant BY_PROOF = 1;
    uint8 internal constant BY_TIMEOUT = 2;

    DisputeSlot internal constant NONE = DisputeSlot.wrap(0);

    uint256 private constant LIVE = 1 << 255;
    uint256 private constant HOW = 8;
    uint256 private constant REJECTED = 1 << 16;
    uint256 private constant COLLECTED = 1 << 24;
    uint256 private constant BOND_INDEX = 32;
    uint256 private constant LISTS = 56;

    /// @notice A live dispute.
    /// @param listRoot Root of the list that the mover has to answer.
    function live(uint256 position, bytes32 listRoot) internal pure returns (DisputeSlot slot) {
        assembly ("memory-safe") {
            mstore(0x00, position)
            mstore(0x20, listRoot)
            slot := or(keccak256(0x00, 0x40), shl(255, 1))
        }
    }

    /// @notice A dispute that was decided. The challenger's victory rejects the claim.
    /// @param bondIndex_ Of its last position, as `lists_`: the money depends on both.
    function decided(uint8 winner_, uint8 how, uint256 bondIndex_, uint256 lists_)
        internal
        pure
        returns (DisputeSlot)
    {
        uint256 rejected = winner_ == CHALLENGER_WON ? REJECTED : 0;
        return DisputeSlot.wrap(
            winner_ | uint256(how) << HOW | rejected | bondIndex_ << BOND_INDEX | lists_ << LISTS
        );
    }

    /// @notice A dispute whose money has been handed out.
    /// @dev From a live slot: the claim was rejected by another dispute, and there is no winner.
    function collected(DisputeSlot self) internal pure returns (DisputeSlot) {
        uint256 verdict = self.isLive() ? 0 : DisputeSlot.unwrap(self);
        return DisputeSlot.wrap(verdict | COLLECTED);
    }

    function isLive(DisputeSlot self) internal pure returns (bool) {
        return DisputeSlot.unwrap(self) & LIVE != 0;
    }

    /// @notice Whether this verdict rejected the claim. Only of a dispute that is not live.
    function rejectedClaim(DisputeSlot self) internal pure returns (bool) {
        return DisputeSlot.unwrap(self) & REJECTED != 0;
    }

    /// @notice Whether a clock ran out. Only of a decided dispute.
    function byTimeout(DisputeSlot self) internal pure returns (bool) {
        return uint8(DisputeSlot.unwrap(self) >> HOW) == BY_TIMEOUT;
    }

    /// @notice How many disputes were open when this one was opened. Only of a decided dispute.
    function bondIndex(DisputeSlot self) internal pure returns (uint256) {
        return uint24(DisputeSlot.unwrap(self) >> BOND_INDEX);
    }

    /// @notice Lists of both sides. Only of a decided dispute.
    function lists(DisputeSlot self) internal pure returns (uint256) {
        return uint16(DisputeSlot.unwrap(self) >> LISTS);
    }

    function isCollected(DisputeSlot self) internal pure returns (bool) {
        return DisputeSlot.unwrap(self) & COLLECTED != 0;
    }

    /// @notice SUBMITTER_WON, CHALLENGER_WON, or 0 for none. Only of a dispute that is not live.
    function winner(DisputeSlot self) internal pure returns (uint8) {
        return uint8(DisputeSlot.unwrap(self));
    }

    function equals(DisputeSlot self, DisputeSlot other) internal pure returns (bool) {
        return DisputeSlot.unwrap(self) == DisputeSlot.unwrap(other);
    }
}
