//! Runs a search.

use std::sync::Arc;

use emis_client::ClientError;
use emis_client::model::{DateRange, Session, Slot};
use emis_settings::AppointmentMode;
use emis_types::{PatientNumber, SessionId, SlotId, SlotTypeId, StaffId, uk};
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use crate::booking::Booking;
use crate::error::{BookingError, BookingErrorKind as Kind};
use crate::rules::{BookingWindow, NotOffered, offer, offer_session};
use crate::search::cache::CachedSlots;
use crate::search::query::{FreeSlots, ImpossibleStart, SlotSearch, UnreadSession};
use crate::slot::FreeSlot;
use crate::telemetry::{Action, Labelled, Observation};

/// The number of sessions after which a search stops at the end of a day: each is a call.
const MOST_SESSIONS: usize = 150;

/// The number of unreadable sessions after which a search fails: each took its whole timeout.
const MOST_UNREAD: usize = 5;

/// The number of sessions that are read at once.
const SESSIONS_AT_ONCE: usize = 4;

impl Labelled for FreeSlots {
    fn label(&self) -> &'static str {
        match (self.off, self.slots.is_empty()) {
            (true, _) => "off",
            (_, true) => "none",
            (_, false) => "found",
        }
    }
}

impl Booking {
    /// Searches for slots that the practice offers.
    ///
    /// They are free at the moment of reading: another patient may book any of them before this
    /// one has chosen. EMIS has no way to hold a slot. With a [cache](Self::with_cache) they may
    /// have been read some seconds ago.
    ///
    /// Reads the sessions of the days in one call, then the slots of each session that can have
    /// any, day by day. It stops at the end of a day once it has found
    /// [`enough`](SlotSearch::enough) slots or read 150 sessions;
    /// [`SlotSearch::after`] is the search for the next page.
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

    /// Returns the first free slot of a search.
    ///
    /// # Errors
    /// As [`free_slots`](Self::free_slots).
    pub async fn next_available(
        &self,
        search: &SlotSearch,
    ) -> Result<Option<FreeSlot>, BookingError> {
        let mut search = SlotSearch {
            enough: 1,
            ..search.clone()
        };
        loop {
            let found = self.free_slots(&search).await?;
            let next = search.after(&found);
            let first = found.slots.into_iter().next();
            match (first, next) {
                (None, Some(next)) => search = next,
                (first, _) => return Ok(first),
            }
        }
    }

    /// Returns the patient's usual GP, for [`SlotSearch::first`]; `None` if EMIS names none.
    ///
    /// # Errors
    /// If EMIS can't be read.
    pub async fn usual_gp(&self, patient: PatientNumber) -> Result<Option<StaffId>, BookingError> {
        let emis = self.emis().await?;
        let patient = emis.patient().get_patient_demographics(patient).await?;
        Ok(patient.usual_gp)
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
        let (cache, practice) = (self.cache(), &self.practice);
        let sessions = cache.sessions(emis, practice, days, self.now()).await?;
        found.skipped.clone_from(&sessions.skipped);
        let mut sessions: Vec<&Session> = sessions
            .items
            .iter()
            .filter(|session| self.may_have_slots(search, session))
            .collect();
        sessions.sort_by_key(|session| (session.date, session.start, session.id));

        let mut read = 0;
        for day in sessions.chunk_by(|a, b| a.date == b.date) {
            if read > 0 && (found.slots.len() >= search.enough || read >= MOST_SESSIONS) {
                found.more_from = day.first().map(|session| session.date);
                break;
            }
            self.read_sessions(search, window, day, &mut found).await?;
            read += day.len();
        }
        found.slots.sort_by_key(|slot| {
            let last = !search.prefers(slot);
            (slot.start.date(), last, slot.start.timestamp(), slot.slot)
        });
        Ok(found)
    }

    /// Reads the slots of sessions and adds those that are offered.
    async fn read_sessions(
        &self,
        search: &SlotSearch,
        window: BookingWindow,
        sessions: &[&Session],
        found: &mut FreeSlots,
    ) -> Result<(), BookingError> {
        let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
        let reads = stream::iter(ids).map(|id| self.slots_of(id, false));
        let mut reads = reads.buffered(SESSIONS_AT_ONCE);
        for session in sessions {
            match reads.next().await {
                Some(Ok(slots)) => self.add_offered(search, window, session, &slots, found),
                Some(Err(error)) => {
                    let give_up = found.unread.len() >= MOST_UNREAD;
                    if give_up || error.kind().is_about_the_connection() {
                        return Err(error.into());
                    }
                    found.unread.push(UnreadSession {
                        session: session.id,
                        date: session.date,
                        error,
                    });
                }
                None => break,
            }
        }
        Ok(())
    }

    fn add_offered(
        &self,
        search: &SlotSearch,
        window: BookingWindow,
        session: &Session,
        slots: &CachedSlots,
        found: &mut FreeSlots,
    ) {
        found.skipped.extend(slots.listing.skipped.iter().cloned());
        let now = self.now();
        for slot in &slots.listing.items {
            match self.offer(now, session, slot) {
                Ok(free) => {
                    let wanted = search.wants(&free) && window.contains(free.start.timestamp());
                    if wanted && !slots.taken.contains(&slot.id) {
                        found.slots.push(free);
                    }
                }
                Err(NotOffered::ImpossibleStart) => found.impossible.push(ImpossibleStart {
                    session: session.id,
                    slot: slot.id,
                    start: session.date.to_datetime(slot.start),
                }),
                Err(_) => {}
            }
        }
    }

    /// Decides whether a slot is offered, and adds its mode.
    pub(crate) fn offer(
        &self,
        now: Timestamp,
        session: &Session,
        slot: &Slot,
    ) -> Result<FreeSlot, NotOffered> {
        let mut free = offer(&self.settings, now, session, slot)?;
        free.mode = self.mode_of(&free.slot_type);
        free.site = free.site.map(|site| self.named(site));
        Ok(free)
    }

    /// Returns the mode that the practice has set for a slot type.
    pub(crate) fn mode_of(&self, slot_type: &SlotTypeId) -> Option<AppointmentMode> {
        self.modes.get(slot_type).copied()
    }

    /// Returns a slot and its session. The slots are read last, so that what is known of the slot
    /// is as new as possible; `anew` reads them after this call, past the cache.
    pub(crate) async fn find_slot(
        &self,
        session: SessionId,
        slot: SlotId,
        start: Timestamp,
        anew: bool,
    ) -> Result<Option<(Session, Slot)>, BookingError> {
        let known = self.cache().session(&self.practice, session, self.now());
        let session = match known {
            Some(session) => session,
            None => {
                let (emis, day) = (self.emis().await?, DateRange::day(uk::at(start).date()));
                let (cache, practice) = (self.cache(), &self.practice);
                let sessions = cache.sessions(emis, practice, day, self.now()).await?;
                match sessions.items.iter().find(|it| it.id == session) {
                    Some(session) => session.clone(),
                    None => return Ok(None),
                }
            }
        };
        let slots = match self.slots_of(session.id, anew).await {
            Ok(slots) => slots,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let slot = slots.listing.items.iter().find(|it| it.id == slot).cloned();
        Ok(slot.map(|slot| (session, slot)))
    }

    async fn slots_of(
        &self,
        session: SessionId,
        anew: bool,
    ) -> Result<CachedSlots, Arc<ClientError>> {
        let emis = self.confirmed_emis().await?;
        let slots = self
            .cache()
            .slots(emis, &self.practice, session, self.now(), anew);
        slots.await
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
