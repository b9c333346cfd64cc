//! Simulated practices: set up as a practice would set itself up, all but the last.

use std::sync::Arc;

use emis_partner::booking::{
    AppointmentKey, InvitationBatch, InviteOutcome, IssuedLink, LinkAllowance,
};
use emis_partner::credentials::ClientCredentials;
use emis_partner::jiff::SignedDuration;
use emis_partner::settings::{AppointmentMode, BookingSettings};
use emis_partner::types::{Clock, OdsCode, PatientNumber, SlotTypeId, uk};
use emis_partner::uuid::Uuid;
use emis_partner::{EmisPartner, Environment};
use emis_sim::{PatientFacts, PatientKind, Sim, SimPractice};

use crate::error::StartError;
use crate::printed::{PrintedLink, PrintedSignIn};
use crate::staff::{Role, StaffAccount, hash_password};

/// Running simulated practices.
#[derive(Debug)]
pub(crate) struct Simulation {
    pub(crate) sim: Sim,
}

impl Simulation {
    pub(crate) async fn start(practices: u32, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let builder = Sim::builder().clock(clock).practices(practices);
        let sim = builder.patients(200).start().await?;
        Ok(Self { sim })
    }

    pub(crate) fn environment(&self) -> Result<Environment, StartError> {
        Ok(Environment {
            api_url: self.sim.api_url().parse()?,
            identity_url: self.sim.identity_url().parse()?,
            application_id: self.sim.application_id().parse()?,
            client: ClientCredentials::new(self.sim.client_id(), self.sim.client_secret().into()),
        })
    }

    /// Returns the address of a practice's EMAS Manager.
    pub(crate) fn emas_url(&self, practice: &OdsCode) -> Option<String> {
        let mut practices = self.sim.practices().iter();
        let emis = practices.find(|it| it.ods() == practice.as_str())?;
        let root = self.sim.api_url().trim_end_matches("/partner");
        Some(format!("{root}/emas/{}", emis.cdb()))
    }

    /// Returns an account for each practice, for the desk and for an administrator, each with a
    /// password that is made up now.
    pub(crate) fn accounts(&self) -> Result<(Vec<StaffAccount>, Vec<PrintedSignIn>), StartError> {
        let mut wanted = vec![];
        for emis in self.sim.practices() {
            let name = format!("manager-{}", emis.ods().to_lowercase());
            wanted.push((name, Role::Practice, Some(emis.ods().parse::<OdsCode>()?)));
        }
        wanted.push(("desk".to_owned(), Role::Desk, None));
        wanted.push(("admin".to_owned(), Role::Admin, None));
        let (mut accounts, mut printed) = (Vec::new(), Vec::new());
        for (name, role, practice) in wanted {
            let password: String = Uuid::new_v4()
                .simple()
                .to_string()
                .chars()
                .take(12)
                .collect();
            let hash = hash_password(&password.clone().into())?;
            printed.push(PrintedSignIn {
                name: name.clone(),
                password,
                role,
                practice: practice.clone(),
                emas_url: practice
                    .as_ref()
                    .and_then(|practice| self.emas_url(practice)),
            });
            accounts.push(StaffAccount::new(name, role, practice, hash));
        }
        Ok((accounts, printed))
    }

    /// Connects every practice but the last, switches booking and reminders on there, and makes links
    /// for two patients of the first.
    pub(crate) async fn set_up(
        &self,
        partner: &EmisPartner,
    ) -> Result<Vec<PrintedLink>, StartError> {
        let practices = self.sim.practices();
        let (set_up, _) = practices.split_at(practices.len().saturating_sub(1).max(1));
        for emis in set_up {
            let practice = partner.practice(emis.ods().parse()?);
            // A store in a file has been set up by an earlier run; the simulator's passwords are new.
            let settings = practice.settings();
            let password = emis.password().into();
            settings
                .update_connection(emis.cdb(), emis.username(), password)
                .await?;
            let routine = routine(emis)?;
            let mut details = settings.load().await?.details();
            details
                .slot_type_modes
                .insert(routine.clone(), AppointmentMode::FaceToFace);
            settings.set_details(details).await?;
            settings.set_booking(booking(emis, routine)?).await?;
            let mut reminders = settings.load().await?.reminders().clone();
            reminders.enabled = true;
            settings.set_reminders(reminders).await?;
        }
        match set_up.first() {
            Some(emis) => links(partner, emis).await,
            None => Ok(Vec::new()),
        }
    }
}

fn routine(emis: &SimPractice) -> Result<SlotTypeId, StartError> {
    let mut types = emis.slot_types().into_iter();
    let routine = types.find(|it| it.display == "GP Routine");
    let routine = routine.ok_or_else(|| StartError::new("simulated practice has no GP Routine"))?;
    Ok(routine.id.to_string().parse()?)
}

fn booking(emis: &SimPractice, routine: SlotTypeId) -> Result<BookingSettings, StartError> {
    let mut booking = BookingSettings::default();
    booking.enabled = true;
    // Every invented patient has appointments already.
    booking.max_future_per_patient = 10;
    booking.slot_types.insert(routine);
    let staff = emis.staff();
    let holder = staff.iter().find(|staff| staff.holds_sessions);
    booking.booked_by = holder
        .map(|holder| holder.guid.to_string().parse())
        .transpose()?;
    Ok(booking)
}

/// Makes two links: an invitation for a patient who has few appointments, and a link to manage an
/// appointment that the practice booked.
async fn links(partner: &EmisPartner, emis: &SimPractice) -> Result<Vec<PrintedLink>, StartError> {
    let practice = partner.practice(emis.ods().parse()?);
    let mut people = emis.patients();
    people.retain(|person| person.kind == PatientKind::Regular);
    // One of the first: counting reads the whole appointment book.
    let bookings = |person: &&PatientFacts| emis.bookings_for(person.patient_number).len();
    let invited = people.iter().take(10).min_by_key(bookings);
    let mut links = Vec::new();
    if let Some(patient) = invited {
        let number = PatientNumber::new(patient.patient_number.into())?;
        let batch = InvitationBatch::new([number], LinkAllowance::any()).beyond_capacity();
        if let InviteOutcome::Invited(issued) = practice.booking().invite(&batch).await? {
            links.extend(issued.iter().map(|link| printed(link, patient, true)));
        }
    }
    let soon = partner.clock().now() + SignedDuration::from_hours(48);
    let mut slots = emis.slots().into_iter();
    let booked = slots.find_map(|slot| {
        let patient = people
            .iter()
            .find(|it| Some(it.patient_number) == slot.patient)?;
        let other = invited.is_none_or(|it| it.patient_number != patient.patient_number);
        let start = uk::zoned(slot.start).timestamp();
        (other && start > soon && slot.status == "Booked").then_some((slot, patient, start))
    });
    if let Some((slot, patient, start)) = booked {
        let appointment = AppointmentKey {
            session: i64::from(slot.session_id).try_into()?,
            slot: i64::from(slot.slot_id).try_into()?,
            patient: PatientNumber::new(patient.patient_number.into())?,
            start,
        };
        let link = practice
            .booking()
            .link_to(&appointment, LinkAllowance::any())
            .await?;
        links.push(printed(&link, patient, false));
    }
    Ok(links)
}

fn printed(link: &IssuedLink, patient: &PatientFacts, books: bool) -> PrintedLink {
    PrintedLink {
        path: format!("/a/{}", link.token.expose()),
        books,
        date_of_birth: patient.dob,
        patient: patient.patient_number,
    }
}
