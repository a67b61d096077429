// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Draws} from "../../src/attention/Draws.sol";
import {Test} from "../utils/Test.sol";

/// @title The published vectors of draws, calls and answers, which the Rust side writes and reads too
contract DrawsTest is Test {
    string private json = vm.readFile("../docs/vectors/game.json");

    function test_draws_published_succeeds() public view {
        uint256[] memory rands = uints(".attention.rand");
        bytes32[] memory ids = words(".attention.requestId");
        bytes[] memory seats = vm.parseJsonBytesArray(json, ".attention.seats");
        vm.assertGt(rands.length, 0);
        for (uint256 i = 0; i < rands.length; ++i) {
            uint256 size = uints(".attention.size")[i];
            uint256 most = uints(".attention.draws")[i];
            uint256 count = Draws.count(size, most);
            vm.assertEq(seats[i].length, 4 * count, "draws");
            for (uint256 draw = 0; draw < count; ++draw) {
                uint256 seat = Draws.seat(uint192(rands[i]), ids[i], draw, size, most);
                vm.assertEq(seat, seatAt(seats[i], draw), "seat");
            }
        }
    }

    function test_calls_published_succeeds() public view {
        uint256[] memory rands = uints(".attention.rand");
        bytes32[] memory ids = words(".attention.requestId");
        bytes32[] memory ends = words(".attention.sn");
        vm.assertGt(rands.length, 0);
        for (uint256 i = 0; i < rands.length; ++i) {
            address validator = address(uint160(uints(".attention.validator")[i]));
            uint256 target = Draws.target(uints(".attention.perTenThousand")[i]);
            bool called = Draws.called(uint192(rands[i]), ids[i], validator, ends[i], target);
            vm.assertEq(called, uints(".attention.called")[i] == 1, "called");
            bytes32 answer = Draws.answer(ids[i], ends[i], validator);
            vm.assertEq(answer, words(".attention.answer")[i], "answer");
        }
    }

    function seatAt(bytes memory seats, uint256 index) private pure returns (uint256 seat) {
        for (uint256 i = 0; i < 4; ++i) {
            seat = seat << 8 | uint8(seats[4 * index + i]);
        }
    }

    function uints(string memory path) private view returns (uint256[] memory) {
        return vm.parseJsonUintArray(json, path);
    }

    function words(string memory path) private view returns (bytes32[] memory) {
        return vm.parseJsonBytes32Array(json, path);
    }
}
