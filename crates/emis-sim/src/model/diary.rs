//! The appointment book: sessions, slots and their changes.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use super::SimAppointmentStatus;

/// The appointment book. Slots change only through its methods, so that the answers of all operations
/// agree.
#[derive(Debug, Default)]
pub(crate) struct Diary {
    sessions: BTreeMap<i32, Session>,
    slots: BTreeMap<i32, Slot>,
    /// Sessions that are not built, with their slots.
    unbuilt: Option<Box<Diary>>,
}

/// A session: a part of a day in which members of staff see patients at a site.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) date: Date,
    pub(crate) start: Time,
    pub(crate) end: Time,
    pub(crate) slot_minutes: i16,
    pub(crate) site: i32,
    pub(crate) holders: Vec<i32>,
    pub(crate) slots: Vec<i32>,
}

/// A slot of a session. On the wire it has no date.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) id: i32,
    pub(crate) session: i32,
    pub(crate) start: DateTime,
    pub(crate) minutes: i16,
    pub(crate) slot_type: i32,
    pub(crate) state: SlotState,
    /// The booking's notes, or those written since. A cancellation clears them.
    pub(crate) notes: Option<String>,
    /// Bookings and cancellations do not change them.
    pub(crate) comments: Vec<String>,
}

/// The state of a slot, with at most one patient.
#[derive(Debug, Clone)]
pub(crate) enum SlotState {
    Available,
    Blocked,
    Embargoed,
    Taken(Appointment),
}

/// An appointment: a patient in a slot.
#[derive(Clone)]
pub(crate) struct Appointment {
    pub(crate) patient: i32,
    pub(crate) status: SimAppointmentStatus,
    pub(crate) reason: String,
}

opaque_debug!(Appointment { patient, status });

impl SlotState {
    /// Returns EMIS's text.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Available => "Slot Available",
            Self::Blocked => "Blocked",
            Self::Embargoed => "Embargoed",
            Self::Taken(appointment) => appointment.status.as_str(),
        }
    }
}

impl Slot {
    pub(crate) const fn appointment(&self) -> Option<&Appointment> {
        match &self.state {
            SlotState::Taken(appointment) => Some(appointment),
            _ => None,
        }
    }
}

/// The error for a change that the appointment book refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiaryError {
    /// The practice has no such slot.
    #[error("the practice has no such slot")]
    UnknownSlot,
    /// The practice has no such patient.
    #[error("the practice has no such patient")]
    UnknownPatient,
    /// The slot is taken, blocked or embargoed.
    #[error("the slot is not available")]
    NotAvailable,
    /// The slot has no patient.
    #[error("the slot has no patient")]
    Empty,
    /// The practice has no such slot type.
    #[error("the practice has no such slot type")]
    UnknownSlotType,
    /// Another patient is in the slot.
    #[error("another patient is in the slot")]
    OtherPatient,
}

impl Diary {
    pub(crate) fn add_session(&mut self, session: Session) {
        self.sessions.insert(session.id, session);
    }

    /// Adds a slot to its session, which must be there already.
    pub(crate) fn add_slot(&mut self, slot: Slot) {
        if let Some(session) = self.sessions.get_mut(&slot.session) {
            session.slots.push(slot.id);
            self.slots.insert(slot.id, slot);
        }
    }

    /// Removes all sessions with their slots, as though they had not been built.
    pub(crate) fn unbuild(&mut self) {
        let built = std::mem::take(self);
        self.unbuilt = Some(Box::new(built));
    }

    /// Builds the sessions that were removed. Those opened since stay.
    pub(crate) fn build(&mut self) {
        if let Some(mut built) = self.unbuilt.take() {
            self.sessions.append(&mut built.sessions);
            self.slots.append(&mut built.slots);
        }
    }

    pub(crate) fn session(&self, id: i32) -> Option<&Session> {
        self.sessions.get(&id)
    }

    pub(crate) fn slot(&self, id: i32) -> Option<&Slot> {
        self.slots.get(&id)
    }

