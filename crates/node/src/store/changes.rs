//! What a block does to the records.

use std::collections::BTreeMap;

/// Keys with their values: new ones, or those from before. `None` is a record that is not there.
pub(super) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// One row for all: for each key its length (1 byte: the longest key has 53) and the key, then 0 for no value, or 1, the value's
/// length (4 bytes, little end first) and the value.
pub(super) fn pack(changes: &Changes) -> Vec<u8> {
    let lengths = changes.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len));
    let mut row = Vec::with_capacity(lengths.map(|length| length + 6).sum());
    for (key, value) in changes {
        row.push(key.len() as u8);
        row.extend(key);
        row.push(value.is_some().into());
        if let Some(value) = value {
            row.extend((value.len() as u32).to_le_bytes());
            row.extend(value);
        }
    }
    row
}

/// The changes of a row; `None` if it is none.
pub(super) fn unpack(mut row: &[u8]) -> Option<Changes> {
    let mut changes = Changes::new();
    while !row.is_empty() {
        let mut take = |count: usize| {
            let (taken, rest) = row.split_at_checked(count)?;
            row = rest;
            Some(taken)
        };
        let length = take(1)?[0];
        let key = take(length.into())?.to_vec();
        let value = if take(1)?[0] == 0 {
            None
        } else {
            let length = u32::from_le_bytes(take(4)?.try_into().ok()?);
            Some(take(length as usize)?.to_vec())
        };
        changes.insert(key, value);
    }
    Some(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_its_changes_and_a_piece_of_one_is_none() {
        let changes = Changes::from([
            (b"a".to_vec(), None),
            (b"b".to_vec(), Some(Vec::new())),
            (vec![7; 53], Some(vec![9; 300])),
        ]);
        let row = pack(&changes);
        assert_eq!(unpack(&row), Some(changes));
        assert_eq!(unpack(&[]), Some(Changes::new()));
        for end in [1, row.len() - 1] {
            assert_eq!(unpack(&row[..end]), None, "{end}");
        }
    }
}
