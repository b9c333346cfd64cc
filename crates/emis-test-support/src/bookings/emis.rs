//! A transport that answers from the reference model, with faults.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_client::{
    Operation, Request, Response, Transport, TransportError, TransportErrorKind as Failure,
};
use emis_credentials::AccessToken;
use emis_types::{Clock, ManualClock};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::calls::{EmisCounts, Removal, State, Write, WriteKind};
use super::cast::Cast;
use super::diary::{MadeBy, ModelAppointment, ModelDiary, SlotState};
use super::fault::{CallKind, Fault, ReadFault, WriteFault};
use super::interleave::{current_activity, yield_once};
use super::plant::Plant;
use super::simulator::Behind;
use super::wire;

/// An EMIS in memory. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct ModelEmis {
    state: Arc<Mutex<State>>,
    clock: ManualClock,
    cast: Cast,
    returns_notes: bool,
    plant: Plant,
    /// The simulator that has the appointment book, instead of this model.
    behind: Option<Arc<Behind>>,
}

impl ModelEmis {
    pub(super) fn new(
        diary: ModelDiary,
        clock: ManualClock,
        cast: Cast,
        seed: u64,
        returns_notes: bool,
        plant: Plant,
    ) -> Self {
        let state = State {
            diary,
            faults: HashMap::new(),
            in_flight: Vec::new(),
            reads: HashMap::new(),
            sent: HashMap::new(),
            removals: Vec::new(),
            counts: EmisCounts::default(),
            rng: StdRng::seed_from_u64(seed),
            log: Vec::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            clock,
            cast,
            returns_notes,
            plant,
            behind: None,
        }
    }

    /// Lets a simulator answer: this model sends each call on, and follows what becomes of it.
    pub(super) fn before(mut self, behind: Behind) -> Self {
        behind.set_returns_notes(self.returns_notes);
        self.behind = Some(Arc::new(behind));
        self
    }

