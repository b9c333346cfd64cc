//! Allowances: what a link lets a patient book.

use std::collections::BTreeSet;

use emis_types::{SiteId, SlotTypeId, StaffId, uk};
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::search::query::SlotSearch;
use crate::slot::FreeSlot;

/// The appointments that a link lets its patient book. It can only narrow what the practice allows.
///
/// # Examples
/// ```
/// use emis_booking::LinkAllowance;
/// use jiff::civil::date;
///
/// let reviews = LinkAllowance::any()
///     .of_types(["7".parse()?])
///     .on_days(date(2026, 6, 1), date(2026, 6, 30))
///     .moved_at_most(2);
/// # Ok::<(), emis_types::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LinkAllowance {
    /// The slot types; `None` for all that the practice lists.
    pub slot_types: Option<BTreeSet<SlotTypeId>>,
    /// The sites.
    pub sites: Option<BTreeSet<SiteId>>,
    /// The session holders.
    pub session_holders: Option<BTreeSet<StaffId>>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// The number of times that the appointment may be moved. Default: 1.
    pub moves: u8,
}

impl Default for LinkAllowance {
    fn default() -> Self {
        Self {
            slot_types: None,
            sites: None,
            session_holders: None,
            from: None,
            to: None,
            moves: 1,
        }
    }
}

impl LinkAllowance {
    /// Allows everything that the practice offers, and one move.
    pub fn any() -> Self {
        Self::default()
    }

    /// Allows these slot types only.
    #[must_use]
    pub fn of_types(mut self, slot_types: impl IntoIterator<Item = SlotTypeId>) -> Self {
        self.slot_types = Some(slot_types.into_iter().collect());
        self
    }

    /// Allows these sites only.
    #[must_use]
    pub fn at_sites(mut self, sites: impl IntoIterator<Item = SiteId>) -> Self {
        self.sites = Some(sites.into_iter().collect());
        self
    }

    /// Allows these session holders only.
    #[must_use]
    pub fn with_holders(mut self, holders: impl IntoIterator<Item = StaffId>) -> Self {
        self.session_holders = Some(holders.into_iter().collect());
        self
    }

    /// Allows these days only, both included.
    #[must_use]
    pub fn on_days(mut self, first: Date, last: Date) -> Self {
        (self.from, self.to) = (Some(first), Some(last));
        self
    }

    /// Sets how often the appointment may be moved.
    #[must_use]
    pub const fn moved_at_most(mut self, times: u8) -> Self {
        self.moves = times;
        self
    }

    /// Returns `true` if the slot may be booked.
    pub fn allows(&self, slot: &FreeSlot) -> bool {
        let mut holders = slot.session_holders.iter().map(|holder| holder.id);
        let site = slot.site.as_ref().map(|site| site.id);
        let day = slot.start.date();
        let listed = |wanted: &BTreeSet<SiteId>| site.is_some_and(|site| wanted.contains(&site));
        let types = self.slot_types.as_ref();
        types.is_none_or(|wanted| wanted.contains(&slot.slot_type))
            && self.sites.as_ref().is_none_or(listed)
            && (self.session_holders.as_ref())
                .is_none_or(|wanted| holders.any(|holder| wanted.contains(&holder)))
            && self.from.is_none_or(|from| day >= from)
            && self.to.is_none_or(|to| day <= to)
    }

    /// Returns `true` if a slot may be allowed by both: their patients compete for it.
    pub fn overlaps(&self, other: &Self) -> bool {
        let later = self.from.max(other.from);
        let ends = [self.to, other.to].into_iter().flatten().min();
        meet(&self.slot_types, &other.slot_types)
            && meet(&self.sites, &other.sites)
            && meet(&self.session_holders, &other.session_holders)
            && later.zip(ends).is_none_or(|(from, to)| from <= to)
    }

    /// Returns the search within the allowance.
    pub fn narrow(&self, search: &SlotSearch) -> SlotSearch {
        let midnight = |day: Date| day.to_datetime(Time::midnight());
        let mut narrowed = search.clone();
        narrowed.slot_types = both(&self.slot_types, &search.slot_types);
        narrowed.sites = both(&self.sites, &search.sites);
        narrowed.session_holders = both(&self.session_holders, &search.session_holders);
        if let Some(from) = self.from {
            narrowed.from = narrowed.from.max(midnight(from));
        }
        if let Some(to) = self.to {
            narrowed.to = narrowed.to.min(midnight(to.saturating_add(1.days())));
        }
        // An empty period, rather than one that ends before it starts.
        narrowed.to = narrowed.to.max(narrowed.from);
        narrowed
    }

    /// Returns the search for everything that is allowed, from now on.
    pub fn search(&self, now: Timestamp) -> SlotSearch {
        let now = uk::at(now).datetime();
        let most = i64::from(emis_settings::BookingSettings::MOST_HORIZON_DAYS) + 1;
        self.narrow(&SlotSearch::new(now, now.saturating_add(most.days())))
    }
}

/// Returns the items of both sets.
fn both<T: Ord + Clone>(
    allowed: &Option<BTreeSet<T>>,
    wanted: &Option<BTreeSet<T>>,
) -> Option<BTreeSet<T>> {
    match (allowed, wanted) {
        (Some(allowed), Some(wanted)) => Some(allowed & wanted),
        (one, other) => one.clone().or_else(|| other.clone()),
    }
}

/// Returns whether two restrictions have an item in common. A session has several holders, so that
/// this is the least that can be said of those.
fn meet<T: Ord>(one: &Option<BTreeSet<T>>, other: &Option<BTreeSet<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => !one.is_disjoint(other),
        _ => true,
    }
}
