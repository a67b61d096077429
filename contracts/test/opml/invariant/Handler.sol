// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Actions} from "./Actions.sol";

/// @title Handler
/// @notice What invariant runs call, and what must hold after every action.
contract Handler is Actions {
    /// @notice Balance = credits + open stakes + open bonds + open fees + what was burned; nothing appears and
    ///         nothing is lost.
    function checkMoney() external view {
        uint256 owed = opml.credits(asker) + opml.credits(submitter) + opml.credits(challenger)
            + opml.credits(stranger) + opml.credits(rival);
        for (uint256 i = 0; i < _asked.length; ++i) {
            uint8 status = requestStatus(abi.decode(_asked[i], (Asked)).requestId);
            if (status == 1 || status == 2) owed += FEE;
        }
        for (uint256 i = 0; i < _claims.length; ++i) {
            Made memory made = abi.decode(_claims[i], (Seen)).made;
            uint8 status = claimStatus(made.claimId);
            if (status == 1) owed += stakeOf(made.claim.round);
            if (status == 3 || status == 6) owed += stakeLeft(made);
        }
        for (uint256 i = 0; i < _committed.length; ++i) {
            Made memory made = abi.decode(_committed[i], (Seen)).made;
            if (claimStatus(made.claimId) == 4) owed += stakeOf(made.claim.round);
        }
        for (uint256 i = 0; i < _duels.length; ++i) {
            Duel memory duel = abi.decode(_duels[i], (Duel));
            if (!_settled[duel.disputeId]) owed += bondOf(duel.bondIndex);
        }
        vm.assertEq(held(), owed + burned, "balance");
        vm.assertEq(held(), deposited + deposits - withdrawn, "deposits less payouts");
    }

    /// @notice From wherever the game stands, calls that anybody may make bring all money out but what is burned and what
    ///         was committed to anything but the answer.
    function checkNothingIsStuck() external {
        pass(CLOCK + 40 * uint256(INCREMENT) + 1);
        for (uint256 i = 0; i < _duels.length; ++i) {
            Duel memory duel = abi.decode(_duels[i], (Duel));
            if (duel.over || claimStatus(duel.claimId) != 1) continue;
            timeOut(i, duel, abi.decode(_claims[_claimOf[i]], (Seen)), true);
        }
        pass(WINDOW + 1);
        for (uint256 i = 0; i < _claims.length; ++i) {
            finaliseAt(i);
            annul(i);
        }
        for (uint256 i = 0; i < _duels.length; ++i) {
            collect(i); // opens the rounds
        }
        pass(1 days + CLOCK + 1);
        for (uint256 i = 0; i < _asked.length; ++i) {
            refund(i);
        }
        for (uint256 i = 0; i < _claims.length; ++i) {
            judge(i);
        }
        for (uint256 i = 0; i < _duels.length; ++i) {
            collect(i);
        }
        for (uint256 i = 0; i < _committed.length; ++i) {
            takeBack(i);
        }
        uint256 left = burned;
        for (uint256 i = 0; i < _committed.length; ++i) {
            Made memory made = abi.decode(_committed[i], (Seen)).made;
            if (claimStatus(made.claimId) != 4) continue;
            (bool found, Made memory last) = finalOf(made.claim.requestId);
            vm.assertTrue(found && last.claim.sn != made.claim.sn, "committed to a lie");
            left += stakeOf(made.claim.round);
        }
        left += opml.credits(asker) + opml.credits(submitter) + opml.credits(challenger)
        + opml.credits(stranger) + opml.credits(rival);
        vm.assertEq(held(), left, "nothing is stuck");
    }

    /// @notice A claim's status only rises, and never from final to rejected or back.
    function checkClaims() external {
        for (uint256 i = 0; i < _claims.length; ++i) {
            Seen memory seen = abi.decode(_claims[i], (Seen));
            bytes32 id = seen.made.claimId;
            uint8 status = claimStatus(id);
            vm.assertTrue(status <= 3 || status >= 6 && status <= 8, "status");
            uint8 last = _lastStatus[id];
            bool judged = last == 6 && (status == 3 || status == 7);
            vm.assertTrue(last <= 1 || last == status || judged, "every end stays");
            _lastStatus[id] = status;
            vm.assertLe(finals[seen.asked.requestId], 1, "one final claim per request");
            if (status == 1) vm.assertEq(liveDisputes(id), liveOn(id), "live disputes");
        }
    }

    /// @notice A live dispute's slot is what its players have made it, whatever else was called.
    function checkPositions() external view {
        for (uint256 i = 0; i < _duels.length; ++i) {
            Duel memory duel = abi.decode(_duels[i], (Duel));
            if (!duel.over && !_settled[duel.disputeId]) checkSlot(duel);
        }
    }
}
