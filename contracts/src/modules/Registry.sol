// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {HeaderProof} from "../lib/HeaderProof.sol";
import {ModelHeader} from "../lib/ModelHeader.sol";
import {IOpML} from "../interfaces/IOpML.sol";
import {Money} from "../lib/Money.sol";
import {ReentrancyLock} from "./ReentrancyLock.sol";

/// @title Registry
/// @notice Profiles, guest versions and models: append-only, so what a request names never changes under it.
/// @dev The registrar can append courts and nothing else; who asks and who claims choose among them.
abstract contract Registry is ReentrancyLock {
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

    address public immutable override registrar;

    uint256 private _profileCount;
    uint256 private _guestCount;
    mapping(uint8 profile => Profile) internal _profiles;
    mapping(uint8 guest => GuestVersion) internal _guests;
    mapping(bytes32 model => ModelBounds) internal _models;

    modifier onlyRegistrar() {
        if (msg.sender != registrar) revert NotRegistrar(msg.sender);
        _;
    }

    constructor(address registrar_) {
        registrar = registrar_;
    }

    /// @inheritdoc IOpML
    function addProfile(Profile calldata parameters)
        external
        override
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

        if (_profileCount == MAX_ENTRIES) revert TooManyEntries();
        profile = uint8(_profileCount++);
        _profiles[profile] = parameters;
        emit ProfileAdded(profile, parameters);
    }

    /// @inheritdoc IOpML
    function addGuestVersion(GuestVersion calldata version)
        external
        override
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
        _guests[guest] = version;
        emit GuestVersionAdded(
            guest,
            version.root,
            version.verifier,
            version.entry,
            version.maxStepsBits,
            version.maxEvaluated
        );
    }

    /// @inheritdoc IOpML
    function registerModel(bytes calldata header, bytes calldata siblings)
        external
        override
        nonReentrant
        returns (bytes32 model)
    {
        ModelBounds memory bounds = ModelHeader.read(header);
        model = HeaderProof.modelId(header, siblings);
        if (_models[model].maxLargeSteps != 0) revert ModelExists(model);
        _models[model] = bounds;
        emit ModelRegistered(model, bounds);
    }

    /// @inheritdoc IOpML
    function profiles(uint8 profile) external view override returns (Profile memory) {
        return _profiles[profile];
    }

    /// @inheritdoc IOpML
    function guestVersions(uint8 guest) external view override returns (GuestVersion memory) {
        return _guests[guest];
    }

    /// @inheritdoc IOpML
    function models(bytes32 model) external view override returns (ModelBounds memory) {
        return _models[model];
    }

    /// @notice Stake of a claim in wei.
    function _stake(Profile memory profile, uint32 round) internal pure returns (uint256) {
        return Money.stake(uint256(profile.stakeGwei) * 1 gwei, round);
    }

    /// @notice Bond in wei of a dispute beside which no other is open.
    function _bond(Profile memory profile) internal pure returns (uint256) {
        return uint256(profile.bondGwei) * 1 gwei;
    }
}
