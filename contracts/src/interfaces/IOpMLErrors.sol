// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IOpMLErrors
/// @notice Why a call is refused, with the values on both sides.
interface IOpMLErrors {
    /// @notice Only the registrar appends profiles and guest versions.
    error NotRegistrar(address caller);
    /// @notice Only the guardian retires guest versions.
    error NotGuardian(address caller);
    /// @notice The guardian's term is over.
    error GuardianExpired(uint256 until);
    /// @notice A guardian has a term of at most two years, and nobody has none.
    error BadGuardian(address guardian, uint256 until);
    /// @notice The party has four operator keys.
    error TooManyOperators(address party);
    /// @notice The party has named the key before.
    error OperatorExists(address party, address operator);
    /// @notice The key is none of the party's, or was dismissed.
    error NotOperator(address party, address operator);
    /// @notice The guest version is retired.
    error RetiredGuest(uint8 guest);
    /// @notice The guest version is not retired.
    error ServingGuest(uint8 guest);
    /// @notice No contract of the deployment has such a function.
    error UnknownFunction(bytes4 selector);
    /// @notice The back office is called through `OpML` only.
    error NotDelegated();
    /// @notice A parameter lies outside the floors of docs/protocol.md §8.
    error BadProfile();
    /// @notice A parameter lies outside the limits of docs/protocol.md §8.
    error BadGuestVersion();
    /// @notice All 256 numbers are taken.
    error TooManyEntries();
    /// @notice The header is not one of docs/protocol.md §3.
    error BadModelHeader();
    /// @notice The runs of siblings are malformed.
    error BadSiblings();
    /// @notice The model is registered; there is nothing to change about it.
    error ModelExists(bytes32 model);
    /// @notice No such model.
    error UnknownModel(bytes32 model);
    /// @notice No such guest version.
    error UnknownGuest(uint8 guest);
    /// @notice No such profile.
    error UnknownProfile(uint8 profile);
    /// @notice The input's length is outside the model's bounds.
    error BadInputLength(uint256 length, uint256 min, uint256 max);
    /// @notice The data for the callback are too long.
    error BadDataLength(uint256 length, uint256 max);
    /// @notice The callback asks for more gas than one transaction is sure to have.
    error BadGasLimit(uint32 gasLimit, uint32 max);
    /// @notice The output is longer than the outcome and the model's bound allow.
    error BadOutputLength(uint256 length, uint256 max);
    /// @notice The deadline is not in the future.
    error BadDeadline(uint32 deadline);
    /// @notice The fee is not a whole number of units, of ether gwei, below 2^64.
    error FeeNotInUnits(uint256 fee, uint256 unit);
    /// @notice The same requester has asked the same with the same nonce.
    error RequestExists(bytes32 requestId);
    /// @notice The request takes no claim and no refund; see the status in docs/protocol.md §7.
    error RequestNotOpen(bytes32 requestId, uint8 status);
    /// @notice The request takes no more commitments.
    error DeadlinePassed(bytes32 requestId, uint32 deadline);
    /// @notice The request can still be answered until `last`.
    error DeadlineNotPassed(bytes32 requestId, uint256 last);
    /// @notice Only the commitments of a request that was refunded come back without an answer.
    error RequestNotRefunded(bytes32 requestId, uint8 status);
    /// @notice The same submitter has committed to the same before; see the status in docs/protocol.md §7.
    error CommitmentExists(bytes32 claimId, uint8 status);
    /// @notice There is no such commitment, or it was revealed or taken back.
    error NotCommitted(bytes32 claimId, uint8 status);
    /// @notice The stake was paid for another profile than the request's.
    error WrongProfile(uint8 expected, uint8 got);
    /// @notice The commitment is too young to be revealed before block `first`.
    error TooEarly(bytes32 claimId, uint256 first);
    /// @notice So many seconds have been charged since the commitment, and only after `window` it may be revealed.
    error AnswersOpen(bytes32 claimId, uint256 elapsed, uint256 window);
    /// @notice The request given is not the claim's.
    error WrongRequest(bytes32 expected, bytes32 got);
    /// @notice The input given is not the request's.
    error WrongInput(bytes32 expected, bytes32 got);
    /// @notice The output given is not the claim's.
    error WrongOutput(bytes32 expected, bytes32 got);
    /// @notice The data given are not the request's.
    error WrongData(bytes32 expected, bytes32 got);
    /// @notice The request is in another round.
    error WrongRound(uint32 expected, uint32 got);
    /// @notice The value sent is more than the profile's stake in this round, or less by more than the caller's balance.
    error WrongStake(uint256 required, uint256 sent);
    /// @notice The value sent is less, by more than the caller's balance, than the profile's bond, as it has grown with the open
    ///         disputes.
    error WrongBond(uint256 required, uint256 sent);
    /// @notice The value sent is more than the fees of the batch, or less by more than the caller's balance.
    error WrongFees(uint256 required, uint256 sent);
    /// @notice The outcome is not 1, 2 or 3.
    error BadOutcome(uint8 outcome);
    /// @notice A claim of a fault has no run root.
    error BadRunRoot(bytes32 runRoot);
    /// @notice n is zero or above the model's bound.
    error BadLargeSteps(uint64 n, uint64 max);
    /// @notice S_n is not what run root, outcome, output and model give, or not that of the final claim.
    error WrongEndState(bytes32 expected, bytes32 got);
    /// @notice The claim does not exist (status 0), is final (2), rejected (3), not revealed (4), taken back (5), timed out (6),
    ///         was late (7) or annulled (8).
    error ClaimNotOpen(bytes32 claimId, uint8 status);
    /// @notice Only a claim that was timed out, and only once, is judged by the final one.
    error ClaimNotTimedOut(bytes32 claimId, uint8 status);
    /// @notice Only a final claim has an answer to deliver.
    error ClaimNotFinal(bytes32 claimId, uint8 status);
    /// @notice The claim can still be disputed.
    error WindowOpen(bytes32 claimId, uint256 elapsed, uint256 window);
    /// @notice The claim can no longer be disputed.
    error WindowClosed(bytes32 claimId, uint256 elapsed, uint256 window);
    /// @notice The claim has all the disputes at once that bonds are numbered for, 2^24.
    error TooManyDisputes(bytes32 claimId, uint256 live);
    /// @notice The claim waits for the end of its disputes.
    error LiveDisputes(bytes32 claimId, uint256 count);
    /// @notice The challenger has used this nonce on this claim.
    error DisputeExists(bytes32 disputeId);
    /// @notice Position, list and proof are not those of the dispute as it is, or there is no such dispute.
    error StalePosition(bytes32 disputeId);
    /// @notice The dispute is over.
    error DisputeDecided(bytes32 disputeId);
    /// @notice The dispute holds nothing to collect yet, or what it holds waits for the end of the request, or it does not exist.
    error DisputeNotOver(bytes32 disputeId);
    /// @notice The dispute was collected.
    error AlreadyCollected(bytes32 disputeId);
    /// @notice Another dispute, or none yet, rejected the claim.
    error NotWinner(bytes32 disputeId);
    /// @notice It is the turn of `mover`, and the caller is none of its operators.
    error NotMover(bytes32 disputeId, address mover, address caller);
    /// @notice The side to move has lost by time; only `timeout` is left.
    error ClockExpired(bytes32 disputeId, uint256 elapsed, uint256 budget);
    /// @notice The side to move still has time.
    error ClockRunning(bytes32 disputeId, uint256 elapsed, uint256 budget);
    /// @notice The pick is not an entry of the list, 1 to `entries`.
    error BadPick(uint256 pick, uint256 entries);
    /// @notice The body has not the one length that its content needs, or the least of a form.
    error BadBodyLength(uint256 expected, uint256 got);
    /// @notice What is posted ends in the state that it rejects.
    error SameEnd(bytes32 end);
    /// @notice The part is decided by evaluation, not played on.
    error MustEvaluate(bytes32 disputeId);
    /// @notice The part is played on, not decided by this evaluation.
    error MustMove(bytes32 disputeId);
    /// @notice m is zero or above the guest version's bound.
    error BadStepCount(uint256 m, uint256 max);
    /// @notice A state that is still running must come after the last step, with version 1 and exit word 0.
    error BadFinalState();
    /// @notice The part is true, and the caller is not the mover who might have picked it.
    error NotDecisive(bytes32 disputeId);
    /// @notice There is no failed callback to retry.
    error CallbackNotPending(bytes32 requestId, uint8 state);
    /// @notice The callback could not be given the gas that the request names.
    error NotEnoughGas(uint256 required, uint256 available);
    /// @notice The output of the request is published.
    error AlreadyPublished(bytes32 requestId);
    /// @notice Nobody has published the output of the request, or it has none yet.
    error NotPublished(bytes32 requestId);
    /// @notice There was not enough gas to keep the output.
    error NotStored(bytes32 requestId);
    /// @notice A unit is at least one base unit of the token, and not so many that stakes overflow.
    error BadUnit(uint256 unit, uint256 max);
    /// @notice There is no contract at the token's address.
    error NotToken(address token);
    /// @notice The money of this deployment is a token: ether that comes along is refused.
    error NoNativeValue(uint256 value);
    /// @notice The value sent is not the deposit.
    error WrongDeposit(uint256 amount, uint256 sent);
    /// @notice The token has moved another amount than it was asked to.
    error WrongReceipt(uint256 expected, uint256 balance);
    /// @notice The token has taken from what the deployment held: nothing more is put in.
    error TokensMissing(uint256 held, uint256 balance);
    /// @notice The deposit is empty.
    error NothingToDeposit(address account);
    /// @notice The account has no credit.
    error NothingToWithdraw(address account);
    /// @notice The receiver refused the payment.
    error TransferFailed(address to);
    /// @notice The contract is being called from within one of its own calls.
    error Reentered();
}
