// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Match} from "./Match.sol";
import {Toy} from "./Toy.sol";

contract GamesTest is Match {
    function test_play_oneWrongValueInTheMiddle_challengerWins() public {
        enter(5, Toy.guestRoot(1000, 500000, 0, 0));
        Asked memory asked = ask();
        Made memory made = claimLie(asked, 1000, "salt");
        Player memory liar = honest(submitter, runOf(asked), 1000);
        (liar.falseFrom, liar.sn, liar.salt, liar.falseSmallFrom) = (37, made.claim.sn, "salt", 900);
        Player memory truth = honest(challenger, runOf(asked), 1000);
        Duel memory duel = begin(asked, made, truth, 0);
        play(duel, liar, truth, 5);
        checkVerdict(duel, 2, BY_PROOF);
        vm.assertEq(claimStatus(made.claimId), 3, "rejected");
        opml.collect(made.claim, challenger, 0);
        made = claimTruth(asked);
        finalise(asked, made);
    }
}
