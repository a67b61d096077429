// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {IOpMLTypes} from "../interfaces/IOpMLTypes.sol";
import {AnswerWindow} from "../lib/AnswerWindow.sol";
import {ReentrancyLock} from "../modules/ReentrancyLock.sol";
import {Draws} from "./Draws.sol";
import {EpochTrace} from "./EpochTrace.sol";
import {IAttention} from "./IAttention.sol";

/// @title AttentionState
/// @notice The terms of a deployment, and all that it keeps.
/// @dev A seat's deposit is 2·capacity·G. A model takes at most `capacity` requests per epoch, each can take G from a seat once, and is
///      judged until the end of the next epoch; so at any time what can still be taken from a seat is at most what it holds.
abstract contract AttentionState is ReentrancyLock, IAttention {
    uint256 private constant MAX_DRAWS = 8;
    uint256 private constant MAX_PER_TEN_THOUSAND = 10_000;
    /// @dev Epochs in which a request can be judged: that of its enrolment and the next one.
    uint256 private constant LIABLE_EPOCHS = 2;
    /// @dev The least epoch, in times that one claim may take from commitment to verdict: what is enrolled in the last second of an
    ///      epoch can be final and judged within the next one.
    uint256 private constant VERDICTS_PER_EPOCH = 2;

    IOpML public immutable override opml;
    uint256 public immutable override answersFor;
    uint256 public immutable override seatDeposit;
    uint8 internal immutable _profile;
    uint256 internal immutable _draws;
    uint256 internal immutable _perTenThousand;
    uint256 internal immutable _target;
    uint256 internal immutable _capacity;
    uint256 internal immutable _epochSeconds;
    uint256 internal immutable _slash;
    uint256 internal immutable _reward;
    uint256 internal immutable _secondsPerBlock;

    mapping(bytes32 model => EpochTrace.Point[]) internal _sizes;
    mapping(bytes32 model => mapping(uint256 seat => EpochTrace.Point[])) internal _seats;
    mapping(bytes32 model => mapping(address validator => Member)) internal _members;
    mapping(bytes32 model => mapping(uint256 epoch => uint256)) internal _enrolled;
    mapping(bytes32 requestId => Enrolment) internal _enrolments;
    mapping(bytes32 requestId => mapping(address validator => bytes32)) internal _answers;
    mapping(address account => uint256) internal _credits;

    constructor(IOpML opml_, Terms memory terms_) {
        IOpMLTypes.Profile memory court = opml_.profiles(terms_.profile);
        if (court.answerWindow == 0) revert BadTerms();
        if (terms_.draws == 0 || terms_.draws > MAX_DRAWS) revert BadTerms();
        if (terms_.calledPerTenThousand == 0) revert BadTerms();
        if (terms_.calledPerTenThousand > MAX_PER_TEN_THOUSAND) revert BadTerms();
        if (terms_.capacity == 0) revert BadTerms();
        // Who earns more by an answer than it loses without one need not be there at all.
        if (terms_.reward == 0 || terms_.slash < terms_.reward) revert BadTerms();
        uint256 verdict = uint256(court.answerWindow) + court.window + 2 * uint256(court.clock);
        if (terms_.epochSeconds < VERDICTS_PER_EPOCH * verdict) revert BadTerms();

        opml = opml_;
        answersFor = court.answerWindow - AnswerWindow.margin(court.secondsPerBlock);
        seatDeposit = LIABLE_EPOCHS * terms_.capacity * uint256(terms_.slash);
        _profile = terms_.profile;
        _draws = terms_.draws;
        _perTenThousand = terms_.calledPerTenThousand;
        _target = Draws.target(terms_.calledPerTenThousand);
        _capacity = terms_.capacity;
        _epochSeconds = terms_.epochSeconds;
        _slash = terms_.slash;
        _reward = terms_.reward;
        _secondsPerBlock = court.secondsPerBlock;
    }

    function currentEpoch() public view override returns (uint256) {
        return block.timestamp / _epochSeconds;
    }

    /// @notice Whether what was enrolled, or ended, in `epoch` can still cost a deposit.
    function _isJudged(uint256 epoch) internal view returns (bool) {
        return currentEpoch() < epoch + LIABLE_EPOCHS;
    }

    /// @notice What is set aside for the rewards of a request.
    function _funding() internal view returns (uint256) {
        return _draws * _reward;
    }

    /// @notice Payouts are pulled.
    function _credit(address account, uint256 amount) internal {
        _credits[account] += amount;
        emit Credited(account, amount);
    }
}
