//! The tree of a model file, in a file beside it: the upper nodes of the model quarter, so that opening it reads and hashes nothing.
//!
//! It is what [`write_sidecar`] writes and a seal behind that: which file it was made from, and the model id. A tree without a fitting seal is
//! made anew. Where the folder takes no file, a tree lives as long as the model.

use super::head_bytes;
use alloy_primitives::B256;
use opml_memory::{MapError, MappedRegion, Placement, QUARTER_HEIGHT, write_sidecar};
use opml_tensor::{
    Header,
    layout::{PAGE, WEIGHTS_OFFSET},
};
use std::{
    ffi::OsString,
    fs::{File, Permissions},
    io,
    os::unix::fs::{FileExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// What is believed without a look at the whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The tree beside it.
    Tree,
    /// Nothing.
    Nothing,
}

/// First bytes of a seal.
const MAGIC: [u8; 8] = *b"opmltree";
/// Magic, five words about the file, the id.
const SEAL: usize = 8 + 5 * 8 + 32;

/// Maps the model file at `path`, whose header is `header`.
pub(super) fn map(
    path: &Path,
    file: &File,
    header: &Header,
    trust: Trust,
) -> Result<MappedRegion, MapError> {
    let weights = header.weight_bytes.next_multiple_of(PAGE);
    let extents = [0..head_bytes(header), WEIGHTS_OFFSET..WEIGHTS_OFFSET + weights];
    let extents = extents.into_iter().filter(|extent| !extent.is_empty());
    let placement = Placement::new(QUARTER_HEIGHT, extents)?;
    if trust == Trust::Tree
        && let Some(region) = beside(path, file, &placement)
    {
        return Ok(region);
    }
    make(path, file, &placement)
}

/// The region by the tree beside the file, if that was made from it.
fn beside(path: &Path, file: &File, placement: &Placement) -> Option<MappedRegion> {
    let tree = File::open(place(path)).ok()?;
    let mut seal = [0; SEAL];
    tree.read_exact_at(&mut seal, placement.sidecar_bytes()).ok()?;
    let (made_from, id) = seal.split_at(SEAL - 32);
    if made_from != fingerprint(file).ok()? {
        return None;
    }
    // SAFETY: as below; a tree is only ever put in its place complete.
    unsafe { MappedRegion::open(file, &tree, placement.clone(), B256::from_slice(id)) }.ok()
}

/// Hashes the whole file, and leaves the tree beside it.
fn make(path: &Path, file: &File, placement: &Placement) -> Result<MappedRegion, MapError> {
    let fingerprint = fingerprint(file)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Like any file that a program makes: whether others may read it is for the umask to say.
    let mode = Permissions::from_mode(0o666);
    let named = tempfile::Builder::new().permissions(mode).tempfile_in(folder).ok();
    let unnamed;
    let tree = match &named {
        Some(named) => named.as_file(),
        None => {
            unnamed = tempfile::tempfile()?;
            &unnamed
        }
    };
    let id = write_sidecar(file, placement, tree)?;
    let seal = [&fingerprint[..], id.as_slice()].concat();
    tree.write_all_at(&seal, placement.sidecar_bytes())?;
    // SAFETY: the tree is this program's own, complete, and never written to again. That a model file does not change while it is open is
    // the condition under which this program takes files; `ModelFile::open` says so to whoever names one.
    let region = unsafe { MappedRegion::open(file, tree, placement.clone(), id) }?;
    if let Some(named) = named {
        // Without a place the tree is as good for this process.
        let _ = named.persist(place(path));
    }
    Ok(region)
}

/// Where the tree of a file lies.
fn place(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(".tree");
    name.into()
}

/// What tells a file from every other, and from what it was before it was written to.
fn fingerprint(file: &File) -> io::Result<Vec<u8>> {
    let of = file.metadata()?;
    // The time of the last change of any kind: the one that nobody can set.
    let time = [of.ctime(), of.ctime_nsec()].map(i64::cast_unsigned);
    let words = [of.dev(), of.ino(), of.len()].into_iter().chain(time);
    Ok(MAGIC.into_iter().chain(words.flat_map(u64::to_le_bytes)).collect())
}
