//! EMIS in memory, without HTTP: appointments that are booked, moved and cancelled, and faults for
//! single patients.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use emis_client::{Client, Operation, Request, Response, RetryPolicy, Transport, TransportError};
use emis_credentials::{AccessToken, FixedToken};
use emis_messaging::{MemoryMessageStore, Notifier};
use emis_reminders::{ReminderStore, Reminders};
use emis_settings::{MemoryExclusionStore, PracticeSettings};
use emis_types::ManualClock;
use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, date};
use serde_json::{Value, json};

use crate::support::messenger;

/// A practice's EMIS in memory. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct PureEmis {
    contents: Arc<Mutex<Contents>>,
    pub(crate) clock: ManualClock,
    /// The ledger of the messages that its practice sends.
    pub(crate) ledger: Arc<MemoryMessageStore>,
    /// The practice's register of opt-outs.
    pub(crate) register: Arc<MemoryExclusionStore>,
}

#[derive(Debug, Default)]
struct Contents {
    booked: BTreeMap<i64, (i64, DateTime)>,
    mobiles: BTreeMap<i64, String>,
    emails: BTreeMap<i64, String>,
    dead: BTreeSet<i64>,
    born: BTreeMap<i64, Date>,
    nhs_numbers: BTreeMap<i64, String>,
    /// Patients of whose appointments one can't be read.
    garbled: BTreeSet<i64>,
    /// The status that every second look at a patient returns.
    poisoned: HashMap<i64, u16>,
    /// The status that every call returns.
    down: Option<u16>,
    calls: Vec<(Operation, Option<i64>)>,
    windows: Vec<u32>,
    /// Runs after the call of this number.
    after: Option<(usize, Interlude)>,
}

struct Interlude(Box<dyn FnOnce(&PureEmis) + Send>);

impl std::fmt::Debug for Interlude {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interlude")
    }
}

impl PureEmis {
    pub(crate) fn at(time: DateTime) -> Self {
        let clock = ManualClock::at_uk(time);
        Self {
            contents: Arc::default(),
            ledger: Arc::new(MemoryMessageStore::new(Arc::new(clock.clone()))),
            register: Arc::default(),
            clock,
        }
    }

    /// Books a patient, who has a mobile of their own unless they have one already.
    pub(crate) fn book(&self, slot: i64, patient: i64, start: DateTime) {
        let mut contents = self.contents.lock().unwrap();
        let mobile = format!("07700 900{:03}", patient % 1000);
        contents.mobiles.entry(patient).or_insert(mobile);
        contents.booked.insert(slot, (patient, start));
    }

    pub(crate) fn cancel(&self, slot: i64) {
        self.contents.lock().unwrap().booked.remove(&slot);
    }

    pub(crate) fn booked(&self) -> BTreeMap<i64, (i64, DateTime)> {
        self.contents.lock().unwrap().booked.clone()
    }

    pub(crate) fn set_mobile(&self, patient: i64, mobile: &str) {
        let mut contents = self.contents.lock().unwrap();
        contents.mobiles.insert(patient, mobile.to_owned());
    }

    pub(crate) fn set_email(&self, patient: i64, email: &str) {
        let mut contents = self.contents.lock().unwrap();
        contents.emails.insert(patient, email.to_owned());
    }

    /// Sets a date of birth. Patients are adults otherwise.
    pub(crate) fn set_born(&self, patient: i64, born: Date) {
        self.contents.lock().unwrap().born.insert(patient, born);
    }

    pub(crate) fn set_nhs_number(&self, patient: i64, number: &str) {
        let mut contents = self.contents.lock().unwrap();
        contents.nhs_numbers.insert(patient, number.to_owned());
    }

    /// Adds a record that can't be read to a patient's appointments.
    pub(crate) fn garble(&self, patient: i64) {
        self.contents.lock().unwrap().garbled.insert(patient);
    }

    pub(crate) fn die(&self, patient: i64) {
        self.contents.lock().unwrap().dead.insert(patient);
    }

    /// Makes every second look at a patient fail, until it is mended by `None`.
    pub(crate) fn poison(&self, patient: i64, status: Option<u16>) {
        let mut contents = self.contents.lock().unwrap();
        match status {
            Some(status) => contents.poisoned.insert(patient, status),
            None => contents.poisoned.remove(&patient),
        };
    }

    /// Makes every call fail, until it is mended by `None`.
    pub(crate) fn break_down(&self, status: Option<u16>) {
        self.contents.lock().unwrap().down = status;
    }

    /// Runs an action after so many more calls.
    pub(crate) fn after(&self, calls: usize, act: impl FnOnce(&PureEmis) + Send + 'static) {
        let mut contents = self.contents.lock().unwrap();
        let at = contents.calls.len() + calls;
        contents.after = Some((at, Interlude(Box::new(act))));
    }

