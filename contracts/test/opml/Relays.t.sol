// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {Vm} from "../utils/Vm.sol";
import {Toy} from "./Toy.sol";
import {TrueClaim} from "./TrueClaim.sol";

/// @notice A party that is a contract: it sends many calls in one, of any value.
contract Relay {
    /// @notice Calls made while there is no code yet, and no call that anybody could read them from.
    constructor(address to, uint256 value, bytes[] memory calls) payable {
        send(to, value, calls);
    }

    /// @param value What goes along with each call.
    function relay(address to, uint256 value, bytes[] memory calls) external payable {
        send(to, value, calls);
    }

    function send(address to, uint256 value, bytes[] memory calls) private {
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool success, bytes memory error) = to.call{value: value}(calls[i]);
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(error, 0x20), mload(error))
                }
            }
        }
    }
}

/// @notice An account whose code is another's, as proxies are.
contract Proxy {
    address private immutable _code;

    constructor(address code) {
        _code = code;
    }

    fallback() external payable {
        (bool success,) = _code.delegatecall(msg.data);
        require(success, "delegated");
    }
}

/// @title Moves that no transaction shows
/// @notice A party hides its lists from who reads transactions: it moves through contracts. Who reads events alone has all it needs
///         to answer, and wins.
contract RelaysTest is TrueClaim {
    function none() private pure returns (bytes[] memory) {
        return new bytes[](0);
    }

    function one(bytes memory call) private pure returns (bytes[] memory calls) {
        calls = new bytes[](1);
        calls[0] = call;
    }

    function liar(address account) private pure returns (Player memory) {
        return Player(account, 5, "end", 30, 0, NEVER, "hidden");
    }

    /// @notice A dispute that nothing is known of yet but its claim.
    function unknown(address account, uint64 nonce) private view returns (Duel memory duel) {
        duel.run = runOf(asked);
        duel.claim = made.claim;
        duel.claimId = made.claimId;
        duel.challenger = account;
        duel.nonce = nonce;
        duel.disputeId = keccak256(abi.encode(made.claimId, account, nonce));
        duel.phase = 1;
        duel.entries = new bytes32[](1);
        duel.entries[0] = made.claim.s0;
    }

    /// @notice The opening of a dispute, as its challenger sends it.
    function opening(address account, uint64 nonce) private view returns (bytes memory) {
        return openCall(made, nonce, post(unknown(account, nonce), liar(account), 0, made.claim.n));
    }

    /// @notice The next move of the liar, who knows what has been posted.
    function hidden(Duel memory duel) private view returns (bytes memory) {
        Player memory by = liar(duel.challenger);
        (uint256 pick, bool found) = choose(duel, by);
        vm.assertTrue(found, "something to say");
        return moveCall(duel, pick, moveBody(copy(duel), by, pick));
    }

    /// @notice Sets a duel to what the last event of its dispute says of it. Nothing else is looked at.
    function read(Duel memory duel, Vm.Log[] memory logs) private pure returns (bool found) {
        for (uint256 i = logs.length; i != 0 && !found; --i) {
            bytes32 kind = logs[i - 1].topics[0];
            bool first = kind == IOpMLEvents.Opened.selector;
            found = (first || kind == IOpMLEvents.Moved.selector)
                && logs[i - 1].topics[1] == duel.disputeId;
            if (!found) continue;
            (bytes memory opened, bytes memory list) = (bytes(""), bytes(""));
            uint256 pick = 1;
            if (first) {
                (,, duel.position, opened, list) =
                    abi.decode(logs[i - 1].data, (address, uint64, uint256, bytes, bytes));
            } else {
                (duel.position, pick,,, opened, list) = abi.decode(
                    logs[i - 1].data, (uint256, uint256, bytes32, bytes32, bytes, bytes)
                );
            }
            fill(duel, first, pick, opened, list);
        }
    }

    /// @notice What the list of a move means, given the list before it.
    function fill(
        Duel memory duel,
        bool first,
        uint256 pick,
        bytes memory opened,
        bytes memory list
    ) private pure {
        bytes32 start = duel.entries[pick - 1];
        uint256 entries = duel.entries.length - 1;
        if (!first) duel.base += (pick - 1) * duel.n / entries;
        duel.moves = uint16(duel.position >> 192);
        duel.n = uint64(duel.position);
        duel.bondIndex = uint24(duel.position >> 208);
        if (opened.length != 0) {
            (duel.phase, duel.large, duel.base) = (2, duel.base, 0);
            start = keccak256(Toy.packRunning(keccak256(abi.encode(duel.run.guest, start)), 0));
        }
        duel.entries = new bytes32[](list.length / 32 + 1);
        duel.entries[0] = start;
        for (uint256 j = 1; j < duel.entries.length; ++j) {
            bytes32 entry;
            assembly ("memory-safe") {
                entry := mload(add(list, shl(5, j)))
            }
            duel.entries[j] = entry;
        }
    }

    /// @notice The submitter answers what it reads; the other side goes on through `account`, to the verdict.
    function playOut(Duel memory duel, address account) private {
        Player memory truth = honest(submitter, duel.run, duel.claim.n);
        while (!duel.over) {
            checkSlot(duel);
            turn(duel, truth);
            if (duel.over) break;
            bytes[] memory calls = one(hidden(duel));
            vm.recordLogs();
            Relay(account).relay(address(opml), 0, calls);
            vm.assertTrue(read(duel, vm.getRecordedLogs()), "an event");
        }
        checkVerdict(duel, 1, BY_PROOF);
    }

    function test_move_throughProxy_eventsSuffice_succeeds() public {
        Relay code = new Relay(address(0), 0, none());
        Proxy proxy = new Proxy(address(code));
        vm.deal(address(proxy), 1 ether);
        bytes[] memory calls = one(opening(address(proxy), 0));
        vm.recordLogs();
        Relay(address(proxy)).relay(address(opml), BOND, calls);
        Duel memory duel = unknown(address(proxy), 0);
        vm.assertTrue(read(duel, vm.getRecordedLogs()), "an event");
        playOut(duel, address(proxy));
    }

    /// @notice Two disputes are opened by one call, and moved in by one.
    function test_move_throughMulticall_eventsSuffice_succeeds() public {
        Relay relay = new Relay(address(0), 0, none());
        address account = address(relay);
        vm.deal(account, 1 ether);
        bytes[] memory calls = new bytes[](2);
        (calls[0], calls[1]) = (opening(account, 0), opening(account, 1));
        vm.recordLogs();
        relay.relay(address(opml), bondOf(1), calls);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Duel[2] memory duels = [unknown(account, 0), unknown(account, 1)];
        Player memory truth = honest(submitter, runOf(asked), made.claim.n);
        for (uint256 i = 0; i < 2; ++i) {
            vm.assertTrue(read(duels[i], logs), "an event");
            turn(duels[i], truth);
            calls[i] = hidden(duels[i]);
        }
        vm.recordLogs();
        relay.relay(address(opml), 0, calls);
        logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < 2; ++i) {
            vm.assertTrue(read(duels[i], logs), "an event of each");
        }
        playOut(duels[0], account);
        playOut(duels[1], account);
    }

    /// @notice A contract that opens while it is made: it has no code yet, and no transaction calls OpML.
    function test_open_fromConstructor_eventsSuffice_succeeds() public {
        address account = addressOfNext();
        bytes[] memory calls = one(opening(account, 0));
        vm.recordLogs();
        Relay relay = new Relay{value: BOND}(address(opml), BOND, calls);
        vm.assertEq(address(relay), account, "as foreseen");
        Duel memory duel = unknown(account, 0);
        vm.assertTrue(read(duel, vm.getRecordedLogs()), "an event");
        playOut(duel, account);
    }

    /// @notice Where the next contract of this test will be (nonces below 128).
    function addressOfNext() private view returns (address) {
        bytes memory rlp =
            abi.encodePacked(hex"d694", address(this), uint8(vm.getNonce(address(this))));
        return address(uint160(uint256(keccak256(rlp))));
    }

    /// @notice Who sends the transaction is nobody to OpML: a party that is led to call a contract has not moved.
    function test_move_originIsTheParty_reverts() public {
        Duel memory duel = begin(asked, made, liar(challenger), 0);
        Relay relay = new Relay(address(0), 0, none());
        Player memory truth = honest(submitter, runOf(asked), made.claim.n);
        (uint256 pick,) = choose(duel, truth);
        bytes[] memory calls = one(moveCall(duel, pick, moveBody(copy(duel), truth, pick)));
        vm.expectRevert(
            abi.encodeWithSelector(
                IOpMLErrors.NotMover.selector, duel.disputeId, submitter, address(relay)
            )
        );
        vm.prank(submitter, submitter);
        relay.relay(address(opml), 0, calls);
    }
}
