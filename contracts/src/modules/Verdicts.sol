// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLGame} from "../interfaces/IOpMLGame.sol";
import {IStepVerifier} from "../interfaces/IStepVerifier.sol";
import {ListTree} from "../lib/ListTree.sol";
import {PositionLib} from "../lib/Position.sol";
import {Seam} from "../lib/Seam.sol";
import {DisputeSlotLib} from "../lib/Slots.sol";
import {Disputes} from "./Disputes.sol";

/// @title Verdicts
/// @notice The three ends of a dispute: the last segment is computed, it begins in FAULT, or a clock ran out.
abstract contract Verdicts is Disputes {
    /// @inheritdoc IOpMLGame
    function evaluate(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        uint256 pick,
        bytes calldata body
    ) external override nonReentrant {
        Game memory game = _game(claimId, challenger, nonce, position);
        (uint256 n, uint256 entries, bool evaluated) = _part(game, pick);
        uint256 head = _headLength(game);
        if (body.length < head) revert BadBodyLength(head, body.length);
        if (!evaluated) revert MustMove(game.id);
        IStepVerifier verifier = _guests[game.position.guest()].verifier;
        if (address(verifier) == address(0)) revert StalePosition(game.id);
        // The start is what the witness opens: if that is not the part's start, the list's root comes out wrong.
        (bytes32 start, bytes32 truth) = verifier.run(n, body[head:]);
        _judge(game, pick, entries, start, truth, body[:head]);
    }

    /// @inheritdoc IOpMLGame
    function evaluateFault(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        uint256 pick,
        bytes calldata body
    ) external override nonReentrant {
        Game memory game = _game(claimId, challenger, nonce, position);
        (, uint256 entries,) = _part(game, pick);
        uint256 head = _headLength(game);
        if (body.length != head) revert BadBodyLength(head, body.length);
        if (game.position.phase() != PositionLib.LARGE_STEPS) revert MustMove(game.id);
        _judge(game, pick, entries, Seam.FAULT, Seam.FAULT, body);
    }

    /// @inheritdoc IOpMLGame
    function timeout(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        bytes32 listRoot
    ) external override nonReentrant {
        Game memory game = _game(claimId, challenger, nonce, position);
        _authenticate(game, listRoot);
        uint256 charged = _charged(game);
        uint256 budget = game.position.budget();
        if (charged <= budget) revert ClockRunning(game.id, charged, budget);
        _decide(game, _author(game), DisputeSlotLib.BY_TIMEOUT);
    }

    /// @notice Compares the true successor of a part's start with the end that the list's author asserts.
    /// @param head end ‖ siblings.
    function _judge(
        Game memory game,
        uint256 pick,
        uint256 entries,
        bytes32 start,
        bytes32 truth,
        bytes calldata head
    ) private {
        bytes32 end = bytes32(head);
        _authenticate(game, ListTree.rootOf(start, end, pick - 1, head[32:]));
        _chargedInTime(game);
        // A true part convicts nobody unless the mover itself has picked it, or there was no other to pick: an
        // accomplice of the author could show it in the mover's stead. A false one convicts its author, whoever
        // shows it.
        bool authorWins = truth == end;
        if (authorWins && entries != 1 && !_playsForMover(game)) revert NotDecisive(game.id);
        emit Evaluated(game.id, pick, start, end, truth);
        uint256 winner = authorWins ? _author(game) : game.position.side();
        _decide(game, winner, DisputeSlotLib.BY_PROOF);
    }

    /// @notice The side that posted the last list.
    function _author(Game memory game) private pure returns (uint256) {
        return game.position.side() ^ 1;
    }

    /// @notice Bytes of end ‖ siblings.
    function _headLength(Game memory game) private pure returns (uint256) {
        return 32 + 32 * uint256(game.profile.arityBits);
    }
}
