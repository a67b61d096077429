// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {IStepVerifier} from "../../src/interfaces/IStepVerifier.sol";
import {Arena} from "./Arena.sol";
import {Toy} from "./Toy.sol";

contract RegistryTest is Arena {
    //// Profiles ////

    function test_addProfile_atFloors_succeeds() public {
        IOpMLTypes.Profile memory p = IOpMLTypes.Profile(60, 60, 0, 1, 1, 10, 1, 0);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.ProfileAdded(1, p);
        vm.prank(registrar);
        vm.assertEq(opml.addProfile(p), 1, "numbers rise");
        vm.assertEq(abi.encode(opml.profiles(1)), abi.encode(p), "stored");
    }

    function test_addProfile_belowFloors_reverts() public {
        IOpMLTypes.Profile[11] memory bad;
        for (uint256 i = 0; i < bad.length; ++i) {
            bad[i] = profileOf(5);
        }
        bad[0].window = 59;
        bad[1].clock = 59;
        bad[2].clock = (1 << 31) + 1;
        bad[3].secondsPerBlock = 0;
        bad[4].arityBits = 0;
        bad[5].arityBits = 7;
        bad[6].bondGwei = 0;
        bad[7].stakeGwei = 10 * bad[7].bondGwei - 1;
        // 10 bonds do not fit into the stake's type.
        bad[8].bondGwei = type(uint64).max;
        // Answers get 60 seconds and close three blocks before half a clock is over.
        bad[9].answerWindow = 60 + 3 * 12 - 1;
        bad[10].answerWindow = uint16(CLOCK / 2 + 1);
        for (uint256 i = 0; i < bad.length; ++i) {
            refused(
                registrar,
                0,
                abi.encodeCall(opml.addProfile, (bad[i])),
                abi.encodeWithSelector(IOpMLErrors.BadProfile.selector)
            );
        }
        vm.assertEq(opml.profiles(1).window, 0, "nothing was added");
    }

    function test_addProfile_boundsOfAnswerWindow_succeeds() public {
        IOpMLTypes.Profile memory p = profileOf(5);
        uint16[2] memory bounds = [60 + 3 * 12, uint16(CLOCK / 2)];
        for (uint8 i = 0; i < 2; ++i) {
            p.answerWindow = bounds[i];
            vm.prank(registrar);
            vm.assertEq(opml.addProfile(p), 1 + i, "number");
            vm.assertEq(opml.profiles(1 + i).answerWindow, bounds[i], "stored");
        }
    }

    function test_addProfile_notRegistrar_reverts() public {
        refused(
            stranger,
            0,
            abi.encodeCall(opml.addProfile, (profileOf(5))),
            abi.encodeWithSelector(IOpMLErrors.NotRegistrar.selector, stranger)
        );
    }

    function test_addProfile_full_reverts() public {
        for (uint256 i = 1; i < 256; ++i) {
            vm.assertEq(addProfile(5), i, "number");
        }
        refused(
            registrar,
            0,
            abi.encodeCall(opml.addProfile, (profileOf(5))),
            abi.encodeWithSelector(IOpMLErrors.TooManyEntries.selector)
        );
    }

    //// Guest versions ////

    function test_addGuestVersion_atBounds_succeeds() public {
        IOpMLTypes.GuestVersion memory g =
            IOpMLTypes.GuestVersion("root", court, (1 << 24) - 4, 40, 16);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.GuestVersionAdded(1, g.root, court, g.entry, 40, 16);
        vm.prank(registrar);
        vm.assertEq(opml.addGuestVersion(g), 1, "numbers rise");
        vm.assertEq(abi.encode(opml.guestVersions(1)), abi.encode(g), "stored");
    }

    function test_addGuestVersion_outOfBounds_reverts() public {
        IOpMLTypes.GuestVersion[7] memory bad;
        for (uint256 i = 0; i < bad.length; ++i) {
            bad[i] = guestOf("root");
        }
        bad[0].verifier = IStepVerifier(address(0));
        bad[1].verifier = IStepVerifier(stranger);
        bad[2].entry = 1 << 24;
        bad[3].entry = 2;
        bad[4].maxStepsBits = 41;
        bad[5].maxEvaluated = 0;
        bad[6].maxEvaluated = 17;
        for (uint256 i = 0; i < bad.length; ++i) {
            refused(
                registrar,
                0,
                abi.encodeCall(opml.addGuestVersion, (bad[i])),
                abi.encodeWithSelector(IOpMLErrors.BadGuestVersion.selector)
            );
        }
        vm.assertEq(address(opml.guestVersions(1).verifier), address(0), "nothing was added");
    }

    function test_addGuestVersion_notRegistrar_reverts() public {
        refused(
            stranger,
            0,
            abi.encodeCall(opml.addGuestVersion, (guestOf("root"))),
            abi.encodeWithSelector(IOpMLErrors.NotRegistrar.selector, stranger)
        );
    }

    function test_addGuestVersion_full_reverts() public {
        for (uint256 i = 1; i < 256; ++i) {
            vm.assertEq(addGuest(bytes32(i)), i, "number");
        }
        refused(
            registrar,
            0,
            abi.encodeCall(opml.addGuestVersion, (guestOf("root"))),
            abi.encodeWithSelector(IOpMLErrors.TooManyEntries.selector)
        );
    }

    //// Models ////

    function test_registerModel_headerAlone_succeeds() public view {
        bytes32 id = Toy.treeRoot(header(), 0, 37);
        IOpMLTypes.ModelBounds memory bounds = opml.models(id);
        vm.assertEq(bounds.maxLargeSteps, 1 << 20, "nMax");
        vm.assertEq(bounds.minInput, 0, "inMin");
        vm.assertEq(bounds.maxInput, 2000, "inMax");
        vm.assertEq(bounds.maxOutput, 64, "outMax");
    }

    /// @notice The id is the root of whatever lies in the quarter, proved with any way of cutting the siblings
    ///         into runs.
    function testFuzz_registerModel_anyContent_succeeds(bytes32 seed, uint256 cuts) public {
        // A quarter whose subtree next to the path at height h is a word's worth of content, or nothing.
        bytes32[37] memory siblings;
        for (uint256 h = 1; h < 37; ++h) {
            bytes32 word = keccak256(abi.encode(seed, h));
            siblings[h] = uint256(word) % 2 == 0 ? word : Toy.zeroHash(h);
        }
        bytes memory head = header();
        bytes32 id = keccak256(head);
        for (uint256 h = 1; h < 37; ++h) {
            id = keccak256(abi.encode(id, siblings[h]));
        }

        bytes memory body;
        uint256 runs;
        for (uint256 h = 1; h < 37;) {
            uint256 length = 1;
            if (siblings[h] == Toy.zeroHash(h) && (cuts >> h) % 2 == 0) {
                ++h;
                continue;
            }
            bytes memory run = abi.encodePacked(siblings[h]);
            while (h + length < 37 && (cuts >> (h + length + 40)) % 3 != 0) {
                run = abi.encodePacked(run, siblings[h + length++]);
            }
            body = abi.encodePacked(body, uint8(h), uint8(length), run);
            h += length;
            ++runs;
        }
        body = abi.encodePacked(uint8(runs), body);
        vm.prank(stranger);
        vm.assertEq(opml.registerModel(head, body), id, "id");
        vm.assertEq(opml.models(id).maxOutput, 64, "bounds");
    }

    function test_registerModel_twice_reverts() public {
        refused(
            stranger,
            0,
            abi.encodeCall(opml.registerModel, (header(), hex"00")),
            abi.encodeWithSelector(IOpMLErrors.ModelExists.selector, model)
        );
    }

    function test_registerModel_badHeader_reverts() public {
        checkBadHeader(0, 8, bytes8("opmlmdl\x02"));
        checkBadHeader(8, 4, hex"01000000"); // training
        checkBadHeader(8, 4, hex"04000000"); // an unknown flag
        checkBadHeader(8, 4, hex"00000080");
        checkBadHeader(12, 4, hex"00000000"); // no records
        checkBadHeader(12, 4, hex"f1ff3f00"); // 4 194 289
        checkBadHeader(16, 8, 0); // nMax
        checkBadHeader(16, 8, hex"0100000000010000"); // 2^40 + 1
        checkBadHeader(24, 4, hex"d1070000"); // inMin > inMax
        checkBadHeader(28, 4, hex"01001000"); // inMax > 2^20
        checkBadHeader(32, 4, hex"01001000"); // outMax > 2^20
        checkBadHeader(36, 4, hex"00000001");
        checkBadHeader(40, 8, hex"0100000080000000"); // actBytes > 2^39
        checkBadHeader(48, 8, hex"010000c0ff030000"); // weightBytes > 2^42 - 2^30
        checkBadHeader(56, 8, hex"0100000000000000");
        refusedHeader(bytes.concat(header(), hex"00"));
        refusedHeader(new bytes(63));
        refusedHeader("");
    }

    function test_registerModel_atBounds_succeeds() public {
        opml.registerModel(patched(8, 4, hex"02000000"), hex"00"); // whole
        opml.registerModel(patched(12, 4, hex"f0ff3f00"), hex"00");
        opml.registerModel(patched(16, 8, hex"0000000000010000"), hex"00");
        opml.registerModel(patched(24, 4, hex"d0070000"), hex"00");
        opml.registerModel(patched(28, 4, hex"00001000"), hex"00");
        opml.registerModel(patched(32, 4, hex"00001000"), hex"00");
        opml.registerModel(patched(40, 8, hex"0000000080000000"), hex"00");
        opml.registerModel(patched(48, 8, hex"000000c0ff030000"), hex"00");
    }

    function test_registerModel_badSiblings_reverts() public {
        bytes32 word = "sibling";
        bytes[10] memory bad = [
            bytes(""),
            hex"01", // a run is missing
            hex"0101", // half a head
            abi.encodePacked(hex"010100"), // an empty run
            abi.encodePacked(hex"010001", word), // height 0 is the header's own
            abi.encodePacked(hex"012501", word), // height 37 is the root
            abi.encodePacked(hex"012402", word, word), // reaches over the root
            abi.encodePacked(hex"010102", word), // cut off
            abi.encodePacked(hex"010101", word, hex"00"), // something follows
            abi.encodePacked(hex"020202", word, word, hex"0301", word) // runs overlap
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            refused(
                stranger,
                0,
                abi.encodeCall(opml.registerModel, (patched(8, 4, hex"02000000"), bad[i])),
                abi.encodeWithSelector(IOpMLErrors.BadSiblings.selector)
            );
        }
    }

    function patched(uint256 at, uint256 length, bytes8 field)
        internal
        pure
        returns (bytes memory head)
    {
        head = header();
        for (uint256 i = 0; i < length; ++i) {
            head[at + i] = field[i];
        }
    }

    function checkBadHeader(uint256 at, uint256 length, bytes8 field) internal {
        refusedHeader(patched(at, length, field));
    }

    function refusedHeader(bytes memory head) internal {
        refused(
            stranger,
            0,
            abi.encodeCall(opml.registerModel, (head, hex"00")),
            abi.encodeWithSelector(IOpMLErrors.BadModelHeader.selector)
        );
    }
}
