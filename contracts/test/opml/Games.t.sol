// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {Match} from "./Match.sol";
import {Toy} from "./Toy.sol";

/// @title Whole games
/// @notice Who tells the truth and answers in time wins, whatever the other side tells and wherever it falls
///         silent; the money ends where the rules say.
contract GamesTest is Match {
    /// @notice What a fuzzed game is played over.
    struct Setting {
        uint256 n; // large steps until the machine halts
        uint256 m; // small steps per large step
        uint256 claimed; // n of the claim
        uint256 falseFrom;
        uint256 falseSmallFrom;
        uint256 ownM;
        uint8 arityBits;
        uint256 lag;
    }

    function liar(address account, bytes32 sn, Setting memory s)
        internal
        pure
        returns (Player memory)
    {
        return Player(account, s.falseFrom, sn, s.falseSmallFrom, s.ownM, NEVER, "lie");
    }

    function setting(uint256 seed) internal pure returns (Setting memory s) {
        s.arityBits = uint8(1 + draw(seed, 0, 6));
        // Small machines too: the edges of the rules lie at n = 1, m = 1, n < k and m <= r.
        s.n = 1 + draw(seed, 1, draw(seed, 2, 2) == 0 ? 8 : 3000);
        s.m = 1 + draw(seed, 3, draw(seed, 4, 2) == 0 ? 8 : 200_000);
        s.claimed = draw(seed, 5, 2) == 0 ? s.n : 1 + draw(seed, 6, 2 * s.n);
        s.falseFrom = 1 + draw(seed, 7, s.claimed);
        s.falseSmallFrom = 1 + draw(seed, 8, s.m);
        s.ownM = draw(seed, 9, 2) == 0 ? 0 : 1 + draw(seed, 10, 1 << MAX_STEPS_BITS);
        s.lag = draw(seed, 11, INCREMENT + 1);
    }

    function draw(uint256 seed, uint256 what, uint256 bound_) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what))) % bound_;
    }

    //// A liar claims ////

    function testFuzz_play_falseClaim_challengerWins_succeeds(uint256 seed) public {
        Setting memory s = setting(seed);
        enter(s.arityBits, Toy.guestRoot(s.n, s.m, 0, 0));
        checkFalseClaimFalls(s);
    }

    /// @notice The machine faults; the claim says that it did not.
    function testFuzz_play_falseClaimOnFault_challengerWins_succeeds(uint256 seed) public {
        Setting memory s = setting(seed);
        uint256 fault = draw(seed, 20, s.n);
        enter(s.arityBits, Toy.guestRoot(s.n, s.m, fault, 1 + draw(seed, 21, 3)));
        checkFalseClaimFalls(s);
    }

    /// @notice The machine does not fault; the claim says that it did.
    function testFuzz_play_falseFault_challengerWins_succeeds(uint256 seed) public {
        Setting memory s = setting(seed);
        enter(s.arityBits, Toy.guestRoot(s.n, s.m, 0, 0));
        Asked memory asked = ask();
        Made memory made = claim(asked, s.claimed, 3, 0, "");
        checkChallengerWins(asked, made, s);
    }

    function checkFalseClaimFalls(Setting memory s) internal {
        Asked memory asked = ask();
        Made memory made = claimLie(asked, s.claimed, "lie");
        checkChallengerWins(asked, made, s);
    }

    function checkChallengerWins(Asked memory asked, Made memory made, Setting memory s) internal {
        Player memory truth = honest(challenger, runOf(asked), s.claimed);
        Duel memory duel = begin(asked, made, truth, 7);
        play(duel, liar(submitter, made.claim.sn, s), truth, s.lag);
        vm.assertEq(uint8(opml.disputeSlot(duel.disputeId)), 2, "the challenger wins");
        bool byProof = uint8(opml.disputeSlot(duel.disputeId) >> 8) == BY_PROOF;
        vm.assertEq(claimStatus(made.claimId), byProof ? 3 : 6, "rejected");
        vm.assertEq(liveDisputes(made.claimId), 0, "no live dispute");

        opml.collect(made.claim, challenger, 7);
        uint256 won = BOND + STAKE / 2;
        vm.assertEq(opml.credits(challenger), byProof ? won : 0, "a clock proves nothing yet");
        vm.assertEq(requestStatus(asked.requestId), 1, "open again");
        vm.assertEq(roundOf(asked.requestId), 1, "next round");

        Made memory last = claimTruth(asked);
        finalise(asked, last);
        if (!byProof) {
            opml.judge(made.claim, last.claim);
            opml.collect(made.claim, challenger, 7);
        }
        vm.assertEq(opml.credits(challenger), won, "bond and half the stake");
        vm.assertEq(opml.credits(submitter), 2 * STAKE + FEE, "stake and fee");
        checkEmpty(STAKE / 2);
    }

    //// A liar disputes ////

    function testFuzz_play_falseDispute_submitterWins_succeeds(uint256 seed) public {
        Setting memory s = setting(seed);
        (s.claimed, s.falseFrom) = (s.n, 1 + draw(seed, 7, s.n));
        enter(s.arityBits, Toy.guestRoot(s.n, s.m, 0, 0));
        checkFalseDisputeFalls(s, keccak256("false end"));
    }

    function testFuzz_play_falseDisputeOnFault_submitterWins_succeeds(uint256 seed) public {
        Setting memory s = setting(seed);
        (s.claimed, s.falseFrom) = (s.n, 1 + draw(seed, 7, s.n));
        uint256 fault = draw(seed, 20, s.n);
        enter(s.arityBits, Toy.guestRoot(s.n, s.m, fault, 1 + draw(seed, 21, 3)));
        checkFalseDisputeFalls(s, keccak256("false end"));
    }

    /// @notice The challenger says that a run which ends well faults.
    function testFuzz_play_falseDisputeTellsFault_submitterWins_succeeds(uint256 seed) public {
        Setting memory s = setting(seed);
        (s.claimed, s.falseFrom) = (s.n, 1 + draw(seed, 7, s.n));
        enter(s.arityBits, Toy.guestRoot(s.n, s.m, 0, 0));
        checkFalseDisputeFalls(s, Toy.FAULT);
    }

    function checkFalseDisputeFalls(Setting memory s, bytes32 sn) internal {
        Asked memory asked = ask();
        Made memory made = claimTruth(asked);
        Player memory truth = honest(submitter, runOf(asked), s.n);
        Player memory lying = liar(challenger, sn, s);
        Duel memory duel = begin(asked, made, lying, 7);
        play(duel, truth, lying, s.lag);
        vm.assertEq(uint8(opml.disputeSlot(duel.disputeId)), 1, "the submitter wins");
        vm.assertEq(claimStatus(made.claimId), 1, "still open");

        finalise(asked, made);
        uint256 before = opml.credits(submitter);
        opml.collect(made.claim, challenger, 7);
        uint256 gain = gainOf(uint16(opml.disputeSlot(duel.disputeId) >> 56));
        vm.assertEq(opml.credits(submitter) - before, gain, "costs and a tenth of the bond");
        vm.assertEq(claimStatus(made.claimId), 2, "final");
        vm.assertEq(requestStatus(asked.requestId), made.claim.outcome == 1 ? 3 : 4, "request");
        checkEmpty(BOND - gain);
    }

    //// Silence ////

    function test_play_silentAnywhere_otherSideWins_succeeds() public {
        enter(1, Toy.guestRoot(9, 100, 0, 0));
        // With t lists posted, the submitter has to move if t is odd.
        uint256 lists = checkSilence(NEVER, true);
        vm.assertGt(lists, 6, "a game with both phases");
        for (uint256 t = 1; t <= lists; t += 2) {
            checkSilence(t, true);
        }
        lists = checkSilence(NEVER, false);
        for (uint256 t = 2; t <= lists; t += 2) {
            checkSilence(t, false);
        }
    }

    /// @notice The side that tells the truth stops answering after `t` lists: not even that wins without.
    /// @return lists How many were posted.
    function checkSilence(uint256 t, bool claimIsTrue) internal returns (uint256 lists) {
        Asked memory asked = ask();
        Made memory made = claimIsTrue ? claimTruth(asked) : claimLie(asked, 9, "lie");
        Setting memory s;
        (s.falseFrom, s.falseSmallFrom) = (5, 50);
        Player memory byClaim =
            claimIsTrue ? honest(submitter, runOf(asked), 9) : liar(submitter, made.claim.sn, s);
        Player memory byDispute = claimIsTrue
            ? liar(challenger, keccak256("false end"), s)
            : honest(challenger, runOf(asked), 9);
        (claimIsTrue ? byClaim : byDispute).silentAt = t;
        Duel memory duel = begin(asked, made, byDispute, 0);
        play(duel, byClaim, byDispute, 3);
        bool submitterWins = claimIsTrue == (t == NEVER);
        checkVerdict(duel, submitterWins ? 1 : 2, t == NEVER ? BY_PROOF : BY_TIMEOUT);
        return duel.moves;
    }

    //// More than two parties ////

    function test_play_twoChallengers_claimFallsAndOtherBondReturns_succeeds() public {
        enter(2, Toy.guestRoot(50, 500, 0, 0));
        Asked memory asked = ask();
        Made memory made = claimLie(asked, 50, "lie");
        Setting memory s;
        (s.falseFrom, s.falseSmallFrom) = (20, 30);
        Player memory lying = liar(stranger, keccak256("another lie"), s);
        Player memory truth = honest(challenger, runOf(asked), 50);
        Duel memory shield = begin(asked, made, lying, 0);
        Duel memory duel = begin(asked, made, truth, 0);
        vm.assertEq(liveDisputes(made.claimId), 2, "both live");
        turn(shield, liar(submitter, made.claim.sn, s));
        play(duel, liar(submitter, made.claim.sn, s), truth, 1);

        vm.assertEq(claimStatus(made.claimId), 3, "rejected");
        vm.expectRevert(
            abi.encodeWithSelector(IOpMLErrors.ClaimNotOpen.selector, made.claimId, uint8(3))
        );
        opml.timeout(made.claimId, stranger, 0, shield.position, treeOf(shield.entries));
        (bool success,) = address(opml).call(unfinishedCall(shield, duel));
        vm.assertTrue(success, "collectUnfinished");
        opml.collect(made.claim, challenger, 0);
        uint256 costs = costOf(1);
        vm.assertEq(opml.credits(stranger), BOND + costs, "the other challenger's bond and costs");
        uint256 won = bondOf(1) + STAKE / 2 - costs;
        vm.assertEq(opml.credits(challenger), won, "the winner");
    }

    function test_play_lostDispute_doesNotShieldFromTheNext_succeeds() public {
        enter(2, Toy.guestRoot(50, 500, 0, 0));
        Asked memory asked = ask();
        Made memory made = claimLie(asked, 50, "lie");
        Setting memory s;
        (s.falseFrom, s.falseSmallFrom) = (20, 30);
        Player memory byClaim = liar(submitter, made.claim.sn, s);
        // An accomplice opens with the truth and lets its clock run out.
        Player memory accomplice = honest(stranger, runOf(asked), 50);
        accomplice.silentAt = 2;
        Duel memory first = begin(asked, made, accomplice, 0);
        Player memory truth = honest(challenger, runOf(asked), 50);
        Duel memory second = begin(asked, made, truth, 0);
        turn(first, byClaim);
        turn(second, byClaim);
        pass(1);
        turn(second, truth);
        uint256 snapshot = vm.snapshotState();
        runOut(first);
        vm.assertEq(claimStatus(made.claimId), 1, "the claim stands");
        vm.assertEq(liveDisputes(made.claimId), 1, "the second dispute lives");
        vm.revertToState(snapshot);
        play(second, byClaim, truth, 1);
        vm.assertEq(claimStatus(made.claimId), 3, "and rejects it");
    }

    //// Money ////

    /// @notice Everybody withdraws; what is left is what was burned.
    function checkEmpty(uint256 burned) internal {
        address[3] memory parties = [asker, submitter, challenger];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 credit = opml.credits(parties[i]);
            if (credit == 0) continue;
            uint256 before = parties[i].balance;
            vm.prank(parties[i]);
            opml.withdraw(payable(parties[i]));
            vm.assertEq(parties[i].balance, before + credit, "withdrawn");
        }
        vm.assertEq(address(opml).balance, burned, "what is left was burned");
    }
}
