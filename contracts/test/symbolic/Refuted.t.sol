// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MipsAlu} from "../../src/vm/MipsAlu.sol";
import {Machine} from "./Machine.sol";

/// @title What is not so
/// @notice `cargo xtask symbolic` checks that the prover finds out: a prover that proves this too proves nothing. forge
///         does not run it.
contract RefutedSymbolic is Machine {
    function check_additionWithoutCarries_isRefuted(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x2d));
        _wroteRd(a, b, a ^ b);
    }
}
