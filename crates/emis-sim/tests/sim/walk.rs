//! Random sequences of calls: no answer contradicts another.

use std::collections::BTreeMap;

use emis_sim::{Sim, SimPractice};
use proptest::prelude::*;
use serde_json::Value;

use crate::common::{Caller, small};

#[derive(Debug, Clone)]
enum Step {
    Book(usize, usize),
    Cancel(usize, usize),
    Status(usize, usize, i32),
    Comment(usize),
    StaffBook(usize, usize),
    StaffCancel(usize),
    Block(usize),
    Release(usize),
}

fn step() -> impl Strategy<Value = Step> {
    // Few slots and fewer patients, so that steps interact.
    let (slot, patient) = (0..6_usize, 0..4_usize);
    prop_oneof![
        4 => (slot.clone(), patient.clone()).prop_map(|(s, p)| Step::Book(s, p)),
        3 => (slot.clone(), patient.clone()).prop_map(|(s, p)| Step::Cancel(s, p)),
        2 => (slot.clone(), patient.clone(), prop::sample::select(vec![2, 3, 4, 12, 7]))
            .prop_map(|(s, p, id)| Step::Status(s, p, id)),
        1 => slot.clone().prop_map(Step::Comment),
        2 => (slot.clone(), patient).prop_map(|(s, p)| Step::StaffBook(s, p)),
        1 => slot.clone().prop_map(Step::StaffCancel),
        1 => slot.clone().prop_map(Step::Block),
        1 => slot.prop_map(Step::Release),
    ]
}

/// The expected content of a slot, kept by the test.
#[derive(Debug, Clone, Default, PartialEq)]
struct Expected {
    patient: Option<i32>,
    blocked: bool,
    comments: usize,
}

impl Expected {
    fn is_free(&self) -> bool {
        self.patient.is_none() && !self.blocked
    }

    fn status_for(&self, patient: i32) -> u16 {
        match self.patient {
            Some(inside) if inside == patient => 200,
            Some(_) => 409,
            None => 404,
        }
    }
}

struct Walk {
    practice: SimPractice,
    caller: Caller,
    slots: Vec<i32>,
    patients: Vec<i32>,
    expected: BTreeMap<i32, Expected>,
}

impl Walk {
    async fn take(&mut self, step: &Step) {
        let at = |slot: &usize| self.slots[*slot];
        match step {
            Step::Book(slot, patient) => {
                let (slot, patient) = (at(slot), self.patients[*patient]);
                let expected = self.expected.get_mut(&slot).expect("slot");
                let status = self.caller.book(slot, patient).await.status;
                assert_eq!(status, if expected.is_free() { 200 } else { 409 });
                if expected.is_free() {
                    expected.patient = Some(patient);
                }
            }
            Step::Cancel(slot, patient) => {
                let (slot, patient) = (at(slot), self.patients[*patient]);
                let expected = self.expected.get_mut(&slot).expect("slot");
                let status = self.caller.cancel(slot, patient).await.status;
                assert_eq!(status, expected.status_for(patient));
                if status == 200 {
                    expected.patient = None;
                }
            }
            Step::Status(slot, patient, id) => {
                let (slot, patient) = (at(slot), self.patients[*patient]);
                let status = self.caller.set_status(slot, patient, *id).await.status;
                let expected = if *id == 7 {
                    400
                } else {
                    self.expected[&slot].status_for(patient)
                };
                assert_eq!(status, expected);
            }
            Step::Comment(slot) => {
                let slot = at(slot);
                assert_eq!(self.caller.comment(slot, "Seen").await.status, 204);
                self.expected.get_mut(&slot).expect("slot").comments += 1;
            }
            Step::StaffBook(slot, patient) => {
                let (slot, patient) = (at(slot), self.patients[*patient]);
                let expected = self.expected.get_mut(&slot).expect("slot");
                let done = self.practice.staff_book(slot, patient).is_ok();
                assert_eq!(done, expected.is_free());
                if done {
                    expected.patient = Some(patient);
                }
            }
            Step::StaffCancel(slot) => {
                let slot = at(slot);
                let expected = self.expected.get_mut(&slot).expect("slot");
                let done = self.practice.staff_cancel(slot).is_ok();
                assert_eq!(done, expected.patient.take().is_some());
            }
            Step::Block(slot) | Step::Release(slot) => {
                let (slot, block) = (at(slot), matches!(step, Step::Block(_)));
                let expected = self.expected.get_mut(&slot).expect("slot");
                let done = if block {
                    self.practice.staff_block(slot)
                } else {
                    self.practice.staff_release(slot)
                };
                assert_eq!(done.is_ok(), expected.patient.is_none());
                if done.is_ok() {
                    expected.blocked = block;
                }
            }
        }
    }

