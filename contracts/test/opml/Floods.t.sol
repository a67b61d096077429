// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {TrueClaim} from "./TrueClaim.sol";

/// @title Floods of disputes
/// @notice A true claim under many disputes at once: none makes another dearer to answer, and all of them together do not keep it
///         from becoming final.
contract FloodsTest is TrueClaim {
    /// @dev Disputes of which the attacker opens each and is silent from then on.
    uint256 private constant SILENT = 300;
    /// @dev Disputes that the attacker plays to their ends.
    uint256 private constant PLAYED = 64;
    /// @dev EIP-7825.
    uint256 private constant TRANSACTION_GAS = 1 << 24;

    function liar(uint256 nonce) private view returns (Player memory) {
        bytes32 salt = bytes32(nonce);
        return Player(challenger, 1 + nonce % 10, salt, 1 + nonce % 100, 0, NEVER, salt);
    }

    /// @notice Sends a call that must succeed.
    function gasOf(address by, bytes memory call) private returns (uint256 gas) {
        vm.prank(by);
        (bool success,) = address(opml).call(call);
        gas = vm.lastCallGas().gasTotalUsed;
        vm.assertTrue(success, "call");
    }

    /// @dev Once for the first and once for the last of them: what a call touches for the first time is warm for all in a test.
    function checkFlat(uint256 first, uint256 last, string memory what) private pure {
        vm.assertLe(last, first + first / 20, what);
    }

    //// One dispute of many: calls of their own, which give back the memory that they have taken ////

    /// @notice The attacker opens dispute `nonce`.
    function openOne(uint64 nonce) external returns (Duel memory) {
        return begin(asked, made, liar(nonce), nonce);
    }

    /// @notice The submitter answers the opening.
    function answerOne(Duel memory duel) external returns (Duel memory, uint256 gas) {
        (uint256 pick,) = choose(duel, truth());
        bytes memory body = moveBody(duel, truth(), pick);
        gas = gasOf(submitter, moveCall(duel, pick, body));
        duel.moves = 2;
        duel.position = pack(duel, CLOCK + INCREMENT, CLOCK, 1);
        checkSlot(duel);
        return (duel, gas);
    }

    /// @notice Anybody closes a dispute whose clock has run out. While there is one, the claim is not final.
    function closeOne(Duel memory duel, uint256 live) external returns (uint256) {
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.LiveDisputes.selector, made.claimId, live);
        refused(stranger, 0, finaliseCall(), error);
        return gasOf(stranger, timeoutCall(duel));
    }

    function collectOne(Duel memory duel) external returns (uint256) {
        return gasOf(stranger, collectCall(duel));
    }

    function finaliseCall() private view returns (bytes memory) {
        return abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data));
    }

    /// @notice Disputes whose clocks have run out are closed one by one, each by a call of its own that costs the same however many
    ///         there are; then the claim is final in a call that does not know of them.
    function test_open_hundredsThatExpire_claimBecomesFinal_succeeds() public {
        Duel[] memory duels = new Duel[](SILENT);
        uint256[3] memory second; // gas of an answer, a timeout and a payment
        uint256 gas;
        for (uint64 i = 0; i < SILENT; ++i) {
            duels[i] = this.openOne(i);
        }
        for (uint256 i = 0; i < SILENT; ++i) {
            (duels[i], gas) = this.answerOne(duels[i]);
            if (i == 1) second[0] = gas;
            if (i > 1) checkFlat(second[0], gas, "an answer");
        }
        pass(WINDOW + CLOCK);
        for (uint256 i = 0; i < SILENT; ++i) {
            gas = this.closeOne(duels[i], SILENT - i);
            if (i == 1) second[1] = gas;
            if (i > 1) checkFlat(second[1], gas, "a timeout");
        }
        gas = gasOf(stranger, finaliseCall());
        vm.assertLt(gas, TRANSACTION_GAS / 50, "as if nobody had disputed");
        vm.assertEq(claimStatus(made.claimId), 2, "final");
        for (uint256 i = 0; i < SILENT; ++i) {
            gas = this.collectOne(duels[i]);
            if (i == 1) second[2] = gas;
            if (i > 1) checkFlat(second[2], gas, "a bond");
        }
        vm.assertLt(second[0] + second[1] + second[2], TRANSACTION_GAS / 20, "all of a dispute");
        vm.assertEq(
            opml.credits(submitter), STAKE + FEE + SILENT * gainOf(2), "paid for every answer"
        );
    }

    /// @notice A flood that is played: every dispute dearer than the one before, every one of them lost by proof, and what each
    ///         costs the attacker covers what it has cost the submitter.
    function test_open_floodThatIsPlayed_bondsGrow_succeeds() public {
        Duel[] memory duels = new Duel[](PLAYED);
        uint256 before = challenger.balance;
        uint256 bonds;
        for (uint256 i = 0; i < PLAYED; ++i) {
            duels[i] = begin(asked, made, liar(i), uint64(i));
            vm.assertEq(before - challenger.balance - bonds, bondOf(i), "b (16 + j) / 16");
            bonds = before - challenger.balance;
        }
        vm.assertEq(bonds, PLAYED * BOND + BOND * PLAYED * (PLAYED - 1) / 32, "all of them");
        refused(
            challenger,
            bondOf(PLAYED) - 1,
            openCall(made, uint64(PLAYED), abi.encode("a", "b", "c", "d")),
            abi.encodeWithSelector(
                IOpMLErrors.WrongBond.selector, bondOf(PLAYED), bondOf(PLAYED) - 1
            )
        );
        // All of them at once, a turn in each, until none is left.
        uint256 longest;
        for (uint256 left = PLAYED; left != 0;) {
            for (uint256 i = 0; i < PLAYED; ++i) {
                if (duels[i].over) continue;
                turn(duels[i], sideOf(duels[i].position) == 0 ? truth() : liar(i));
                if (duels[i].over) --left;
            }
            pass(12);
            ++longest;
        }
        vm.assertLt(longest, 20, "as long as one of them");
        uint256 gains;
        for (uint256 i = 0; i < PLAYED; ++i) {
            checkVerdict(duels[i], 1, BY_PROOF);
            gains += gainOf(duels[i].moves);
            vm.assertGe(bondOf(i) - gainOf(duels[i].moves), bondOf(i) / 4, "a quarter is burned");
        }
        finalise(asked, made);
        for (uint256 i = 0; i < PLAYED; ++i) {
            done(collectCall(duels[i]));
        }
        vm.assertEq(opml.credits(challenger), 0, "the attacker has lost every bond");
        vm.assertEq(opml.credits(submitter), STAKE + FEE + gains, "and the submitter nothing");
    }
}
