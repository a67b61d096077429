// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Scene} from "./Scene.sol";

/// @title Errands
/// @notice What goes on beside claims and disputes: questions, callbacks, published answers, operators, and accounts' money.
abstract contract Errands is Scene {
    uint256 private constant MAX_ASKED = 4;

    /// @notice Under one of the two courts, with a callback or without.
    function doAsk(uint256 seed) external {
        if (_asked.length >= MAX_ASKED || opml.retired(guest)) return;
        profile = _courts[draw(seed, "court") % 2];
        (address callback, uint32 gasLimit) = receiverOf(seed);
        _asked.push(abi.encode(ask(callback, gasLimit)));
        deposited += sent(FEE);
    }

    /// @notice Two or three questions by one call.
    function doAskBatch(uint256 seed) external {
        if (_asked.length >= MAX_ASKED || opml.retired(guest)) return;
        Asked[] memory all = new Asked[](2 + seed % 2);
        for (uint256 i = 0; i < all.length; ++i) {
            profile = _courts[draw(seed + i, "court") % 2];
            (address callback, uint32 gasLimit) = receiverOf(seed + i);
            all[i] = nextQuestion(callback, gasLimit);
        }
        askAll(all);
        for (uint256 i = 0; i < all.length; ++i) {
            _asked.push(abi.encode(all[i]));
        }
        deposited += sent(FEE) * all.length;
    }

    //// Answers ////

    /// @notice The receiver changes its mind.
    function doTurnMood() external {
        _moody.turn();
    }

    /// @notice A callback that has failed is made again, until it is taken; none is made twice.
    function doRetryCallback(uint256 seed) external {
        if (_claims.length == 0) return;
        Seen memory seen = abi.decode(_claims[seed % _claims.length], (Seen));
        bytes32 requestId = seen.asked.requestId;
        bool due = claimStatus(seen.made.claimId) == 2 && callbackState(requestId) == 3;
        (bool success,) = address(opml)
            .call(
                abi.encodeCall(
                    opml.retryCallback,
                    (seen.asked.request, seen.made.claim, seen.made.output, seen.asked.data)
                )
            );
        vm.assertEq(success, due, "of a final claim, as long as it has failed");
        if (!success) return;
        vm.assertEq(callbackState(requestId), callbackDue(seen.asked), "as the receiver likes");
    }

    /// @notice The output of a final claim is kept, once, and read as it was.
    function doPublish(uint256 seed) external {
        if (_claims.length == 0) return;
        Seen memory seen = abi.decode(_claims[seed % _claims.length], (Seen));
        bytes32 requestId = seen.asked.requestId;
        bool due = claimStatus(seen.made.claimId) == 2 && !_published[requestId];
        (bool success,) =
            address(opml).call(abi.encodeCall(opml.publish, (seen.made.claim, seen.made.output)));
        vm.assertEq(success, due, "published once, when it is final");
        if (!success) return;
        _published[requestId] = true;
        (uint8 outcome, bytes memory output) = opml.getOutput(requestId);
        vm.assertEq(outcome, seen.made.claim.outcome, "how it has ended");
        vm.assertEq(keccak256(output), seen.made.claim.outputHash, "what it was");
    }

    //// Operators ////

    /// @notice A key that is no operator of the mover, or was none when the claim was revealed, cannot move for it.
    function refuseKey(Duel memory duel, Player memory player, uint256 pick, address key) internal {
        bytes memory call = moveCall(duel, pick, moveBody(copy(duel), player, pick));
        vm.prank(key);
        (bool success,) = address(opml).call(call);
        vm.assertFalse(success, "a key that does not play here");
    }

    /// @notice A party names a key or dismisses one, at any time; open disputes do not notice.
    function doOperate(uint256 seed) external {
        address party = [submitter, challenger, rival][seed % 3];
        address key = keyOf(seed);
        (uint256 since, uint256 until) = opml.operators(party, key);
        bool names = draw(seed, "name") % 2 == 0;
        vm.prank(party);
        (bool success,) = address(opml)
            .call(
                names
                    ? abi.encodeCall(opml.nameOperator, (key))
                    : abi.encodeCall(opml.dismissOperator, (key))
            );
        bool due = names ? since == 0 && _serving[party] < 4 : since != 0 && until == 0;
        vm.assertEq(success, due, "named once, four at a time; dismissed once");
        if (success && names) _serving[party] += 1;
        else if (success) _serving[party] -= 1;
    }

    //// Money ////

    function doDeposit(uint256 seed) external {
        address account = [submitter, challenger, rival][seed % 3];
        uint256 amount = 1 + draw(seed, "amount") % (2 * STAKE);
        deposit(account, amount);
        deposited += sent(amount);
    }

    /// @notice What of an amount comes with the call that spends it; of a token, nothing.
    function sent(uint256 amount) internal view returns (uint256) {
        return overToken() ? 0 : amount;
    }

    /// @notice Stakes and bonds are half the time paid by the balance, as far as it reaches.
    function valueOf(address account, uint256 amount, uint256 seed)
        internal
        view
        returns (uint256)
    {
        uint256 balance = opml.credits(account);
        if (draw(seed, "value") % 2 == 0) return amount;
        return amount < balance ? 0 : amount - balance;
    }

    function doWithdraw(uint256 seed) external {
        address account = [asker, submitter, challenger, rival][seed % 4];
        uint256 credit = opml.credits(account);
        vm.prank(account);
        (bool success,) = address(opml).call(abi.encodeCall(opml.withdraw, (payable(account))));
        vm.assertEq(success, credit != 0, "withdrawn");
        withdrawn += credit;
    }
}
