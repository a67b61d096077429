// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Attention} from "../../src/attention/Attention.sol";
import {IAttentionEvents} from "../../src/attention/IAttentionEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Rejection} from "../opml/Rejection.sol";

/// @title Stage
/// @notice An arena whose profile has an answer window, with attention on it and short ways to be a validator.
abstract contract Stage is Rejection {
    uint16 internal constant ANSWERS = 120;
    uint256 internal constant ANSWERS_FOR = ANSWERS - 3 * 12;
    uint8 internal constant DRAWS = 3;
    uint16 internal constant CAPACITY = 2;
    uint32 internal constant EPOCH = 1 days;
    uint96 internal constant SLASH = 0.05 ether;
    uint96 internal constant REWARD = 0.006 ether;
    uint256 internal constant DEPOSIT = 2 * uint256(CAPACITY) * SLASH;
    uint256 internal constant FUNDING = uint256(DRAWS) * REWARD;

    Attention internal attention;
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");

    function setUp() public virtual override {
        super.setUp();
        IOpMLTypes.Profile memory attentive = profileOf(ARITY_BITS);
        attentive.answerWindow = ANSWERS;
        vm.prank(registrar);
        profile = opml.addProfile(attentive);
        attention = new Attention(opml, termsOf(10_000));
        address[3] memory validators = [alice, bob, carol];
        for (uint256 i = 0; i < 3; ++i) {
            vm.deal(validators[i], 1000 ether);
        }
        nextEpoch();
    }

    /// @notice Terms under which drawn seats are called with this probability, in ten thousandths.
    function termsOf(uint16 called) internal view returns (IAttentionEvents.Terms memory) {
        return IAttentionEvents.Terms({
            profile: profile,
            draws: DRAWS,
            calledPerTenThousand: called,
            capacity: CAPACITY,
            epochSeconds: EPOCH,
            slash: SLASH,
            reward: REWARD
        });
    }

    //// Time ////

    function epochNow() internal view returns (uint256) {
        return vm.getBlockTimestamp() / EPOCH;
    }

    /// @notice An hour into the next epoch.
    function nextEpoch() internal {
        uint256 time = (epochNow() + 1) * EPOCH + 1 hours - vm.getBlockTimestamp();
        pass(time);
    }

    //// Validators ////

    function join(address validator) internal {
        uint256 lacks = DEPOSIT - attention.members(model, validator).deposit;
        vm.prank(validator);
        attention.join{value: lacks}(model);
    }

    /// @notice All three have seats of this epoch: 0, 1 and 2, and each is drawn, by the index of its seat.
    function seatAll() internal {
        join(alice);
        join(bob);
        join(carol);
        nextEpoch();
    }

    function answerAs(address validator, bytes32 requestId, bytes32 sn) internal {
        vm.prank(validator);
        attention.answer(requestId, answerOf(validator, requestId, sn));
    }

    function answerOf(address validator, bytes32 requestId, bytes32 sn)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(requestId, sn, validator));
    }

    //// Requests ////

    function enrol(Asked memory asked) internal {
        vm.prank(asker);
        attention.enrol{value: FUNDING}(asked.request);
    }

    /// @notice A request before the validators.
    function enrolled() internal returns (Asked memory asked) {
        asked = ask();
        enrol(asked);
    }

    /// @notice The first commitment, in a block with this hash; two blocks pass.
    function begin(Made memory made, bytes32 hash) internal {
        uint256 number = vm.getBlockNumber();
        commit(made);
        vm.setBlockhash(number, hash);
    }

    /// @notice Reveals a commitment that was just made and makes it final.
    function finish(Asked memory asked, Made memory made) internal {
        pass(ANSWERS);
        reveal(asked, made);
        finalise(asked, made);
    }

    //// Refusals ////

    /// @notice A call of attention that must revert with exactly `error`.
    function declined(address by, uint256 value, bytes memory call, bytes memory error) internal {
        vm.prank(by);
        (bool success, bytes memory returned) = address(attention).call{value: value}(call);
        vm.assertFalse(success, "must revert");
        vm.assertEq(returned, error, "error");
    }
}
