//! Rules on which slots may be booked. Pure: they depend on settings, the time and EMIS's answer only.

use emis_client::model::{Session, Slot};
use emis_settings::BookingSettings;
use emis_types::uk;
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::rejection::Rejection;
use crate::slot::FreeSlot;

/// Why a slot is not offered.
///
/// For the practice and for programs; the patient is told its [`rejection`](Self::rejection).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotOffered {
    /// The practice has not switched self-booking on.
    Off,
    /// A patient is in it. Its status does not count then.
    HoldsPatient,
    /// Its status is not `Slot Available`: booked, blocked, embargoed, or unknown.
    NotFree,
    /// Its type is missing in EMIS, or not listed by the practice.
    SlotType,
    /// Its site is not listed by the practice.
    Site,
    /// Its session has no holder, as with cancellation lists, or one that the practice does not
    /// list.
    SessionHolder,
    /// It starts at a wall time that the clocks skip in March. The practice must correct it.
    ImpossibleStart,
    /// It starts within the minimum notice, or has started.
    TooSoon,
    /// It starts after the last day that the practice has opened.
    TooFar,
}

impl NotOffered {
    /// Returns the rejection for a patient who chose such a slot.
    pub const fn rejection(self) -> Rejection {
        match self {
            Self::HoldsPatient => Rejection::SlotTaken,
            Self::NotFree | Self::ImpossibleStart => Rejection::SlotChanged,
            Self::TooSoon => Rejection::TooSoon,
            Self::TooFar => Rejection::TooFar,
            Self::Off | Self::SlotType | Self::Site | Self::SessionHolder => Rejection::NotOffered,
        }
    }
}

/// Decides whether a slot is offered at the moment `now`.
///
/// EMIS's own "bookable" box is ignored: it is ticked by default. The practice's list of slot types
/// decides. If a session has several holders, all of them must be listed.
///
/// # Errors
/// The first reason against it, in the order of [`NotOffered`].
pub fn offer(
    settings: &BookingSettings,
    now: Timestamp,
    session: &Session,
    slot: &Slot,
) -> Result<FreeSlot, NotOffered> {
    if !settings.enabled {
        return Err(NotOffered::Off);
    }
    if slot.patient.is_some() {
        return Err(NotOffered::HoldsPatient);
    }
    if !slot.status.is_free() {
        return Err(NotOffered::NotFree);
    }
    let slot_type = slot
        .slot_type
        .as_ref()
        .filter(|slot_type| settings.slot_types.contains(slot_type))
        .ok_or(NotOffered::SlotType)?;
    offer_session(settings, session)?;

    if !uk::exists(session.date.to_datetime(slot.start)) {
        return Err(NotOffered::ImpossibleStart);
    }
    let start = slot.starts_at(session);
    BookingWindow::open(settings, now).check(start.timestamp())?;
    Ok(FreeSlot {
        session: session.id,
        slot: slot.id,
        slot_type: slot_type.clone(),
        start,
        minutes: slot.minutes,
        site: session.site.clone(),
        session_holders: session.session_holders.clone(),
        mode: None,
    })
}

/// Decides whether any slot of a session can be offered.
///
/// # Errors
/// [`NotOffered::Site`] or [`NotOffered::SessionHolder`].
pub fn offer_session(settings: &BookingSettings, session: &Session) -> Result<(), NotOffered> {
    let site_listed = match &session.site {
        Some(site) => settings.sites.includes(&site.id),
        None => settings.sites.is_all(),
    };
    if !site_listed {
        return Err(NotOffered::Site);
    }
    let holders = &session.session_holders;
    let listed = |rule: &emis_settings::SessionHolderRule| {
        holders.iter().all(|holder| rule.includes(&holder.id))
    };
    if holders.is_empty() || !listed(&settings.session_holders) {
        return Err(NotOffered::SessionHolder);
    }
    Ok(())
}

/// The period in which slots may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingWindow {
    /// The first moment: now plus the minimum notice.
    pub earliest: Timestamp,
    /// The end, exclusive: midnight, UK time, after the last day of the horizon.
    pub end: Timestamp,
}

impl BookingWindow {
    /// Returns the window that is open at the moment `now`. Today is day 0 of the horizon: with a
    /// horizon of 7 days the same day of next week is the last.
    pub fn open(settings: &BookingSettings, now: Timestamp) -> Self {
        let notice = SignedDuration::from_mins(i64::from(settings.minimum_notice_minutes));
        let earliest = now.checked_add(notice).unwrap_or(Timestamp::MAX);
        let after_last = uk::at(now)
            .date()
            .saturating_add((i64::from(settings.horizon_days) + 1).days());
        let end = uk::zoned(after_last.to_datetime(Time::midnight()));
        Self {
            earliest,
            end: end.timestamp(),
        }
    }

    /// Decides whether a slot may start at this moment.
    ///
    /// # Errors
    /// [`NotOffered::TooSoon`] or [`NotOffered::TooFar`].
    pub fn check(&self, start: Timestamp) -> Result<(), NotOffered> {
        if start < self.earliest {
            Err(NotOffered::TooSoon)
        } else if start >= self.end {
            Err(NotOffered::TooFar)
        } else {
            Ok(())
        }
    }

    /// Returns whether a slot that starts at this moment is in the window.
    pub fn contains(&self, start: Timestamp) -> bool {
        self.check(start).is_ok()
    }
}
