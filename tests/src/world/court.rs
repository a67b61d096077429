//! Profiles and guest versions.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use eyre::Result;
use opml_contracts::{IOpMLTypes, OpML};
use opml_fpvm::Program;
use opml_game::{GuestVersion, Profile};

use super::{Guest, event};
use crate::{Party, chain::BLOCK_TIME};

/// The committed guest program.
pub const GUEST_ELF: &[u8] = include_bytes!("../../../crates/guest/opml-guest.elf");

/// Bound on the small steps of one large step: M = 2^30.
pub const MAX_STEPS_BITS: u8 = 30;

/// r: small steps that one evaluation proves.
pub const EVALUATED: u8 = 16;

/// The court of the demo and of most tests: ten minutes to dispute, ten for each side, lists of 32.
pub const STANDARD: Profile = Profile {
    window: 600,
    clock: 600,
    increment: 60,
    seconds_per_block: BLOCK_TIME as u16,
    arity_bits: 5,
    stake_gwei: 1_000_000_000,
    bond_gwei: 100_000_000,
    answer_window: 0,
};

/// A profile as the contract takes it.
pub const fn profile_abi(profile: &Profile) -> IOpMLTypes::Profile {
    IOpMLTypes::Profile {
        window: profile.window,
        clock: profile.clock,
        increment: profile.increment,
        secondsPerBlock: profile.seconds_per_block,
        arityBits: profile.arity_bits,
        stakeGwei: profile.stake_gwei,
        bondGwei: profile.bond_gwei,
        answerWindow: profile.answer_window,
    }
}

/// Adds a guest version whose steps `verifier` checks.
pub(super) async fn add_guest(
    deployer: &Party,
    opml: Address,
    verifier: Address,
    elf: &[u8],
    max_steps_bits: u8,
) -> Result<Guest> {
    let program = Program::from_elf(elf)?;
    let version = GuestVersion {
        root: program.guest_root(),
        verifier,
        entry: program.entry(),
        max_steps_bits,
        max_evaluated: EVALUATED,
    };
    let call = OpML::addGuestVersionCall {
        version: IOpMLTypes::GuestVersion {
            root: version.root,
            verifier,
            entry: version.entry,
            maxStepsBits: max_steps_bits,
            maxEvaluated: EVALUATED,
        },
    };
    let receipt = deployer.call(opml, U256::ZERO, &call).await?;
    let number = event::<OpML::GuestVersionAdded>(&receipt)?.guest;
    Ok(Guest { number, elf: elf.into(), program: Arc::new(program), version })
}
