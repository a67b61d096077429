// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {AnswerWindow} from "../lib/AnswerWindow.sol";
import {HeaderProof} from "../lib/HeaderProof.sol";
import {ModelHeader} from "../lib/ModelHeader.sol";
import {Delegated} from "./Delegated.sol";
import {State} from "./State.sol";

/// @title Registry
/// @notice Profiles, guest versions and models: append-only, so what a request names never changes under it.
/// @dev The registrar can append courts and nothing else; who asks and who claims choose among them.
abstract contract Registry is State, Delegated, IBackOffice {
    /// @dev A window or a clock below this leaves no time to answer on any chain.
    uint256 private constant MIN_SECONDS = 60;
    /// @dev Keeps a budget below 2^32: no dispute has more than a hundred moves, each with an increment below 2^16.
    uint256 private constant MAX_CLOCK = 1 << 31;
    uint256 private constant MAX_ARITY_BITS = 6;
    /// @dev The half of a stake that its winner gets pays for several bonds' worth of disputes.
    uint256 private constant BONDS_PER_STAKE = 10;

    uint256 private constant MAX_STEPS_BITS = 40;
    uint256 private constant MAX_EVALUATED = 16;
    /// @dev Size of the text: a fetch beyond it faults.
    uint256 private constant TEXT = 1 << 24;

    /// @dev Numbers are one byte.
    uint256 private constant MAX_ENTRIES = 256;

    address private immutable _registrar;

    modifier onlyRegistrar() {
        if (msg.sender != _registrar) revert NotRegistrar(msg.sender);
        _;
    }

    constructor(address registrar_) {
        _registrar = registrar_;
    }

    /// @inheritdoc IBackOffice
    function addProfile(Profile calldata parameters)
        external
        override
        delegated
        nonReentrant
        onlyRegistrar
        returns (uint8 profile)
    {
        if (parameters.window < MIN_SECONDS) revert BadProfile();
        if (parameters.clock < MIN_SECONDS || parameters.clock > MAX_CLOCK) revert BadProfile();
        if (parameters.secondsPerBlock == 0) revert BadProfile();
        if (parameters.arityBits == 0 || parameters.arityBits > MAX_ARITY_BITS) {
            revert BadProfile();
        }
        if (parameters.bondGwei == 0) revert BadProfile();
        if (parameters.stakeGwei < BONDS_PER_STAKE * parameters.bondGwei) revert BadProfile();
        _checkAnswerWindow(parameters);

        if (_profileCount == MAX_ENTRIES) revert TooManyEntries();
        profile = uint8(_profileCount++);
        _profiles[profile] = parameters;
        emit ProfileAdded(profile, parameters);
    }

    /// @dev Answers need a time in which a transaction can be expected to be mined, and who commits in the last second before
    ///      the deadline needs half a clock for the reveal: a clock after the deadline the request is refunded.
    function _checkAnswerWindow(Profile calldata parameters) private pure {
        if (parameters.answerWindow == 0) return;
        uint256 least = MIN_SECONDS + AnswerWindow.margin(parameters.secondsPerBlock);
        if (parameters.answerWindow < least) revert BadProfile();
        if (parameters.answerWindow > parameters.clock / 2) revert BadProfile();
    }

    /// @inheritdoc IBackOffice
    function addGuestVersion(GuestVersion calldata version)
        external
        override
        delegated
        nonReentrant
        onlyRegistrar
        returns (uint8 guest)
    {
        if (address(version.verifier).code.length == 0) revert BadGuestVersion();
        if (version.entry >= TEXT || version.entry % 4 != 0) revert BadGuestVersion();
        if (version.maxStepsBits > MAX_STEPS_BITS) revert BadGuestVersion();
        if (version.maxEvaluated == 0 || version.maxEvaluated > MAX_EVALUATED) {
            revert BadGuestVersion();
        }

        if (_guestCount == MAX_ENTRIES) revert TooManyEntries();
        guest = uint8(_guestCount++);
        _guests[guest] = GuestRecord({
            root: version.root,
            verifier: version.verifier,
            entry: version.entry,
            maxStepsBits: version.maxStepsBits,
            maxEvaluated: version.maxEvaluated,
            retired: false
        });
        emit GuestVersionAdded(
            guest,
            version.root,
            version.verifier,
            version.entry,
            version.maxStepsBits,
            version.maxEvaluated
        );
    }

    /// @inheritdoc IBackOffice
    function registerModel(bytes calldata header, bytes calldata siblings)
        external
        override
        delegated
        nonReentrant
        returns (bytes32 model)
    {
        ModelBounds memory bounds = ModelHeader.read(header);
        model = HeaderProof.modelId(header, siblings);
        if (_models[model].maxLargeSteps != 0) revert ModelExists(model);
        _models[model] = bounds;
        emit ModelRegistered(model, bounds);
    }

    /// @inheritdoc IBackOffice
    function profiles(uint8 profile) external view override delegated returns (Profile memory) {
        return _profiles[profile];
    }

    /// @inheritdoc IBackOffice
    function guestVersions(uint8 guest)
        external
        view
        override
        delegated
        returns (GuestVersion memory)
    {
        GuestRecord storage version = _guests[guest];
        return GuestVersion({
            root: version.root,
            verifier: version.verifier,
            entry: version.entry,
            maxStepsBits: version.maxStepsBits,
            maxEvaluated: version.maxEvaluated
        });
    }

    /// @inheritdoc IBackOffice
    function models(bytes32 model) external view override delegated returns (ModelBounds memory) {
        return _models[model];
    }

    /// @inheritdoc IBackOffice
    function registrar() external view override delegated returns (address) {
        return _registrar;
    }
}
