//! The reference model: an appointment book that remembers what each slot held, and since when.

use std::collections::BTreeMap;

use jiff::civil::DateTime;

/// The party that made an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MadeBy {
    Api,
    Reception,
}

/// A patient in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ModelAppointment {
    pub(super) patient: i64,
    pub(super) note: Option<String>,
    pub(super) by: MadeBy,
    /// The moment it was made, as a number of [`ModelDiary::next_moment`].
    pub(super) made: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SlotState {
    Free,
    Blocked,
    Taken(ModelAppointment),
}

#[derive(Debug, Clone)]
pub(super) struct ModelSlot {
    pub(super) id: i64,
    pub(super) session: i64,
    pub(super) start: DateTime,
    pub(super) state: SlotState,
}

impl ModelSlot {
    pub(super) fn appointment(&self) -> Option<&ModelAppointment> {
        match &self.state {
            SlotState::Taken(appointment) => Some(appointment),
            SlotState::Free | SlotState::Blocked => None,
        }
    }
}

/// A change of the appointment book.
#[derive(Debug, Clone)]
pub(super) struct DiaryChange {
    pub(super) moment: u64,
    pub(super) by: MadeBy,
    /// `true` for a booking, `false` for a cancellation.
    pub(super) booked: bool,
    /// The appointment that was made or removed.
    pub(super) appointment: ModelAppointment,
}

/// The appointment book of a practice with few slots, so that everything collides.
#[derive(Debug, Clone)]
pub(super) struct ModelDiary {
    pub(super) slots: BTreeMap<i64, ModelSlot>,
    pub(super) changes: Vec<DiaryChange>,
    moment: u64,
}

impl ModelDiary {
    /// Creates an appointment book of free slots: ID, session and start of each.
    pub(super) fn of(slots: impl IntoIterator<Item = (i64, i64, DateTime)>) -> Self {
        let slots = slots.into_iter().map(|(id, session, start)| {
            let slot = ModelSlot {
                id,
                session,
                start,
                state: SlotState::Free,
            };
            (id, slot)
        });
        Self {
            slots: slots.collect(),
            changes: Vec::new(),
            moment: 0,
        }
    }

    /// Returns a number that is larger than all before.
    pub(super) fn next_moment(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    /// Takes over what another appointment book has in a slot. Returns what was removed for it.
    pub(super) fn take_over(
        &mut self,
        slot: i64,
        now: Option<(i64, Option<String>)>,
        by: MadeBy,
    ) -> Option<ModelAppointment> {
        let was = self.slots.get(&slot)?.appointment().cloned();
        let before = was.as_ref().map(|it| (it.patient, it.note.clone()));
        if before == now {
            return None;
        }
        let removed = was.and_then(|_| self.cancel(slot, None, by));
        if let Some((patient, note)) = now {
            self.book(slot, patient, note, by);
        }
        removed
    }

    /// Books a free slot. Returns `false` if it is not free.
    pub(super) fn book(
        &mut self,
        slot: i64,
        patient: i64,
        note: Option<String>,
        by: MadeBy,
    ) -> bool {
        let moment = self.next_moment();
        let Some(found) = self.slots.get_mut(&slot) else {
            return false;
        };
        if found.state != SlotState::Free {
            return false;
        }
        let appointment = ModelAppointment {
            patient,
            note,
            by,
            made: moment,
        };
        found.state = SlotState::Taken(appointment.clone());
        self.changes.push(DiaryChange {
            moment,
            by,
            booked: true,
            appointment,
        });
        true
    }

    /// Removes a patient's appointment, or any, and returns it.
    pub(super) fn cancel(
        &mut self,
        slot: i64,
        patient: Option<i64>,
        by: MadeBy,
    ) -> Option<ModelAppointment> {
        let moment = self.next_moment();
        let found = self.slots.get_mut(&slot)?;
        let appointment = found.appointment()?.clone();
        if patient.is_some_and(|patient| patient != appointment.patient) {
            return None;
        }
        found.state = SlotState::Free;
        self.changes.push(DiaryChange {
            moment,
            by,
            booked: false,
            appointment: appointment.clone(),
        });
        Some(appointment)
    }

    /// Blocks a free slot or releases a blocked one.
    pub(super) fn toggle_block(&mut self, slot: i64) {
        if let Some(found) = self.slots.get_mut(&slot) {
            found.state = match &found.state {
                SlotState::Free => SlotState::Blocked,
                SlotState::Blocked => SlotState::Free,
                SlotState::Taken(_) => return,
            };
        }
    }

    /// Returns the slots that hold an appointment with this reference in its note.
    pub(super) fn holding(&self, reference: &str) -> Vec<&ModelSlot> {
        let carries = |slot: &&ModelSlot| {
            let note = slot.appointment().and_then(|it| it.note.as_deref());
            note.is_some_and(|note| note.contains(reference))
        };
        self.slots.values().filter(carries).collect()
    }

    /// Returns whether an appointment with this reference was ever made.
    pub(super) fn ever_booked(&self, reference: &str) -> bool {
        self.changes_of(reference).any(|change| change.booked)
    }

    /// Returns the last change of the appointment with this reference.
    pub(super) fn last_change(&self, reference: &str) -> Option<&DiaryChange> {
        self.changes_of(reference).last()
    }

    fn changes_of(&self, reference: &str) -> impl Iterator<Item = &DiaryChange> {
        self.changes.iter().filter(move |change| {
            let note = change.appointment.note.as_deref();
            note.is_some_and(|note| note.contains(reference))
        })
    }
}