    pub(crate) fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    /// Returns all slots in the order of their ids.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.values()
    }

    /// Returns the slots of a session in the order of their times.
    pub(crate) fn slots_of<'a>(&'a self, session: &'a Session) -> impl Iterator<Item = &'a Slot> {
        session.slots.iter().filter_map(|id| self.slots.get(id))
    }

    /// Adds a session with consecutive slots, as far as they start on the session's day, and returns
    /// their ids. The session receives a new id.
    pub(crate) fn open_session(
        &mut self,
        session: Session,
        slots: i16,
        slot_type: i32,
    ) -> Vec<i32> {
        let id = next_id(&self.sessions);
        let (minutes, start) = (
            session.slot_minutes,
            session.date.to_datetime(session.start),
        );
        self.add_session(Session { id, ..session });
        (0..slots)
            .map(|place| start.saturating_add(i64::from(minutes) * i64::from(place).minutes()))
            .take_while(|start| start.date() == session.date)
            .map(|start| {
                let slot = next_id(&self.slots);
                self.add_slot(Slot {
                    id: slot,
                    session: id,
                    start,
                    minutes,
                    slot_type,
                    state: SlotState::Available,
                    notes: None,
                    comments: Vec::new(),
                });
                slot
            })
            .collect()
    }

    fn slot_mut(&mut self, id: i32) -> Result<&mut Slot, DiaryError> {
        self.slots.get_mut(&id).ok_or(DiaryError::UnknownSlot)
    }

    /// Books a patient into an available slot.
    pub(crate) fn book(&mut self, slot: i32, appointment: Appointment) -> Result<(), DiaryError> {
        let slot = self.slot_mut(slot)?;
        if !matches!(slot.state, SlotState::Available) {
            return Err(DiaryError::NotAvailable);
        }
        slot.state = SlotState::Taken(appointment);
        Ok(())
    }

    /// Cancels the appointment in a slot, with `patient` only if it is that patient's. Returns the
    /// appointment and the notes.
    pub(crate) fn cancel(
        &mut self,
        slot: i32,
        patient: Option<i32>,
    ) -> Result<(Appointment, Option<String>), DiaryError> {
        let slot = self.slot_mut(slot)?;
        let appointment = occupant(&mut slot.state, patient)?.clone();
        slot.state = SlotState::Available;
        Ok((appointment, slot.notes.take()))
    }

    /// Sets the status of an appointment.
    pub(crate) fn set_status(
        &mut self,
        slot: i32,
        patient: Option<i32>,
        status: SimAppointmentStatus,
    ) -> Result<(), DiaryError> {
        let slot = self.slot_mut(slot)?;
        occupant(&mut slot.state, patient)?.status = status;
        Ok(())
    }

    /// Sets the state of a slot without a patient.
    pub(crate) fn set_empty_state(
        &mut self,
        slot: i32,
        state: SlotState,
    ) -> Result<(), DiaryError> {
        let slot = self.slot_mut(slot)?;
        if slot.appointment().is_some() {
            return Err(DiaryError::NotAvailable);
        }
        slot.state = state;
        Ok(())
    }

    /// Sets the type of a slot.
    pub(crate) fn set_type(&mut self, slot: i32, slot_type: i32) -> Result<(), DiaryError> {
        self.slot_mut(slot)?.slot_type = slot_type;
        Ok(())
    }

    /// Sets or clears the notes of a slot.
    pub(crate) fn set_notes(&mut self, slot: i32, notes: Option<String>) -> Result<(), DiaryError> {
        self.slot_mut(slot)?.notes = notes;
        Ok(())
    }

    pub(crate) fn comment(&mut self, slot: i32, comment: String) -> Result<(), DiaryError> {
        self.slot_mut(slot)?.comments.push(comment);
        Ok(())
    }
}

fn next_id<T>(records: &BTreeMap<i32, T>) -> i32 {
    records.last_key_value().map_or(1, |(id, _)| id + 1)
}

fn occupant(state: &mut SlotState, patient: Option<i32>) -> Result<&mut Appointment, DiaryError> {
    match state {
        SlotState::Taken(appointment) if patient.is_none_or(|id| id == appointment.patient) => {
            Ok(appointment)
        }
        SlotState::Taken(_) => Err(DiaryError::OtherPatient),
        _ => Err(DiaryError::Empty),
    }
}
