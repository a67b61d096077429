// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IAIOracle} from "../../src/ora/IAIOracle.sol";
import {OraFront} from "../../src/ora/OraFront.sol";
import {OraModels} from "../../src/ora/OraModels.sol";
import {Arena} from "../opml/Arena.sol";

/// @notice Who may say what of a front's models.
contract OraModelsTest is Arena {
    uint256 private constant LLAMA = 11;
    uint64 private constant FEE_GWEI = 300_000;

    address private owner = makeAddr("owner of the model");
    OraFront private front;

    function setUp() public override {
        super.setUp();
        front = new OraFront(opml, guest, profile, false, registrar, 20);
        vm.prank(registrar);
        front.addModel(LLAMA, model, owner, FEE_GWEI);
    }

    function askFront() private returns (uint256) {
        uint256 fee = front.estimateFee(LLAMA, 0);
        vm.prank(asker);
        return front.requestCallback{value: fee}(LLAMA, "a question", address(0), 0, "");
    }

    function test_addModel_registrar_succeeds() public {
        vm.expectEmit(address(front));
        emit OraModels.ModelAdded(12, model, stranger, 7);
        vm.prank(registrar);
        front.addModel(12, model, stranger, 7);
        OraModels.Model memory added = front.getModel(12);
        vm.assertEq(added.id, model, "model");
        vm.assertEq(added.owner, stranger, "owner");
        vm.assertEq(added.feeGwei, 7, "fee");
        vm.assertFalse(added.retired, "takes questions");
    }

    function test_addModel_takenNumber_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(OraModels.ModelIdTaken.selector, LLAMA, model));
        vm.prank(registrar);
        front.addModel(LLAMA, model, owner, 0);
    }

    function test_addModel_unknownModel_reverts() public {
        vm.expectRevert(
            abi.encodeWithSelector(IOpMLErrors.UnknownModel.selector, bytes32(uint256(1)))
        );
        vm.prank(registrar);
        front.addModel(99, bytes32(uint256(1)), owner, 0);
    }

    function test_addModel_nobodysModel_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(OraModels.ModelWithoutOwner.selector, 99));
        vm.prank(registrar);
        front.addModel(99, model, address(0), 0);
    }

    function testFuzz_registrarsCalls_strangers_reverts(address caller) public {
        vm.assume(caller != registrar);
        bytes memory error = abi.encodeWithSelector(OraModels.NotRegistrar.selector, caller);
        vm.startPrank(caller);
        vm.expectRevert(error);
        front.addModel(99, model, caller, 0);
        vm.expectRevert(error);
        front.setGasPrice(0);
        vm.stopPrank();
    }

    /// @dev The registrar among them: whose model it is, it does not decide again.
    function testFuzz_ownersCalls_strangers_reverts(address caller, bool isRegistrar) public {
        if (isRegistrar) caller = registrar;
        vm.assume(caller != owner);
        bytes memory error =
            abi.encodeWithSelector(OraModels.NotModelOwner.selector, LLAMA, owner, caller);
        vm.startPrank(caller);
        vm.expectRevert(error);
        front.setFee(LLAMA, 0);
        vm.expectRevert(error);
        front.retire(LLAMA);
        vm.expectRevert(error);
        front.setOwner(LLAMA, stranger);
        vm.stopPrank();
        OraModels.Model memory kept = front.getModel(LLAMA);
        vm.assertEq(kept.feeGwei, FEE_GWEI, "fee");
        vm.assertEq(kept.owner, owner, "owner");
        vm.assertFalse(kept.retired, "takes questions");
    }

    function testFuzz_setFee_laterQuestions_payIt_succeeds(uint64 feeGwei, uint64 gasPrice) public {
        vm.expectEmit(address(front));
        emit OraModels.FeeChanged(LLAMA, feeGwei);
        vm.prank(owner);
        front.setFee(LLAMA, feeGwei);
        vm.prank(registrar);
        front.setGasPrice(gasPrice);
        uint256 fee = (uint256(feeGwei) + 10 * uint256(gasPrice)) * 1 gwei;
        vm.assertEq(front.estimateFee(LLAMA, 10), fee, "fee and ten gas");
    }

    function test_setFee_unknownNumber_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(OraModels.UnknownModelId.selector, 12));
        vm.prank(owner);
        front.setFee(12, 0);
    }

    function test_retire_laterQuestions_reverts() public {
        uint256 asked = askFront();
        vm.expectEmit(address(front));
        emit OraModels.ModelRetired(LLAMA);
        vm.prank(owner);
        front.retire(LLAMA);
        uint256 fee = front.estimateFee(LLAMA, 0);
        vm.expectRevert(abi.encodeWithSelector(OraModels.ModelIsRetired.selector, LLAMA));
        front.requestCallback{value: fee}(LLAMA, "another", address(0), 0, "");
        (address account,,) = front.questions(asked);
        vm.assertEq(account, asker, "those asked before go on");
    }

    function test_setOwner_theNextOwner_decides_succeeds() public {
        vm.expectEmit(address(front));
        emit OraModels.OwnerChanged(LLAMA, rival);
        vm.prank(owner);
        front.setOwner(LLAMA, rival);
        vm.prank(rival);
        front.setFee(LLAMA, 1);
        vm.expectRevert(
            abi.encodeWithSelector(OraModels.NotModelOwner.selector, LLAMA, rival, owner)
        );
        vm.prank(owner);
        front.setFee(LLAMA, 2);
    }

    function test_setOwner_nobody_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(OraModels.ModelWithoutOwner.selector, LLAMA));
        vm.prank(owner);
        front.setOwner(LLAMA, address(0));
    }

    function test_requestCallback_unknownNumber_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(OraModels.UnknownModelId.selector, 12));
        IAIOracle(front).requestCallback(12, "", address(0), 0, "");
    }
}
