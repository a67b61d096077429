//! What every call of the protocol costs, as whole transactions on a real chain.
//!
//! Keys, nonces and times are fixed, so the same contracts and the same guest give the same gas: the figures are a snapshot
//! in docs/gas.md ([`SECTION`]), not a statistic.

mod attention;
mod calls;
mod disputes;
mod duel;
mod large;
mod moment;
mod pace;
mod sheet;
mod stage;
mod summary;
mod table;

use alloy::providers::Provider;
use eyre::Result;

use opml_gas::document::Section;

pub use large::{Large, large};
pub use sheet::{CodeSize, Game, Pace, Row, Sheet};
pub use summary::Summary;

use self::stage::Stage;
use crate::{World, anvil::HARDFORK};

/// Where docs/gas.md has the figures.
pub const SECTION: Section = Section { command: "cargo xtask bench gas" };

/// Measures everything, in a few seconds.
///
/// # Errors
/// If anvil does not start, a transaction is refused, or a game does not go as it should.
pub async fn gas() -> Result<Sheet> {
    let mut stage = Stage::set(World::start().await?).await?;
    calls::setup(&mut stage).await?;
    calls::undisputed(&mut stage).await?;
    disputes::lists(&mut stage).await?;
    disputes::single_steps(&mut stage).await?;
    disputes::windows(&mut stage).await?;
    disputes::endings(&mut stage).await?;
    pace::perceptron(&mut stage).await?;
    attention::watched(&mut stage).await?;
    calls::guarded(&mut stage.sheet).await?;
    let client = stage.world.chain().provider().get_client_version().await?;
    let mut sheet = stage.sheet;
    sheet.name_chain(&client, HARDFORK);
    sheet.sort();
    Ok(sheet)
}
