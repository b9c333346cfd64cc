//! The appointment book: sessions, their slots, and the few ways in which a slot changes.

use std::collections::BTreeMap;
use std::fmt;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use super::AppointmentStatus;

/// The appointment book. Slots change through its methods only, so that what one operation
/// shows can never contradict another.
#[derive(Debug, Default)]
pub(crate) struct Diary {
    sessions: BTreeMap<i32, Session>,
    slots: BTreeMap<i32, Slot>,
}

/// A stretch of a day in which one or more people see patients at one site.
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

/// A piece of a session. It has no date of its own on the wire.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) id: i32,
    pub(crate) session: i32,
    pub(crate) start: DateTime,
    pub(crate) minutes: i16,
    pub(crate) slot_type: i32,
    pub(crate) state: SlotState,
    /// What a booking noted, or somebody wrote since; gone when the slot is emptied.
    pub(crate) notes: Option<String>,
    /// They stay, whoever comes and goes.
    pub(crate) comments: Vec<String>,
}

/// What is in a slot. One patient at most, by construction.
#[derive(Debug, Clone)]
pub(crate) enum SlotState {
    Available,
    Blocked,
    Embargoed,
    Taken(Appointment),
}

/// A patient in a slot.
#[derive(Clone)]
pub(crate) struct Appointment {
    pub(crate) patient: i32,
    pub(crate) status: AppointmentStatus,
    pub(crate) reason: String,
}

impl fmt::Debug for Appointment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Appointment")
            .field("patient", &self.patient)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl SlotState {
    /// Exactly as EMIS writes it.
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

/// Why the appointment book would not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteRefusal {
    /// The practice has no such slot.
    #[error("the practice has no such slot")]
    UnknownSlot,
    /// The practice has no such patient.
    #[error("the practice has no such patient")]
    UnknownPatient,
    /// The slot is taken, blocked or embargoed.
    #[error("the slot is not available")]
    NotAvailable,
    /// Nobody is in the slot.
    #[error("nobody is in the slot")]
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

    pub(crate) fn session(&self, id: i32) -> Option<&Session> {
        self.sessions.get(&id)
    }

    pub(crate) fn slot(&self, id: i32) -> Option<&Slot> {
        self.slots.get(&id)
    }

    pub(crate) fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    /// Every slot, in the order of the ids.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.values()
    }

    /// The slots of one session, in the order of the day.
    pub(crate) fn slots_of<'a>(&'a self, session: &'a Session) -> impl Iterator<Item = &'a Slot> {
        session.slots.iter().filter_map(|id| self.slots.get(id))
    }

    /// Adds a session with slots one after the other, as many as the day has room for, and gives
    /// the ids of the slots. The session's own id is drawn here.
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

    fn slot_mut(&mut self, id: i32) -> Result<&mut Slot, WriteRefusal> {
        self.slots.get_mut(&id).ok_or(WriteRefusal::UnknownSlot)
    }

    /// Puts a patient into an available slot.
    pub(crate) fn book(&mut self, slot: i32, appointment: Appointment) -> Result<(), WriteRefusal> {
        let slot = self.slot_mut(slot)?;
        if !matches!(slot.state, SlotState::Available) {
            return Err(WriteRefusal::NotAvailable);
        }
        slot.state = SlotState::Taken(appointment);
        Ok(())
    }

    /// Empties a slot, and says what was in it and in its notes. With a patient, only if that
    /// patient is in it.
    pub(crate) fn cancel(
        &mut self,
        slot: i32,
        patient: Option<i32>,
    ) -> Result<(Appointment, Option<String>), WriteRefusal> {
        let slot = self.slot_mut(slot)?;
        let appointment = occupant(&mut slot.state, patient)?.clone();
        slot.state = SlotState::Available;
        Ok((appointment, slot.notes.take()))
    }

    /// Moves an appointment on.
    pub(crate) fn set_status(
        &mut self,
        slot: i32,
        patient: Option<i32>,
        status: AppointmentStatus,
    ) -> Result<(), WriteRefusal> {
        let slot = self.slot_mut(slot)?;
        occupant(&mut slot.state, patient)?.status = status;
        Ok(())
    }

    /// Makes an empty slot available, blocked or embargoed; a slot with a patient stays as it is.
    pub(crate) fn set_empty_state(
        &mut self,
        slot: i32,
        state: SlotState,
    ) -> Result<(), WriteRefusal> {
        let slot = self.slot_mut(slot)?;
        if slot.appointment().is_some() {
            return Err(WriteRefusal::NotAvailable);
        }
        slot.state = state;
        Ok(())
    }

    /// Makes a slot one of another type, whoever is in it.
    pub(crate) fn set_type(&mut self, slot: i32, slot_type: i32) -> Result<(), WriteRefusal> {
        self.slot_mut(slot)?.slot_type = slot_type;
        Ok(())
    }

    /// Replaces the notes of a slot, or clears them.
    pub(crate) fn set_notes(
        &mut self,
        slot: i32,
        notes: Option<String>,
    ) -> Result<(), WriteRefusal> {
        self.slot_mut(slot)?.notes = notes;
        Ok(())
    }

    pub(crate) fn comment(&mut self, slot: i32, comment: String) -> Result<(), WriteRefusal> {
        self.slot_mut(slot)?.comments.push(comment);
        Ok(())
    }
}

fn next_id<T>(records: &BTreeMap<i32, T>) -> i32 {
    records.last_key_value().map_or(1, |(id, _)| id + 1)
}

fn occupant(state: &mut SlotState, patient: Option<i32>) -> Result<&mut Appointment, WriteRefusal> {
    match state {
        SlotState::Taken(appointment) if patient.is_none_or(|id| id == appointment.patient) => {
            Ok(appointment)
        }
        SlotState::Taken(_) => Err(WriteRefusal::OtherPatient),
        _ => Err(WriteRefusal::Empty),
    }
}
