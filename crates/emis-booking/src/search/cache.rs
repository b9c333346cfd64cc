//! The short-lived cache of sessions and slots.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emis_client::Client;
use emis_client::model::{DateRange, Listing, Session, Slot};
use emis_types::{OdsCode, PatientNumber, SessionId, SlotId};
use jiff::{SignedDuration, Timestamp};

use super::flight::{Flight, Shared, is_fresh};
use crate::turns::Turns;

/// The number of entries after which the cache is emptied.
const MOST_ENTRIES: usize = 5_000;

/// Sessions and slots of all practices, as they were read some seconds ago.
///
/// It makes a crowd of patients who search at once cost one read: of many callers that need the
/// same sessions or slots, one reads and the others get its result. A booking or a cancellation
/// that was made here corrects it at once. What reception changes is seen when the entry has
/// expired; nothing is ever booked by the cache alone.
///
/// One cache serves all practices of a process: see [`Booking::with_cache`](crate::Booking::with_cache).
///
/// # Examples
/// ```
/// use std::sync::Arc;
///
/// use emis_booking::{Booking, SlotCache};
/// use jiff::SignedDuration;
///
/// fn for_a_web_service(booking: Booking) -> Booking {
///     booking.with_cache(Arc::new(SlotCache::new(SignedDuration::from_secs(15))))
/// }
/// ```
#[derive(Debug)]
pub struct SlotCache {
    fresh_for: SignedDuration,
    ticks: AtomicU64,
    entries: Mutex<Entries>,
    /// The slots that are being booked.
    pub(crate) turns: Turns<SlotId>,
    /// The patients whose identity is being checked: copies of a right one are not counted together
    /// as wrong.
    pub(crate) patients: Turns<PatientNumber>,
}

#[derive(Debug, Default)]
struct Entries {
    sessions: HashMap<(OdsCode, DateRange), Arc<Flight<Listing<Session>>>>,
    slots: HashMap<(OdsCode, SessionId), Arc<Flight<Listing<Slot>>>>,
    /// Slots that were booked here, or were being booked by another patient, with the time. They are
    /// taken until they are read again, and for as long as an entry is fresh: a slot that is being
    /// booked still reads as free.
    taken: HashMap<(OdsCode, SlotId), (u64, Timestamp)>,
}

impl Entries {
    fn len(&self) -> usize {
        self.sessions.len() + self.slots.len() + self.taken.len()
    }
}

/// The slots of a session, as the cache has them.
pub(crate) struct CachedSlots {
    pub(crate) listing: Arc<Listing<Slot>>,
    /// Those of them that were booked since they were read, or may have been.
    pub(crate) taken: Vec<SlotId>,
}

impl Default for SlotCache {
    /// Creates a cache that keeps nothing: only callers that wait at the same time share a read.
    fn default() -> Self {
        Self::new(SignedDuration::ZERO)
    }
}

impl SlotCache {
    /// Creates an empty cache whose entries expire after this time: some seconds, as reception
    /// books at the same time.
    pub fn new(fresh_for: SignedDuration) -> Self {
        Self {
            fresh_for,
            ticks: AtomicU64::new(1),
            entries: Mutex::default(),
            turns: Turns::default(),
            patients: Turns::default(),
        }
    }

    /// Returns the sessions of these days.
    pub(crate) async fn sessions(
        &self,
        emis: &Client,
        practice: &OdsCode,
        days: DateRange,
        now: Timestamp,
    ) -> Shared<Listing<Session>> {
        let key = (practice.clone(), days);
        let flight = Arc::clone(self.entries().sessions.entry(key).or_default());
        let read = emis.appointments().get_appointment_sessions(days, None);
        let read = flight.read(now, self.fresh_for, || self.tick(), read);
        read.await.1
    }

    /// Returns a session that was read some seconds ago.
    pub(crate) fn session(
        &self,
        practice: &OdsCode,
        session: SessionId,
        now: Timestamp,
    ) -> Option<Session> {
        let lists: Vec<_> = self
            .entries()
            .sessions
            .iter()
            .filter(|(key, _)| key.0 == *practice)
            .map(|(_, flight)| Arc::clone(flight))
            .collect();
        lists.iter().find_map(|list| {
            let list = list.peek(now, self.fresh_for)?;
            list.items.iter().find(|it| it.id == session).cloned()
        })
    }

    /// Returns the slots of a session; those that were read some seconds ago unless `anew`.
    pub(crate) async fn slots(
        &self,
        emis: &Client,
        practice: &OdsCode,
        session: SessionId,
        now: Timestamp,
        anew: bool,
    ) -> Result<CachedSlots, Arc<emis_client::ClientError>> {
        let key = (practice.clone(), session);
        let flight = Arc::clone(self.entries().slots.entry(key).or_default());
        let fresh_for = if anew {
            SignedDuration::ZERO
        } else {
            self.fresh_for
        };
        let read = emis.appointments().get_slots_for_session(session);
        let (tick, listing) = flight.read(now, fresh_for, || self.tick(), read).await;
        let listing = listing?;
        let mut entries = self.entries();
        let mut taken = Vec::new();
        for slot in &listing.items {
            let key = (practice.clone(), slot.id);
            match entries.taken.get(&key) {
                Some((since, at)) if *since > tick || is_fresh(*at, now, self.fresh_for) => {
                    taken.push(slot.id);
                }
                Some(_) => drop(entries.taken.remove(&key)),
                None => {}
            }
        }
        Ok(CachedSlots { listing, taken })
    }

    /// Returns `true` if a slot was taken some seconds ago, without asking EMIS.
    pub(crate) fn shows_taken(
        &self,
        practice: &OdsCode,
        session: SessionId,
        slot: SlotId,
        now: Timestamp,
    ) -> bool {
        let entries = self.entries();
        let taken = entries.taken.get(&(practice.clone(), slot));
        if taken.is_some_and(|(_, at)| is_fresh(*at, now, self.fresh_for)) {
            return true;
        }
        drop(entries);
        let read = self.slot(practice, session, slot, now);
        read.is_some_and(|slot| slot.patient.is_some())
    }

    /// Returns a slot that was read some seconds ago.
    pub(crate) fn slot(
        &self,
        practice: &OdsCode,
        session: SessionId,
        slot: SlotId,
        now: Timestamp,
    ) -> Option<Slot> {
        let key = (practice.clone(), session);
        let flight = self.entries().slots.get(&key).cloned();
        let listing = flight?.peek(now, self.fresh_for)?;
        listing.items.iter().find(|it| it.id == slot).cloned()
    }

    /// Notes that a slot was booked, or may have been.
    pub(crate) fn note_taken(&self, practice: &OdsCode, slot: SlotId, now: Timestamp) {
        let tick = self.tick();
        let mut entries = self.entries();
        entries.taken.insert((practice.clone(), slot), (tick, now));
    }

    /// Notes that a slot was given back here, or may have been: its session is read again.
    pub(crate) fn note_freed(&self, practice: &OdsCode, session: SessionId, slot: SlotId) {
        let mut entries = self.entries();
        entries.taken.remove(&(practice.clone(), slot));
        entries.slots.remove(&(practice.clone(), session));
        // The number of free slots in each session is part of it.
        entries.sessions.retain(|(of, _), _| of != practice);
    }

    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // Entries are replaced in one step: a panic elsewhere can't leave one half done.
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() > MOST_ENTRIES {
            *entries = Entries::default();
        }
        entries
    }
}