    /// Returns how often an operation was called.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        let contents = self.contents.lock().unwrap();
        contents.calls.iter().filter(|it| it.0 == operation).count()
    }

    /// Returns the patients in the order in which they were looked at.
    pub(crate) fn looked_at(&self) -> Vec<i64> {
        let contents = self.contents.lock().unwrap();
        let looks = contents.calls.iter();
        looks
            .filter(|it| it.0 == Operation::GetPatientDemographics)
            .filter_map(|it| it.1)
            .collect()
    }

    /// Returns the minutes of each window that was asked for.
    pub(crate) fn windows(&self) -> Vec<u32> {
        self.contents.lock().unwrap().windows.clone()
    }

    pub(crate) fn client(&self) -> Client {
        Client::builder(
            "http://127.0.0.1/".parse().unwrap(),
            "party-key".parse().unwrap(),
            Arc::new(FixedToken::new("opaque")),
        )
        .clock(Arc::new(self.clock.clone()))
        .retry(RetryPolicy::never())
        .build_with_transport(Arc::new(self.clone()))
    }

    pub(crate) fn reminders(
        &self,
        settings: &PracticeSettings,
        store: Arc<dyn ReminderStore>,
        notifier: Arc<dyn Notifier>,
    ) -> Reminders {
        Reminders::new(
            self.client(),
            settings,
            self.register.clone(),
            store,
            messenger(notifier, &self.ledger, &self.clock),
            Arc::new(self.clock.clone()),
        )
        .least_between_polls(SignedDuration::ZERO)
    }

    fn answer(&self, request: &Request) -> (u16, Value) {
        let parameter = |name: &str| {
            let mut all = request.parameters();
            let value = all.find(|(other, _)| *other == name);
            value.map(|(_, value)| value.parse::<i64>().unwrap())
        };
        let operation = request.operation();
        let patient = parameter("patientNumber");
        let mut contents = self.contents.lock().unwrap();
        contents.calls.push((operation, patient));
        if let Some(minutes) = parameter("minutesWithin") {
            contents.windows.push(u32::try_from(minutes).unwrap());
        }
        if let Some(status) = contents.down {
            return (status, json!({}));
        }
        let poisoned = patient.and_then(|patient| contents.poisoned.get(&patient));
        if let Some(status) = poisoned {
            return (*status, json!({}));
        }
        let now = emis_types::uk::now(&self.clock).datetime();
        let body = match operation {
            Operation::GetOrganisationV2 => json!({ "organisationList": [
                { "locationName": "Willow Practice", "nationalCode": "A20047" }
            ]}),
            Operation::GetBookedPatientsV2 => {
                let minutes = parameter("minutesWithin").unwrap();
                let until = now + SignedDuration::from_mins(minutes);
                let listed = contents.booked.iter();
                let within = listed.filter(|(_, (_, start))| now <= *start && *start <= until);
                let listed: Vec<_> = within
                    .map(|(slot, (patient, start))| {
                        json!({
                            "patient": contents.registration(*patient),
                            "appointment": {
                                "id": { "dbid": slot.to_string() },
                                "date": start.strftime("%d/%m/%Y").to_string(),
                                "time": start.strftime("%H:%M").to_string(),
                            },
                        })
                    })
                    .collect();
                json!({ "bookedList": listed })
            }
            Operation::GetPatientDemographics => {
                json!({ "registration": contents.registration(patient.unwrap()) })
            }
            Operation::GetPatientAppointmentsV2 => {
                let of_patient = contents.booked.iter();
                let of_patient = of_patient.filter(|(_, (number, _))| Some(*number) == patient);
                let mut listed: Vec<_> = of_patient
                    .map(|(slot, (_, start))| {
                        json!({
                            "slotID": slot,
                            "date": start.strftime("%d/%m/%Y").to_string(),
                            "startTime": start.strftime("%H:%M").to_string(),
                            "status": "Booked",
                        })
                    })
                    .collect();
                if patient.is_some_and(|it| contents.garbled.contains(&it)) {
                    listed.push(json!({ "slotID": "?" }));
                }
                json!({ "appointment": listed })
            }
            other => panic!("reminders do not call {other}"),
        };
        (200, body)
    }

    fn interlude(&self) {
        let act = {
            let mut contents = self.contents.lock().unwrap();
            let calls = contents.calls.len();
            match &contents.after {
                Some((at, _)) if *at <= calls => contents.after.take(),
                _ => None,
            }
        };
        if let Some((_, act)) = act {
            (act.0)(self);
        }
    }
}

impl Contents {
    fn registration(&self, patient: i64) -> Value {
        let born = self.born.get(&patient).copied();
        let born = born.unwrap_or_else(|| date(1980, 5, 17));
        let mut registration = json!({
            "dbid": patient.to_string(),
            "firstNames": "Morwen",
            "dateOfBirth": born.strftime("%d/%m/%Y").to_string(),
            "mobile": self.mobiles.get(&patient),
            "email": self.emails.get(&patient),
            "nhsNumber": self.nhs_numbers.get(&patient),
        });
        if self.dead.contains(&patient) {
            registration["dateOfDeath"] = "01/06/2026".into();
        }
        registration
    }
}

#[async_trait]
impl Transport for PureEmis {
    async fn send(
        &self,
        request: &Request,
        _: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        // Where the network would make it wait.
        tokio::task::yield_now().await;
        let (status, body) = self.answer(request);
        tokio::task::yield_now().await;
        self.interlude();
        Ok(Response::new(status, body.to_string()))
    }
}

/// The settings of a practice that reminds 24 hours before.
pub(crate) fn settings(
    change: impl FnOnce(&mut emis_settings::ReminderSettings),
) -> PracticeSettings {
    let mut settings = PracticeSettings::new("A20047".parse().unwrap());
    let mut reminders = settings.reminders().clone();
    change(&mut reminders);
    settings.set_reminders(reminders).unwrap();
    settings
}
