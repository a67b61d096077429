// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Test} from "../../utils/Test.sol";
import {Actions} from "./Actions.sol";
import {Errands} from "./Errands.sol";
import {Handler} from "./Handler.sol";
import {TokenHandler} from "./TokenHandler.sol";

/// @title Invariants of OpML
/// @notice Whatever is called in whatever order: money is conserved and paid once, claims end once, and only a
///         mover changes a position.
abstract contract Invariants is Test {
    Handler private handler;

    function play(Handler played) internal {
        handler = played;
        handler.setUp();
        // Turns come up more often than the rest, or few disputes would be played out.
        bytes4[] memory actions = new bytes4[](24);
        actions[0] = Errands.doAsk.selector;
        actions[1] = Actions.doCommit.selector;
        actions[2] = Actions.doOpen.selector;
        actions[3] = Actions.doTurn.selector;
        actions[4] = Actions.doTurns.selector;
        actions[5] = Actions.doInterfere.selector;
        actions[6] = Actions.doTimeout.selector;
        actions[7] = Actions.doPass.selector;
        actions[8] = Actions.doFinalise.selector;
        actions[9] = Actions.doCollect.selector;
        actions[10] = Actions.doRefund.selector;
        actions[11] = Errands.doWithdraw.selector;
        actions[12] = Actions.doPassLong.selector;
        actions[13] = Actions.doReveal.selector;
        actions[14] = Actions.doTakeBack.selector;
        actions[15] = Actions.doJudge.selector;
        actions[16] = Actions.doRetire.selector;
        actions[17] = Actions.doAnnul.selector;
        actions[18] = Errands.doDeposit.selector;
        actions[19] = Errands.doAskBatch.selector;
        actions[20] = Errands.doRetryCallback.selector;
        actions[21] = Errands.doPublish.selector;
        actions[22] = Errands.doOperate.selector;
        actions[23] = Errands.doTurnMood.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), actions));
    }

    function check() internal {
        handler.checkMoney();
        handler.checkClaims();
        handler.checkPositions();
    }

    /// @notice After every run: invariant 11, from any state calls of anybody lead to the end of everything.
    function afterInvariant() public {
        handler.checkNothingIsStuck();
    }
}

contract OpMLInvariantTest is Invariants {
    function setUp() public {
        play(new Handler());
    }

    /// @notice Invariants 7, 8, 9, 10, 12, 13, 17, 31 and 32 of the design's review: only its mover changes a position; who tells the
    ///         truth never loses by proof; a claim ends once, in no window and under no live dispute; at every tick a move or a
    ///         timeout is possible, and not both; money is conserved to the unit, lost by time or by proof; a callback changes
    ///         nothing but its own state; a retired version leads to refunds alone.
    /// forge-config: default.invariant.runs = 32
    /// forge-config: default.invariant.depth = 100
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_moneyClaimsAndPositions() public {
        check();
    }
}

contract TokenOpMLInvariantTest is Invariants {
    function setUp() public {
        play(new TokenHandler());
    }

    /// @notice The same invariants as of ether, of a token that was deposited before.
    /// forge-config: default.invariant.runs = 32
    /// forge-config: default.invariant.depth = 100
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_moneyClaimsAndPositions() public {
        check();
    }
}
