//! Movement of bytes.

/// `y[i] = x[i]` over the common prefix.
pub fn copy(x: &[u8], y: &mut [u8]) {
    let n = x.len().min(y.len());
    if let (Some(x), Some(y)) = (x.get(..n), y.get_mut(..n)) {
        y.copy_from_slice(x);
    }
}
