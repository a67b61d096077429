// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Cut} from "../../src/lib/Cut.sol";
import {Ids} from "../../src/lib/Ids.sol";
import {Keccak} from "../../src/lib/Keccak.sol";
import {ListTree} from "../../src/lib/ListTree.sol";
import {Money} from "../../src/lib/Money.sol";
import {Opening} from "../../src/lib/Opening.sol";
import {Position, PositionLib} from "../../src/lib/Position.sol";
import {Seam} from "../../src/lib/Seam.sol";
import {ClaimSlot, DisputeSlot, DisputeSlotLib} from "../../src/lib/Slots.sol";
import {VmState} from "../../src/lib/VmState.sol";
import {Test} from "../utils/Test.sol";

/// @notice The libraries, callable with calldata and from any address.
contract Library {
    function requestId(IOpMLTypes.Request memory request) external view returns (bytes32) {
        return Ids.ofRequest(request);
    }

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

    function listProof(bytes32 start, bytes32 end, uint256 index, bytes calldata siblings)
        external
        pure
        returns (bytes32)
    {
        return ListTree.rootOf(start, end, index, siblings);
    }

    function opening(bytes calldata body, uint256 maxSteps)
        external
        pure
        returns (uint256, uint256, bytes32, bytes32)
    {
        return Opening.read(body, 0, maxSteps);
    }
}

