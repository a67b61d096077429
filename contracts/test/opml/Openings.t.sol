// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {Match} from "./Match.sol";
import {Toy} from "./Toy.sol";

/// @title Openings of phase 2
/// @notice The rule of the large step in every combination of m, exit word, F and Y.
contract OpeningsTest is Match {
    uint64 private constant MAX = uint64(1) << MAX_STEPS_BITS;

    Asked private asked;
    Made private made;
    uint64 private nonce;

    /// @dev A claim of one large step: opening a dispute on it is an opening of phase 2.
    function setUp() public override {
        super.setUp();
        asked = ask();
        made = claimLie(asked, 1, "lie");
    }

    function startOf() internal view returns (bytes32) {
        bytes32 root = keccak256(abi.encode(runOf(asked).guest, made.claim.s0));
        return keccak256(Toy.packRunning(root, 0));
    }

    /// @notice Opens with this m and F; the dispute's slot must commit to the list that ends in `hashF`.
    function accepted(uint64 m, bytes memory rest, bytes32 hashF) internal {
        uint256 p = entriesOf(2, m);
        bytes32[] memory entries = new bytes32[](p + 1);
        entries[0] = startOf();
        bytes memory body = abi.encodePacked(m, rest);
        for (uint256 j = 1; j < p; ++j) {
            entries[j] = bytes32(j);
            body = abi.encodePacked(body, entries[j]);
        }
        entries[p] = hashF;
        Duel memory duel;
        (duel.claim, duel.bondIndex) = (made.claim, liveDisputes(made.claimId));
        vm.prank(challenger);
        opml.open{value: bondOf(duel.bondIndex)}(made.claim, nonce, body);
        duel.disputeId = keccak256(abi.encode(made.claimId, challenger, nonce++));
        (duel.phase, duel.n, duel.moves, duel.entries) = (2, m, 1, entries);
        duel.position = pack(duel, CLOCK, CLOCK, 0);
        checkSlot(duel);
    }

    function notAccepted(bytes memory body, bytes memory error) internal {
        uint256 bond = bondOf(liveDisputes(made.claimId));
        refused(challenger, bond, openCall(made, nonce, body), error);
    }

    function list(uint256 words) internal pure returns (bytes memory) {
        return new bytes(32 * words);
    }

    function test_opening_exitedWell_succeeds() public {
        bytes memory rest = abi.encodePacked(uint64(0x100), bytes32("g"), bytes32("Y"));
        bytes32 hashF = Toy.exited(keccak256(abi.encode(bytes32("g"), bytes32("Y"))), 0x100);
        // With m <= r the list is hash(F) alone; below k it is shorter than k.
        uint64[7] memory ms = [uint64(1), 2, MAX_EVALUATED, MAX_EVALUATED + 1, 1000, MAX - 1, MAX];
        for (uint256 i = 0; i < ms.length; ++i) {
            accepted(ms[i], rest, hashF);
        }
    }

    /// @notice Every other exit word means FAULT, whatever m; the words of the machine and any other.
    function testFuzz_opening_exitedBadly_succeeds(uint64 exit, uint64 m, bytes32 root) public {
        exit = uint64(bound(exit, 1, type(uint64).max));
        if (exit == 0x100) exit = 0x101;
        m = uint64(bound(m, 1, MAX));
        accepted(m, abi.encodePacked(exit, root), Toy.exited(root, exit));
    }

    function test_opening_stillRunning_succeeds() public {
        bytes memory packed = Toy.packRunning("root", 99);
        accepted(MAX, abi.encodePacked(uint64(0), packed), keccak256(packed));
    }

    function test_opening_badStepCount_reverts() public {
        bytes[3] memory rests = [
            abi.encodePacked(uint64(0x100), bytes32("g"), bytes32("Y"), list(3)),
            abi.encodePacked(uint64(0x101), bytes32("root"), list(3)),
            abi.encodePacked(uint64(0), Toy.packRunning("root", 99), list(3))
        ];
        uint64[3] memory ms = [uint64(0), MAX + 1, type(uint64).max];
        for (uint256 i = 0; i < 9; ++i) {
            notAccepted(
                abi.encodePacked(ms[i % 3], rests[i / 3]),
                abi.encodeWithSelector(IOpMLErrors.BadStepCount.selector, ms[i % 3], MAX)
            );
        }
    }

    function test_opening_badFinalState_reverts() public {
        bytes memory error = abi.encodeWithSelector(IOpMLErrors.BadFinalState.selector);
        bytes memory packed = Toy.packRunning("root", 99);
        // Running before the last step that a large step may take.
        notAccepted(abi.encodePacked(MAX - 1, uint64(0), packed, list(3)), error);
        notAccepted(abi.encodePacked(uint64(1), uint64(0), packed), error);
        // Another version, or exited within.
        packed[0] = 0x02;
        notAccepted(abi.encodePacked(MAX, uint64(0), packed, list(3)), error);
        packed[0] = 0x00;
        notAccepted(abi.encodePacked(MAX, uint64(0), packed, list(3)), error);
        packed[0] = 0x01;
        for (uint256 i = 65; i < 73; ++i) {
            packed[i] = 0x01;
            notAccepted(abi.encodePacked(MAX, uint64(0), packed, list(3)), error);
            packed[i] = 0x00;
        }
    }

    function test_opening_sameEnd_reverts() public {
        bytes memory rest = abi.encodePacked(uint64(0x100), bytes32("g"), made.claim.sn);
        notAccepted(
            abi.encodePacked(uint64(50), rest, list(3)),
            abi.encodeWithSelector(IOpMLErrors.SameEnd.selector, made.claim.sn)
        );
        // A fault is no answer to a claim of one.
        asked = ask();
        made = claim(asked, 1, 3, 0, "");
        bytes memory error = abi.encodeWithSelector(IOpMLErrors.SameEnd.selector, Toy.FAULT);
        notAccepted(abi.encodePacked(uint64(50), uint64(0x203), bytes32("root"), list(3)), error);
        notAccepted(abi.encodePacked(MAX, uint64(0), Toy.packRunning("root", 99), list(3)), error);
        // Not even one that calls itself a state.
        notAccepted(
            abi.encodePacked(uint64(50), uint64(0x100), bytes32("g"), Toy.FAULT, list(3)), error
        );
    }

    function test_opening_badBodyLength_reverts() public {
        checkLengths(abi.encodePacked(uint64(50), uint64(0x100), bytes32("g"), bytes32("Y")));
        checkLengths(abi.encodePacked(uint64(50), uint64(0x203), bytes32("root")));
        checkLengths(abi.encodePacked(MAX, uint64(0), Toy.packRunning("root", 99)));
    }

    /// @notice An opening over m > k steps is followed by exactly k - 1 words.
    function checkLengths(bytes memory opening) internal {
        uint256 whole = opening.length + 32 * (k - 1);
        bytes memory body = bytes.concat(opening, list(k));
        for (uint256 length = 0; length <= body.length; ++length) {
            if (length == whole) continue;
            uint256 needed = length < 16 ? 16 : length < opening.length ? opening.length : whole;
            assembly ("memory-safe") {
                mstore(body, length)
            }
            notAccepted(
                body, abi.encodeWithSelector(IOpMLErrors.BadBodyLength.selector, needed, length)
            );
            assembly ("memory-safe") {
                mstore(body, add(whole, 32))
            }
        }
    }
}
