// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "../../../src/interfaces/IOpMLTypes.sol";
import {Match} from "../Match.sol";
import {Moody} from "./Moody.sol";
import {Toy} from "../Toy.sol";

/// @title Scene
/// @notice What the handler remembers of requests, claims and disputes, and how it finds what it plays with.
abstract contract Scene is Match {
    /// @notice A claim, as the handler remembers it.
    struct Seen {
        Asked asked;
        Made made;
        bool truth;
    }

    uint256 internal constant N = 6;
    uint256 internal constant M = 20;
    uint16 internal constant ANSWERS = 96;
    uint32 internal constant CALLBACK_GAS = 100_000;
    uint256 internal constant KEYS = 6;

    // What the end of a claim says about money that was lost by time.
    uint8 internal constant OPEN = 0;
    uint8 internal constant TRUE = 1;
    uint8 internal constant FALSE = 2;
    uint8 internal constant UNKNOWN = 3;
    uint8 internal constant ANNULLED = 4;

    bytes[] internal _asked; // Asked
    bytes[] internal _committed; // Seen
    bytes[] internal _claims; // Seen, once it is revealed
    bytes[] internal _duels; // Duel; `over` once it is decided
    uint256[] internal _claimOf; // of a duel
    mapping(bytes32 claimId => uint8) internal _lastStatus;
    mapping(bytes32 requestId => uint256) public finals;
    mapping(bytes32 disputeId => bool) internal _settled;
    mapping(bytes32 claimId => uint256) internal _sharesPaid;

    mapping(bytes32 requestId => bool) internal _published;
    /// @notice How many keys a party has that are not dismissed.
    mapping(address party => uint256) internal _serving;
    /// @notice Takes answers in some moods, and not in others.
    Moody internal _moody;
    /// @notice Two courts: without an answer window, and with one.
    uint8[2] internal _courts;

    uint256 public deposited;
    uint256 public withdrawn;
    uint256 public burned;

    function setUp() public virtual override {
        super.setUp();
        enter(ARITY_BITS, Toy.guestRoot(N, M, 0, 0));
        IOpMLTypes.Profile memory attentive = profileOf(ARITY_BITS);
        attentive.answerWindow = ANSWERS;
        vm.prank(registrar);
        _courts = [profile, opml.addProfile(attentive)];
        _moody = new Moody();
    }

    //// Requests ////

    /// @notice Whom a request calls: nobody, a contract with moods, or an account that takes no answer.
    function receiverOf(uint256 seed) internal view returns (address callback, uint32 gasLimit) {
        uint256 kind = draw(seed, "callback") % 4;
        if (kind == 0) return (address(0), 0);
        return (kind == 3 ? rival : address(_moody), CALLBACK_GAS);
    }

    /// @notice What a callback comes to if it is made now.
    function callbackDue(Asked memory asked) internal view returns (uint8) {
        if (asked.request.callback == address(0)) return 0;
        return asked.request.callback == address(_moody) && _moody.takes() ? 2 : 3;
    }

    /// @notice Whether a commitment has waited for the answers of validators, if its court has any.
    function answersAreIn(Made memory made) internal view returns (bool) {
        return made.claim.profile == _courts[0] || sinceClaim(made.claimId) >= ANSWERS;
    }

    //// Operators ////

    function keyOf(uint256 seed) internal pure returns (address) {
        return address(uint160(0x6b6579 + draw(seed, "key") % KEYS));
    }

    /// @notice Whether a key plays for a party in the disputes on a claim.
    function plays(address key, address party, bytes32 claimId) internal view returns (bool) {
        (uint256 since, uint256 until) = opml.operators(party, key);
        uint256 revealed = uint32(opml.claimSlot(claimId) >> 160);
        return since != 0 && since < revealed && (until == 0 || until >= revealed);
    }

    //// Players ////

    function draw(uint256 seed, bytes32 what) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }

    function submitterOf(Seen memory seen) internal view returns (Player memory) {
        address account = seen.made.claim.submitter;
        if (seen.truth) return honest(account, runOf(seen.asked), seen.made.claim.n);
        uint256 lie = draw(uint256(seen.made.claimId), "lie");
        uint256 from = 1 + lie % seen.made.claim.n;
        return Player(account, from, seen.made.claim.sn, 1 + lie % M, 0, NEVER, "submitter");
    }

    /// @notice Against a false claim the challenger tells the truth, against a true one it lies.
    function challengerOf(Seen memory seen, uint64 nonce) internal view returns (Player memory) {
        if (!seen.truth) return honest(challenger, runOf(seen.asked), seen.made.claim.n);
        uint256 lie = draw(uint256(seen.made.claimId), bytes32(uint256(nonce)));
        uint256 from = 1 + lie % seen.made.claim.n;
        return Player(challenger, from, "end", 1 + lie % M, 0, NEVER, "challenger");
    }

    function live(uint256 seed)
        internal
        view
        returns (bool found, uint256 at, Duel memory duel, Seen memory seen)
    {
        for (uint256 i = 0; i < _duels.length && !found; ++i) {
            at = (seed % _duels.length + i) % _duels.length;
            duel = abi.decode(_duels[at], (Duel));
            found = !duel.over && claimStatus(duel.claimId) == 1;
        }
        if (found) seen = abi.decode(_claims[_claimOf[at]], (Seen));
    }

    function timeOut(uint256 at, Duel memory duel, Seen memory seen, bool expired) internal {
        uint256 author = sideOf(duel.position) ^ 1;
        (bool success,) = address(opml).call(timeoutCall(duel));
        bool due = expired && !opml.retired(guest);
        vm.assertEq(success, due, "timed out after the last tick, by a version that serves");
        if (!success) return;
        duel.over = true;
        decided(duel, seen, author, false);
        _duels[at] = abi.encode(duel);
    }

    /// @notice Who tells the truth never loses by proof.
    function decided(Duel memory duel, Seen memory seen, uint256 winner, bool byProof)
        internal
        view
    {
        uint256 slot = opml.disputeSlot(duel.disputeId);
        vm.assertEq(uint8(slot), winner + 1, "winner");
        vm.assertEq(uint8(slot >> 8), byProof ? 1 : 2, "how");
        if (byProof) vm.assertEq(winner == 0, seen.truth, "the truth wins by proof");
    }

    function liveOn(bytes32 claimId) internal view returns (uint256 count) {
        for (uint256 i = 0; i < _duels.length; ++i) {
            Duel memory duel = abi.decode(_duels[i], (Duel));
            if (duel.claimId == claimId && !duel.over) ++count;
        }
    }

    /// @notice The claim of a request that is final, if one is.
    function finalOf(bytes32 requestId) internal view returns (bool found, Made memory made) {
        for (uint256 i = 0; i < _claims.length && !found; ++i) {
            made = abi.decode(_claims[i], (Seen)).made;
            found = made.claim.requestId == requestId && claimStatus(made.claimId) == 2;
        }
    }

    /// @notice What has not been handed out of the stake of a rejected claim: all, or the shares of others once the winner
    ///         has had the rest; less the shares that were.
    function stakeLeft(Made memory made) internal view returns (uint256) {
        uint256 stake = stakeOf(made.claim.round);
        uint256 others = liveDisputes(made.claimId);
        uint256 share = others == 0 ? 0 : stake / 4 / others;
        (, Duel memory winner) = winnerOn(made.claimId);
        if (endOn(made.claimId) == ANNULLED) return _settled[winner.disputeId] ? 0 : stake;
        uint256 kept = _settled[winner.disputeId] ? others * share : stake;
        return kept - _sharesPaid[made.claimId] * share;
    }

    /// @notice The dispute that rejected a claim.
    function winnerOn(bytes32 claimId) internal view returns (bool found, Duel memory winner) {
        for (uint256 i = 0; i < _duels.length && !found; ++i) {
            winner = abi.decode(_duels[i], (Duel));
            found = winner.claimId == claimId && winner.over
                && uint8(opml.disputeSlot(winner.disputeId)) == 2;
        }
    }

    function sinceClaim(bytes32 claimId) internal view returns (uint256) {
        uint256 slot = opml.claimSlot(claimId);
        uint256 time = vm.getBlockTimestamp() - uint32(slot >> 160);
        uint256 blocks = 12 * (vm.getBlockNumber() - uint32(slot >> 192));
        return time < blocks ? time : blocks;
    }

    function forfeit(Duel memory duel) internal view returns (uint256) {
        return bondOf(duel.bondIndex) - gainOf(duel.moves);
    }

    /// @notice What the end of a claim says about money that was lost by time.
    function endOn(bytes32 claimId) internal view returns (uint8) {
        uint8 status = claimStatus(claimId);
        if (status == 2 || status == 7) return TRUE;
        if (status == 3) return FALSE;
        if (status == 8) return ANNULLED;
        for (uint256 i = 0; i < _claims.length && status == 6; ++i) {
            Made memory made = abi.decode(_claims[i], (Seen)).made;
            if (made.claimId != claimId) continue;
            if (requestStatus(made.claim.requestId) != 5) continue;
            return isAnnulled(made.claim.requestId) ? ANNULLED : UNKNOWN;
        }
        return OPEN;
    }

    function isAnnulled(bytes32 requestId) internal view returns (bool) {
        return (opml.requestSlot(requestId) >> 152) & 1 == 1;
    }
}
