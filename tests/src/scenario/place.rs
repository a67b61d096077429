//! Where a story is played.

use std::{fs, path::PathBuf, time::Duration};

use eyre::{Result, ensure, eyre};
use opml_engine::ModelFile;
use opml_game::Profile;
use tempfile::TempDir;

use super::{Presence, Script, Subject};
use crate::{Chain, Party, World, reth::Setup, world::STANDARD};

/// Between two blocks of reth. A block counts for a second at least, so its chain's clock is faster than this machine's; nodes that
/// follow it need a few calls for each.
const BLOCK_TIME: Duration = Duration::from_millis(300);

/// A court in which waiting for clocks takes about a minute of such blocks.
const BRISK: Profile = Profile { window: 90, clock: 240, ..STANDARD };

/// The chain of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Anvil. The next block is made when all nodes are done with the last one, so that a story is the same every time.
    Anvil,
    /// A development chain of reth, which makes blocks whatever anybody does. The extension of its node is one of the parties.
    Reth {
        /// The program of `exex/opml-reth`.
        program: PathBuf,
        /// The party whose node the extension is, from the beginning to the end. It believes what the program makes it believe.
        inside: &'static str,
    },
}

impl Place {
    /// The court of stories that do not care.
    pub const fn profile(&self) -> Profile {
        match self {
            Self::Anvil => STANDARD,
            Self::Reth { .. } => BRISK,
        }
    }

    /// The party that has no node of its own.
    pub const fn inside(&self) -> Option<&'static str> {
        match self {
            Self::Anvil => None,
            Self::Reth { inside, .. } => Some(inside),
        }
    }
}

/// Starts the chain of a script about `model`.
pub(super) async fn open(script: &Script, model: &ModelFile) -> Result<Chain> {
    let Place::Reth { program, inside } = &script.place else { return Chain::start().await };
    let role = script.cast.iter().find(|role| role.name == *inside);
    let role = role.ok_or_else(|| eyre!("nobody in the story is {inside}"))?;
    ensure!(
        role.presence == Presence::Always && script.crash.is_none_or(|crash| crash.name != *inside),
        "{inside} is in the chain's node, which stays up"
    );
    let folder = TempDir::new()?;
    let file = folder.path().join("story.opml");
    fs::write(&file, model.bytes())?;
    let key = Party::key(inside)?.to_bytes();
    let mut setup = Setup::new(program.clone(), folder.path(), BLOCK_TIME)?
        .with("contract", World::address()?.to_string())
        .with("private-key", key.to_string())
        .with("confirm-stake-gwei", "0")
        .with("model", file);
    let roles = [(role.roles.submitter, "submitter"), (role.roles.challenger, "challenger")];
    for (_, name) in roles.into_iter().filter(|(is, _)| *is) {
        setup = setup.with("role", name);
    }
    if let Subject::Guest { elf, .. } = &script.subject {
        let guest = folder.path().join("guest.elf");
        fs::write(&guest, elf)?;
        setup = setup.with("guest", guest);
    }
    Chain::of_reth(&setup, folder).await
}
