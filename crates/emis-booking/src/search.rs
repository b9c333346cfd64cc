//! Searches for slots that may be booked.

use std::collections::BTreeSet;

use emis_client::ClientError;
use emis_client::model::{DateRange, Session, SkippedRecord};
use emis_types::{SessionId, SiteId, SlotTypeId, StaffId, uk};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

use crate::booking::Booking;
use crate::error::{BookingError, BookingErrorKind as Kind};
use crate::rules::{BookingWindow, offer, offer_session};
use crate::slot::FreeSlot;
use crate::telemetry::{Action, Labelled, Observation};

/// The number of sessions after which a search stops at the end of a day: each is a call.
const MOST_SESSIONS: usize = 150;

/// The number of unreadable sessions after which a search fails: each took its whole timeout.
const MOST_UNREAD: usize = 5;

/// A search for free slots. It can only narrow what the practice allows.
///
/// # Examples
/// ```
/// use emis_booking::SlotSearch;
/// use jiff::civil::date;
///
/// let week = SlotSearch::new(date(2026, 6, 1).at(0, 0, 0, 0), date(2026, 6, 8).at(0, 0, 0, 0));
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
    /// The number of slots after which the search stops at the end of a day. Default: 200.
    #[serde(default = "enough")]
    pub enough: usize,
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
            enough: enough(),
        }
    }

    fn wants_type(&self, slot_type: &SlotTypeId) -> bool {
        self.slot_types
            .as_ref()
            .is_none_or(|wanted| wanted.contains(slot_type))
    }

    fn wants_session(&self, session: &Session) -> bool {
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
}

/// The result of a search.
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct FreeSlots {
    /// True if self-booking is switched off at the practice. Nothing was searched for then.
    pub off: bool,
    /// The slots on offer, earliest first.
    pub slots: Vec<FreeSlot>,
    /// The sessions whose slots could not be read: there may be more slots in them.
    pub unread: Vec<UnreadSession>,
    /// The records that could not be decoded.
    pub skipped: Vec<SkippedRecord>,
    /// The day to continue from, if the search stopped early.
    pub more_from: Option<Date>,
}

impl Labelled for FreeSlots {
    fn label(&self) -> &'static str {
        match (self.off, self.slots.is_empty()) {
            (true, _) => "off",
            (_, true) => "none",
            (_, false) => "found",
        }
    }
}

const fn enough() -> usize {
    200
}

fn report<S: Serializer>(error: &ClientError, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&error.report())
}

/// A session whose slots could not be read.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct UnreadSession {
    /// The session.
    pub session: SessionId,
    /// The day.
    pub date: Date,
    /// The error, as its report.
    #[serde(serialize_with = "report")]
    pub error: ClientError,
}

impl Booking {
    /// Searches for slots that the practice offers.
    ///
    /// They are free at the moment of reading: another patient may book any of them before this
    /// one has chosen. EMIS has no way to hold a slot.
    ///
    /// Reads the sessions of the days in one call, then the slots of each session that can have
    /// any, day by day. It stops at the end of a day once it has found
    /// [`enough`](SlotSearch::enough) slots or read 150 sessions.
    ///
    /// # Errors
    /// If the search, the settings or the connection are wrong, or too many sessions could not be
    /// read. While self-booking is [off](FreeSlots::off), nothing is offered, which is not an
    /// error.
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError, SlotChoice, SlotSearch};
    ///
    /// async fn first(booking: &Booking, week: &SlotSearch) -> Result<Option<SlotChoice>, BookingError> {
    ///     let found = booking.free_slots(week).await?;
    ///     Ok(found.slots.first().map(|slot| slot.choice()))
    /// }
    /// ```
    pub async fn free_slots(&self, search: &SlotSearch) -> Result<FreeSlots, BookingError> {
        let observed = Observation::begin(self, Action::Search, None);
        observed.of(self.search(search)).await
    }

    async fn search(&self, search: &SlotSearch) -> Result<FreeSlots, BookingError> {
        if search.to < search.from {
            return Err(BookingError::new(
                Kind::InvalidSearch,
                "the end of the search comes before its start",
            ));
        }
        let mut found = FreeSlots::default();
        if !self.settings.enabled {
            found.off = true;
            return Ok(found);
        }
        self.check_settings()?;
        let window = self.window(search);
        let Some(days) = days(window) else {
            return Ok(found);
        };

        let emis = self.emis().await?;
        let sessions = emis
            .appointments()
            .get_appointment_sessions(days, None)
            .await?;
        found.skipped = sessions.skipped;
        let mut sessions = sessions.items;
        sessions.retain(|session| self.may_have_slots(search, session));
        sessions.sort_by_key(|session| (session.date, session.start, session.id));

        let mut day = None;
        for (read, session) in sessions.iter().enumerate() {
            let new_day = day.replace(session.date) != Some(session.date);
            if new_day && (found.slots.len() >= search.enough || read >= MOST_SESSIONS) && read > 0
            {
                found.more_from = Some(session.date);
                break;
            }
            self.read_session(search, window, session, &mut found)
                .await?;
        }
        found
            .slots
            .sort_by_key(|slot| (slot.start.timestamp(), slot.slot));
        Ok(found)
    }

    /// Reads the slots of one session and adds those that are offered.
    async fn read_session(
        &self,
        search: &SlotSearch,
        window: BookingWindow,
        session: &Session,
        found: &mut FreeSlots,
    ) -> Result<(), BookingError> {
        let emis = self.emis().await?;
        let slots = match emis.appointments().get_slots_for_session(session.id).await {
            Ok(slots) => slots,
            Err(error) => {
                let give_up = found.unread.len() >= MOST_UNREAD;
                if give_up || error.kind().is_about_the_connection() {
                    return Err(error.into());
                }
                found.unread.push(UnreadSession {
                    session: session.id,
                    date: session.date,
                    error,
                });
                return Ok(());
            }
        };
        found.skipped.extend(slots.skipped);
        let now = self.now();
        let offered = slots
            .items
            .iter()
            .filter_map(|slot| offer(&self.settings, now, session, slot).ok())
            .filter(|slot| search.wants_type(&slot.slot_type))
            .filter(|slot| window.contains(slot.start.timestamp()));
        found.slots.extend(offered);
        Ok(())
    }

    /// Returns whether the session has free slots of a wanted type by its counts, so that its
    /// slots are worth a call. A session without counts is read.
    fn may_have_slots(&self, search: &SlotSearch, session: &Session) -> bool {
        let wanted = |slot_type: &SlotTypeId| {
            self.settings.slot_types.contains(slot_type) && search.wants_type(slot_type)
        };
        let counted = session.slot_types.is_empty()
            || session
                .slot_types
                .iter()
                .any(|count| count.available > 0 && wanted(&count.id));
        counted && search.wants_session(session) && offer_session(&self.settings, session).is_ok()
    }

    /// Returns the period that the practice allows and the search asks for.
    fn window(&self, search: &SlotSearch) -> BookingWindow {
        let open = BookingWindow::open(&self.settings, self.now());
        BookingWindow {
            earliest: open.earliest.max(uk::zoned(search.from).timestamp()),
            end: open.end.min(uk::zoned(search.to).timestamp()),
        }
    }
}

/// Returns the days on which a slot in the window can start; `None` if the window is empty.
fn days(window: BookingWindow) -> Option<DateRange> {
    let last = window.end.checked_sub(SignedDuration::from_nanos(1)).ok()?;
    let day = |moment: Timestamp| uk::at(moment).date();
    (window.earliest <= last)
        .then(|| DateRange::new(day(window.earliest), day(last)).ok())
        .flatten()
}