    /// Takes over what the simulator did since. A removal was by this write, if there is one.
    fn follow(&self, behind: &Behind, write: Option<&Write>) {
        let mut state = self.state();
        let slots: Vec<i64> = state.diary.slots.keys().copied().collect();
        for slot in slots {
            let now = behind.appointment(slot);
            if let Some(removed) = state.diary.take_over(slot, now, MadeBy::Api) {
                let write = write.filter(|write| write.slot == slot);
                state.removals.push(Removal {
                    activity: write.and_then(|write| write.activity),
                    seen: write.map_or(u64::MAX, |write| write.seen),
                    slot,
                    note: removed.note,
                    by: removed.by,
                    made: removed.made,
                });
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a fault for the next call of a kind.
    pub(super) fn queue(&self, kind: CallKind, fault: Fault) {
        let mut state = self.state();
        state.faults.entry(kind).or_default().push_back(fault);
    }

    pub(super) fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Performs what is due by now.
    pub(super) fn land(&self) {
        if let Some(behind) = &self.behind {
            behind.land();
            self.follow(behind, None);
        }
        let now = self.clock.now();
        let mut state = self.state();
        let due = state.in_flight.extract_if(.., |(due, _)| *due <= now);
        let due: Vec<_> = due.map(|(_, write)| write).collect();
        for write in due {
            let done = state.perform(&write);
            state.note(now, format!("lands: {write:?}, done: {done}"));
        }
    }

    /// Returns the moment of the last write that is still to land.
    pub(super) fn last_due(&self) -> Option<Timestamp> {
        self.state().in_flight.iter().map(|(due, _)| *due).max()
    }

    pub(super) fn counts(&self) -> EmisCounts {
        self.state().counts
    }

    pub(super) fn diary(&self) -> ModelDiary {
        self.state().diary.clone()
    }

    /// Returns how often `BookAppointment` left with this reference.
    pub(super) fn sent(&self, reference: &str) -> u32 {
        let state = self.state();
        let sent = state.sent.iter();
        sent.filter(|(note, _)| note.contains(reference))
            .map(|(_, times)| times)
            .sum()
    }

    /// Returns how often `BookAppointment` left without a note.
    pub(super) fn sent_without_note(&self) -> u32 {
        self.state().sent.get("").copied().unwrap_or_default()
    }

    pub(super) fn removals(&self) -> Vec<Removal> {
        self.state().removals.clone()
    }

    /// Returns a number that is larger than the moments of all changes so far.
    pub(super) fn next_moment(&self) -> u64 {
        self.state().diary.next_moment()
    }

    pub(super) fn reception_books(&self, slot: i64, patient: i64) {
        if let Some(behind) = &self.behind {
            behind.books(slot, patient);
        }
        let mut state = self.state();
        state.diary.book(slot, patient, None, MadeBy::Reception);
    }

    pub(super) fn reception_cancels(&self, slot: i64) -> Option<ModelAppointment> {
        if let Some(behind) = &self.behind {
            behind.cancels(slot);
        }
        self.state().diary.cancel(slot, None, MadeBy::Reception)
    }

    pub(super) fn reception_blocks(&self, slot: i64) {
        let mut state = self.state();
        state.diary.toggle_block(slot);
        if let Some(behind) = &self.behind {
            behind.blocks(slot, state.diary.slots[&slot].state == SlotState::Blocked);
        }
    }

    /// Adds a line to the story of the run.
    pub(super) fn tell(&self, line: String) {
        let now = self.clock.now();
        self.state().note(now, line);
    }

    pub(super) fn story(&self) -> String {
        self.state().log.join("\n")
    }

    fn write_of(&self, request: &Request) -> Option<Write> {
        let kind = match request.operation() {
            Operation::BookAppointment => WriteKind::Book {
                note: parameter(request, "bookingNote").map(str::to_owned),
            },
            Operation::CancelAppointment => WriteKind::Cancel,
            _ => return None,
        };
        let mut slot = number(request, "slotId");
        let mut patient = number(request, "patientNumber");
        let activity = current_activity();
        let state = self.state();
        if self.plant == Plant::NeighbourCancelled && kind == WriteKind::Cancel {
            let session = state.diary.slots.get(&slot).map(|slot| slot.session);
            let others = state.diary.slots.values();
            let others = others.filter(|it| it.id != slot && Some(it.session) == session);
            let mut taken = others.filter_map(|it| Some((it.id, it.appointment()?.patient)));
            (slot, patient) = taken.next().unwrap_or((slot, patient));
        }
        let seen = activity.and_then(|activity| state.reads.get(&(activity, slot)));
        Some(Write {
            kind,
            slot,
            patient,
            activity,
            seen: seen.copied().unwrap_or_default(),
        })
    }

    async fn write(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
        write: Write,
    ) -> Result<Response, TransportError> {
        let kind = match write.kind {
            WriteKind::Book { .. } => CallKind::Book,
            WriteKind::Cancel => CallKind::Cancel,
        };
        let now = self.clock.now();
        let fault = {
            let mut state = self.state();
            let fault = state.next_fault(kind);
            if fault == Some(Fault::Write(WriteFault::Unreachable)) {
                state.note(now, format!("unreachable: {write:?}"));
                return Err(TransportError::new(Failure::Unreachable, "no connection"));
            }
            state.count_sent(&write);
            if let Some(Fault::Write(WriteFault::Late(..) | WriteFault::DoubledLate(_))) = fault {
                state.counts.late += 1;
            }
            state.note(now, format!("sent with {fault:?}: {write:?}"));
            fault
        };
        if let Some(behind) = &self.behind {
            if let Some(Fault::Write(fault)) = fault {
                behind.queue_write(request.operation(), fault);
            }
            let answer = behind.send(request, token).await;
            self.follow(behind, Some(&write));
            return answer;
        }
        // From here on it is on its way, whether its sender waits or not.
        let mut on_its_way = OnItsWay {
            emis: self.clone(),
            write: Some(write.clone()),
        };
        yield_once().await;
        on_its_way.write = None;
        let answer = self.answer(&write, fault);
        yield_once().await;
        answer
    }

    fn answer(&self, write: &Write, fault: Option<Fault>) -> Result<Response, TransportError> {
        let lost = Err(TransportError::new(Failure::Interrupted, "broken"));
        let now = self.clock.now();
        let mut state = self.state();
        let later = |seconds: u32| now + SignedDuration::from_secs(i64::from(seconds));
        let Some(Fault::Write(fault)) = fault else {
            let done = state.perform(write);
            return Ok(state.true_answer(write, done));
        };
        match fault {
            WriteFault::Unreachable | WriteFault::LostBefore => lost,
            WriteFault::StatusBefore(status) => Ok(wire::refusal(status)),
            WriteFault::FalseBefore(which) => Ok(wire::false_answer(which)),
            WriteFault::LostAfter => {
                state.perform(write);
                lost
            }
            WriteFault::StatusAfter(status) => {
                state.perform(write);
                Ok(wire::refusal(status))
            }
            WriteFault::FalseAfter(which) => {
                state.perform(write);
                Ok(wire::false_answer(which))
            }
            WriteFault::TrueUnder(status) => {
                let done = state.perform(write);
                let answer = state.true_answer(write, done);
                let body = answer.body().to_vec();
                Ok(Response::new(status, body).with_content_type("application/json"))
            }
            WriteFault::Late(seconds, status) => {
                state.in_flight.push((later(seconds), write.clone()));
                status.map_or(lost, |status| Ok(wire::refusal(status)))
            }
            WriteFault::DoubledAtOnce => {
                state.perform(write);
                let done = state.perform(write);
                Ok(state.true_answer(write, done))
            }
            WriteFault::DoubledLate(seconds) => {
                state.in_flight.push((later(seconds), write.clone()));
                let done = state.perform(write);
                Ok(state.true_answer(write, done))
            }
        }
    }

    async fn read(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        let kind = match request.operation() {
            Operation::GetSlotsForSessionV2 | Operation::GetSlotsForSession => CallKind::Slots,
            Operation::GetPatientAppointmentsV2 | Operation::GetPatientAppointments => {
                CallKind::Appointments
            }
            _ => CallKind::Other,
        };
        if let Some(behind) = &self.behind {
            {
                let mut state = self.state();
                state.counts.calls += 1;
                if let Some(Fault::Read(fault)) = state.next_fault(kind) {
                    behind.queue_read(request.operation(), fault);
                }
            }
            self.follow(behind, None);
            self.saw(request);
            return behind.send(request, token).await;
        }
        yield_once().await;
        self.land();
        self.saw(request);
        let answer = self.read_now(request, kind);
        yield_once().await;
        answer
    }

    /// Remembers which slots a read of the present activity shows. Of the two reads of a look, the
    /// session comes first: a note may be in one of them only, so that the older one counts.
    fn saw(&self, request: &Request) {
        let operation = request.operation();
        if operation == Operation::GetSlotsForSessionV2
            || operation == Operation::GetSlotsForSession
        {
            let session = number(request, "appointmentSessionId");
            self.state().saw(|slot| slot.session == session);
        }
    }

    fn read_now(&self, request: &Request, kind: CallKind) -> Result<Response, TransportError> {
        let mut state = self.state();
        state.counts.calls += 1;
        let mut spoilt = false;
        match state.next_fault(kind) {
            Some(Fault::Read(ReadFault::Lost)) => {
                return Err(TransportError::new(Failure::Interrupted, "broken"));
            }
            Some(Fault::Read(ReadFault::Status(status))) => return Ok(wire::refusal(status)),
            Some(Fault::Read(ReadFault::False(which))) => return Ok(wire::false_answer(which)),
            Some(Fault::Read(ReadFault::Spoilt)) => spoilt = true,
            Some(Fault::Write(_)) | None => {}
        }
        let notes = self.returns_notes;
        let operation = request.operation();
        let answer = match operation {
            Operation::GetOrganisationV2 => wire::organisation(&self.cast.practice),
            Operation::GetPatientDemographics => {
                wire::demographics(self.cast.person(number(request, "patientNumber")))
            }
            Operation::GetAppointmentSessions => {
                let (from, to) = days(request);
                wire::sessions(&state.diary, from, to)
            }
            Operation::GetSlotsForSessionV2 | Operation::GetSlotsForSession => {
                let session = number(request, "appointmentSessionId");
                wire::slots(&state.diary, session, notes, spoilt)
            }
            Operation::GetPatientAppointmentsV2 | Operation::GetPatientAppointments => {
                let patient = number(request, "patientNumber");
                wire::appointments(&state.diary, patient, days(request), notes, spoilt)
            }
            other => panic!("the model has no {other}"),
        };
        Ok(answer)
    }
}

#[async_trait]
impl Transport for ModelEmis {
    async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        match self.write_of(request) {
            Some(write) => {
                self.land();
                if self.plant == Plant::BookingRepeated {
                    self.write(request, token, write.clone()).await.ok();
                }
                self.write(request, token, write).await
            }
            None => self.read(request, token).await,
        }
    }
}

/// A write whose sender may go before EMIS has received it: it is lost then, or arrives later.
struct OnItsWay {
    emis: ModelEmis,
    write: Option<Write>,
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        let Some(write) = self.write.take() else {
            return;
        };
        let now = self.emis.clock.now();
        let mut state = self.emis.state();
        if state.rng.random_bool(0.6) {
            let after =
                SignedDuration::from_secs(state.rng.random_range(0..MOST_SECONDS_IN_FLIGHT));
            state.counts.late += 1;
            state.note(now, format!("sender gone, lands after {after}: {write:?}"));
            state.in_flight.push((now + after, write));
        } else {
            state.note(now, format!("sender gone, lost: {write:?}"));
        }
    }
}

/// The time in seconds that a call may take to EMIS after its sender has gone, by the assumption
/// that bookings are settled by.
pub(super) const MOST_SECONDS_IN_FLIGHT: i64 = 400;

fn parameter<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut parameters = request.parameters();
    parameters
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn number(request: &Request, name: &str) -> i64 {
    let value = parameter(request, name).and_then(|value| value.parse().ok());
    value.expect("the client sends this parameter")
}

fn days(request: &Request) -> (Date, Date) {
    let day = |name| {
        let text = parameter(request, name).expect("the client sends this parameter");
        text.parse()
            .or_else(|_| Date::strptime("%d/%m/%Y", text))
            .expect("the client sends a date")
    };
    (day("startDate"), day("endDate"))
}
