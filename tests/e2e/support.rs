//! What the end-to-end tests share: a practice in a box with the product in front of it, put
//! together as a supplier would, and an ear for everything that is logged.

use std::sync::Arc;
use std::time::Duration;

use emis_partner::booking::{FreeSlot, PatientIdentity, SlotSearch};
use emis_partner::client::Limits;
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::{Finding, Product, Report};
use emis_partner::reminders::Outbox;
use emis_partner::settings::BookingSettings;
use emis_partner::store::SqliteStore;
use emis_partner::types::{ManualClock, PatientNumber};
use emis_partner::{Builder, EmisPartner, Environment, Practice};
use emis_sim::{PatientFacts, PatientKind, Sim};
use emis_test_support::{CapturedOutput, LeakNet};
use jiff::civil::{Date, date};

/// Whatever can go wrong in a test.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The Tuesday on which every test begins, at ten in the morning.
pub(crate) const TODAY: Date = date(2026, 6, 2);

/// A practice in a box, and the product in front of it.
#[derive(Debug)]
pub(crate) struct World {
    /// The practice's side.
    pub(crate) sim: Sim,
    /// The product.
    pub(crate) partner: EmisPartner,
    /// The product's side.
    pub(crate) practice: Practice,
    /// The time on both sides.
    pub(crate) clock: ManualClock,
    /// What the product sent.
    pub(crate) outbox: Arc<Outbox>,
    /// Everything that this process says. When the test is over, none of it may be a secret or
    /// about a patient.
    pub(crate) heard: &'static CapturedOutput,
    /// The API user's first password, which a test may change.
    first_password: String,
}

/// Every test listens: it fails where anything got out, in whatever it did and saw besides.
impl Drop for World {
    fn drop(&mut self) {
        // What a failing test prints is for whoever mends it.
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
    /// Where anything of that fails.
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

    /// The same, with a product that waits for EMIS no longer than a moment: for calls that are
    /// never answered.
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
    /// Where the simulator does not start.
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
    /// Where they are refused.
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
    /// Where the practice has none.
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
    /// Where there is none.
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

    /// A net for every secret of this world, and for its patients.
    ///
    /// # Errors
    /// Where there are too many words to look for.
    pub(crate) fn net(&self) -> Result<LeakNet, Failure> {
        let mut words = emis_test_support::sensitive_words(&self.sim);
        words.push(self.first_password.clone());
        LeakNet::new(words).map_err(|error| -> Failure { error })
    }

    /// The diagnosis, which must have found something: the first finding.
    ///
    /// # Errors
    /// Where it found nothing.
    pub(crate) async fn first_finding(&self) -> Result<Finding, Failure> {
        let report = self.practice.diagnosis().run().await?;
        if report.healthy {
            return Err("healthy, against expectation".into());
        }
        report
            .findings
            .into_iter()
            .next()
            .ok_or_else(|| "unhealthy for no reason".into())
    }

    /// A diagnosis that must find nothing.
    ///
    /// # Errors
    /// Where it found something: the report.
    pub(crate) async fn must_be_healthy(&self) -> Result<(), Failure> {
        let report: Report = self.practice.diagnosis().run().await?;
        if report.healthy {
            Ok(())
        } else {
            Err(report.to_string().into())
        }
    }
}

/// What EMIS hands out to the product: here, what the simulator says.
///
/// # Errors
/// Where it says nonsense.
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
/// Where the database can't be opened.
pub(crate) fn product(
    environment: Environment,
    clock: &ManualClock,
    outbox: &Arc<Outbox>,
) -> Result<Builder, Failure> {
    let builder = EmisPartner::builder(
        Product::new("Patchs", "patchs")?,
        environment,
        SealingIdentity::generate(),
        Arc::new(SqliteStore::in_memory()?),
        outbox.clone(),
    );
    // The simulator needs no kindness.
    let builder = builder.client_options(|client| client.limits(Limits::new(64, 10_000)));
    Ok(builder
        .process_limits(Limits::new(64, 10_000))
        .clock(Arc::new(clock.clone())))
}

/// A patient's number and what is known of them, as the product has it from their link.
///
/// # Errors
/// Where the number is none.
pub(crate) fn known(person: &PatientFacts) -> Result<(PatientNumber, PatientIdentity), Failure> {
    let number = PatientNumber::new(person.patient_number.into())?;
    Ok((number, PatientIdentity::date_of_birth(person.dob)))
}
