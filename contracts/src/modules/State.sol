// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLEvents} from "../interfaces/IOpMLEvents.sol";
import {IStepVerifier} from "../interfaces/IStepVerifier.sol";
import {Clock} from "../lib/Clock.sol";
import {Money} from "../lib/Money.sol";
import {ClaimSlot, ClaimSlotLib, DisputeSlot, RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {ReentrancyLock} from "./ReentrancyLock.sol";

/// @title State
/// @notice All that the protocol keeps. `OpML` and its back office have it from here, so each finds the other's variables where
///         it has its own.
/// @dev No variable is declared anywhere else but the lock: a test holds both storage layouts against one snapshot.
abstract contract State is ReentrancyLock, IOpMLEvents {
    /// @notice A guest version, and whether it serves.
    struct GuestRecord {
        bytes32 root;
        IStepVerifier verifier;
        uint64 entry;
        uint8 maxStepsBits;
        uint8 maxEvaluated;
        bool retired;
    }

    /// @notice When an operator key was named and dismissed; zero for not yet.
    struct Service {
        uint48 since;
        uint48 until;
    }

    /// @notice An answer that was published: the account whose code it is, and how the run has ended.
    struct Publication {
        address data;
        uint8 outcome;
    }

    uint256 internal _profileCount;
    uint256 internal _guestCount;
    mapping(uint8 profile => Profile) internal _profiles;
    mapping(uint8 guest => GuestRecord) internal _guests;
    mapping(bytes32 model => ModelBounds) internal _models;
    mapping(address account => uint256) internal _credits;
    mapping(bytes32 requestId => RequestSlot) internal _requests;
    mapping(bytes32 claimId => ClaimSlot) internal _claims;
    mapping(bytes32 disputeId => DisputeSlot) internal _disputes;
    mapping(address party => mapping(address operator => Service)) internal _services;
    /// @dev Keys that are not dismissed.
    mapping(address party => uint256) internal _operatorCounts;
    mapping(bytes32 requestId => Publication) internal _publications;
    /// @dev Of a token deployment: base units that came in and did not go out. Ether needs no such account.
    uint256 internal _held;

    /// @dev Where nobody can retire anything, nobody pays for asking whether it was.
    bool private immutable _guarded;

    constructor(address guardian_) {
        _guarded = guardian_ != address(0);
    }

    //// Objects ////

    /// @notice The slot of a request that is open to a claim.
    function _openRequest(bytes32 requestId) internal view returns (RequestSlot slot) {
        slot = _requests[requestId];
        uint8 status = slot.status();
        if (status != RequestSlotLib.OPEN) revert RequestNotOpen(requestId, status);
    }

    /// @notice The slot of a claim that can still be disputed, played for or finalised.
    function _openClaim(bytes32 claimId) internal view returns (ClaimSlot slot) {
        slot = _claims[claimId];
        uint8 status = slot.status();
        if (status != ClaimSlotLib.OPEN) revert ClaimNotOpen(claimId, status);
    }

    /// @notice Refuses what would bring money under a retired guest version, or pick a winner under it.
    function _checkServing(uint8 guest) internal view {
        if (_guarded && _guests[guest].retired) revert RetiredGuest(guest);
    }

    /// @notice Seconds of the window that are over.
    function _sinceClaim(ClaimSlot slot, uint256 secondsPerBlock) internal view returns (uint256) {
        return Clock.elapsed(slot.time(), slot.blockNumber(), secondsPerBlock);
    }

    //// Money ////

    /// @notice Base units of the deployment's money in one unit of its slots and profiles: of ether, the wei of a gwei.
    function _unit() internal view virtual returns (uint256);

    /// @notice Base units that came along with the call.
    function _paid() internal view virtual returns (uint256);

    /// @notice Stake of a claim in base units.
    function _stake(Profile memory profile, uint32 round) internal view returns (uint256) {
        return Money.stake(uint256(profile.stakeGwei) * _unit(), round);
    }

    /// @notice Bond in base units of a dispute beside which no other is open.
    function _bond(Profile memory profile) internal view returns (uint256) {
        return uint256(profile.bondGwei) * _unit();
    }

    /// @notice Takes what `paid` lacks of `amount` from the caller's balance.
    /// @return Whether both together make up the amount: false if more was paid, or the balance holds less than is missing.
    function _cover(uint256 amount, uint256 paid) internal returns (bool) {
        if (paid >= amount) return paid == amount;
        uint256 missing = amount - paid;
        uint256 balance = _credits[msg.sender];
        if (balance < missing) return false;
        _credits[msg.sender] = balance - missing;
        emit Debited(msg.sender, missing);
        return true;
    }

    /// @notice Payouts are pulled: no settlement can fail because of its receiver, and none calls it.
    function _credit(address account, uint256 amount) internal {
        _credits[account] += amount;
        emit Credited(account, amount);
    }

    /// @notice Leaves `amount` to nobody: it stays in the contract, and nothing can pay it out.
    function _burn(uint256 amount) internal {
        emit Burned(amount);
    }
}
