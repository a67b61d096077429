// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {Match} from "./Match.sol";
import {Toy} from "./Toy.sol";

/// @title Opening a dispute
contract OpensTest is Match {
    /// @dev Where the claims are kept: snapshots/OpML.storage.json.
    uint256 private constant CLAIMS = 7;

    Asked private asked;
    Made private made;

    function setUp() public override {
        super.setUp();
        asked = ask();
        made = claimLie(asked, 10, "lie");
    }

    function truthTeller() internal view returns (Player memory) {
        return honest(challenger, runOf(asked), 10);
    }

    function liar() internal view returns (Player memory) {
        return Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie");
    }

    /// @notice A dispute in phase 1, the submitter to move.
    function opened() internal returns (Duel memory) {
        return begin(asked, made, truthTeller(), 0);
    }

    function listFor(Player memory by, uint256 n) internal view returns (bytes memory body) {
        Duel memory duel;
        (duel.run, duel.claim, duel.phase) = (runOf(asked), made.claim, 1);
        duel.entries = new bytes32[](1);
        duel.entries[0] = made.claim.s0;
        return post(duel, by, 0, n);
    }

    function test_open_slotsAndEvent_succeeds() public {
        Player memory by = truthTeller();
        bytes memory list = listFor(by, 10);
        vm.assertEq(list.length, 4 * 32, "min(k, n) entries");
        bytes32 id = keccak256(abi.encode(made.claimId, challenger, uint64(5)));
        uint256 position = 10 | vm.getBlockTimestamp() << 64 | vm.getBlockNumber() << 96
            | uint256(CLOCK) << 128 | uint256(CLOCK) << 160 | 1 << 192 | 1 << 232;
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Opened(id, made.claimId, challenger, 5, position, "", list);
        Duel memory duel = begin(asked, made, by, 5);
        vm.assertEq(duel.position, position, "position");
        vm.assertEq(liveDisputes(made.claimId), 1, "live");
        vm.assertEq(address(opml).balance, FEE + STAKE + BOND, "the bond");
    }

    function test_open_oneLargeStep_isAnOpening_succeeds() public {
        asked = ask();
        made = claimLie(asked, 1, "lie");
        Player memory by = honest(challenger, runOf(asked), 1);
        Duel memory duel = begin(asked, made, by, 0);
        vm.assertEq(duel.phase, 2, "phase 2 at once");
        vm.assertEq(duel.n, 100, "over m small steps");
    }

    function test_open_claimNotOpen_reverts() public {
        bytes memory list = listFor(truthTeller(), 10);
        made.claim.n = 11;
        bytes32 id = claimIdOf(made.claim);
        refused(
            challenger,
            BOND,
            openCall(made, 0, list),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotOpen.selector, id, uint8(0))
        );
    }

    function test_open_window_reverts() public {
        bytes memory list = listFor(truthTeller(), 10);
        pass(WINDOW);
        uint256 snapshot = vm.snapshotState();
        opened();
        pass(1);
        refused(
            stranger,
            0,
            abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data)),
            abi.encodeWithSelector(IOpMLErrors.LiveDisputes.selector, made.claimId, 1)
        );
        vm.revertToState(snapshot);
        pass(1);
        refused(
            challenger,
            BOND,
            openCall(made, 0, list),
            abi.encodeWithSelector(
                IOpMLErrors.WindowClosed.selector, made.claimId, WINDOW + 1, WINDOW
            )
        );
        opml.finalise(asked.request, made.claim, made.output, asked.data);
        refused(
            challenger,
            BOND,
            openCall(made, 0, list),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotOpen.selector, made.claimId, uint8(2))
        );
    }

    function test_open_wrongBond_reverts() public {
        bytes memory list = listFor(truthTeller(), 10);
        uint256[2] memory sent = [uint256(0), BOND - 1];
        for (uint256 i = 0; i < sent.length; ++i) {
            refused(
                challenger,
                sent[i],
                openCall(made, 0, list),
                abi.encodeWithSelector(IOpMLErrors.WrongBond.selector, BOND, sent[i])
            );
        }
    }

    /// @notice A sixteenth more for each dispute that is open, and only for those.
    function test_open_bondGrows_succeeds() public {
        bytes memory list = listFor(truthTeller(), 10);
        Duel memory first;
        for (uint64 i = 0; i < 20; ++i) {
            uint256 bond = BOND * (16 + i) / 16;
            refused(
                challenger,
                bond - 1,
                openCall(made, i, list),
                abi.encodeWithSelector(IOpMLErrors.WrongBond.selector, bond, bond - 1)
            );
            uint256 before = address(opml).balance;
            Duel memory duel = begin(asked, made, truthTeller(), i);
            vm.assertEq(address(opml).balance - before, bond, "bond");
            if (i == 0) first = duel;
        }
        turn(first, liar());
        pass(CLOCK + 1);
        vm.prank(stranger);
        opml.timeout(made.claimId, challenger, 0, first.position, treeOf(first.entries));
        vm.assertEq(begin(asked, made, truthTeller(), 20).bondIndex, 19, "one is over");
    }

    /// @notice As if so many disputes were open: the bond's number must not reach into the phase, or nobody could play the dispute
    ///         or end it, and the claim would stay open for ever.
    function test_open_tooManyDisputes_reverts() public {
        bytes memory list = listFor(truthTeller(), 10);
        vm.deal(challenger, type(uint128).max);
        pretendLive((1 << 24) - 1);
        Duel memory duel = begin(asked, made, truthTeller(), 0);
        vm.assertEq(duel.bondIndex, (1 << 24) - 1, "the last one");
        vm.assertEq(duel.position >> 232 & 0xf, 1, "phase and side");
        vm.assertEq(liveDisputes(made.claimId), 1 << 24, "live");
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.TooManyDisputes.selector, made.claimId, 1 << 24);
        refused(challenger, bondOf(1 << 24), openCall(made, 1, list), error);
        // It is played like any other.
        turn(duel, liar());
    }

    /// @notice Writes the number of live disputes into the claim's slot.
    function pretendLive(uint256 live) private {
        bytes32 at = keccak256(abi.encode(made.claimId, CLAIMS));
        uint256 kept = opml.claimSlot(made.claimId) & ~(uint256(0xfffffff) << 224);
        vm.store(address(opml), at, bytes32(kept | live << 224));
        vm.assertEq(liveDisputes(made.claimId), live, "CLAIMS is where claims are kept");
    }

    /// @notice Who sees a flood coming sends more, and has back what was not needed.
    function test_open_moreThanTheBond_isCredited_succeeds() public {
        begin(asked, made, truthTeller(), 0);
        bytes memory list = listFor(truthTeller(), 10);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(challenger, 1 ether - bondOf(1));
        vm.prank(challenger);
        opml.open{value: 1 ether}(made.claim, 1, list);
        vm.assertEq(opml.credits(challenger), 1 ether - bondOf(1), "credit");
    }

    function test_open_disputeExists_reverts() public {
        bytes memory list = listFor(truthTeller(), 10);
        Duel memory duel = opened();
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.DisputeExists.selector, duel.disputeId);
        refused(challenger, bondOf(1), openCall(made, 0, list), error);
        // Nor when it is over.
        turn(duel, liar());
        pass(CLOCK + 1);
        (bool success,) = address(opml).call(timeoutCall(duel));
        vm.assertTrue(success, "lost by time");
        refused(challenger, BOND, openCall(made, 0, list), error);
    }

    function test_open_sameDisputeTwice_withAnotherNonce_succeeds() public {
        begin(asked, made, truthTeller(), 0);
        begin(asked, made, truthTeller(), 1);
        vm.assertEq(liveDisputes(made.claimId), 2, "side by side");
    }

    function test_open_badBodyLength_reverts() public {
        bytes memory list = listFor(truthTeller(), 10);
        bytes[4] memory bodies = [
            bytes(""),
            bytes.concat(list, hex"00"),
            bytes.concat(list, bytes32(0)),
            listFor(truthTeller(), 3) // three entries
        ];
        for (uint256 i = 0; i < bodies.length; ++i) {
            refused(
                challenger,
                BOND,
                openCall(made, 0, bodies[i]),
                abi.encodeWithSelector(IOpMLErrors.BadBodyLength.selector, 128, bodies[i].length)
            );
        }
    }

    function test_open_sameEnd_reverts() public {
        Player memory agrees = truthTeller();
        agrees.sn = made.claim.sn;
        refused(
            challenger,
            BOND,
            openCall(made, 0, listFor(agrees, 10)),
            abi.encodeWithSelector(IOpMLErrors.SameEnd.selector, made.claim.sn)
        );
    }
}
