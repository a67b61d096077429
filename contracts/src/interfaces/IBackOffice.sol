// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "./IOpMLErrors.sol";
import {IOpMLEvents} from "./IOpMLEvents.sol";

/// @title IBackOffice
/// @notice What is called once in a while: `OpML` hands these to its back office. docs/decisions/0008
interface IBackOffice is IOpMLErrors, IOpMLEvents {
    //// Registry ////

    /// @notice Appends a profile; only the registrar.
    function addProfile(Profile calldata parameters) external returns (uint8 profile);
    /// @notice Appends a guest version; only the registrar.
    function addGuestVersion(GuestVersion calldata version) external returns (uint8 guest);
    /// @notice Registers a model by proof of its header; anybody, and there is nothing to choose.
    /// @param header The first 64 bytes of the model quarter.
    /// @param siblings Runs of siblings from height 1 to 37 (docs/protocol.md §3 and §6).
    function registerModel(bytes calldata header, bytes calldata siblings)
        external
        returns (bytes32 model);
    /// @notice Puts a guest version into refund mode, for good: docs/protocol.md §9. Only the guardian, within its term.
    function retire(uint8 guest) external;

    //// Asking ////

    /// @notice Asks many questions at once, each as `request` does. The fees together are the value; what it lacks is taken from the
    ///         caller's balance, more is refused.
    function requestBatch(Question[] calldata questions)
        external
        payable
        returns (bytes32[] memory requestIds);

    //// Operators ////

    /// @notice Names a key that may move and evaluate for the caller in disputes on claims that are revealed later. At most four at a
    ///         time; a key that was dismissed stays so.
    function nameOperator(address operator) external;
    /// @notice Dismisses a key of the caller. In disputes on claims that are revealed by now it still plays.
    function dismissOperator(address operator) external;

    //// Settlement ////

    /// @notice Gives the fee back when a clock has passed since the deadline and no claim is open; at once if the request's guest
    ///         version is retired.
    function refund(Request calldata request_) external;
    /// @notice Credits the stake of a commitment to S_n that lost the race to a claim that is final with the same S_n. A
    ///         commitment to anything else never comes back.
    /// @param claim_ What was committed to.
    /// @param final_ The final claim of the same request.
    function takeBack(Claim calldata claim_, Claim calldata final_) external;
    /// @notice Credits the stake of an open claim and the fee of its request, because their guest version is retired. Anybody, once.
    function annul(Request calldata request_, Claim calldata claim_) external;
    /// @notice Credits four fifths of the stake of a commitment whose request was refunded, and burns the rest; all of it if the
    ///         request was annulled.
    function takeBackLate(Claim calldata claim_) external;
    /// @notice Credits what a decided dispute owes, and burns the rest. Of the dispute that rejected the claim: also opens the
    ///         request to its next round. Anybody, once.
    /// @dev Money that was lost by time waits until the claim is final, rejected by proof or judged, or its request refunded.
    ///      The call that opens the next round succeeds all the same, and is made again for the money. If the request is
    ///      annulled, what waits goes back to who put it in, of the dispute that rejected the claim the stake, too.
    function collect(Claim calldata claim_, address challenger, uint64 nonce) external;
    /// @notice Credits the bond of a dispute that was live when another rejected its claim, with what its moves have cost as far
    ///         as its share of the stake goes; what is left of that, to the winner. If the claim was right, the bond is lost.
    ///         Anybody, once, when the money of the winner waits no more. If the claim or its request was annulled, the bond goes
    ///         back, and no winner needs to be named.
    /// @param position The last position of the dispute.
    /// @param listRoot Root of its last list.
    /// @param winner Challenger of the dispute that rejected the claim.
    /// @param winnerNonce Its nonce.
    function collectUnfinished(
        Claim calldata claim_,
        address challenger,
        uint64 nonce,
        uint256 position,
        bytes32 listRoot,
        address winner,
        uint64 winnerNonce
    ) external;
    /// @notice Judges a claim that was timed out by the final claim of its request. With the same S_n its stake is credited less
    ///         the lateness fee, of which a part is the final claim's; all disputes on it have lost their bonds. With
    ///         another it is rejected as by proof. Anybody, once.
    /// @param final_ The final claim of the same request.
    function judge(Claim calldata claim_, Claim calldata final_) external;

    //// Balances ////

    /// @notice Adds `amount` to the caller's balance, out of which its stakes, bonds and batches are paid as far as their own value
    ///         falls short. Of ether the amount is the value; of a token the caller has approved it.
    function deposit(uint256 amount) external payable;
    /// @notice Sends the caller's whole balance to `to`.
    function withdraw(address payable to) external;

    //// Answers ////

    /// @notice Calls a failed callback of a final claim again, with the same exact gas.
    function retryCallback(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external;

    /// @notice Keeps the output of a final claim for `getOutput`; anybody, once, up to 24,575 bytes. Of a failure, which has no
    ///         output, the outcome.
    function publish(Claim calldata claim_, bytes calldata output) external;

    //// Views ////

    /// @notice What has become of a request.
    function status(bytes32 requestId) external view returns (RequestStatus);
    /// @notice Whether a request has its answer, or its failure, for good.
    function isFinalized(bytes32 requestId) external view returns (bool);
    /// @notice The final answer of a request that somebody has published; reverts before.
    /// @return outcome 1 done, 2 program error, 3 fault.
    /// @return output Empty unless the outcome is 1.
    function getOutput(bytes32 requestId) external view returns (uint8 outcome, bytes memory output);
    /// @notice What `account` owns in the contract and is not locked: it can be withdrawn, or pay for stakes and bonds.
    function credits(address account) external view returns (uint256);
    /// @notice What the deployment's money is.
    /// @return token An ERC-20 token; zero for ether.
    /// @return unit Base units in one unit of a fee, a stake or a bond; of ether 10^9, the wei of a gwei.
    function money() external view returns (address token, uint256 unit);
    /// @notice A profile; zeroes if there is none.
    function profiles(uint8 profile) external view returns (Profile memory);
    /// @notice A guest version; zeroes if there is none.
    function guestVersions(uint8 guest) external view returns (GuestVersion memory);
    /// @notice A model's bounds; zeroes if it is not registered.
    function models(bytes32 model) external view returns (ModelBounds memory);
    /// @notice Timestamps at which `party` named and dismissed a key; zero for not yet.
    function operators(address party, address operator)
        external
        view
        returns (uint256 since, uint256 until);
    /// @notice Whether a guest version is retired.
    function retired(uint8 guest) external view returns (bool);
    /// @notice Who may retire guest versions, and the last timestamp at which it may; zeroes if there is nobody.
    function guardian() external view returns (address account, uint256 until);
    /// @notice Who may append profiles and guest versions.
    function registrar() external view returns (address);
}
