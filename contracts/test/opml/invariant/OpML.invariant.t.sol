// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Test} from "../../utils/Test.sol";
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
        bytes4[] memory actions = new bytes4[](19);
        actions[0] = Handler.doAsk.selector;
        actions[1] = Handler.doCommit.selector;
        actions[2] = Handler.doOpen.selector;
        actions[3] = Handler.doTurn.selector;
        actions[4] = Handler.doTurns.selector;
        actions[5] = Handler.doInterfere.selector;
        actions[6] = Handler.doTimeout.selector;
        actions[7] = Handler.doPass.selector;
        actions[8] = Handler.doFinalise.selector;
        actions[9] = Handler.doCollect.selector;
        actions[10] = Handler.doRefund.selector;
        actions[11] = Handler.doWithdraw.selector;
        actions[12] = Handler.doPassLong.selector;
        actions[13] = Handler.doReveal.selector;
        actions[14] = Handler.doTakeBack.selector;
        actions[15] = Handler.doJudge.selector;
        actions[16] = Handler.doRetire.selector;
        actions[17] = Handler.doAnnul.selector;
        actions[18] = Handler.doDeposit.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), actions));
    }

    function check() internal {
        handler.checkMoney();
        handler.checkClaims();
        handler.checkPositions();
    }

    /// @notice After every run.
    function afterInvariant() public {
        handler.checkNothingIsStuck();
    }
}

contract OpMLInvariantTest is Invariants {
    function setUp() public {
        play(new Handler());
    }

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

    /// forge-config: default.invariant.runs = 32
    /// forge-config: default.invariant.depth = 100
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_moneyClaimsAndPositions() public {
        check();
    }
}
