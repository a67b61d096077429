//! Numbers and hashes as a person reads them.

use alloy_primitives::{B256, U256, utils::format_ether};

/// First and last digits of a hash.
pub(super) fn short(hash: impl AsRef<[u8]>) -> String {
    let hex = alloy_primitives::hex::encode(hash);
    match (hex.get(..4), hex.get(hex.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if hex.len() > 8 => format!("0x{head}…{tail}"),
        _ => format!("0x{hex}"),
    }
}

/// The first half of a hash, enough to see that two differ.
pub(super) fn half(hash: B256) -> String {
    format!("0x{}…", alloy_primitives::hex::encode(&hash[..16]))
}

/// Thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// Wei in ether, without zeroes at the end.
pub(super) fn ether(wei: U256) -> String {
    let ether = format_ether(wei);
    let ether = ether.trim_end_matches('0').trim_end_matches('.');
    format!("{ether} ETH")
}

/// `count` things, with the plural of a regular noun.
pub(super) fn plural(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_hashes_are_short() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1 000", "1 234 567"]);
        assert_eq!(short(B256::repeat_byte(0xab)), "0xabab…abab");
        assert_eq!(short([1, 2]), "0x0102");
        let milli = U256::from(10).pow(U256::from(15));
        assert_eq!(ether(milli), "0.001 ETH");
        assert_eq!(ether(milli * U256::from(12_000)), "12 ETH");
        assert_eq!(plural(1, "step") + &plural(58, "step"), "1 step58 steps");
    }
}
