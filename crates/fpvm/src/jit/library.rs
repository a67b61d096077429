//! Compiled code, kept for the next machine with the same text.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy_primitives::B256;

use super::{
    host::{Unavailable, host},
    map::CodeMap,
};

/// Texts whose code is kept; running machines keep theirs besides.
const TEXTS: usize = 4;

/// The maps with the roots of their texts; the one used last stands last.
static LIBRARY: Mutex<Vec<(B256, Arc<CodeMap>)>> = Mutex::new(Vec::new());

/// The code of the text with the given root, shared with all who ask for it.
pub(super) fn code_map(root: B256) -> Result<Arc<CodeMap>, &'static Unavailable> {
    let host = host()?;
    let mut library = lock();
    let map = take(&mut library, root).unwrap_or_else(|| Arc::new(CodeMap::new(host)));
    if library.len() == TEXTS {
        library.remove(0);
    }
    library.push((root, Arc::clone(&map)));
    Ok(map)
}

/// The code of the text with the given root, if there already is some.
pub(super) fn existing(root: B256) -> Option<Arc<CodeMap>> {
    let mut library = lock();
    let map = take(&mut library, root)?;
    library.push((root, Arc::clone(&map)));
    Some(map)
}

fn take(library: &mut Vec<(B256, Arc<CodeMap>)>, root: B256) -> Option<Arc<CodeMap>> {
    let index = library.iter().rposition(|(other, _)| *other == root)?;
    Some(library.remove(index).1)
}

fn lock() -> MutexGuard<'static, Vec<(B256, Arc<CodeMap>)>> {
    LIBRARY.lock().unwrap_or_else(PoisonError::into_inner)
}
