// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {HeaderProof} from "../../src/lib/HeaderProof.sol";
import {ModelHeader} from "../../src/lib/ModelHeader.sol";
import {Seam} from "../../src/lib/Seam.sol";
import {Test} from "../utils/Test.sol";

/// @notice The libraries, callable with calldata.
contract SeamLibrary {
    function startState(bytes calldata input, bytes32 model) external pure returns (bytes32) {
        return Seam.startState(input, model);
    }

    function outputRoot(uint8 complete, bytes calldata output) external pure returns (bytes32) {
        return Seam.outputRoot(complete, output);
    }

    function endState(bytes32 runRoot, uint8 outcome, bytes calldata output, bytes32 model)
        external
        pure
        returns (bytes32)
    {
        return Seam.endState(runRoot, outcome, output, model);
    }

    function modelId(bytes calldata header, bytes calldata proof)
        external
        pure
        returns (IOpMLTypes.ModelBounds memory bounds, bytes32 id)
    {
        return (ModelHeader.read(header), HeaderProof.modelId(header, proof));
    }
}

/// @title The tensor machine's published vectors, as far as the contract computes the same
/// @notice The Rust side writes them from the machine's whole memory; the contract knows only the bytes of the seam.
contract TensorVectorsTest is Test {
    string private json = vm.readFile("../docs/vectors/tensor.json");
    SeamLibrary private lib = new SeamLibrary();

    function word(string memory path) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, path);
    }

    function words(string memory path) private view returns (bytes32[] memory) {
        return vm.parseJsonBytes32Array(json, path);
    }

    function test_startState_published_succeeds() public view {
        bytes[] memory inputs = vm.parseJsonBytesArray(json, ".seam.bytes");
        bytes32[] memory starts = words(".seam.s0");
        vm.assertGt(inputs.length, 0);
        for (uint256 i = 0; i < inputs.length; ++i) {
            vm.assertEq(lib.startState(inputs[i], word(".seam.model")), starts[i], "S_0");
        }
    }

    function test_endState_published_succeeds() public view {
        bytes32 model = word(".seam.model");
        bytes32 run = word(".seam.run_root");
        bytes[] memory outputs = vm.parseJsonBytesArray(json, ".seam.bytes");
        bytes32[] memory roots = words(".seam.output_root");
        bytes32[] memory ends = words(".seam.sn_done");
        vm.assertGt(outputs.length, 0);
        for (uint256 i = 0; i < outputs.length; ++i) {
            vm.assertEq(lib.outputRoot(Seam.DONE, outputs[i]), roots[i], "O");
            vm.assertEq(lib.endState(run, Seam.DONE, outputs[i], model), ends[i], "S_n, done");
        }
        bytes32 failed = lib.endState(run, Seam.PROGRAM_ERROR, "", model);
        vm.assertEq(failed, word(".seam.sn_program_error"), "S_n, program error");
        vm.assertEq(lib.endState(0, Seam.FAULTED, "", model), word(".seam.fault"), "S_n, fault");
    }

    /// @notice A model's id from its first two leaves, and the first and the last state of a whole run of it.
    function test_run_published_succeeds() public view {
        string[2] memory models = [".model", ".model_that_fails"];
        for (uint256 i = 0; i < models.length; ++i) {
            string memory at = models[i];
            (IOpMLTypes.ModelBounds memory bounds, bytes32 id) = lib.modelId(
                vm.parseJsonBytes(json, string.concat(at, ".header")),
                vm.parseJsonBytes(json, string.concat(at, ".header_proof"))
            );
            vm.assertEq(id, word(string.concat(at, ".id")), "model id");
            bytes memory input = vm.parseJsonBytes(json, string.concat(at, ".input"));
            vm.assertEq(bounds.minInput, input.length, "inMin");
            bytes32[] memory states = words(string.concat(at, ".states"));
            vm.assertLe(states.length - 1, bounds.maxLargeSteps, "n");
            vm.assertEq(lib.startState(input, id), states[0], "S_0");
            bytes32 end = lib.endState(
                word(string.concat(at, ".run_root")),
                uint8(vm.parseJsonUint(json, string.concat(at, ".outcome"))),
                vm.parseJsonBytes(json, string.concat(at, ".output")),
                id
            );
            vm.assertEq(end, states[states.length - 1], "S_n");
        }
    }
}
