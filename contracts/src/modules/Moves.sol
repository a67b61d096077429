// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLGame} from "../interfaces/IOpMLGame.sol";
import {Cut} from "../lib/Cut.sol";
import {Ids} from "../lib/Ids.sol";
import {Keccak} from "../lib/Keccak.sol";
import {ListTree} from "../lib/ListTree.sol";
import {Money} from "../lib/Money.sol";
import {Opening} from "../lib/Opening.sol";
import {Position, PositionLib} from "../lib/Position.sol";
import {Seam} from "../lib/Seam.sol";
import {ClaimSlot, DisputeSlotLib} from "../lib/Slots.sol";
import {VmState} from "../lib/VmState.sol";
import {Disputes} from "./Disputes.sol";

/// @title Moves
/// @notice Lists: every move rejects the end of a segment and says, in exactly p states, what it holds instead.
abstract contract Moves is Disputes {
    /// @notice A segment whose end is rejected, and what the rejecting side posts.
    struct Answer {
        bytes32 start;
        bytes32 end; // rejected
        uint256 steps; // of the segment; of the opened large step once it is read
        uint256 phase;
        uint256 runLength; // r - 1 if a large step is opened, else 0
        bytes opening; // empty, or as sent
        bytes list; // p entries
        bytes32 listRoot;
    }

    /// @inheritdoc IOpMLGame
    function open(Claim calldata claim_, uint64 nonce, bytes calldata body)
        external
        payable
        override
        nonReentrant
        returns (bytes32 disputeId)
    {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        ClaimSlot slot = _openClaim(claimId);
        _checkServing(claim_.guest);
        Profile memory profile = _profiles[claim_.profile];
        uint256 elapsed = _sinceClaim(slot, profile.secondsPerBlock);
        if (elapsed > profile.window) revert WindowClosed(claimId, elapsed, profile.window);
        uint256 index = slot.liveDisputes();
        if (index > PositionLib.MAX_BOND_INDEX) revert TooManyDisputes(claimId, index);
        uint256 bond = Money.bond(_bond(profile), index);
        // Who is overtaken by other disputes needs more than it saw: it may send more, and gets back what is left.
        uint256 paid = _paid();
        if (paid < bond && !_cover(bond, paid)) revert WrongBond(bond, paid);
        disputeId = Ids.ofDispute(claimId, msg.sender, nonce);
        if (!_disputes[disputeId].equals(DisputeSlotLib.NONE)) revert DisputeExists(disputeId);

        Answer memory answer;
        answer.start = claim_.s0;
        answer.end = claim_.sn;
        answer.steps = claim_.n;
        answer.phase = PositionLib.LARGE_STEPS;
        _read(answer, profile, claim_.guest, body, 0);

        Position position = PositionLib.opened(
            answer.steps,
            answer.phase,
            profile.clock,
            index,
            claim_.profile,
            claim_.guest,
            answer.runLength
        );
        uint256 word = Position.unwrap(position);
        _claims[claimId] = slot.disputed();
        _disputes[disputeId] = DisputeSlotLib.live(word, answer.listRoot);
        emit Opened(disputeId, claimId, msg.sender, nonce, word, answer.opening, answer.list);
        if (paid > bond) _credit(msg.sender, paid - bond);
    }

    /// @inheritdoc IOpMLGame
    function move(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        uint256 pick,
        bytes calldata body
    ) external override nonReentrant {
        Game memory game = _game(claimId, challenger, nonce, position);
        (uint256 n,, bool evaluated) = _part(game, pick);
        Answer memory answer;
        uint256 at = _readPick(game, answer, pick, body);
        if (!_playsForMover(game)) revert NotMover(game.id, _mover(game), msg.sender);
        uint256 charged = _chargedInTime(game);
        answer.steps = n;
        answer.phase = game.position.phase();
        bool fault = answer.phase == PositionLib.LARGE_STEPS && answer.start == Seam.FAULT;
        if (evaluated || fault) revert MustEvaluate(game.id);
        bytes32 start = answer.start;
        _read(answer, game.profile, game.position.guest(), body, at);

        uint256 word = Position.unwrap(
            game.position
                .moved(
                    answer.steps, answer.phase, charged, game.profile.increment, answer.runLength
                )
        );
        _disputes[game.id] = DisputeSlotLib.live(word, answer.listRoot);
        emit Moved(game.id, claimId, word, pick, start, answer.end, answer.opening, answer.list);
    }

    /// @notice Reads start ‖ end ‖ siblings from the head of a move's body, which proves them.
    /// @return at Where the rest of the body begins.
    function _readPick(Game memory game, Answer memory answer, uint256 pick, bytes calldata body)
        private
        pure
        returns (uint256 at)
    {
        at = 64 + 32 * uint256(game.profile.arityBits);
        if (body.length < at) revert BadBodyLength(at, body.length);
        answer.start = bytes32(body);
        answer.end = bytes32(body[32:]);
        _authenticate(game, ListTree.rootOf(answer.start, answer.end, pick - 1, body[64:at]));
    }

    /// @notice Reads the list, or for a single large step the opening and its list, that rejects the end.
    /// @dev For an opening, replaces segment and phase by those of its small steps.
    function _read(
        Answer memory answer,
        Profile memory profile,
        uint8 guest,
        bytes calldata body,
        uint256 at
    ) private view {
        uint256 k = 1 << profile.arityBits;
        uint256 p;
        if (answer.phase == PositionLib.LARGE_STEPS && answer.steps == 1) {
            GuestRecord memory version = _guests[guest];
            (uint256 m, uint256 size, bytes32 hashF, bytes32 successor) =
                Opening.read(body, at, 1 << version.maxStepsBits);
            if (successor == answer.end) revert SameEnd(successor);
            p = Cut.entries(PositionLib.SMALL_STEPS, m, k, version.maxEvaluated);
            answer.opening = body[at:at + size];
            at += size;
            _checkLength(body, at + 32 * (p - 1));
            // The list of an opening ends in F, whose hash the contract has just computed.
            answer.list = bytes.concat(body[at:], hashF);
            answer.start = VmState.start(Keccak.pair(version.root, answer.start), version.entry);
            answer.steps = m;
            answer.phase = PositionLib.SMALL_STEPS;
            answer.runLength = version.maxEvaluated - 1;
        } else {
            p = answer.steps < k ? answer.steps : k;
            _checkLength(body, at + 32 * p);
            if (bytes32(body[body.length - 32:]) == answer.end) revert SameEnd(answer.end);
            answer.list = body[at:];
        }
        answer.listRoot = ListTree.root(answer.start, answer.list, profile.arityBits);
    }

    function _checkLength(bytes calldata body, uint256 expected) private pure {
        if (body.length != expected) revert BadBodyLength(expected, body.length);
    }
}
