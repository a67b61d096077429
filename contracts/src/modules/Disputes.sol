// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLGame} from "../interfaces/IOpMLGame.sol";
import {Clock} from "../lib/Clock.sol";
import {Cut} from "../lib/Cut.sol";
import {Ids} from "../lib/Ids.sol";
import {Position, PositionLib} from "../lib/Position.sol";
import {ClaimSlot, ClaimSlotLib, DisputeSlot, DisputeSlotLib} from "../lib/Slots.sol";
import {Claims} from "./Claims.sol";

/// @title Disputes
/// @notice What every call on a dispute shares: finding it, holding the caller's position against it, its clock
///         and its verdict. docs/protocol.md §8
/// @dev A position comes from the caller. Nothing that is read from it counts before `_authenticate`.
abstract contract Disputes is Claims {
    /// @notice A dispute that is being played, as a call names it.
    struct Game {
        bytes32 id;
        bytes32 claimId;
        address challenger;
        ClaimSlot claim;
        DisputeSlot slot;
        Position position;
        Profile profile;
    }

    /// @inheritdoc IOpMLGame
    function disputeSlot(bytes32 disputeId) external view override returns (uint256) {
        return DisputeSlot.unwrap(_disputes[disputeId]);
    }

    /// @notice Finds a live dispute on an open claim.
    function _game(bytes32 claimId, address challenger, uint64 nonce, uint256 position)
        internal
        view
        returns (Game memory game)
    {
        game.claimId = claimId;
        game.claim = _openClaim(claimId);
        game.challenger = challenger;
        game.id = Ids.ofDispute(claimId, challenger, nonce);
        game.slot = _disputes[game.id];
        game.position = Position.wrap(position);
        game.profile = _profiles[game.position.profile()];

        if (game.slot.equals(DisputeSlotLib.NONE)) revert StalePosition(game.id);
        if (!game.slot.isLive()) revert DisputeDecided(game.id);
        uint256 phase = game.position.phase();
        bool known = game.profile.window != 0 && game.position.steps() != 0
            && (phase == PositionLib.LARGE_STEPS || phase == PositionLib.SMALL_STEPS)
            && game.position.side() <= PositionLib.CHALLENGER;
        if (!known) revert StalePosition(game.id);
    }

    /// @notice The part of the last list that `pick` names.
    /// @return n Its steps.
    /// @return entries p of the list.
    /// @return evaluated Whether so few small steps are evaluated, not cut.
    function _part(Game memory game, uint256 pick)
        internal
        pure
        returns (uint256 n, uint256 entries, bool evaluated)
    {
        uint256 phase = game.position.phase();
        uint256 maxEvaluated = game.position.maxEvaluated();
        uint256 steps = game.position.steps();
        entries = Cut.entries(phase, steps, 1 << game.profile.arityBits, maxEvaluated);
        if (pick == 0 || pick > entries) revert BadPick(pick, entries);
        n = Cut.part(steps, entries, pick);
        evaluated = phase == PositionLib.SMALL_STEPS && n <= maxEvaluated;
    }

    /// @notice Holds position and list against the dispute's slot. From here on both are true.
    function _authenticate(Game memory game, bytes32 listRoot) internal pure {
        DisputeSlot slot = DisputeSlotLib.live(Position.unwrap(game.position), listRoot);
        if (!game.slot.equals(slot)) revert StalePosition(game.id);
    }

    /// @notice Who has to answer the list.
    function _mover(Game memory game) internal pure returns (address) {
        bool submitter = game.position.side() == PositionLib.SUBMITTER;
        return submitter ? game.claim.submitter() : game.challenger;
    }

    /// @notice Whether the caller may play for the mover: it is the mover, or was one of its operators when the claim was revealed.
    /// @dev Not now: a change would reach into open disputes.
    function _playsForMover(Game memory game) internal view returns (bool) {
        address mover = _mover(game);
        if (msg.sender == mover) return true;
        Service storage service = _services[mover][msg.sender];
        uint256 revealed = game.claim.time();
        (uint256 since, uint256 until) = (service.since, service.until);
        return since != 0 && since < revealed && (until == 0 || until >= revealed);
    }

    /// @notice Seconds charged to the mover so far.
    function _charged(Game memory game) internal view returns (uint256) {
        return Clock.elapsed(
            game.position.time(), game.position.blockNumber(), game.profile.secondsPerBlock
        );
    }

    /// @notice Seconds charged to the mover; reverts if it has lost by time, said or not.
    function _chargedInTime(Game memory game) internal view returns (uint256 charged) {
        charged = _charged(game);
        uint256 budget = game.position.budget();
        if (charged > budget) revert ClockExpired(game.id, charged, budget);
    }

    /// @notice Ends the dispute. Money waits for `collect`: a verdict writes two slots that exist.
    /// @dev A proof says that the claim is not defended truly; a clock says nothing about it. Under a retired guest version there
    ///      are no verdicts more: moves change nothing but the position, so they need not ask.
    /// @param side Who wins.
    function _decide(Game memory game, uint256 side, uint8 how) internal {
        _checkServing(game.position.guest());
        bool rejected = side == PositionLib.CHALLENGER;
        uint8 winner = rejected ? DisputeSlotLib.CHALLENGER_WON : DisputeSlotLib.SUBMITTER_WON;
        ClaimSlot claim = game.claim.undisputed();
        if (rejected) {
            bool byProof = how == DisputeSlotLib.BY_PROOF;
            claim = claim.withStatus(byProof ? ClaimSlotLib.REJECTED : ClaimSlotLib.TIMED_OUT);
        }
        _claims[game.claimId] = claim;
        _disputes[game.id] =
            DisputeSlotLib.decided(winner, how, game.position.bondIndex(), game.position.lists());
        emit Decided(game.id, game.claimId, winner, how == DisputeSlotLib.BY_PROOF, msg.sender);
    }
}
