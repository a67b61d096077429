// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Match} from "./Match.sol";

/// @title A true claim that somebody attacks
abstract contract TrueClaim is Match {
    Asked internal asked;
    Made internal made;

    function setUp() public virtual override {
        super.setUp();
        asked = ask();
        made = claimTruth(asked);
    }

    /// @notice Its submitter, who tells the truth.
    function truth() internal view returns (Player memory) {
        return honest(submitter, runOf(asked), made.claim.n);
    }
}
