//! Index of the greatest value of a row.

/// Index of the first maximum of `x`; 0 for an empty row.
///
/// Compare order: the best so far starts at index 0 and is replaced by `x[i]`, `i` rising, only where `x[i] > best`. So the lowest
/// index wins a tie.
pub fn argmax(x: &[i8]) -> u32 {
    let mut best = i8::MIN;
    let mut index = 0;
    // `i` cannot wrap: admission bounds a row by the cost of its tile, far below 2^32.
    let mut i: u32 = 0;
    for x in x {
        // A first element of −128 leaves index 0, as the rule says.
        if *x > best {
            best = *x;
            index = i;
        }
        i = i.wrapping_add(1);
    }
    index
}
