//! Writes reports and guides as HTML pages, in English and in Welsh: the report of every cause, the
//! reports of a simulated practice with evidence, several causes and last calls, and every guide.
//!
//! ```text
//! cargo run -p emis-diagnostics --example pages -- target/pages
//! ```

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use emis_client::model::{DateRange, MinutesWindow};
use emis_client::{Client, RetryPolicy};
use emis_credentials::{ApiUser, ClientCredentials, Grant, OpenIdTokenSource, SealingIdentity};
use emis_diagnostics::heartbeat::Pulse;
use emis_diagnostics::{
    ActivityLog, Cause, Diagnosis, DiagnosisInput, DiagnosisRecord, Language, Product, Report,
    guides,
};
use emis_settings::PracticeSettings;
use emis_sim::{Sim, SimFault, SimOperation};
use emis_types::{Clock, ManualClock, OdsCode, PatientNumber};
use jiff::SignedDuration;
use jiff::civil::date;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).ok_or("name a directory")?;
    let directory = PathBuf::from(directory);
    std::fs::create_dir_all(&directory)?;
    let practice: OdsCode = "A20047".parse()?;
    let at = "2026-06-02T09:00:00Z".parse()?;
    for language in [Language::English, Language::Welsh] {
        let product = Product::new("Patchs", "patchs")?
            .with_settings_url("https://patchs.example/practices/{ods_code}/emis")?
            .in_language(language);
        for &cause in Cause::ALL {
            let report = Report::of_cause(cause, practice.clone(), &product, at);
            write(&directory, cause.code(), &product, &report.html())?;
        }
        for (number, guide) in guides::all(&product).iter().enumerate() {
            write(
                &directory,
                &format!("guide-{number}"),
                &product,
                &guide.html(),
            )?;
        }
        for fault in FAULTS {
            let report = diagnosed(fault, &product).await?;
            let name = format!("report-{}", fault.name);
            write(&directory, &name, &product, &report.html())?;
        }
    }
    Ok(())
}

fn write(directory: &Path, name: &str, product: &Product, page: &str) -> std::io::Result<()> {
    let language = product.language().tag();
    std::fs::write(directory.join(format!("{name}-{language}.html")), page)
}

/// A fault of a simulated practice.
struct Fault {
    name: &'static str,
    /// The password in the product, if it is wrong.
    password: Option<&'static str>,
    apply: fn(&Sim),
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "healthy",
        password: None,
        apply: |_| {},
    },
    Fault {
        name: "wrong-password",
        password: Some("Wrong-Password-1"),
        apply: |_| {},
    },
    Fault {
        name: "several-causes",
        password: None,
        apply: |sim| {
            sim.practice().emas().deactivate_application();
            let behind = SignedDuration::from_mins(-3);
            sim.identity().set_clock_skew(behind);
        },
    },
    Fault {
        name: "failing-work",
        password: None,
        apply: |sim| {
            let faults = sim.faults();
            let operation = SimOperation::GetPatientAppointmentsV2;
            faults.times(operation, 9, SimFault::Status(500));
        },
    },
];

/// Returns the report of a practice that has worked for an hour when the fault begins.
async fn diagnosed(fault: &Fault, product: &Product) -> Result<Report, Box<dyn Error>> {
    let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let sim = Sim::builder().clock(Arc::clone(&shared)).start().await?;
    let activity = Arc::new(ActivityLog::new(Arc::clone(&shared)));
    let right = sim.practice().password();
    let client = client(&sim, &right, &shared, &activity)?;
    work(&sim, &client).await;
    let began = clock.now();
    clock.advance(SignedDuration::from_hours(1));

    (fault.apply)(&sim);
    let password = fault.password.unwrap_or(&right);
    let client = self::client(&sim, password, &shared, &activity)?;
    work(&sim, &client).await;

    let mut settings = PracticeSettings::new(sim.practice().ods().parse()?);
    settings.update_organisation_id(sim.practice().cdb())?;
    let recipient = SealingIdentity::generate();
    let username = sim.practice().username().to_owned();
    settings.update_api_user(&username, password.to_owned().into(), recipient.recipient())?;
    let mut pulse = Pulse::default();
    if fault.name == "several-causes" {
        pulse.bookings_unsettled = vec![began - SignedDuration::from_hours(1)];
    }
    let history = [DiagnosisRecord::new(began, true, Vec::new(), Vec::new())];
    Ok(Diagnosis::run(&DiagnosisInput {
        settings: &settings,
        refused: &[],
        client: Some(&client),
        product,
        activity: Some(&activity),
        releases: None,
        history: &history,
        pulse: Some(&pulse),
        clock: shared.as_ref(),
    })
    .await)
}

fn client(
    sim: &Sim,
    password: &str,
    clock: &Arc<dyn Clock>,
    activity: &Arc<ActivityLog>,
) -> Result<Client, Box<dyn Error>> {
    let practice = sim.practice();
    let user = ApiUser::new(practice.username(), password.to_owned().into())?;
    let secrets = ClientCredentials::new(sim.client_id(), sim.client_secret().into());
    let issuer = sim.identity_url().parse()?;
    let tokens = OpenIdTokenSource::builder(issuer, secrets, Grant::Password(user))
        .clock(Arc::clone(clock))
        .build()?;
    let (address, application) = (sim.api_url().parse()?, sim.application_id().parse()?);
    let client = Client::builder(address, application, Arc::new(tokens))
        .clock(Arc::clone(clock))
        .retry(RetryPolicy::never())
        .observer(Arc::clone(activity) as _);
    Ok(client.build()?)
}

/// Calls EMIS as reminders and self-booking do. The report shows whether it worked.
async fn work(sim: &Sim, client: &Client) {
    if let Ok(day) = MinutesWindow::new(0, 1_440) {
        let _ = client.appointments().get_booked_patients(day).await;
    }
    let patients = sim.practice().patients();
    let patient = patients.first().map(|it| it.patient_number);
    let patient = patient.and_then(|number| PatientNumber::new(number.into()).ok());
    let days = DateRange::new(date(2026, 6, 2), date(2026, 7, 2));
    if let (Some(patient), Ok(days)) = (patient, days) {
        let appointments = client.appointments();
        let _ = appointments.get_patient_appointments(patient, days).await;
        let _ = client.patient().get_patient_demographics(patient).await;
    }
}
