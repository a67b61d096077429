// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title ZeroHashes
/// @notice Roots Z_h of zero subtrees: Z_0 is a zero word, Z_{h+1} = keccak(Z_h ‖ Z_h). docs/protocol.md
/// @dev Constants, because computing them costs ten times what a table of them does.
library ZeroHashes {
    /// @notice Z_35: the activations' half of C before a run.
    bytes32 internal constant Z35 =
        0xae824d72ddc272aab68a8c3022e36f10454437c1886f3ff9927b64f232df414f;
    /// @notice Z_36: the output before a run.
    bytes32 internal constant Z36 =
        0x27e429a4bef3083bc31a671d046ea5c1f5b8c3094d72868d9dfdc12c7334ac5f;

    /// @notice Writes Z_0 to Z_38 into fresh memory: every sibling that a climb to the root can need.
    /// @return zeros Address of Z_0; Z_h lies 32·h bytes above.
    function table() internal pure returns (uint256 zeros) {
        assembly ("memory-safe") {
            zeros := mload(0x40)
            mstore(0x40, add(zeros, 0x4e0))
            mstore(zeros, 0)
            // forgefmt: disable-start
            mstore(add(zeros, 0x020), 0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5)
            mstore(add(zeros, 0x040), 0xb4c11951957c6f8f642c4af61cd6b24640fec6dc7fc607ee8206a99e92410d30)
            mstore(add(zeros, 0x060), 0x21ddb9a356815c3fac1026b6dec5df3124afbadb485c9ba5a3e3398a04b7ba85)
            mstore(add(zeros, 0x080), 0xe58769b32a1beaf1ea27375a44095a0d1fb664ce2dd358e7fcbfb78c26a19344)
            mstore(add(zeros, 0x0a0), 0x0eb01ebfc9ed27500cd4dfc979272d1f0913cc9f66540d7e8005811109e1cf2d)
            mstore(add(zeros, 0x0c0), 0x887c22bd8750d34016ac3c66b5ff102dacdd73f6b014e710b51e8022af9a1968)
            mstore(add(zeros, 0x0e0), 0xffd70157e48063fc33c97a050f7f640233bf646cc98d9524c6b92bcf3ab56f83)
            mstore(add(zeros, 0x100), 0x9867cc5f7f196b93bae1e27e6320742445d290f2263827498b54fec539f756af)
            mstore(add(zeros, 0x120), 0xcefad4e508c098b9a7e1d8feb19955fb02ba9675585078710969d3440f5054e0)
            mstore(add(zeros, 0x140), 0xf9dc3e7fe016e050eff260334f18a5d4fe391d82092319f5964f2e2eb7c1c3a5)
            mstore(add(zeros, 0x160), 0xf8b13a49e282f609c317a833fb8d976d11517c571d1221a265d25af778ecf892)
            mstore(add(zeros, 0x180), 0x3490c6ceeb450aecdc82e28293031d10c7d73bf85e57bf041a97360aa2c5d99c)
            mstore(add(zeros, 0x1a0), 0xc1df82d9c4b87413eae2ef048f94b4d3554cea73d92b0f7af96e0271c691e2bb)
            mstore(add(zeros, 0x1c0), 0x5c67add7c6caf302256adedf7ab114da0acfe870d449a3a489f781d659e8becc)
            mstore(add(zeros, 0x1e0), 0xda7bce9f4e8618b6bd2f4132ce798cdc7a60e7e1460a7299e3c6342a579626d2)
            mstore(add(zeros, 0x200), 0x2733e50f526ec2fa19a22b31e8ed50f23cd1fdf94c9154ed3a7609a2f1ff981f)
            mstore(add(zeros, 0x220), 0xe1d3b5c807b281e4683cc6d6315cf95b9ade8641defcb32372f1c126e398ef7a)
            mstore(add(zeros, 0x240), 0x5a2dce0a8a7f68bb74560f8f71837c2c2ebbcbf7fffb42ae1896f13f7c7479a0)
            mstore(add(zeros, 0x260), 0xb46a28b6f55540f89444f63de0378e3d121be09e06cc9ded1c20e65876d36aa0)
            mstore(add(zeros, 0x280), 0xc65e9645644786b620e2dd2ad648ddfcbf4a7e5b1a3a4ecfe7f64667a3f0b7e2)
            mstore(add(zeros, 0x2a0), 0xf4418588ed35a2458cffeb39b93d26f18d2ab13bdce6aee58e7b99359ec2dfd9)
            mstore(add(zeros, 0x2c0), 0x5a9c16dc00d6ef18b7933a6f8dc65ccb55667138776f7dea101070dc8796e377)
            mstore(add(zeros, 0x2e0), 0x4df84f40ae0c8229d0d6069e5c8f39a7c299677a09d367fc7b05e3bc380ee652)
            mstore(add(zeros, 0x300), 0xcdc72595f74c7b1043d0e1ffbab734648c838dfb0527d971b602bc216c9619ef)
            mstore(add(zeros, 0x320), 0x0abf5ac974a1ed57f4050aa510dd9c74f508277b39d7973bb2dfccc5eeb0618d)
            mstore(add(zeros, 0x340), 0xb8cd74046ff337f0a7bf2c8e03e10f642c1886798d71806ab1e888d9e5ee87d0)
            mstore(add(zeros, 0x360), 0x838c5655cb21c6cb83313b5a631175dff4963772cce9108188b34ac87c81c41e)
            mstore(add(zeros, 0x380), 0x662ee4dd2dd7b2bc707961b1e646c4047669dcb6584f0d8d770daf5d7e7deb2e)
            mstore(add(zeros, 0x3a0), 0x388ab20e2573d171a88108e79d820e98f26c0b84aa8b2f4aa4968dbb818ea322)
            mstore(add(zeros, 0x3c0), 0x93237c50ba75ee485f4c22adf2f741400bdf8d6a9cc7df7ecae576221665d735)
            mstore(add(zeros, 0x3e0), 0x8448818bb4ae4562849e949e17ac16e0be16688e156b5cf15e098c627c0056a9)
            mstore(add(zeros, 0x400), 0x27ae5ba08d7291c96c8cbddcc148bf48a6d68c7974b94356f53754ef6171d757)
            mstore(add(zeros, 0x420), 0xbf558bebd2ceec7f3c5dce04a4782f88c2c6036ae78ee206d0bc5289d20461a2)
            mstore(add(zeros, 0x440), 0xe21908c2968c0699040a6fd866a577a99a9d2ec88745c815fd4a472c789244da)
            mstore(add(zeros, 0x460), 0xae824d72ddc272aab68a8c3022e36f10454437c1886f3ff9927b64f232df414f)
            mstore(add(zeros, 0x480), 0x27e429a4bef3083bc31a671d046ea5c1f5b8c3094d72868d9dfdc12c7334ac5f)
            mstore(add(zeros, 0x4a0), 0x743cc5c365a9a6a15c1f240ac25880c7a9d1de290696cb766074a1d83d927816)
            mstore(add(zeros, 0x4c0), 0x4adcf616c3bfabf63999a01966c998b7bb572774035a63ead49da73b5987f347)
            // forgefmt: disable-end
        }
    }
}
