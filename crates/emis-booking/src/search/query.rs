//! A search and its result.

use std::collections::BTreeSet;
use std::sync::Arc;

use emis_client::ClientError;
use emis_client::model::{Session, SkippedRecord};
use emis_settings::AppointmentMode;
use emis_types::{SessionId, SiteId, SlotId, SlotTypeId, StaffId};
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize, Serializer};

use crate::slot::FreeSlot;

/// A search for free slots. It can only narrow what the practice allows.
///
/// # Examples
/// ```
/// use emis_booking::SlotSearch;
/// use emis_settings::AppointmentMode;
/// use jiff::civil::{date, time};
///
/// let week = SlotSearch::new(date(2026, 6, 1).at(0, 0, 0, 0), date(2026, 6, 8).at(0, 0, 0, 0));
/// let mornings_by_telephone = week
///     .clone()
///     .between(time(8, 0, 0, 0), time(12, 0, 0, 0))
///     .in_modes([AppointmentMode::Telephone]);
///
/// // As a web service takes it in.
/// let query = r#"{"from": "2026-06-01T00:00:00", "to": "2026-06-08T00:00:00"}"#;
/// assert_eq!(serde_json::from_str::<SlotSearch>(query)?, week);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SlotSearch {
    /// The earliest start, UK time.
    pub from: DateTime,
    /// The end, UK time, exclusive.
    pub to: DateTime,
    /// Only slots of these types; `None` for all that the practice lists.
    #[serde(default)]
    pub slot_types: Option<BTreeSet<SlotTypeId>>,
    /// Only at these sites.
    #[serde(default)]
    pub sites: Option<BTreeSet<SiteId>>,
    /// Only with one of these session holders.
    #[serde(default)]
    pub session_holders: Option<BTreeSet<StaffId>>,
    /// Only in these modes. A slot type whose mode the practice has not set is in none.
    #[serde(default)]
    pub modes: Option<BTreeSet<AppointmentMode>>,
    /// Only slots that start at this time of day or later, UK time.
    #[serde(default)]
    pub not_before: Option<Time>,
    /// Only slots that start before this time of day, UK time.
    #[serde(default)]
    pub before: Option<Time>,
    /// The session holder whose slots come first on each day, such as the patient's
    /// [usual GP](crate::Booking::usual_gp).
    #[serde(default)]
    pub first: Option<StaffId>,
    /// The size of a page: the number of slots after which the search stops at the end of a day.
    /// Default: 200.
    #[serde(default = "enough")]
    pub enough: usize,
}

const fn enough() -> usize {
    200
}

impl SlotSearch {
    /// Creates a search for every slot that starts at `from` or later and before `to`, UK time.
    pub fn new(from: DateTime, to: DateTime) -> Self {
        Self {
            from,
            to,
            slot_types: None,
            sites: None,
            session_holders: None,
            modes: None,
            not_before: None,
            before: None,
            first: None,
            enough: enough(),
        }
    }

    /// Searches for slots of these types only.
    #[must_use]
    pub fn of_types(mut self, slot_types: impl IntoIterator<Item = SlotTypeId>) -> Self {
        self.slot_types = Some(slot_types.into_iter().collect());
        self
    }

    /// Searches at these sites only.
    #[must_use]
    pub fn at_sites(mut self, sites: impl IntoIterator<Item = SiteId>) -> Self {
        self.sites = Some(sites.into_iter().collect());
        self
    }

    /// Searches for slots with these session holders only.
    #[must_use]
    pub fn with_holders(mut self, holders: impl IntoIterator<Item = StaffId>) -> Self {
        self.session_holders = Some(holders.into_iter().collect());
        self
    }

    /// Searches for slots in these modes only.
    #[must_use]
    pub fn in_modes(mut self, modes: impl IntoIterator<Item = AppointmentMode>) -> Self {
        self.modes = Some(modes.into_iter().collect());
        self
    }

    /// Searches for slots that start between these times of day only, the second exclusive.
    #[must_use]
    pub fn between(mut self, from: Time, before: Time) -> Self {
        (self.not_before, self.before) = (Some(from), Some(before));
        self
    }

    /// Puts the slots of a session holder first on each day.
    #[must_use]
    pub fn first_with(mut self, holder: StaffId) -> Self {
        self.first = Some(holder);
        self
    }

    /// Returns the search for the next page, if there is one.
    pub fn after(&self, found: &FreeSlots) -> Option<Self> {
        let from = found.more_from?.to_datetime(Time::midnight());
        Some(Self {
            from,
            ..self.clone()
        })
    }

    pub(crate) fn wants_type(&self, slot_type: &SlotTypeId) -> bool {
        let wanted = self.slot_types.as_ref();
        wanted.is_none_or(|wanted| wanted.contains(slot_type))
    }

    pub(crate) fn wants_session(&self, session: &Session) -> bool {
        let site = self.sites.as_ref().is_none_or(|wanted| {
            let site = session.site.as_ref();
            site.is_some_and(|site| wanted.contains(&site.id))
        });
        let holder = self.session_holders.as_ref().is_none_or(|wanted| {
            let mut holders = session.session_holders.iter();
            holders.any(|holder| wanted.contains(&holder.id))
        });
        site && holder
    }

    /// Returns whether a slot of a wanted session is wanted, on any day.
    pub(crate) fn wants(&self, slot: &FreeSlot) -> bool {
        let mode = self.modes.as_ref().is_none_or(|wanted| {
            let mode = slot.mode.as_ref();
            mode.is_some_and(|mode| wanted.contains(mode))
        });
        let time = slot.start.time();
        mode && self.wants_type(&slot.slot_type)
            && self.not_before.is_none_or(|from| time >= from)
            && self.before.is_none_or(|before| time < before)
    }

    /// Returns whether a slot comes first on its day.
    pub(crate) fn prefers(&self, slot: &FreeSlot) -> bool {
        let mut holders = slot.session_holders.iter();
        self.first
            .is_some_and(|first| holders.any(|it| it.id == first))
    }
}

/// The result of a search.
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct FreeSlots {
    /// True if self-booking is switched off at the practice. Nothing was searched for then.
    pub off: bool,
    /// The slots on offer: day by day, those of the [preferred](SlotSearch::first) session holder
    /// first, each earliest first.
    pub slots: Vec<FreeSlot>,
    /// The sessions whose slots could not be read: there may be more slots in them.
    pub unread: Vec<UnreadSession>,
    /// The records that could not be decoded.
    pub skipped: Vec<SkippedRecord>,
    /// The free slots at a wall time that the clocks skip. They are not offered: the practice must
    /// correct them.
    pub impossible: Vec<ImpossibleStart>,
    /// The day to continue from, if the search stopped early.
    pub more_from: Option<Date>,
}

/// A session whose slots could not be read.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct UnreadSession {
    /// The session.
    pub session: SessionId,
    /// The day.
    pub date: Date,
    /// The error, as its report.
    #[serde(serialize_with = "report")]
    pub error: Arc<ClientError>,
}

fn report<S: Serializer>(error: &Arc<ClientError>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&error.report())
}

/// A slot at a wall time that does not exist, such as 01:30 in the night in March in which the
/// clocks go forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImpossibleStart {
    /// The session.
    pub session: SessionId,
    /// The slot.
    pub slot: SlotId,
    /// The start as EMIS states it.
    pub start: DateTime,
}
