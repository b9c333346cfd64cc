//! The recheck before sending, with answers that the simulator does not return.

use std::sync::Arc;

use async_trait::async_trait;
use emis_client::{Client, Operation, Request, Response, RetryPolicy, Transport, TransportError};
use emis_credentials::{AccessToken, FixedToken};
use emis_messaging::{MemoryMessageStore, Messenger, Notifier, Outbox};
use emis_reminders::{
    MemoryReminderStore, ReminderError, ReminderErrorKind, Reminders, SuppressionReason,
};
use emis_settings::{MemoryExclusionStore, PracticeSettings};
use emis_types::ManualClock;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{messenger, tuesday_at};

/// EMIS with one appointment: patient 501 in slot 9001 on Wednesday 3 June at 09:40.
#[derive(Debug, Clone)]
pub(crate) struct Emis {
    organisation: Value,
    listed: Value,
    record: Value,
    appointments: Value,
}

impl Default for Emis {
    fn default() -> Self {
        let registration = json!({
            "dbid": "501",
            "firstNames": "Morwen",
            "dateOfBirth": "17/05/1980",
            "nhsNumber": "9990000018",
            "mobile": "07700 900123",
        });
        Self {
            organisation: json!({ "organisationList": [
                { "locationName": "Willow Practice", "nationalCode": "A20047" }
            ]}),
            listed: json!({ "bookedList": [{
                "patient": registration,
                "appointment": { "id": { "dbid": "9001" }, "date": "03/06/2026", "time": "09:40" },
            }]}),
            record: json!({ "registration": registration }),
            appointments: json!({ "appointment": [{
                "slotID": 9001, "date": "03/06/2026", "startTime": "09:40", "status": "Booked",
            }]}),
        }
    }
}

#[async_trait]
impl Transport for Emis {
    async fn send(
        &self,
        request: &Request,
        _: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        let body = match request.operation() {
            Operation::GetOrganisationV2 => &self.organisation,
            Operation::GetBookedPatientsV2 => &self.listed,
            Operation::GetPatientDemographics => &self.record,
            Operation::GetPatientAppointmentsV2 => &self.appointments,
            other => panic!("reminders do not call {other}"),
        };
        Ok(Response::new(200, body.to_string()))
    }
}

impl Emis {
    /// Its reminders on Tuesday at 10:00, with a store of their own.
    pub(crate) fn reminders(self, notifier: Arc<dyn Notifier>) -> Reminders {
        let clock = ManualClock::at_uk(tuesday_at(10, 0));
        let ledger = Arc::new(MemoryMessageStore::new(Arc::new(clock.clone())));
        self.reminders_by(messenger(notifier, &ledger, &clock), clock)
    }

    /// Its reminders by a messenger of a test's own.
    pub(crate) fn reminders_by(self, messenger: Messenger, clock: ManualClock) -> Reminders {
        let client = Client::builder(
            "http://127.0.0.1/".parse().unwrap(),
            "party-key".parse().unwrap(),
            Arc::new(FixedToken::new("opaque")),
        )
        .retry(RetryPolicy::never())
        .build_with_transport(Arc::new(self));
        let settings = PracticeSettings::new("A20047".parse().unwrap());
        let store = Arc::new(MemoryReminderStore::default());
        let register = Arc::new(MemoryExclusionStore::new());
        Reminders::new(
            client,
            &settings,
            register,
            store,
            messenger,
            Arc::new(clock),
        )
    }
}

/// Returns the reason for which the reminder was suppressed, or `None` if it was sent.
async fn run(emis: Emis) -> Result<Option<SuppressionReason>, ReminderError> {
    let outbox = Arc::new(Outbox::new());
    let report = emis.reminders(outbox.clone()).run().await?;
    assert!(report.is_clean());
    assert_eq!(outbox.messages().len(), report.sent.len());
    assert_eq!(report.sent.len() + report.suppressed.len(), 1);
    Ok(report.suppressed.first().map(|passed| passed.reason))
}

async fn reason(change: impl FnOnce(&mut Emis)) -> Option<SuppressionReason> {
    let mut emis = Emis::default();
    change(&mut emis);
    run(emis).await.unwrap()
}

fn set(value: &mut Value, path: &str, to: impl Into<Value>) {
    let (parent, field) = path.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[field] = to.into();
}

#[tokio::test]
async fn an_unchanged_appointment_is_reminded() {
    assert_eq!(reason(|_| ()).await, None);
}

