// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLGame} from "../interfaces/IOpMLGame.sol";
import {Clock} from "../lib/Clock.sol";
import {Ids} from "../lib/Ids.sol";
import {Money} from "../lib/Money.sol";
import {Seam} from "../lib/Seam.sol";
import {ClaimSlot, ClaimSlotLib, RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {Callbacks} from "./Callbacks.sol";
import {Requests} from "./Requests.sol";

/// @title Claims
/// @notice An answer: its stake and hash first, so that nobody can copy one that it has not computed, then its reveal, and its way
///         to finality when nobody overthrows it.
/// @dev A commitment is the slot of the claim that it may become. What it committed to decides about its money, whether it was
///      revealed or not; so to commit to several answers costs the stakes of all but one.
abstract contract Claims is Requests, Callbacks {
    /// @dev Blocks from a commitment to its reveal: a copy of a reveal that waits to be mined comes too late.
    uint256 private constant REVEAL_DELAY = 2;

    /// @inheritdoc IOpMLGame
    function commit(bytes32 requestId, uint32 round, uint8 profile, bytes32 content)
        external
        payable
        override
        nonReentrant
        returns (bytes32 claimId)
    {
        RequestSlot slot = _openRequest(requestId);
        _checkServing(slot.guest());
        if (block.timestamp > slot.deadline()) revert DeadlinePassed(requestId, slot.deadline());
        if (round != slot.round()) revert WrongRound(slot.round(), round);
        Profile memory parameters = _profiles[profile];
        if (parameters.window == 0) revert UnknownProfile(profile);
        uint256 stake = _stake(parameters, round);
        uint256 paid = _paid();
        if (!_cover(stake, paid)) revert WrongStake(stake, paid);
        claimId = Ids.ofCommitment(requestId, round, msg.sender, content);
        uint8 status = _claims[claimId].status();
        if (status != ClaimSlotLib.NONE) revert CommitmentExists(claimId, status);

        _claims[claimId] = ClaimSlotLib.committed(msg.sender, profile);
        // Validators are drawn by the block of the first one, and their answers are counted from it.
        if (parameters.answerWindow != 0 && slot.committedBlock() == 0) {
            _requests[requestId] = slot.committed();
        }
        emit Committed(claimId, requestId, msg.sender, round, profile);
    }

    /// @inheritdoc IOpMLGame
    function reveal(
        Request calldata request_,
        uint32 round,
        uint64 n,
        uint8 outcome,
        bytes32 runRoot,
        bytes32 sn,
        bytes calldata input,
        bytes calldata output
    ) external override nonReentrant returns (bytes32 claimId) {
        bytes32 requestId = Ids.ofSentRequest(request_);
        RequestSlot slot = _openRequest(requestId);
        _checkServing(request_.guest);
        if (round != slot.round()) revert WrongRound(slot.round(), round);
        bytes32 inputHash = keccak256(input);
        if (inputHash != request_.inputHash) revert WrongInput(request_.inputHash, inputHash);
        _checkEnd(request_.model, n, outcome, runRoot, sn, output);

        Claim memory claimed = Claim({
            requestId: requestId,
            round: round,
            guest: request_.guest,
            profile: request_.profile,
            submitter: msg.sender,
            s0: Seam.startState(input, request_.model),
            n: n,
            sn: sn,
            outcome: outcome,
            outputHash: keccak256(output)
        });
        claimId = Ids.ofClaim(claimed);
        _checkCommitment(claimId, request_.profile, slot.committedBlock() != 0);
        // The first reveal of a round wins it.
        _requests[requestId] = slot.withStatus(RequestSlotLib.CLAIMED);
        _claims[claimId] = ClaimSlotLib.opened(msg.sender);
        emit Claimed(claimId, requestId, claimed, runRoot, output);
    }

    /// @inheritdoc IOpMLGame
    function finalise(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external override nonReentrant {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        ClaimSlot claimSlot_ = _openClaim(claimId);
        _checkServing(claim_.guest);
        _checkAnswer(request_, claim_, output, data);
        uint256 live = claimSlot_.liveDisputes();
        if (live != 0) revert LiveDisputes(claimId, live);
        Profile storage profile = _profiles[claim_.profile];
        // One slot, and three of its fields: read before anything is written.
        uint256 window = profile.window;
        uint256 secondsPerBlock = profile.secondsPerBlock;
        uint256 stakeGwei = profile.stakeGwei;
        uint256 elapsed = _sinceClaim(claimSlot_, secondsPerBlock);
        if (elapsed <= window) revert WindowOpen(claimId, elapsed, window);

        bytes32 requestId = claim_.requestId;
        RequestSlot slot = _requests[requestId].withStatus(
            claim_.outcome == Seam.DONE ? RequestSlotLib.DONE : RequestSlotLib.FAILED
        );
        _claims[claimId] = claimSlot_.withStatus(ClaimSlotLib.FINAL);
        _requests[requestId] = slot;
        emit Finalised(requestId, claimId, claim_.outcome);
        _credit(claim_.submitter, (Money.stake(stakeGwei, claim_.round) + slot.fee()) * _unit());

        if (slot.callbackState() == RequestSlotLib.CALLBACK_PENDING) {
            _deliver(requestId, slot, request_, claim_.outcome, output, data);
        }
    }

    /// @inheritdoc IOpMLGame
    function claimSlot(bytes32 claimId) external view override returns (uint256) {
        return ClaimSlot.unwrap(_claims[claimId]);
    }

    /// @notice Checks that a claim was committed to, for the profile's stake, and long enough ago.
    /// @param answered Whether the request has a commitment with an answer window. Without one no profile need be loaded.
    function _checkCommitment(bytes32 claimId, uint8 profile, bool answered) private view {
        ClaimSlot slot = _claims[claimId];
        uint8 status = slot.status();
        if (status != ClaimSlotLib.COMMITTED) revert NotCommitted(claimId, status);
        if (slot.profile() != profile) revert WrongProfile(profile, slot.profile());
        uint256 first = slot.blockNumber() + REVEAL_DELAY;
        if (block.number < first) revert TooEarly(claimId, first);
        if (!answered) return;
        Profile storage parameters = _profiles[profile];
        uint256 window = parameters.answerWindow;
        uint256 elapsed = Clock.elapsed(slot.time(), slot.blockNumber(), parameters.secondsPerBlock);
        if (elapsed < window) revert AnswersOpen(claimId, elapsed, window);
    }

    /// @notice Holds an asserted end against the model's bounds and the seam.
    function _checkEnd(
        bytes32 model,
        uint64 n,
        uint8 outcome,
        bytes32 runRoot,
        bytes32 sn,
        bytes calldata output
    ) private view {
        ModelBounds memory bounds = _models[model];
        if (outcome < Seam.DONE || outcome > Seam.FAULTED) revert BadOutcome(outcome);
        if (n == 0 || n > bounds.maxLargeSteps) revert BadLargeSteps(n, bounds.maxLargeSteps);
        uint256 maxOutput = outcome == Seam.DONE ? bounds.maxOutput : 0;
        if (output.length > maxOutput) revert BadOutputLength(output.length, maxOutput);
        if (outcome == Seam.FAULTED && runRoot != 0) revert BadRunRoot(runRoot);
        bytes32 end = Seam.endState(runRoot, outcome, output, model);
        if (sn != end) revert WrongEndState(end, sn);
    }
}
