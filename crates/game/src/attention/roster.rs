use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};

use super::{Attention, Unattended};
use crate::Tick;

/// `until` of who has not left.
pub const OPEN_END: u32 = u32::MAX;

/// A value that changes between epochs, and what it was in each of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Trace<T>(Vec<(u32, T)>);

impl<T: Copy + Default> Trace<T> {
    /// Sets the value from `epoch` on, which is never before that of the last change.
    fn set(&mut self, epoch: u32, value: T) {
        match self.0.last_mut() {
            Some((last, point)) if *last == epoch => *point = value,
            _ => self.0.push((epoch, value)),
        }
    }

    /// The value as it was last set, for the next epoch perhaps.
    pub fn latest(&self) -> T {
        self.0.last().map(|&(_, value)| value).unwrap_or_default()
    }

    /// The value in an epoch.
    pub fn at(&self, epoch: u32) -> T {
        let point = self.0.iter().rev().find(|(from, _)| *from <= epoch);
        point.map(|&(_, value)| value).unwrap_or_default()
    }
}

/// Where a validator stands with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Member {
    /// In wei.
    pub deposit: U256,
    /// First epoch for which it answers.
    pub from: u32,
    /// The epoch behind the last for which it answers; [`OPEN_END`], or 0 for who never was one.
    pub until: u32,
    /// Its seat, as the next epoch will have it.
    pub seat: Option<u32>,
}

/// The validators of a model. It has no holes: the last seat's validator takes the place of one that leaves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Roster {
    /// N.
    pub sizes: Trace<u32>,
    seats: BTreeMap<u32, Trace<Address>>,
    members: BTreeMap<Address, Member>,
    /// Requests enrolled, by epoch.
    pub(super) enrolled: BTreeMap<u32, u16>,
}

impl Roster {
    /// Where a validator stands.
    pub fn member(&self, validator: Address) -> Member {
        self.members.get(&validator).copied().unwrap_or_default()
    }

    /// The validators that have ever had a seat.
    pub fn members(&self) -> impl Iterator<Item = (Address, Member)> {
        self.members.iter().map(|(&validator, &member)| (validator, member))
    }

    /// Whose a seat is in an epoch.
    pub fn occupant(&self, seat: u32, epoch: u32) -> Address {
        self.seats.get(&seat).map(|trace| trace.at(epoch)).unwrap_or_default()
    }

    pub(super) fn deposits(&self) -> U256 {
        self.members.values().map(|member| member.deposit).sum()
    }

    pub(super) fn change(&mut self, validator: Address) -> &mut Member {
        self.members.entry(validator).or_default()
    }

    /// Ends what a validator will answer for before epoch `next`, if it has not been ended.
    pub(super) fn dismiss(&mut self, validator: Address, next: u32) {
        let member = self.change(validator);
        member.until = member.until.min(next);
    }

    /// Takes a seat off the roster of epoch `next` and moves the last one into its place.
    fn vacate(&mut self, validator: Address, next: u32) {
        let Some(seat) = self.change(validator).seat.take() else { return };
        let last = self.sizes.latest().saturating_sub(1);
        if seat != last {
            let moved = self.seats.get(&last).map(Trace::latest).unwrap_or_default();
            self.seats.entry(seat).or_default().set(next, moved);
            self.change(moved).seat = Some(seat);
        }
        self.sizes.set(next, last);
    }
}

impl Attention {
    fn seated(&mut self, model: B256, validator: Address) -> Result<&mut Roster, Unattended> {
        let roster = self.rosters.get_mut(&model).ok_or(Unattended::NotSeated)?;
        roster.member(validator).seat.ok_or(Unattended::NotSeated)?;
        Ok(roster)
    }

    /// Refuses while a deposit still answers for requests of the epochs before `until`.
    const fn check_free(&self, now: Tick, until: u32) -> Result<(), Unattended> {
        if until != 0 && self.challenge.is_judged(now, until - 1) {
            return Err(Unattended::StillLiable { until });
        }
        Ok(())
    }

    /// `join`: the last seat of the next epoch's roster, for what the own deposit lacks of a seat's.
    pub fn join(
        &mut self,
        now: Tick,
        caller: Address,
        value: U256,
        model: B256,
    ) -> Result<(), Unattended> {
        let member = self.member(model, caller);
        if member.seat.is_some() {
            return Err(Unattended::AlreadySeated);
        }
        self.check_free(now, member.until)?;
        let deposit = self.challenge.seat_deposit();
        let required = deposit - member.deposit;
        if value != required {
            return Err(Unattended::WrongSeatDeposit { required, sent: value });
        }
        let next = self.challenge.epoch(now) + 1;
        let roster = self.rosters.entry(model).or_default();
        let size = roster.sizes.latest();
        let seat = Some(size);
        *roster.change(caller) = Member { deposit, from: next, until: OPEN_END, seat };
        roster.seats.entry(size).or_default().set(next, caller);
        roster.sizes.set(next, size + 1);
        Ok(())
    }

    /// `leave`: gives the own seat up, from the next epoch on.
    pub fn leave(&mut self, now: Tick, caller: Address, model: B256) -> Result<(), Unattended> {
        let next = self.challenge.epoch(now) + 1;
        let roster = self.seated(model, caller)?;
        roster.dismiss(caller, next);
        roster.vacate(caller, next);
        Ok(())
    }

    /// `vacate`: anybody takes off the seat of a validator that was slashed.
    pub fn vacate(&mut self, now: Tick, model: B256, validator: Address) -> Result<(), Unattended> {
        let next = self.challenge.epoch(now) + 1;
        let roster = self.seated(model, validator)?;
        if roster.member(validator).until == OPEN_END {
            return Err(Unattended::NotSeated);
        }
        roster.vacate(validator, next);
        Ok(())
    }

    /// `release`: credits a deposit that answers for nothing any more.
    pub fn release(&mut self, now: Tick, caller: Address, model: B256) -> Result<(), Unattended> {
        let Member { deposit, until, .. } = self.member(model, caller);
        self.check_free(now, until)?;
        if deposit.is_zero() {
            return Err(Unattended::NothingToWithdraw);
        }
        let next = self.challenge.epoch(now) + 1;
        let roster = self.rosters.entry(model).or_default();
        roster.change(caller).deposit = U256::ZERO;
        roster.vacate(caller, next);
        self.credit(caller, deposit);
        Ok(())
    }
}