#[tokio::test]
async fn each_appointment_status_is_reminded_or_suppressed() {
    let with = async |status: Value| {
        reason(|emis| set(&mut emis.appointments, "/appointment/0/status", status)).await
    };
    // The status of an appointment ahead may be absent, or call the slot available.
    for status in [
        json!("Booked"),
        json!("Slot Available"),
        json!(null),
        json!(""),
    ] {
        assert_eq!(with(status.clone()).await, None, "{status}");
    }
    let over = [
        "Arrived",
        "Send In",
        "Quiet Send In",
        "Left",
        "DNA",
        "Walked Out",
        "Visited",
    ];
    let other = [
        "Start Call",
        "Cannot Be Seen",
        "Blocked",
        "Embargoed",
        "Visited - Not In",
    ];
    for status in over.into_iter().chain(other) {
        let reason = with(status.into()).await;
        assert_eq!(reason, Some(SuppressionReason::StatusNotBooked), "{status}");
    }
    for status in ["Unknown", "Beamed Up", "booked"] {
        let reason = with(status.into()).await;
        assert_eq!(reason, Some(SuppressionReason::StatusUnknown), "{status}");
    }
}

#[tokio::test]
async fn a_moved_or_missing_appointment_is_not_reminded() {
    let moved = reason(|emis| set(&mut emis.appointments, "/appointment/0/startTime", "09:50"));
    assert_eq!(moved.await, Some(SuppressionReason::AppointmentMoved));
    let another = reason(|emis| set(&mut emis.appointments, "/appointment/0/slotID", 9002));
    assert_eq!(another.await, Some(SuppressionReason::NoLongerBooked));
    let none = reason(|emis| emis.appointments = json!({ "appointment": null }));
    assert_eq!(none.await, Some(SuppressionReason::NoLongerBooked));
}

#[tokio::test]
async fn list_and_record_must_identify_the_same_patient() {
    let other = [
        ("dbid", "502"),
        ("nhsNumber", "9990000026"),
        ("dateOfBirth", "18/05/1980"),
    ];
    for (field, value) in other {
        let path = format!("/registration/{field}");
        let reason = reason(|emis| set(&mut emis.record, &path, value)).await;
        assert_eq!(reason, Some(SuppressionReason::IdentityMismatch), "{field}");
    }
    let no_number = reason(|emis| set(&mut emis.record, "/registration/nhsNumber", Value::Null));
    assert_eq!(
        no_number.await,
        None,
        "a missing detail is no contradiction"
    );
}

#[tokio::test]
async fn the_record_suppresses_what_the_list_allows() {
    let with = async |status: Value| {
        let status = json!({ "currentStatus": status });
        reason(|emis| set(&mut emis.record, "/registrationStatus", status)).await
    };
    let code = |code: i32| json!({ "code": { "value": code.to_string() } });
    assert_eq!(with(code(8)).await, None);
    assert_eq!(with(code(11)).await, Some(SuppressionReason::Deceased));
    assert_eq!(with(code(19)).await, Some(SuppressionReason::Deducted));
    assert_eq!(
        with(code(99)).await,
        Some(SuppressionReason::RegistrationUnclear)
    );
    let dummy = json!({ "patientType": { "value": "7" } });
    assert_eq!(with(dummy).await, Some(SuppressionReason::DummyPatient));

    // JSON has `dead` the wrong way round: 1 is alive, which a date of death contradicts.
    let contradiction = reason(|emis| {
        set(&mut emis.record, "/registration/dateOfDeath", "01/06/2026");
        set(&mut emis.record, "/registration/deadSpecified", true);
        set(&mut emis.record, "/registration/dead", 1);
    });
    assert_eq!(
        contradiction.await,
        Some(SuppressionReason::VitalStatusConflicting)
    );
}

#[tokio::test]
async fn another_organisation_stops_the_run() {
    let with = async |code: Value| {
        let mut emis = Emis::default();
        set(
            &mut emis.organisation,
            "/organisationList/0/nationalCode",
            code,
        );
        run(emis).await.map_err(|error| error.kind())
    };
    assert_eq!(with("a20047".into()).await, Ok(None));
    assert_eq!(
        with("B81001".into()).await,
        Err(ReminderErrorKind::WrongPractice)
    );
    let mut emis = Emis::default();
    let code = "/organisationList/0/nationalCode";
    set(&mut emis.organisation, code, "B81001");
    assert_snapshot!(run(emis).await.unwrap_err().report(), @"reminders were not sent: the connection leads to another practice than was meant");
    assert_eq!(
        with(Value::Null).await,
        Err(ReminderErrorKind::PracticeUnconfirmed)
    );
}
