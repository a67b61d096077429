// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {Clock} from "../lib/Clock.sol";
import {Ids} from "../lib/Ids.sol";
import {Seam} from "../lib/Seam.sol";
import {ClaimSlot, ClaimSlotLib, RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {Commitments} from "./Commitments.sol";

/// @title Claims
/// @notice An asserted answer, revealed after its commitment, and its way to finality when nobody overthrows it.
abstract contract Claims is Commitments {
    /// @dev Blocks from a commitment to its reveal: a copy of a reveal that waits to be mined comes too late.
    uint256 private constant REVEAL_DELAY = 2;

    /// @inheritdoc IOpML
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
        _checkCommitment(claimId, request_.profile);
        // The first reveal of a round wins it.
        _requests[requestId] = slot.withStatus(RequestSlotLib.CLAIMED);
        _claims[claimId] = ClaimSlotLib.opened(msg.sender);
        emit Claimed(claimId, requestId, claimed, runRoot, output);
    }

    /// @inheritdoc IOpML
    function finalise(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external override nonReentrant {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        ClaimSlot claimSlot_ = _openClaim(claimId);
        _checkAnswer(request_, claim_, output, data);
        uint256 live = claimSlot_.liveDisputes();
        if (live != 0) revert LiveDisputes(claimId, live);
        Profile memory profile = _profiles[claim_.profile];
        uint256 elapsed = _sinceClaim(claimSlot_, profile);
        if (elapsed <= profile.window) revert WindowOpen(claimId, elapsed, profile.window);

        bytes32 requestId = claim_.requestId;
        RequestSlot slot = _requests[requestId].withStatus(
            claim_.outcome == Seam.DONE ? RequestSlotLib.DONE : RequestSlotLib.FAILED
        );
        _claims[claimId] = claimSlot_.withStatus(ClaimSlotLib.FINAL);
        _requests[requestId] = slot;
        emit Finalised(requestId, claimId, claim_.outcome, output);
        _credit(claim_.submitter, _stake(profile, claim_.round) + slot.fee());

        if (slot.callbackState() == RequestSlotLib.CALLBACK_PENDING) {
            _deliver(requestId, slot, request_, claim_.outcome, output, data);
        }
    }

    /// @inheritdoc IOpML
    function retryCallback(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external override nonReentrant {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        uint8 status = _claims[claimId].status();
        if (status != ClaimSlotLib.FINAL) revert ClaimNotFinal(claimId, status);
        _checkAnswer(request_, claim_, output, data);
        bytes32 requestId = claim_.requestId;
        RequestSlot slot = _requests[requestId];
        uint8 state = slot.callbackState();
        if (state != RequestSlotLib.CALLBACK_FAILED) revert CallbackNotPending(requestId, state);

        _deliver(requestId, slot, request_, claim_.outcome, output, data);
    }

    /// @inheritdoc IOpML
    function claimSlot(bytes32 claimId) external view override returns (uint256) {
        return ClaimSlot.unwrap(_claims[claimId]);
    }

    /// @notice The slot of a claim that can still be disputed, played for or finalised.
    function _openClaim(bytes32 claimId) internal view returns (ClaimSlot slot) {
        slot = _claims[claimId];
        uint8 status = slot.status();
        if (status != ClaimSlotLib.OPEN) revert ClaimNotOpen(claimId, status);
    }

    /// @notice Seconds of the window that are over.
    function _sinceClaim(ClaimSlot slot, Profile memory profile) internal view returns (uint256) {
        return Clock.elapsed(slot.time(), slot.blockNumber(), profile.secondsPerBlock);
    }

    /// @notice Checks that a claim was committed to, for the profile's stake, and long enough ago.
    function _checkCommitment(bytes32 claimId, uint8 profile) private view {
        ClaimSlot slot = _claims[claimId];
        uint8 status = slot.status();
        if (status != ClaimSlotLib.COMMITTED) revert NotCommitted(claimId, status);
        if (slot.profile() != profile) revert WrongProfile(profile, slot.profile());
        uint256 first = slot.blockNumber() + REVEAL_DELAY;
        if (block.number < first) revert TooEarly(claimId, first);
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

    /// @notice Checks that request, claim, output and data belong together.
    function _checkAnswer(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) private view {
        bytes32 requestId = Ids.ofSentRequest(request_);
        if (requestId != claim_.requestId) revert WrongRequest(claim_.requestId, requestId);
        bytes32 outputHash = keccak256(output);
        if (outputHash != claim_.outputHash) revert WrongOutput(claim_.outputHash, outputHash);
        bytes32 dataHash = keccak256(data);
        if (dataHash != request_.dataHash) revert WrongData(request_.dataHash, dataHash);
    }
}
