//! Searching for slots that may be booked.

use std::collections::BTreeSet;

use emis_client::model::{DateRange, Session, SkippedRecord};
use emis_types::{SessionId, SiteId, SlotTypeId, StaffId, uk};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use crate::booking::Booking;
use crate::error::{BookingError, BookingErrorKind as Kind};
use crate::rules::{BookingWindow, offer, offer_session};
use crate::slot::FreeSlot;

/// How many sessions one search reads before it stops at the end of a day: each is a call.
const MOST_SESSIONS: usize = 150;

/// How many sessions may be unreadable before a search gives up: each took its whole time-out.
const MOST_UNREAD: usize = 5;

/// Which free slots to look for. Within what the practice allows: a search can only narrow that.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotSearch {
    /// The earliest start, UK time.
    pub from: DateTime,
    /// The end, UK time: slots start before it.
    pub to: DateTime,
    /// Only slots of these types; `None` for all that the practice lists.
    pub slot_types: Option<BTreeSet<SlotTypeId>>,
    /// Only at these sites.
    pub sites: Option<BTreeSet<SiteId>>,
    /// Only with one of these session holders.
    pub session_holders: Option<BTreeSet<StaffId>>,
    /// Stop at the end of the day on which this many slots are found. Default: 200.
    pub enough: usize,
}

impl SlotSearch {
    /// Every slot that starts at `from` or later and before `to`, UK time.
    pub fn new(from: DateTime, to: DateTime) -> Self {
        Self {
            from,
            to,
            slot_types: None,
            sites: None,
            session_holders: None,
            enough: 200,
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

/// What a search found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct FreeSlots {
    /// Self-booking is switched off at the practice: nothing was looked for.
    pub off: bool,
    /// The slots on offer, earliest first.
    pub slots: Vec<FreeSlot>,
    /// The sessions whose slots could not be read: there may be more slots in them.
    pub unread: Vec<UnreadSession>,
    /// Records that could not be read.
    pub skipped: Vec<SkippedRecord>,
    /// Where the search stopped early, the day from which to go on.
    pub more_from: Option<Date>,
}

/// A session whose slots could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub struct UnreadSession {
    /// The session.
    pub session: SessionId,
    /// Its day.
    pub date: Date,
    /// Why.
    pub error: emis_client::ClientError,
}

impl Booking {
    /// Looks for slots that the practice offers, within the times of the search.
    ///
    /// Free at the moment of reading: somebody else may book any of them before the patient has
    /// chosen. EMIS has no way to hold a slot.
    ///
    /// Reads the sessions of the days in one call, then the slots of each session that can have
    /// any, day by day. It stops at the end of a day once it has found
    /// [`enough`](SlotSearch::enough) slots or read 150 sessions.
    ///
    /// # Errors
    /// Where the search, the settings or the connection are wrong, or too many sessions could
    /// not be read. While self-booking is off nothing is offered, which is not an error but
    /// [told](FreeSlots::off).
    pub async fn free_slots(&self, search: &SlotSearch) -> Result<FreeSlots, BookingError> {
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
            .filter(|slot| window.holds(slot.start.timestamp()));
        found.slots.extend(offered);
        Ok(())
    }

    /// Whether reading the session's slots is worth a call: by its counts it has free slots of a
    /// wanted type. A session that came without counts is read.
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

    /// What the practice allows and the search asks for, both.
    fn window(&self, search: &SlotSearch) -> BookingWindow {
        let open = BookingWindow::open(&self.settings, self.now());
        BookingWindow {
            earliest: open.earliest.max(uk::zoned(search.from).timestamp()),
            end: open.end.min(uk::zoned(search.to).timestamp()),
        }
    }
}

/// The days on which a slot in the window can start; `None` where there is no time in it.
fn days(window: BookingWindow) -> Option<DateRange> {
    let last = window.end.checked_sub(SignedDuration::from_nanos(1)).ok()?;
    let day = |moment: Timestamp| uk::at(moment).date();
    (window.earliest <= last)
        .then(|| DateRange::new(day(window.earliest), day(last)).ok())
        .flatten()
}
