// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Purse} from "./Purse.sol";
import {Toy} from "./Toy.sol";
import {ToyCourt} from "./ToyCourt.sol";

/// @title Arena
/// @notice A deployed OpML with one model, one profile and one toy guest, and short ways to ask and to claim.
abstract contract Arena is Purse {
    /// @notice Everything about a claim that calls have to name again.
    struct Asked {
        IOpMLTypes.Request request;
        bytes32 requestId;
        bytes input;
        bytes data;
    }

    struct Made {
        IOpMLTypes.Claim claim;
        bytes32 claimId;
        bytes32 runRoot;
        bytes output;
    }

    uint256 internal constant STAKE = 1 ether;
    uint256 internal constant BOND = 0.1 ether;
    uint256 internal constant FEE = 0.01 ether;
    uint32 internal constant WINDOW = 600;
    uint32 internal constant CLOCK = 300;
    uint16 internal constant INCREMENT = 24;
    uint8 internal constant ARITY_BITS = 2;
    uint8 internal constant MAX_STEPS_BITS = 20;
    uint8 internal constant MAX_EVALUATED = 4;

    ToyCourt internal court;
    bytes32 internal model;
    uint8 internal profile;
    uint8 internal guest;
    uint256 internal k;

    address internal guardian = makeAddr("guardian");
    uint256 internal guardianUntil;
    address internal asker = makeAddr("asker");
    address internal submitter = makeAddr("submitter");
    address internal challenger = makeAddr("challenger");
    address internal stranger = makeAddr("stranger");
    address internal rival = makeAddr("rival");

    uint64 private _nonce;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(20_000_000);
        guardianUntil = vm.getBlockTimestamp() + 365 days;
        opml = deploy(guardian, guardianUntil);
        court = new ToyCourt();
        model = opml.registerModel(header(), hex"00");
        enter(ARITY_BITS, Toy.guestRoot(10, 100, 0, 0));
        address[6] memory parties = [registrar, asker, submitter, challenger, stranger, rival];
        for (uint256 i = 0; i < parties.length; ++i) {
            vm.deal(parties[i], 100_000 ether);
        }
    }

    //// Registry ////

    function profileOf(uint8 arityBits) internal pure returns (IOpMLTypes.Profile memory) {
        return IOpMLTypes.Profile({
            window: WINDOW,
            clock: CLOCK,
            increment: INCREMENT,
            secondsPerBlock: 12,
            arityBits: arityBits,
            stakeGwei: uint64(STAKE / 1 gwei),
            bondGwei: uint64(BOND / 1 gwei),
            answerWindow: 0
        });
    }

    function guestOf(bytes32 root) internal view returns (IOpMLTypes.GuestVersion memory) {
        return IOpMLTypes.GuestVersion({
            root: root,
            verifier: court,
            entry: Toy.ENTRY,
            maxStepsBits: MAX_STEPS_BITS,
            maxEvaluated: MAX_EVALUATED
        });
    }

    /// @notice From here on, requests name this arity and this machine.
    function enter(uint8 arityBits, bytes32 root) internal {
        k = uint256(1) << arityBits;
        profile = addProfile(arityBits);
        guest = addGuest(root);
    }

    function addProfile(uint8 arityBits) internal returns (uint8) {
        vm.prank(registrar);
        return opml.addProfile(profileOf(arityBits));
    }

    function addGuest(bytes32 root) internal returns (uint8) {
        vm.prank(registrar);
        return opml.addGuestVersion(guestOf(root));
    }

    /// @notice A header without weights: nMax 2^20, input up to 2000 bytes, output up to 64.
    function header() internal pure returns (bytes memory) {
        return abi.encodePacked(
            bytes8("opmlmdl\x01"),
            hex"00000000", // flags
            hex"01000000", // records
            hex"0000100000000000", // nMax
            hex"00000000", // inMin
            hex"d0070000", // inMax
            hex"40000000", // outMax
            hex"00000000",
            hex"0000000000000000", // actBytes
            hex"0000000000000000", // weightBytes
            hex"0000000000000000"
        );
    }

    //// Asking and claiming ////

    function ask() internal returns (Asked memory) {
        return ask(address(0), 0);
    }

    function ask(address callback, uint32 gasLimit) internal returns (Asked memory asked) {
        asked = nextQuestion(callback, gasLimit);
        asked.requestId = send(asked, uint32(vm.getBlockTimestamp() + 1 days));
    }

    /// @notice Asks all of these with one call; they have no ids before.
    function askAll(Asked[] memory all) internal {
        IOpMLTypes.Question[] memory questions = new IOpMLTypes.Question[](all.length);
        uint32 deadline = uint32(vm.getBlockTimestamp() + 1 days);
        for (uint256 i = 0; i < all.length; ++i) {
            questions[i] = questionOf(all[i], deadline);
        }
        uint256 value = pay(asker, FEE * all.length);
        vm.prank(asker);
        bytes32[] memory ids = opml.requestBatch{value: value}(questions);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i].requestId = ids[i];
        }
    }

    /// @notice The next question, not asked yet.
    function nextQuestion(address callback, uint32 gasLimit) internal returns (Asked memory asked) {
        asked.input = abi.encode("input", _nonce);
        asked.data = abi.encode("data", _nonce);
        asked.request = IOpMLTypes.Request({
            requester: asker,
            nonce: _nonce,
            model: model,
            guest: guest,
            profile: profile,
            inputHash: keccak256(asked.input),
            callback: callback,
            gasLimit: gasLimit,
            dataHash: keccak256(asked.data)
        });
        ++_nonce;
    }

    /// @notice Asks, with the fee: of a token the call has to name it.
    function send(Asked memory asked, uint32 deadline) private returns (bytes32) {
        IOpMLTypes.Request memory r = asked.request;
        uint256 value = pay(r.requester, FEE);
        if (overToken()) {
            IOpMLTypes.Question[] memory questions = new IOpMLTypes.Question[](1);
            questions[0] = questionOf(asked, deadline);
            vm.prank(r.requester);
            return opml.requestBatch(questions)[0];
        }
        vm.prank(r.requester);
        return opml.request{value: value}(
            r.model,
            r.guest,
            r.profile,
            r.nonce,
            deadline,
            asked.input,
            r.callback,
            r.gasLimit,
            asked.data
        );
    }

    function questionOf(Asked memory asked, uint32 deadline)
        private
        pure
        returns (IOpMLTypes.Question memory)
    {
        IOpMLTypes.Request memory r = asked.request;
        return IOpMLTypes.Question({
            model: r.model,
            guest: r.guest,
            profile: r.profile,
            nonce: r.nonce,
            deadline: deadline,
            input: asked.input,
            callback: r.callback,
            gasLimit: r.gasLimit,
            data: asked.data,
            fee: FEE
        });
    }

    function runOf(Asked memory asked) internal view returns (Toy.Run memory) {
        bytes32 root = opml.guestVersions(asked.request.guest).root;
        return Toy.Run(root, Toy.inputC(asked.input), asked.request.model);
    }

    function claimTruth(Asked memory asked) internal returns (Made memory made) {
        made = truthOf(asked);
        commit(made);
        reveal(asked, made);
    }

    function claimLie(Asked memory asked, uint256 n, bytes32 salt)
        internal
        returns (Made memory made)
    {
        made = lieOf(asked, n, salt);
        commit(made);
        reveal(asked, made);
    }

    /// @notice The true claim: after as many steps as the machine takes, or `FAULT`.
    function truthOf(Asked memory asked) internal view returns (Made memory) {
        Toy.Run memory run = runOf(asked);
        uint256 n = Toy.halting(run.guest);
        if (Toy.large(run, n) == Toy.FAULT) return prepare(asked, n, 3, 0, "");
        (bytes32 c,) = Toy.parts(run, n);
        return prepare(asked, n, 1, c, Toy.output(run));
    }

    /// @notice A false claim: an answer of `salt`'s choice after `n` steps.
    function lieOf(Asked memory asked, uint256 n, bytes32 salt)
        internal
        view
        returns (Made memory)
    {
        bytes32 runRoot = keccak256(abi.encode("false run", salt));
        return prepare(asked, n, 1, runRoot, abi.encode(salt));
    }

    function claim(Asked memory asked, uint256 n, uint8 outcome, bytes32 runRoot, bytes memory out)
        internal
        returns (Made memory made)
    {
        made = prepare(asked, n, outcome, runRoot, out);
        commit(made);
        reveal(asked, made);
    }

    /// @notice The claim's submitter commits to it; so many blocks pass that it can be revealed.
    function commit(Made memory made) internal {
        IOpMLTypes.Claim memory c = made.claim;
        uint256 value = pay(c.submitter, stakeOf(c.round));
        vm.prank(c.submitter);
        bytes32 id = opml.commit{value: value}(c.requestId, c.round, c.profile, contentOf(c));
        vm.assertEq(id, made.claimId, "claim id");
        pass(2 * 12);
    }

    function reveal(Asked memory asked, Made memory made) internal {
        vm.prank(made.claim.submitter);
        (bool success, bytes memory returned) = address(opml).call(revealCall(asked, made));
        vm.assertTrue(success, "reveal");
        vm.assertEq(bytes32(returned), made.claimId, "claim id");
    }

    function revealCall(Asked memory asked, Made memory made) internal view returns (bytes memory) {
        return abi.encodeCall(
            opml.reveal,
            (
                asked.request,
                made.claim.round,
                made.claim.n,
                made.claim.outcome,
                made.runRoot,
                made.claim.sn,
                asked.input,
                made.output
            )
        );
    }

    /// @notice The stake of a round: it doubles ten times.
    function stakeOf(uint256 round) internal pure returns (uint256) {
        return STAKE * 2 ** (round < 10 ? round : 10);
    }

    /// @notice The bond of a dispute while so many others are open on the claim.
    function bondOf(uint256 index) internal pure returns (uint256) {
        return BOND + BOND * index / 16;
    }

    /// @notice What repays so many lists in the profile that requests name now.
    function costOf(uint256 lists) internal view returns (uint256) {
        uint256 bits;
        while (1 << bits < k) ++bits;
        return BOND * bits * lists / (80 + 5 * bits);
    }

    /// @notice What a submitter gets of a bond that was lost after so many lists.
    function gainOf(uint256 lists) internal view returns (uint256) {
        return costOf(lists / 2 + 2) + BOND / 10;
    }

    /// @notice What a commitment hides.
    function contentOf(IOpMLTypes.Claim memory c) internal pure returns (bytes32) {
        return keccak256(abi.encode(c.guest, c.profile, c.s0, c.n, c.sn, c.outcome, c.outputHash));
    }

    function claimIdOf(IOpMLTypes.Claim memory c) internal pure returns (bytes32) {
        return keccak256(abi.encode(c.requestId, c.round, c.submitter, contentOf(c)));
    }

    /// @notice The same claim by somebody else.
    function inNameOf(address account, Made memory made) internal pure returns (Made memory) {
        made.claim.submitter = account;
        made.claimId = claimIdOf(made.claim);
        return made;
    }

    /// @notice What a claim would be, without making it.
    function prepare(
        Asked memory asked,
        uint256 n,
        uint8 outcome,
        bytes32 runRoot,
        bytes memory out
    ) internal view returns (Made memory made) {
        made.runRoot = runRoot;
        made.output = out;
        made.claim = IOpMLTypes.Claim({
            requestId: asked.requestId,
            round: roundOf(asked.requestId),
            guest: asked.request.guest,
            profile: asked.request.profile,
            submitter: submitter,
            s0: Toy.large(runOf(asked), 0),
            n: uint64(n),
            sn: endOf(asked.request.model, outcome, runRoot, out),
            outcome: outcome,
            outputHash: keccak256(out)
        });
        made.claimId = claimIdOf(made.claim);
    }

    function endOf(bytes32 model_, uint8 outcome, bytes32 runRoot, bytes memory out)
        internal
        pure
        returns (bytes32)
    {
        if (outcome == 3) return Toy.FAULT;
        bytes32 run = keccak256(abi.encode(runRoot, Toy.outputRoot(outcome, out)));
        return keccak256(abi.encode(run, model_));
    }

    //// Refusals ////

    /// @notice Makes a call that must revert with exactly `error`.
    function refused(address by, uint256 value, bytes memory call, bytes memory error) internal {
        vm.prank(by);
        (bool success, bytes memory returned) = address(opml).call{value: value}(call);
        vm.assertFalse(success, "must revert");
        vm.assertEq(returned, error, "error");
    }

    //// Time ////

    /// @notice Lets `time` seconds be charged: τ seconds per block.
    function pass(uint256 time) internal {
        vm.warp(vm.getBlockTimestamp() + time);
        vm.roll(vm.getBlockNumber() + (time + 11) / 12);
    }

    function finalise(Asked memory asked, Made memory made) internal {
        pass(WINDOW + 1);
        opml.finalise(asked.request, made.claim, made.output, asked.data);
    }

    //// Slots ////

    function roundOf(bytes32 requestId) internal view returns (uint32) {
        return uint32(opml.requestSlot(requestId) >> 96);
    }

    function deadlineOf(bytes32 requestId) internal view returns (uint32) {
        return uint32(opml.requestSlot(requestId) >> 64);
    }

    function requestStatus(bytes32 requestId) internal view returns (uint8) {
        return uint8(opml.requestSlot(requestId) >> 128);
    }

    function callbackState(bytes32 requestId) internal view returns (uint8) {
        return uint8(opml.requestSlot(requestId) >> 136);
    }

    function claimStatus(bytes32 claimId) internal view returns (uint8) {
        return uint8(opml.claimSlot(claimId) >> 252);
    }

    function liveDisputes(bytes32 claimId) internal view returns (uint256) {
        return (opml.claimSlot(claimId) >> 224) & 0xfffffff;
    }
}
