//! Shared parts of the end-to-end tests: a simulated practice, the product built as a supplier would
//! build it, and a capture of all output.

use std::sync::Arc;
use std::time::Duration;

use emis_partner::booking::{FreeSlot, PatientIdentity, SlotSearch};
use emis_partner::client::Limits;
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::{Finding, Product, Report};
use emis_partner::messaging::{Outbox, ReplyRules};
use emis_partner::settings::BookingSettings;
use emis_partner::store::SqliteStore;
use emis_partner::types::{ManualClock, PatientNumber};
use emis_partner::{Builder, EmisPartner, Environment, Practice};
use emis_sim::{PatientFacts, PatientKind, Sim};
use emis_test_support::{CapturedOutput, LeakNet};
use jiff::SignedDuration;
use jiff::civil::{Date, date};

/// The error of a test.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The Tuesday on which every test begins, at 10:00.
pub(crate) const TODAY: Date = date(2026, 6, 2);

/// A simulated practice and the product.
#[derive(Debug)]
pub(crate) struct World {
    /// The simulator.
    pub(crate) sim: Sim,
    /// The product.
    pub(crate) partner: EmisPartner,
    /// The practice's handle in the product.
    pub(crate) practice: Practice,
    /// The clock of simulator and product.
    pub(crate) clock: ManualClock,
    /// The messages that the product sent.
    pub(crate) outbox: Arc<Outbox>,
    /// All output of this process. At the end of the test it must not contain a secret or anything
    /// about a patient.
    pub(crate) heard: &'static CapturedOutput,
    /// The API user's first password, which a test may change.
    first_password: String,
}

/// Fails the test if its output contains anything sensitive.
impl Drop for World {
    fn drop(&mut self) {
        // The output of a failing test is for its developer.
        if !std::thread::panicking() {
            let held = self.net().map(|net| self.heard.check(&net));
            assert!(matches!(held, Ok(Ok(()))), "{held:?}");
        }
    }
}

impl World {
    /// A practice that has set up everything and may book routine appointments.
    ///
    /// # Errors
    /// If any step of that fails.
    pub(crate) async fn healthy() -> Result<Self, Failure> {
        let world = Self::new().await?;
        world.connect().await?;
        world
            .practice
            .settings()
            .set_booking(world.routine_bookings()?)
            .await?;
        Ok(world)
    }

    /// A healthy practice with a product that has a short timeout, for calls that are never
    /// answered.
    ///
    /// # Errors
    /// As [`healthy`](Self::healthy).
    pub(crate) async fn impatient() -> Result<Self, Failure> {
        let world = Self::with(|product| {
            product.client_options(|client| client.attempt_timeout(Duration::from_secs(1)))
        })
        .await?;
        world.connect().await?;
        world
            .practice
            .settings()
            .set_booking(world.routine_bookings()?)
            .await?;
        Ok(world)
    }

    /// A practice that has set up nothing.
    ///
    /// # Errors
    /// If the simulator does not start.
    pub(crate) async fn new() -> Result<Self, Failure> {
        Self::with(|product| product).await
    }

    async fn with(options: impl FnOnce(Builder) -> Builder) -> Result<Self, Failure> {
        let heard = CapturedOutput::global();
        let clock = ManualClock::at_uk(TODAY.at(10, 0, 0, 0));
        let sim = Sim::builder()
            .clock(Arc::new(clock.clone()))
            .patients(400)
            .start()
            .await?;
        let first_password = sim.practice().password();
        let outbox = Arc::new(Outbox::new());
        let environment = environment(&sim)?;
        let partner = options(product(environment, &clock, &outbox)?).build()?;
        let practice = partner.practice(sim.practice().ods().parse()?);
        Ok(Self {
            sim,
            partner,
            practice,
            clock,
            outbox,
            heard,
            first_password,
        })
    }

    /// Enters the EMIS organisation ID and the API user.
    ///
    /// # Errors
    /// If they are refused.
    pub(crate) async fn connect(&self) -> Result<(), Failure> {
        let emis = self.sim.practice();
        self.practice
            .settings()
            .update_organisation_id(emis.cdb())
            .await?;
        self.practice
            .settings()
            .update_api_user(emis.username(), emis.password().into())
            .await?;
        Ok(())
    }

