// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Plain
/// @notice A token as it should be, with as much of it as anybody wants.
contract Plain is ERC20 {
    constructor() ERC20("Plain", "P") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @title Taking
/// @notice Keeps a hundredth of what is transferred.
contract Taking is ERC20 {
    constructor() ERC20("Taking", "T") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(to, address(0), amount / 100);
    }
}

/// @title Rebasing
/// @notice Takes from a holder, or gives to it, whenever somebody wants.
contract Rebasing is ERC20 {
    constructor() ERC20("Rebasing", "R") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function shrink(address holder, uint256 amount) external {
        _burn(holder, amount);
    }
}

/// @title Calling
/// @notice Calls somebody back in the middle of every transfer, as tokens with hooks do.
contract Calling is ERC20 {
    address private _target;
    bytes private _call;
    /// @notice What the last call came back with.
    bytes public returned;
    bool public succeeded;

    constructor() ERC20("Calling", "C") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function arm(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_target != address(0)) (succeeded, returned) = _target.call(_call);
    }
}

/// @title Silent
/// @notice Returns nothing, as old tokens do, or `false` instead of reverting.
contract Silent {
    mapping(address holder => uint256) public balanceOf;
    bool private _refuses;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function refuse() external {
        _refuses = true;
    }

    function approve(address, uint256) external {}

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        if (_refuses) {
            assembly ("memory-safe") {
                mstore(0, 0)
                return(0, 0x20)
            }
        }
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
