// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Attention} from "../../src/attention/Attention.sol";
import {IAttentionEvents as E} from "../../src/attention/IAttentionEvents.sol";
import {Stage} from "./Stage.sol";

/// @title Handler
/// @notice Plays validators, requesters and judges at random, keeps books of its own, and says before each judgement what it has to
///         be.
contract Handler is Stage {
    /// @notice A request before the validators, as the books have it.
    struct Case {
        Asked asked;
        Made truth;
        Made lie;
        uint256 epoch;
        address[] roster; // when it was enrolled
        uint192 rand; // zero: not begun
        bool isFinal;
        uint256 rewarded;
        bool reclaimed;
    }

    uint16 private constant CALLED = 5_000;
    uint256 private constant NEVER = type(uint256).max;

    Case[] private _cases;
    address[5] private _names;
    mapping(address => uint256) private _deposit;
    mapping(address => uint256) private _from;
    mapping(address => uint256) private _until;
    mapping(address => uint256) private _credit;
    mapping(uint256 index => mapping(address => bytes32)) private _answer;
    mapping(uint256 index => mapping(address => bool)) private _judged;
    uint256 private _burned;
    /// @notice Judgements of either kind so far.
    uint256 public slashes;
    /// @notice Judgements of either kind so far.
    uint256 public rewards;

    function setUp() public override {
        super.setUp();
        attention = new Attention(opml, termsOf(CALLED));
        for (uint256 i = 0; i < _names.length; ++i) {
            _names[i] = address(uint160(0x4000 + i));
            vm.deal(_names[i], 1000 ether);
            if (i < 4) this.doSeat(i);
        }
        nextEpoch();
        this.doEnrol();
    }

    //// Validators ////

    /// @notice Takes a seat, or mostly leaves it as it is, or gives it up.
    function doSeat(uint256 seed) external {
        address who = _names[seed % _names.length];
        E.Member memory member = attention.members(model, who);
        if (member.seat == 0) {
            bytes memory call = abi.encodeCall(attention.join, (model));
            vm.prank(who);
            (bool joined,) = address(attention).call{value: DEPOSIT - _deposit[who]}(call);
            bool free = _until[who] == 0 || epochNow() > _until[who];
            vm.assertEq(joined, free, "joins iff it is free");
            if (joined) {
                (_deposit[who], _from[who], _until[who]) = (DEPOSIT, epochNow() + 1, NEVER);
            }
        } else if (_until[who] != NEVER) {
            attention.vacate(model, who);
        } else if ((seed >> 64) % 8 == 0) {
            vm.prank(who);
            attention.leave(model);
            _until[who] = epochNow() + 1;
        }
    }

    function doRelease(uint256 seed) external {
        address who = _names[seed % _names.length];
        vm.prank(who);
        (bool released,) = address(attention).call(abi.encodeCall(attention.release, (model)));
        bool free = _until[who] == 0 || epochNow() > _until[who];
        vm.assertEq(released, free && _deposit[who] != 0, "releases iff it is free");
        if (!released) return;
        _credit[who] += _deposit[who];
        _deposit[who] = 0;
    }

    //// Requests ////

    function doEnrol() external {
        uint256 epoch = epochNow();
        uint256 size = attention.rosterSize(model, epoch);
        if (size == 0 || attention.enrolled(model, epoch) == CAPACITY) return;
        Case storage case_ = _cases.push();
        case_.asked = enrolled();
        (case_.truth, case_.lie) = (truthOf(case_.asked), lieOf(case_.asked, 10, "lie"));
        case_.epoch = epoch;
        for (uint256 i = 0; i < size; ++i) {
            case_.roster.push(attention.occupant(model, i, epoch));
        }
    }

    /// @notice The first commitment: to the truth, or to a lie.
    function doBegin(uint256 seed) external {
        Case storage case_ = someCase(seed);
        if (case_.rand != 0 || deadlineOf(case_.asked.requestId) < vm.getBlockTimestamp()) return;
        bytes32 hash = keccak256(abi.encode(seed));
        begin(seed % 2 == 0 ? case_.truth : case_.lie, hash);
        attention.draw(case_.asked.requestId);
        case_.rand = uint192(bytes24(hash));
    }

    function doAnswer(uint256 seed) external {
        Case storage case_ = someCase(seed);
        address who = _names[(seed >> 64) % _names.length];
        bytes32 sn = (seed >> 128) % 4 == 0 ? case_.lie.claim.sn : case_.truth.claim.sn;
        bytes32 value = answerOf(who, case_.asked.requestId, sn);
        vm.prank(who);
        (bool answered,) = address(attention)
            .call(abi.encodeCall(attention.answer, (case_.asked.requestId, value)));
        if (answered) _answer[indexOf(case_)][who] = value;
    }

    /// @notice What was committed to is revealed; a lie falls, and the truth becomes final after it.
    function doFinish(uint256 seed) external {
        Case storage case_ = someCase(seed);
        if (case_.rand == 0 || case_.isFinal) return;
        if (claimStatus(case_.lie.claimId) == 4) {
            pass(ANSWERS);
            reveal(case_.asked, case_.lie);
            reject(case_.lie);
            case_.truth = truthOf(case_.asked);
            commit(case_.truth);
        }
        finish(case_.asked, case_.truth);
        case_.isFinal = true;
    }

    //// Judgement ////

    function doJudge(uint256 seed) external {
        judge(seed % 2 == 0, seed >> 8, (seed >> 64) % 5 == 0, (seed >> 72) % (DRAWS + 1));
    }

    /// @notice Slashes or rewards somebody, by the truth or by the lie, and holds what happens against the books.
    function judge(bool slashing, uint256 seed, bool byLie, uint256 draw_) private {
        Case storage case_ = someCase(seed);
        uint256 index = indexOf(case_);
        bytes32 requestId = case_.asked.requestId;
        uint256 count = case_.roster.length < DRAWS ? case_.roster.length : DRAWS;
        address drawn = draw_ < count ? case_.roster[seatOf(case_, draw_)] : address(0);
        address who = (seed >> 128) % 4 == 0 || drawn == address(0)
            ? _names[(seed >> 136) % _names.length]
            : drawn;
        Made memory made = byLie ? case_.lie : case_.truth;

        bytes32 sn = case_.truth.claim.sn;
        bool right = _answer[index][who] == answerOf(who, requestId, sn);
        bool due = case_.isFinal && !byLie && who == drawn && calls(case_, who)
            && epochNow() <= case_.epoch + 1 && !_judged[index][who] && _from[who] <= case_.epoch
            && case_.epoch < _until[who] && right != slashing;
        bytes memory call = slashing
            ? abi.encodeCall(attention.slash, (made.claim, who, draw_))
            : abi.encodeCall(attention.reward, (made.claim, who, draw_));
        vm.prank(stranger);
        (bool done,) = address(attention).call(call);
        vm.assertEq(done, due, "judged iff it is due");
        if (!done) return;
        _judged[index][who] = true;
        if (slashing) {
            ++slashes;
            _deposit[who] -= SLASH;
            if (_until[who] > epochNow() + 1) _until[who] = epochNow() + 1;
            _credit[stranger] += SLASH / 4;
            _burned += SLASH - SLASH / 4;
        } else {
            ++rewards;
            ++case_.rewarded;
            _credit[who] += REWARD;
        }
    }

    function doReclaim(uint256 seed) external {
        reclaim(someCase(seed));
    }

    function reclaim(Case storage case_) private {
        bytes memory call = abi.encodeCall(attention.reclaim, (case_.asked.requestId));
        (bool done,) = address(attention).call(call);
        bool due = !case_.reclaimed && epochNow() > case_.epoch + 1;
        vm.assertEq(done, due, "reclaimed iff judgement is over, once");
        if (!done) return;
        case_.reclaimed = true;
        _credit[asker] += FUNDING - case_.rewarded * REWARD;
    }

    function doWithdraw(uint256 seed) public {
        address who = someParty(seed);
        uint256 before = who.balance;
        vm.prank(who);
        (bool done,) = address(attention).call(abi.encodeCall(attention.withdraw, (payable(who))));
        vm.assertEq(done, _credit[who] != 0, "iff there is something");
        vm.assertEq(who.balance - before, _credit[who], "all of it");
        _credit[who] = 0;
    }

    function doPass(uint256 seed) external {
        if (seed % 3 == 0) nextEpoch();
        else pass(seed % 600);
    }

    //// What must hold ////

    /// @notice Deposits, credits, funds and what was burned are the balance, to the wei.
    function checkMoney() external view {
        uint256 sum = _burned;
        for (uint256 i = 0; i < _names.length + 2; ++i) {
            address who = someParty(i);
            vm.assertEq(attention.credits(who), _credit[who], "credit");
            vm.assertEq(attention.members(model, who).deposit, _deposit[who], "deposit");
            sum += _credit[who] + _deposit[who];
        }
        for (uint256 i = 0; i < _cases.length; ++i) {
            if (!_cases[i].reclaimed) sum += FUNDING - _cases[i].rewarded * REWARD;
        }
        vm.assertEq(address(attention).balance, sum, "solvent to the wei");
    }

    /// @notice No deposit is less than what can still be taken from it.
    function checkExposure() external view {
        for (uint256 i = 0; i < _names.length; ++i) {
            address who = _names[i];
            uint256 exposed;
            for (uint256 j = 0; j < _cases.length; ++j) {
                Case storage case_ = _cases[j];
                bool open = epochNow() <= case_.epoch + 1 && !_judged[j][who];
                bool liable = _from[who] <= case_.epoch && case_.epoch < _until[who];
                if (open && liable) exposed += SLASH;
            }
            vm.assertLe(exposed, _deposit[who], "exposure");
        }
    }

    /// @notice Everybody leaves; what is left is what was burned.
    function checkNothingIsStuck() external {
        for (uint256 round = 0; round < 3; ++round) {
            for (uint256 i = 0; i < _names.length; ++i) {
                vm.prank(_names[i]);
                (bool left,) = address(attention).call(abi.encodeCall(attention.leave, (model)));
                if (left && _until[_names[i]] == NEVER) _until[_names[i]] = epochNow() + 1;
                this.doRelease(i);
            }
            nextEpoch();
        }
        for (uint256 i = 0; i < _cases.length; ++i) {
            reclaim(_cases[i]);
        }
        for (uint256 i = 0; i < _names.length + 2; ++i) {
            doWithdraw(i);
        }
        vm.assertEq(address(attention).balance, _burned, "what is left was burned");
    }

    //// Books ////

    function someParty(uint256 seed) private view returns (address) {
        uint256 i = seed % (_names.length + 2);
        return i < _names.length ? _names[i] : i == _names.length ? asker : stranger;
    }

    /// @notice Mostly one of the last three: older ones are over.
    function someCase(uint256 seed) private view returns (Case storage case_) {
        uint256 size = _cases.length;
        uint256 recent = size < 3 || (seed >> 240) % 8 == 0 ? size : 3;
        return _cases[size - 1 - seed % recent];
    }

    function indexOf(Case storage case_) private view returns (uint256 i) {
        while (_cases[i].asked.requestId != case_.asked.requestId) ++i;
    }

    function seatOf(Case storage case_, uint256 draw_) private view returns (uint256) {
        uint256 size = case_.roster.length;
        if (size <= DRAWS) return draw_;
        return uint256(keccak256(abi.encode(case_.rand, case_.asked.requestId, draw_))) % size;
    }

    function calls(Case storage case_, address who) private view returns (bool) {
        bytes32 sn = case_.truth.claim.sn;
        bytes32 hash = keccak256(abi.encode(case_.rand, case_.asked.requestId, who, sn));
        return uint256(hash) < type(uint256).max / 10_000 * CALLED;
    }
}
