// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "../../../src/interfaces/IOpMLTypes.sol";
import {Errands} from "./Errands.sol";

/// @title Actions
/// @notice Plays many requests, claims and disputes at once, in any order, with calls that must fail among them.
///         One side of every dispute tells the truth but may be slow; the other lies somewhere.
abstract contract Actions is Errands {
    /// @notice One of two submitters commits to the truth or to a lie.
    function doCommit(uint256 seed) external {
        if (_asked.length == 0) return;
        Asked memory asked = abi.decode(_asked[seed % _asked.length], (Asked));
        bool truth = draw(seed, "truth") % 3 == 0;
        Made memory made =
            truth ? truthOf(asked) : lieOf(asked, 1 + draw(seed, "n") % (2 * N), bytes32(seed));
        if (draw(seed, "who") % 2 == 0) made = inNameOf(rival, made);
        IOpMLTypes.Claim memory c = made.claim;
        bool due = requestStatus(asked.requestId) == 1 && !opml.retired(guest)
            && vm.getBlockTimestamp() <= deadlineOf(asked.requestId)
            && claimStatus(made.claimId) == 0;
        uint256 value = valueOf(c.submitter, stakeOf(c.round), seed);
        if (sent(value) != 0 && value < stakeOf(c.round)) {
            vm.prank(c.submitter);
            (bool covered,) = address(opml).call{value: value - 1}(
                abi.encodeCall(opml.commit, (c.requestId, c.round, c.profile, contentOf(c)))
            );
            vm.assertFalse(covered, "a balance backs what it holds");
        }
        value = pay(c.submitter, value);
        vm.prank(c.submitter);
        (bool success,) = address(opml).call{value: value}(
            abi.encodeCall(opml.commit, (c.requestId, c.round, c.profile, contentOf(c)))
        );
        vm.assertEq(success, due, "committed in time to an open request, once");
        if (!success) return;
        deposited += value;
        _committed.push(abi.encode(Seen(asked, made, truth)));
    }

    function doReveal(uint256 seed) external {
        if (_committed.length == 0) return;
        Seen memory seen = abi.decode(_committed[seed % _committed.length], (Seen));
        Made memory made = seen.made;
        uint256 slot = opml.claimSlot(made.claimId);
        bool due = claimStatus(made.claimId) == 4 && requestStatus(made.claim.requestId) == 1
            && roundOf(made.claim.requestId) == made.claim.round && !opml.retired(guest)
            && vm.getBlockNumber() >= uint32(slot >> 192) + 2 && answersAreIn(made);
        vm.prank(made.claim.submitter);
        (bool success,) = address(opml).call(revealCall(seen.asked, made));
        vm.assertEq(success, due, "the first reveal of the round, two blocks after its commitment");
        if (success) _claims.push(abi.encode(seen));
    }

    /// @notice Takes back a commitment that lost its race, with the final claim or without an answer.
    function doTakeBack(uint256 seed) external {
        if (_committed.length != 0) takeBack(seed % _committed.length);
    }

    function takeBack(uint256 at) internal {
        Made memory made = abi.decode(_committed[at], (Seen)).made;
        uint256 stake = stakeOf(made.claim.round);
        (bool found, Made memory last) = finalOf(made.claim.requestId);
        bool pending = claimStatus(made.claimId) == 4;
        if (found) {
            bool due = pending && last.claim.sn == made.claim.sn;
            (bool taken,) =
                address(opml).call(abi.encodeCall(opml.takeBack, (made.claim, last.claim)));
            vm.assertEq(taken, due, "only what is final comes back");
        }
        bool late = pending && requestStatus(made.claim.requestId) == 5;
        (bool success,) = address(opml).call(abi.encodeCall(opml.takeBackLate, (made.claim)));
        vm.assertEq(success, late, "late only without an answer");
        if (success && !isAnnulled(made.claim.requestId)) burned += stake / 5;
    }

    function doOpen(uint256 seed) external {
        if (_claims.length == 0 || _duels.length == 12 || opml.retired(guest)) return;
        uint256 at = seed % _claims.length;
        Seen memory seen = abi.decode(_claims[at], (Seen));
        if (claimStatus(seen.made.claimId) != 1) return;
        if (sinceClaim(seen.made.claimId) > WINDOW) return;
        Player memory by = challengerOf(seen, uint64(_duels.length));
        Duel memory duel = begin(seen.asked, seen.made, by, uint64(_duels.length));
        deposited += sent(bondOf(duel.bondIndex));
        _duels.push(abi.encode(duel));
        _claimOf.push(at);
    }

    /// @notice The side to move moves or evaluates, if its clock still runs; else it is timed out.
    function doTurn(uint256 seed) public {
        (bool found, uint256 at, Duel memory duel, Seen memory seen) = live(seed);
        if (!found || opml.retired(guest)) return;
        pass(draw(seed, "lag") % 40);
        if (chargedOf(duel) > budgetsOf(duel.position)[sideOf(duel.position)]) {
            return timeOut(at, duel, seen, true);
        }
        Player memory player =
            sideOf(duel.position) == 0 ? submitterOf(seen) : challengerOf(seen, duel.nonce);
        uint256 side = sideOf(duel.position);
        address key = keyOf(seed);
        bool stands = plays(key, player.account, duel.claimId);
        (uint256 pick, bool differs) = choose(duel, player);
        uint256 from = indexOf(duel, pick - 1);
        bool known = duel.phase == 1 || duel.entries[pick - 1] == trueState(duel, from);
        if (!differs || !known) return; // a liar without words
        bool falseEnd = duel.entries[pick] != trueState(duel, indexOf(duel, pick));
        if (stands) player.account = key;
        else refuseKey(duel, player, pick, key);
        turn(duel, player);
        if (duel.over) decided(duel, seen, falseEnd ? side : side ^ 1, true);
        _duels[at] = abi.encode(duel);
    }

    /// @notice Several turns, so that disputes come to an end by proof.
    function doTurns(uint256 seed) external {
        for (uint256 i = 0; i < 6; ++i) {
            doTurn(draw(seed, "dispute") % 12);
        }
    }

    /// @notice A stranger shows any entry of a last list: that can only convict its author.
    function doInterfere(uint256 seed) external {
        (bool found, uint256 at, Duel memory duel, Seen memory seen) = live(seed);
        if (!found) return;
        uint256 pick = 1 + draw(seed, "pick") % (duel.entries.length - 1);
        vm.prank(stranger);
        (bool success,) =
            address(opml).call(moveCall(duel, pick, moveBody(copy(duel), submitterOf(seen), pick)));
        vm.assertFalse(success, "a stranger moves");
        if (duel.phase != 2) return;

        uint256 from = indexOf(duel, pick - 1);
        bool small = indexOf(duel, pick) - from <= MAX_EVALUATED;
        bool known = duel.entries[pick - 1] == trueState(duel, from);
        bool falseEnd = duel.entries[pick] != trueState(duel, indexOf(duel, pick));
        bool inTime = chargedOf(duel) <= budgetsOf(duel.position)[sideOf(duel.position)];
        bool decides = small && known && inTime && (falseEnd || duel.entries.length == 2)
            && !opml.retired(guest);
        bytes memory call = evaluateCall(duel, pick, evaluateBody(duel, pick));
        vm.prank(stranger);
        (success,) = address(opml).call(call);
        vm.assertEq(success, decides, "a stranger evaluates");
        if (!success) return;
        duel.over = true;
        decided(duel, seen, falseEnd ? sideOf(duel.position) : sideOf(duel.position) ^ 1, true);
        _duels[at] = abi.encode(duel);
    }

    function doTimeout(uint256 seed) external {
        (bool found, uint256 at, Duel memory duel, Seen memory seen) = live(seed);
        if (!found) return;
        bool expired = chargedOf(duel) > budgetsOf(duel.position)[sideOf(duel.position)];
        timeOut(at, duel, seen, expired);
    }

    function doPass(uint256 seed) external {
        vm.warp(vm.getBlockTimestamp() + draw(seed, "seconds") % 400);
        vm.roll(vm.getBlockNumber() + draw(seed, "blocks") % 40);
    }

    /// @notice Past windows, clocks and sometimes deadlines.
    function doPassLong(uint256 seed) external {
        if (draw(seed, "long") % 4 == 0) pass(draw(seed, "seconds") % 40_000);
    }

    function doFinalise(uint256 seed) external {
        if (_claims.length != 0) finaliseAt(seed % _claims.length);
    }

    function finaliseAt(uint256 at) internal {
        Seen memory seen = abi.decode(_claims[at], (Seen));
        bytes32 id = seen.made.claimId;
        bool due = claimStatus(id) == 1 && liveOn(id) == 0 && sinceClaim(id) > WINDOW
            && !opml.retired(guest);
        (bool success,) = address(opml)
            .call(
                abi.encodeCall(
                    opml.finalise,
                    (seen.asked.request, seen.made.claim, seen.made.output, seen.asked.data)
                )
            );
        vm.assertEq(success, due, "final after the window, without live disputes");
        if (!success) return;
        finals[seen.asked.requestId] += 1;
        uint8 state = callbackState(seen.asked.requestId);
        vm.assertEq(state, callbackDue(seen.asked), "delivered, or noted as failed");
    }

    /// @notice Seldom, for nothing is played after it.
    function doRetire(uint256 seed) external {
        if (draw(seed, "retire") % 12 != 0) return;
        bool due = !opml.retired(guest) && vm.getBlockTimestamp() <= guardianUntil;
        vm.prank(guardian);
        (bool success,) = address(opml).call(abi.encodeCall(opml.retire, (guest)));
        vm.assertEq(success, due, "retired once, within the guardian's term");
    }

    function doAnnul(uint256 seed) external {
        if (_claims.length != 0) annul(seed % _claims.length);
    }

    function annul(uint256 at) internal {
        Seen memory seen = abi.decode(_claims[at], (Seen));
        bool due = claimStatus(seen.made.claimId) == 1 && opml.retired(guest);
        (bool success,) =
            address(opml).call(abi.encodeCall(opml.annul, (seen.asked.request, seen.made.claim)));
        vm.assertEq(success, due, "an open claim of a retired version");
    }

    /// @notice A claim that was timed out is held against the final one.
    function doJudge(uint256 seed) external {
        if (_claims.length != 0) judge(seed % _claims.length);
    }

    function judge(uint256 at) internal {
        Made memory made = abi.decode(_claims[at], (Seen)).made;
        (bool found, Made memory last) = finalOf(made.claim.requestId);
        bool due = found && claimStatus(made.claimId) == 6;
        (bool success,) = address(opml).call(judgeCall(made, found ? last : made));
        vm.assertEq(success, due, "judged once, by the final claim");
        if (!success) return;
        bool right = made.claim.sn == last.claim.sn;
        vm.assertEq(claimStatus(made.claimId), right ? 7 : 3, "by its end state");
        if (right) burned += stakeOf(made.claim.round) / 5 - BOND / 2;
    }

    function doCollect(uint256 seed) external {
        if (_duels.length != 0) collect(seed % _duels.length);
    }

    function collect(uint256 at) internal {
        Duel memory duel = abi.decode(_duels[at], (Duel));
        if (!duel.over) return collectUnfinished(duel);
        uint256 slot = opml.disputeSlot(duel.disputeId);
        (bool won, bool byProof) = (uint8(slot) == 2, uint8(slot >> 8) == 1);
        uint8 end = endOn(duel.claimId);
        bool pays = !_settled[duel.disputeId] && (byProof || end != OPEN);
        bytes32 requestId = duel.claim.requestId;
        bool reopens = won && roundOf(requestId) == duel.claim.round;
        (bool success,) = address(opml).call(collectCall(duel));
        vm.assertEq(success, pays || reopens, "collected once, when nothing waits");
        if (won && success) {
            vm.assertEq(roundOf(requestId) > duel.claim.round, true, "reopened");
        }
        if (!pays) return;
        _settled[duel.disputeId] = true;
        if (!byProof && end == ANNULLED) return;
        if (won && end != TRUE) burned += stakeOf(duel.claim.round) / 2;
        else if (won || byProof || end != FALSE) burned += forfeit(duel);
    }

    function collectUnfinished(Duel memory duel) internal {
        (bool found, Duel memory winner) = winnerOn(duel.claimId);
        uint8 end = endOn(duel.claimId);
        bool due = (found || end == ANNULLED) && end != OPEN && !_settled[duel.disputeId];
        (bool success,) = address(opml).call(unfinishedCall(duel, found ? winner : duel));
        vm.assertEq(success, due, "collected once, when another has won and nothing waits");
        if (!success) return;
        _settled[duel.disputeId] = true;
        if (end == TRUE) burned += forfeit(duel);
        else if (end != ANNULLED) _sharesPaid[duel.claimId] += 1;
    }

    function doRefund(uint256 seed) external {
        if (_asked.length != 0) refund(seed % _asked.length);
    }

    function refund(uint256 at) internal {
        Asked memory asked = abi.decode(_asked[at], (Asked));
        bool late = vm.getBlockTimestamp() > uint256(deadlineOf(asked.requestId)) + CLOCK;
        bool due = requestStatus(asked.requestId) == 1 && (late || opml.retired(guest));
        (bool success,) = address(opml).call(abi.encodeCall(opml.refund, (asked.request)));
        vm.assertEq(success, due, "refunded a clock after the deadline, or when retired");
    }
}
