// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Match} from "./Match.sol";

/// @title Any call
/// @notice Every call of the game and of the back office names exactly what it acts on: with one bit of it changed it is refused
///         and moves no money, as it was meant it succeeds whoever sends it, and a second time it is refused.
abstract contract AnyCall is Match {
    /// @dev Bytes of a selector, and of a word.
    uint256 internal constant SELECTOR = 4;
    uint256 internal constant WORD = 32;

    Asked internal asked;

    function setUp() public virtual override {
        super.setUp();
        asked = ask();
    }

    //// The property ////

    /// @notice One of the bits of `call` from byte `from` up to byte `to`, flipped.
    function flipped(bytes memory call, uint256 from, uint256 to, uint256 bit)
        internal
        pure
        returns (bytes memory changed)
    {
        changed = bytes.concat(call);
        bit = 8 * from + bit % (8 * (to - from));
        changed[bit / 8] ^= bytes1(uint8(1 << bit % 8));
    }

    function credited() internal view returns (uint256) {
        return opml.credits(asker) + opml.credits(submitter) + opml.credits(challenger)
            + opml.credits(rival) + opml.credits(stranger);
    }

    function refusedUnchanged(address by, bytes memory call) internal {
        (uint256 before, uint256 balance) = (credited(), address(opml).balance);
        vm.prank(by);
        (bool success,) = address(opml).call(call);
        vm.assertFalse(success, "not what was meant");
        vm.assertEq(credited(), before, "no credit");
        vm.assertEq(address(opml).balance, balance, "no payment");
    }

    /// @notice A call with fixed arguments alone.
    function exactOnce(address by, bytes memory call, uint256 bit) internal {
        exactOnce(by, call, call.length, bit);
    }

    /// @notice A call of which everything before byte `to` decides what it acts on.
    function exactOnce(address by, bytes memory call, uint256 to, uint256 bit) internal {
        refusedUnchanged(by, flipped(call, SELECTOR, to, bit));
        vm.prank(by);
        (bool success,) = address(opml).call(call);
        vm.assertTrue(success, "as it was meant");
        refusedUnchanged(by, call);
    }

    //// Scenes ////

    function lying(address by) internal pure returns (Player memory) {
        return Player(by, 5, "end", 30, 0, NEVER, "liar");
    }

    function lie() internal returns (Made memory) {
        return claimLie(asked, 10, "lie");
    }

    function disputed(Made memory made, address by) internal returns (Duel memory) {
        return begin(asked, made, honest(by, runOf(asked), made.claim.n), 0);
    }

    /// @notice A true claim whose submitter was silent, and the final one of the next round.
    function knockedOut() internal returns (Made memory made, Made memory last) {
        made = claimTruth(asked);
        Duel memory duel = begin(asked, made, lying(challenger), 0);
        runOut(duel);
        done(collectCall(duel));
        last = inNameOf(rival, truthOf(asked));
        commit(last);
        reveal(asked, last);
        finalise(asked, last);
    }
}