    /// Booking settings that offer routine appointments.
    ///
    /// # Errors
    /// If the practice has none.
    pub(crate) fn routine_bookings(&self) -> Result<BookingSettings, Failure> {
        let emis = self.sim.practice();
        let routine = emis
            .slot_types()
            .into_iter()
            .find(|t| t.display == "GP Routine");
        let holder = emis.staff().into_iter().find(|staff| staff.holds_sessions);
        let mut booking = BookingSettings::default();
        booking.enabled = true;
        booking
            .slot_types
            .insert(routine.ok_or("no routine slots")?.id.to_string().parse()?);
        booking.booked_by = Some(
            holder
                .ok_or("no session holder")?
                .guid
                .to_string()
                .parse()?,
        );
        Ok(booking)
    }

    /// The first slot that is offered tomorrow.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) async fn offered_slot(&self) -> Result<FreeSlot, Failure> {
        let tomorrow = TODAY.tomorrow()?;
        let search = SlotSearch::new(tomorrow.at(0, 0, 0, 0), tomorrow.at(23, 59, 0, 0));
        let found = self.practice.booking().free_slots(&search).await?;
        found
            .slots
            .into_iter()
            .next()
            .ok_or_else(|| "nothing is offered".into())
    }

    /// Regular patients without an appointment ahead.
    pub(crate) fn free_patients(&self) -> impl Iterator<Item = PatientFacts> + use<> {
        let emis = self.sim.practice();
        emis.patients().into_iter().filter(move |person| {
            person.kind == PatientKind::Regular
                && emis.bookings_for(person.patient_number).is_empty()
        })
    }

    /// Returns a detector of every secret and patient of this world.
    ///
    /// # Errors
    /// If there are too many words to search for.
    pub(crate) fn net(&self) -> Result<LeakNet, Failure> {
        let mut words = emis_test_support::sensitive_words(&self.sim);
        words.push(self.first_password.clone());
        LeakNet::new(words).map_err(|error| -> Failure { error })
    }

    /// Diagnoses the practice. Returns the first finding.
    ///
    /// # Errors
    /// If nothing was found.
    pub(crate) async fn first_finding(&self) -> Result<Finding, Failure> {
        let report = self.practice.diagnosis().run().await?;
        if report.healthy {
            return Err("the practice is healthy".into());
        }
        report
            .findings
            .into_iter()
            .next()
            .ok_or_else(|| "the report has no finding".into())
    }

    /// Diagnoses the practice, which must be healthy.
    ///
    /// # Errors
    /// The report, if anything was found.
    pub(crate) async fn must_be_healthy(&self) -> Result<(), Failure> {
        let report: Report = self.practice.diagnosis().run().await?;
        if report.healthy {
            Ok(())
        } else {
            Err(report.to_string().into())
        }
    }
}

/// Returns the environment of the product, as given by the simulator.
///
/// # Errors
/// If it is invalid.
pub(crate) fn environment(sim: &Sim) -> Result<Environment, Failure> {
    Ok(Environment {
        api_url: sim.api_url().parse()?,
        identity_url: sim.identity_url().parse()?,
        application_id: sim.application_id().parse()?,
        client: ClientCredentials::new(sim.client_id(), sim.client_secret().into()),
    })
}

/// A product with a database in memory and an outbox.
///
/// # Errors
/// If the database can't be opened.
pub(crate) fn product(
    environment: Environment,
    clock: &ManualClock,
    outbox: &Arc<Outbox>,
) -> Result<Builder, Failure> {
    let builder = EmisPartner::builder(
        Product::new("Patchs", "patchs")?,
        environment,
        SealingIdentity::generate(),
        Arc::new(SqliteStore::in_memory()?.with_clock(Arc::new(clock.clone()))),
        outbox.clone(),
    );
    // The simulator needs no rate limit.
    let builder = builder.client_options(|client| client.limits(Limits::new(64, 10_000)));
    Ok(builder
        .process_limits(Limits::new(64, 10_000))
        .least_between_polls(SignedDuration::ZERO)
        .replies(ReplyRules::default())
        .links_at("https://book.example.com/a/{token}".parse()?)
        .clock(Arc::new(clock.clone())))
}

/// Returns a patient's number and the identity that the product knows from their link.
///
/// # Errors
/// If the number is invalid.
pub(crate) fn known(person: &PatientFacts) -> Result<(PatientNumber, PatientIdentity), Failure> {
    let number = PatientNumber::new(person.patient_number.into())?;
    Ok((number, PatientIdentity::date_of_birth(person.dob)))
}