    /// Compares every read of the appointment book with the expected content and with each other.
    async fn check(&self) {
        for (slot, expected) in &self.expected {
            let facts = self.practice.slot(*slot).expect("slot");
            let seen = Expected {
                patient: facts.patient,
                blocked: facts.status == "Blocked",
                comments: facts.comments.len(),
            };
            assert_eq!(seen, *expected);
        }
        let sessions = self
            .caller
            .sessions("01/06/2026", "30/06/2026")
            .await
            .json();
        let mut taken = BTreeMap::new();
        for session in list(&sessions, "appointmentSession") {
            let id = session["dbid"].as_i64().expect("id");
            let slots = self
                .caller
                .slots(i32::try_from(id).expect("an int32"))
                .await
                .json();
            self.check_counts(session, &slots, &mut taken);
        }
        for patient in &self.patients {
            let appointments = self.caller.appointments(*patient).await.json();
            let shown: Vec<_> = list(&appointments, "appointment")
                .iter()
                .map(|entry| entry["slotID"].as_i64().expect("id"))
                .collect();
            let of_patient = taken
                .iter()
                .filter(|(_, inside)| **inside == i64::from(*patient));
            let mut of_patient: Vec<_> = of_patient.map(|(slot, _)| *slot).collect();
            let mut shown = shown;
            of_patient.sort_unstable();
            shown.sort_unstable();
            assert_eq!(shown, of_patient);
        }
    }

    fn check_counts(&self, session: &Value, slots: &Value, taken: &mut BTreeMap<i64, i64>) {
        let mut counted = BTreeMap::<String, [i64; 5]>::new();
        for slot in list(slots, "slot") {
            let counts = counted
                .entry(slot["type"]["typeID"].as_str().expect("id").to_owned())
                .or_default();
            counts[0] += 1;
            let patient = slot["patientList"]["patient"]["dbid"].as_i64();
            match (slot["status"].as_str().expect("status"), patient) {
                ("Slot Available", None) => counts[1] += 1,
                ("Blocked", None) => counts[2] += 1,
                ("Embargoed", None) => counts[3] += 1,
                (_, Some(patient)) => {
                    counts[4] += 1;
                    let slot = slot["dbid"].as_i64().expect("id");
                    assert_eq!(taken.insert(slot, patient), None, "one slot, one patient");
                }
                (other, None) => panic!("{other} without a patient"),
            }
        }
        let mut shown = BTreeMap::new();
        for slots in list(session, "slotTypeList") {
            let number = |name: &str| slots[name].as_i64().expect("a number");
            let names = ["total", "available", "blocked", "embargoed", "booked"];
            let id = slots["typeID"].as_str().expect("id").to_owned();
            shown.insert(id, names.map(number));
        }
        assert_eq!(shown, counted);
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().expect("a list")
}

#[test]
fn random_calls_never_contradict_each_other() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(steps in prop::collection::vec(step(), 1..40))| {
        runtime.block_on(async {
            let sim: Sim = small().patients(40).start().await.expect("started");
            let practice = sim.practice();
            let slots: Vec<_> = practice.free_slots().iter().take(6).map(|slot| slot.slot_id).collect();
            let patients = practice.patients();
            let mut walk = Walk {
                caller: Caller::first(&sim).await,
                expected: slots.iter().map(|slot| (*slot, Expected::default())).collect(),
                slots,
                patients: patients.iter().take(4).map(|patient| patient.patient_number).collect(),
                practice,
            };
            for step in &steps {
                walk.take(step).await;
            }
            walk.check().await;
        });
    });
}