/// @title The protocol's published vectors of the game, which the Rust side writes and reads too
contract GameVectorsTest is Test {
    string private json = vm.readFile("../docs/vectors/game.json");
    Library private lib = new Library();

    function uints(string memory path) private view returns (uint256[] memory) {
        return vm.parseJsonUintArray(json, path);
    }

    function words(string memory path) private view returns (bytes32[] memory) {
        return vm.parseJsonBytes32Array(json, path);
    }

    function blobs(string memory path) private view returns (bytes[] memory) {
        return vm.parseJsonBytesArray(json, path);
    }

    function test_requestId_published_succeeds() public {
        bytes32[] memory ids = words(".request.id");
        uint256[] memory chains = uints(".request.chainId");
        uint256[] memory courts = uints(".request.court");
        vm.assertGt(ids.length, 0);
        for (uint256 i = 0; i < ids.length; ++i) {
            address at = address(uint160(courts[i]));
            vm.etch(at, address(lib).code);
            vm.chainId(chains[i]);
            vm.assertEq(Library(at).requestId(request(i)), ids[i], vm.toString(i));
        }
    }

    function request(uint256 i) private view returns (IOpMLTypes.Request memory) {
        return IOpMLTypes.Request({
            requester: address(uint160(uints(".request.requester")[i])),
            nonce: uint64(uints(".request.nonce")[i]),
            model: words(".request.model")[i],
            guest: uint8(uints(".request.guest")[i]),
            profile: uint8(uints(".request.profile")[i]),
            inputHash: words(".request.inputHash")[i],
            callback: address(uint160(uints(".request.callback")[i])),
            gasLimit: uint32(uints(".request.gasLimit")[i]),
            dataHash: words(".request.dataHash")[i]
        });
    }

    function test_claimId_published_succeeds() public view {
        bytes32[] memory ids = words(".claim.id");
        vm.assertGt(ids.length, 0);
        for (uint256 i = 0; i < ids.length; ++i) {
            vm.assertEq(Ids.ofClaim(claim(i)), ids[i], vm.toString(i));
        }
    }

    function claim(uint256 i) private view returns (IOpMLTypes.Claim memory) {
        return IOpMLTypes.Claim({
            requestId: words(".claim.requestId")[i],
            round: uint32(uints(".claim.round")[i]),
            guest: uint8(uints(".claim.guest")[i]),
            profile: uint8(uints(".claim.profile")[i]),
            submitter: address(uint160(uints(".claim.submitter")[i])),
            s0: words(".claim.s0")[i],
            n: uint64(uints(".claim.n")[i]),
            sn: words(".claim.sn")[i],
            outcome: uint8(uints(".claim.outcome")[i]),
            outputHash: words(".claim.outputHash")[i]
        });
    }

    function test_disputeId_published_succeeds() public view {
        bytes32[] memory ids = words(".dispute.id");
        bytes32[] memory claims = words(".dispute.claimId");
        uint256[] memory challengers = uints(".dispute.challenger");
        uint256[] memory nonces = uints(".dispute.nonce");
        vm.assertGt(ids.length, 0);
        for (uint256 i = 0; i < ids.length; ++i) {
            address challenger = address(uint160(challengers[i]));
            bytes32 id = Ids.ofDispute(claims[i], challenger, uint64(nonces[i]));
            vm.assertEq(id, ids[i], vm.toString(i));
        }
    }

    function test_claimSlot_published_succeeds() public view {
        uint256[] memory slots = uints(".claimSlot.slot");
        uint256[] memory submitters = uints(".claimSlot.submitter");
        uint256[] memory times = uints(".claimSlot.time");
        uint256[] memory blocks = uints(".claimSlot.block");
        uint256[] memory lives = uints(".claimSlot.liveDisputes");
        uint256[] memory statuses = uints(".claimSlot.status");
        vm.assertGt(slots.length, 0);
        for (uint256 i = 0; i < slots.length; ++i) {
            ClaimSlot slot = ClaimSlot.wrap(slots[i]);
            vm.assertEq(slot.submitter(), address(uint160(submitters[i])), "submitter");
            vm.assertEq(slot.time(), times[i], "time");
            vm.assertEq(slot.blockNumber(), blocks[i], "block");
            vm.assertEq(slot.liveDisputes(), lives[i], "live");
            vm.assertEq(slot.status(), statuses[i], "status");
        }
    }

    function test_verdict_published_succeeds() public view {
        uint256[] memory slots = uints(".verdict.slot");
        uint256[] memory winners = uints(".verdict.winner");
        uint256[] memory proofs = uints(".verdict.byProof");
        uint256[] memory collected = uints(".verdict.collected");
        uint256[] memory indices = uints(".verdict.bondIndex");
        uint256[] memory lists = uints(".verdict.lists");
        vm.assertGt(slots.length, 0);
        for (uint256 i = 0; i < slots.length; ++i) {
            uint8 how = proofs[i] == 1 ? DisputeSlotLib.BY_PROOF : DisputeSlotLib.BY_TIMEOUT;
            DisputeSlot slot = DisputeSlotLib.decided(uint8(winners[i]), how, indices[i], lists[i]);
            if (collected[i] == 1) slot = slot.collected();
            vm.assertEq(DisputeSlot.unwrap(slot), slots[i], vm.toString(i));
        }
    }

    function test_position_published_succeeds() public view {
        uint256[] memory position = uints(".position.word");
        bytes32[] memory roots = words(".position.listRoot");
        uint256[] memory slots = uints(".position.slot");
        uint256[] memory sides = uints(".position.side");
        vm.assertGt(position.length, 0);
        for (uint256 i = 0; i < position.length; ++i) {
            Position p = Position.wrap(position[i]);
            vm.assertEq(p.steps(), uints(".position.steps")[i], "steps");
            vm.assertEq(p.time(), uints(".position.time")[i], "time");
            vm.assertEq(p.blockNumber(), uints(".position.block")[i], "block");
            string memory owner = sides[i] == PositionLib.SUBMITTER
                ? ".position.submitterBudget"
                : ".position.challengerBudget";
            vm.assertEq(p.budget(), uints(owner)[i], "budget");
            vm.assertEq(p.lists(), uints(".position.lists")[i], "lists");
            vm.assertEq(p.bondIndex(), uints(".position.bondIndex")[i], "bond index");
            vm.assertEq(p.phase(), uints(".position.phase")[i], "phase");
            vm.assertEq(p.side(), sides[i], "side");
            vm.assertEq(p.maxEvaluated(), uints(".position.maxEvaluated")[i], "r");
            vm.assertEq(p.profile(), uints(".position.profile")[i], "profile");
            vm.assertEq(p.guest(), uints(".position.guest")[i], "guest");
            DisputeSlot slot = DisputeSlotLib.live(position[i], roots[i]);
            vm.assertEq(DisputeSlot.unwrap(slot), slots[i], "slot");
        }
    }

    function test_money_published_succeeds() public view {
        uint256[] memory bits = uints(".money.arityBits");
        uint256[] memory stakes = uints(".money.stake");
        vm.assertGt(bits.length, 0);
        for (uint256 i = 0; i < bits.length; ++i) {
            uint256 base = uints(".money.bondGwei")[i] * 1 gwei;
            uint256 open = uints(".money.openDisputes")[i];
            uint256 lists = uints(".money.lists")[i];
            uint256 share = uints(".money.share")[i];
            uint256 first = uints(".money.stakeGwei")[i] * 1 gwei;
            vm.assertEq(Money.stake(first, uints(".money.round")[i]), stakes[i], "stake");
            vm.assertEq(Money.bond(base, open), uints(".money.bond")[i], "bond");
            uint256 gain = Money.repelled(base, bits[i], lists);
            vm.assertEq(gain, uints(".money.repelled")[i], "repelled");
            vm.assertEq(Money.share(stakes[i], open), share, "share");
            uint256 repaid = Money.repaid(share, base, bits[i], lists);
            vm.assertEq(repaid, uints(".money.repaid")[i], "repaid");
            uint256 fee = Money.latenessFee(stakes[i]);
            vm.assertEq(fee, uints(".money.latenessFee")[i], "lateness fee");
            vm.assertEq(Money.successor(base), uints(".money.successor")[i], "successor");
        }
    }

    function test_cut_published_succeeds() public view {
        uint256[] memory ns = uints(".cut.n");
        uint256[] memory ks = uints(".cut.k");
        bytes[] memory cuts = blobs(".cut.cuts");
        vm.assertGt(ns.length, 0);
        for (uint256 i = 0; i < ns.length; ++i) {
            uint256 p = Cut.entries(PositionLib.LARGE_STEPS, ns[i], ks[i], 0);
            vm.assertEq(cuts[i].length, 8 * p, "entries");
            uint256 at;
            for (uint256 j = 1; j <= p; ++j) {
                at += Cut.part(ns[i], p, j);
                vm.assertEq(at, word(cuts[i], 8 * (j - 1)) >> 192, vm.toString(j));
            }
        }
    }

    function test_list_published_succeeds() public view {
        uint256[] memory bits = uints(".list.arityBits");
        bytes32[] memory starts = words(".list.start");
        bytes[] memory entries = blobs(".list.entries");
        bytes32[] memory roots = words(".list.root");
        uint256[] memory picks = uints(".list.pick");
        bytes[] memory siblings = blobs(".list.siblings");
        vm.assertGt(bits.length, 0);
        for (uint256 i = 0; i < bits.length; ++i) {
            vm.assertEq(ListTree.root(starts[i], entries[i], bits[i]), roots[i], "root");
            uint256 index = picks[i] - 1;
            bytes32 start = index == 0 ? starts[i] : bytes32(word(entries[i], 32 * (index - 1)));
            bytes32 end = bytes32(word(entries[i], 32 * index));
            vm.assertEq(lib.listProof(start, end, index, siblings[i]), roots[i], "proof");
        }
    }

    function test_opening_published_succeeds() public view {
        bytes[] memory bodies = blobs(".opening.bytes");
        uint256[] memory ms = uints(".opening.m");
        bytes32[] memory hashes = words(".opening.stateHash");
        bytes32[] memory successors = words(".opening.successor");
        vm.assertGt(bodies.length, 0);
        for (uint256 i = 0; i < bodies.length; ++i) {
            (uint256 m, uint256 size, bytes32 hashF, bytes32 y) = lib.opening(bodies[i], ms[i]);
            vm.assertEq(m, ms[i], "m");
            vm.assertEq(size, bodies[i].length, "size");
            vm.assertEq(hashF, hashes[i], "hash(F)");
            vm.assertEq(y, successors[i], "Y");
        }
    }

    function test_seam_published_succeeds() public view {
        bytes[] memory inputs = blobs(".seam.input");
        bytes32[] memory models = words(".seam.model");
        bytes32[] memory starts = words(".seam.s0");
        bytes[] memory outputs = blobs(".seam.output");
        uint256[] memory outcomes = uints(".seam.outcome");
        bytes32[] memory runs = words(".seam.runRoot");
        bytes32[] memory ends = words(".seam.sn");
        vm.assertGt(inputs.length, 0);
        for (uint256 i = 0; i < inputs.length; ++i) {
            vm.assertEq(lib.startState(inputs[i], models[i]), starts[i], "S_0");
            uint8 outcome = uint8(outcomes[i]);
            bytes32 end = lib.endState(runs[i], outcome, outputs[i], models[i]);
            vm.assertEq(end, ends[i], "S_n");
            if (outcome == Seam.FAULTED) continue;
            bytes32 root = lib.outputRoot(outcome, outputs[i]);
            vm.assertEq(root, words(".seam.outputRoot")[i], "O");
        }
    }

    function test_start_published_succeeds() public view {
        bytes32[] memory hashes = words(".start.hash");
        uint256[] memory entries = uints(".start.entry");
        vm.assertGt(hashes.length, 0);
        for (uint256 i = 0; i < hashes.length; ++i) {
            bytes32 root = Keccak.pair(words(".start.guestRoot")[i], words(".start.s")[i]);
            vm.assertEq(VmState.start(root, uint64(entries[i])), hashes[i], vm.toString(i));
        }
    }

    /// @notice The word at byte `at`; what follows the data counts as anything.
    function word(bytes memory data, uint256 at) private pure returns (uint256 w) {
        assembly ("memory-safe") {
            w := mload(add(add(data, 0x20), at))
        }
    }
}
