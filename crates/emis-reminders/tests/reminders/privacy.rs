//! No debug output, report or log contains anything about a patient.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use emis_messaging::NotifyErrorKind;
use emis_reminders::plan;
use emis_settings::{ReminderSettings, WorkingCalendar};
use emis_sim::{Distortion, SimFault, SimOperation};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Story, adult, booked, london, tuesday_at, wednesday_at};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn reports_messages_and_logs_name_no_patient() {
    let story = Story::begin().await;
    let booked = story.book_regulars(6);
    let faults = story.sim.faults();
    faults.next(SimOperation::GetPatientDemographics, SimFault::Status(500));
    faults.next(
        SimOperation::GetPatientAppointmentsV2,
        SimFault::Distort(Distortion::MalformedRecord),
    );
    story.outbox.fail_next(NotifyErrorKind::Temporary);
    story.outbox.fail_next(NotifyErrorKind::Unknown);

    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    let reminders = story.reminders();
    let subscriber = Dispatch::new(subscriber);
    // With one subscriber alone, tracing caches the interest of the thread that first reaches a
    // callsite, which may belong to another test.
    let _another = Dispatch::new(tracing_subscriber::registry());
    let report = reminders.run().with_subscriber(subscriber).await.unwrap();
    assert_eq!((report.failed.len(), report.in_doubt.len()), (0, 1));

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("reminders run") && log.contains("a reminder was not sent"));
    let printed = format!(
        "{log} {report:?} {reminders:?} {:?} {:?}",
        story.outbox, story.store
    );
    for (patient, _) in booked {
        let facts = story.practice.patient(patient).unwrap();
        let data = [
            facts.mobile,
            facts.email,
            facts.nhs_number,
            Some(facts.family_name),
        ];
        for datum in data.into_iter().flatten() {
            assert!(!printed.contains(&datum));
        }
        assert!(!printed.contains(&facts.first_names));
    }
    assert!(!printed.contains("+447"));
    assert!(!printed.contains("Willow"), "no text of a message");
}

#[test]
fn a_plan_does_not_print_its_patients() {
    let batch = [booked(1, wednesday_at(9, 0), adult(1))];
    let now = london(tuesday_at(10, 0));
    let plan = plan(
        &now,
        &ReminderSettings::default(),
        &WorkingCalendar::default(),
        &batch,
    );
    assert_eq!(plan.due.len(), 1);
    let printed = format!("{plan:?}");
    for datum in ["7700", "example.com", "Morwen", "Testby", "1980"] {
        assert!(!printed.contains(datum), "{datum}");
    }
}
