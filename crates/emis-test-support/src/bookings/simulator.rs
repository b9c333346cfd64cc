//! A simulator behind the model: calls go over HTTP, and the simulator makes the faults.

use std::sync::Arc;
use std::time::Duration;

use emis_client::{
    BreakerPolicy, Client, Operation, Request, Response, RetryPolicy, Transport, TransportError,
};
use emis_credentials::AccessToken;
use emis_sim::{Distortion, FalseAnswer, PatientKind, Sim, SimFault, SimOperation, SimPractice};
use emis_types::ManualClock;
use jiff::SignedDuration;

use super::cast::{Cast, Person, sessions};
use super::diary::ModelDiary;
use super::fault::{ReadFault, WriteFault};
use super::step::OTHER_PATIENT;
use crate::fixtures::{api_user_grant, client_builder, token_source_builder};

/// A simulated practice, as the model sees it.
#[derive(Debug)]
pub(super) struct Behind {
    sim: Sim,
    practice: SimPractice,
    transport: Arc<dyn Transport>,
}

const LIES: [FalseAnswer; 5] = [
    FalseAnswer::ErrorObject,
    FalseAnswer::EmptyObject,
    FalseAnswer::EmptyBody,
    FalseAnswer::HtmlPage,
    FalseAnswer::ErrorResponse,
];

impl Behind {
    /// Starts a simulator with the sessions of the model.
    pub(super) async fn start(clock: &ManualClock) -> (Self, Client, Cast, ModelDiary) {
        let sim = Sim::builder()
            .patients(40)
            .clock(Arc::new(clock.clone()))
            .start()
            .await
            .expect("a simulator");
        let practice = sim.practice();
        let slot_types = practice.slot_types();
        let mut slot_types = slot_types.iter();
        let routine = slot_types.find(|it| it.display == "GP Routine");
        let slot_type = routine.expect("a slot type for patients").id;
        let mut slots = Vec::new();
        for (first, count) in sessions() {
            let count = i16::try_from(count).expect("a few slots");
            let opened = practice.staff_open_session(first, 10, count, slot_type);
            for slot in opened.expect("a session") {
                let facts = practice.slot(slot).expect("a slot");
                slots.push((i64::from(slot), i64::from(facts.session_id), facts.start));
            }
        }
        let regular = practice.patients();
        let regular = regular.iter().filter(|it| it.kind == PatientKind::Regular);
        let people: Vec<Person> = regular
            .take(OTHER_PATIENT + 1)
            .map(|facts| Person {
                number: i64::from(facts.patient_number),
                born: facts.dob,
            })
            .collect();
        for person in &people {
            let number = i32::try_from(person.number).expect("a patient number");
            for booked in practice.bookings_for(number) {
                practice.staff_cancel(booked.slot_id).expect("a booking");
            }
        }
        let tokens = token_source_builder(&sim, api_user_grant(&practice), clock);
        let client = client_builder(&sim, tokens, clock)
            .attempt_timeout(Duration::from_secs(20))
            .retry(RetryPolicy::never())
            .breaker(BreakerPolicy::never())
            .build()
            .expect("a client");
        let mut transport = None;
        let client = client.with_transport_layer(|inner| {
            transport = Some(Arc::clone(&inner));
            inner
        });
        let cast = Cast {
            practice: practice.ods().parse().expect("an ODS code"),
            people,
            slots: slots.iter().map(|(id, ..)| *id).collect(),
            slot_type: slot_type.to_string(),
            staff: i64::from(practice.api_user().expect("an API user").id),
        };
        let behind = Self {
            sim,
            practice,
            transport: transport.expect("a client has a transport"),
        };
        (behind, client, cast, ModelDiary::of(slots))
    }

    pub(super) fn set_returns_notes(&self, returns: bool) {
        self.sim.api().set_returns_notes(returns);
    }

    pub(super) async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        self.transport.send(request, token).await
    }

    pub(super) fn land(&self) {
        self.sim.perform_late_commits();
    }

    /// Returns the patient in a slot, and the note.
    pub(super) fn appointment(&self, slot: i64) -> Option<(i64, Option<String>)> {
        let facts = self.practice.slot(number(slot))?;
        facts
            .patient
            .map(|patient| (i64::from(patient), facts.note))
    }

    pub(super) fn books(&self, slot: i64, patient: i64) {
        // A slot that is taken stays as it is.
        let _ = self.practice.staff_book(number(slot), number(patient));
    }

    pub(super) fn cancels(&self, slot: i64) {
        let _ = self.practice.staff_cancel(number(slot));
    }

    pub(super) fn blocks(&self, slot: i64, blocked: bool) {
        let _ = match blocked {
            true => self.practice.staff_block(number(slot)),
            false => self.practice.staff_release(number(slot)),
        };
    }

    pub(super) fn queue_write(&self, operation: Operation, fault: WriteFault) {
        let fault = match fault {
            WriteFault::Unreachable | WriteFault::LostBefore => SimFault::DropBeforeCommit,
            // The simulator has no machine in between that sends twice.
            WriteFault::LostAfter | WriteFault::DoubledAtOnce | WriteFault::DoubledLate(_) => {
                SimFault::DropAfterCommit
            }
            WriteFault::StatusBefore(status) => SimFault::Status(status),
            WriteFault::StatusAfter(status) => SimFault::StatusAfterCommit(status),
            WriteFault::FalseBefore(which) => SimFault::Instead(LIES[which % LIES.len()]),
            WriteFault::FalseAfter(which) => SimFault::InsteadAfterCommit(LIES[which % LIES.len()]),
            WriteFault::TrueUnder(status) => SimFault::TrueBodyUnderStatus(status),
            WriteFault::Late(seconds, status) => SimFault::CommitLater {
                after: SignedDuration::from_secs(i64::from(seconds)),
                status,
            },
        };
        self.sim.faults().next(of(operation), fault);
    }

    pub(super) fn queue_read(&self, operation: Operation, fault: ReadFault) {
        let fault = match fault {
            ReadFault::Lost => SimFault::DropBeforeCommit,
            ReadFault::Status(status) => SimFault::Status(status),
            ReadFault::False(which) => SimFault::Instead(LIES[which % LIES.len()]),
            ReadFault::Spoilt => SimFault::Distort(Distortion::MalformedRecord),
        };
        self.sim.faults().next(of(operation), fault);
    }
}

fn number(id: i64) -> i32 {
    id.try_into().expect("an ID of EMIS")
}

fn of(operation: Operation) -> SimOperation {
    let name = operation.spec().name;
    let found = SimOperation::ALL.iter().find(|it| it.to_string() == name);
    *found.expect("the simulator has every operation")
}
