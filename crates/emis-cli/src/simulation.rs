//! Simulated practices, for a look at the commands without EMIS.

use std::path::Path;
use std::sync::Arc;

use emis_partner::booking::{BookingOutcome, BookingRequest, PatientIdentity, SlotSearch};
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::diagnostics::Product;
use emis_partner::jiff::civil::date;
use emis_partner::settings::{BookingSettings, Selection, SettingsProblem};
use emis_partner::types::{Clock, ManualClock, OdsCode, PatientNumber, uk};
use emis_partner::{EmisPartner, Environment, Error, Practice};
use emis_sim::{Scenario, Sim, SimPractice};

use crate::error::CliError;

/// Running simulated practices, on Tuesday 2 June 2026 at 10:00.
#[derive(Debug)]
pub(crate) struct Simulation {
    sim: Sim,
    scenario: Option<Scenario>,
    clock: ManualClock,
    key: SealingIdentity,
}

impl Simulation {
    pub(crate) async fn start(practices: u32, scenario: Option<&Path>) -> Result<Self, CliError> {
        let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
        let scenario = scenario.map(Scenario::read).transpose()?;
        let patients = if practices == 1 { 300 } else { 20 };
        let mut builder = Sim::builder()
            .clock(Arc::new(clock.clone()))
            .practices(practices)
            .patients(patients);
        if let Some(scenario) = &scenario {
            builder = builder.scenario(scenario.clone());
        }
        Ok(Self {
            sim: builder.start().await?,
            scenario,
            clock,
            key: SealingIdentity::generate(),
        })
    }

    pub(crate) fn environment(&self) -> Result<Environment, CliError> {
        Ok(Environment {
            api_url: self.sim.api_url().parse()?,
            identity_url: self.sim.identity_url().parse()?,
            application_id: self.sim.application_id().parse()?,
            client: ClientCredentials::new(self.sim.client_id(), self.sim.client_secret().into()),
        })
    }

    pub(crate) fn key(&self) -> SealingIdentity {
        self.key.clone()
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }

    pub(crate) fn first_practice(&self) -> Result<OdsCode, CliError> {
        match &self.scenario {
            Some(scenario) => Ok(scenario.settings.ods_code.parse()?),
            None => Ok(self.sim.practice().ods().parse()?),
        }
    }

    /// Enters every practice's connection, and for the first one reminders and booking too. Returns
    /// the problems of what the product refuses, such as an ODS code as organisation ID.
    pub(crate) async fn set_up(
        &self,
        partner: &EmisPartner,
    ) -> Result<Vec<SettingsProblem>, CliError> {
        for emis in self.sim.practices().iter().skip(1) {
            let practice = partner.practice(emis.ods().parse()?);
            let settings = practice.settings();
            let password = emis.password().into();
            settings
                .update_connection(emis.cdb(), emis.username(), password)
                .await?;
        }
        let practice = partner.practice(self.first_practice()?);
        let settings = self.scenario.clone().unwrap_or_default().settings;
        let emis = self.sim.practice();
        let mut refused = problems(
            practice
                .settings()
                .update_organisation_id(&settings.organisation_id)
                .await,
        )?;
        if refused.is_empty() && settings.password_set {
            // The password as handed over; EMIS may have a different one by now.
            let password = emis.password_handed_over().to_owned().into();
            let entered = practice
                .settings()
                .update_api_user(&settings.username, password);
            refused = problems(entered.await)?;
        }
        if refused.is_empty() {
            self.enter_features(&practice, &emis, settings.slot_types_exist)
                .await?;
        }
        Ok(refused)
    }

    async fn enter_features(
        &self,
        practice: &Practice,
        emis: &SimPractice,
        slot_types_exist: bool,
    ) -> Result<(), CliError> {
        let mut reminders = practice.settings().load().await?.reminders().clone();
        let mut booking = BookingSettings::default();
        booking.enabled = true;
        let staff = emis.staff();
        let holder = staff.iter().find(|staff| staff.holds_sessions);
        booking.booked_by = holder
            .map(|holder| holder.guid.to_string().parse())
            .transpose()?;
        let slot_types = emis.slot_types();
        let routine = slot_types
            .iter()
            .find(|slot_type| slot_type.display == "GP Routine");
        if let Some(routine) = routine {
            booking.slot_types.insert(routine.id.to_string().parse()?);
        }
        if !slot_types_exist {
            booking.slot_types.insert("987654".parse()?);
            reminders.slot_types = Selection::only(["987654".parse()?]);
        }
        practice.settings().set_reminders(reminders).await?;
        practice.settings().set_booking(booking).await?;
        Ok(())
    }

    /// Sends reminders, and books and cancels for a patient: what a product has tried by the time that
    /// it is diagnosed. Failures are for the diagnosis to explain.
    pub(crate) async fn use_product(&self, practice: &Practice) {
        let _ = practice.reminders().send_due().await;
        let _ = self.book_and_cancel(practice).await;
    }

    async fn book_and_cancel(&self, practice: &Practice) -> Result<(), CliError> {
        let tomorrow = uk::today(&self.clock as &dyn Clock).tomorrow()?;
        let search = SlotSearch::new(tomorrow.at(0, 0, 0, 0), tomorrow.at(23, 59, 0, 0));
        let free = practice.booking().free_slots(&search).await?;
        let emis = self.sim.practice();
        let (Some(slot), Some(patient)) = (free.slots.first(), emis.patient_who_can_book()) else {
            return Ok(());
        };
        let request = BookingRequest::new(
            slot.choice(),
            PatientNumber::new(patient.patient_number.into())?,
            PatientIdentity::date_of_birth(patient.dob),
        );
        if let BookingOutcome::Confirmed(booked) = practice.booking().book(&request).await? {
            practice.booking().cancel(&booked.id).await?;
        }
        Ok(())
    }
}

/// Returns the product that the simulator's practices know.
pub(crate) fn product() -> Result<Product, CliError> {
    Ok(Product::new("Patchs", "patchs")?)
}

/// Returns the problems of refused input. Fails with any other error.
fn problems<T>(entered: Result<T, Error>) -> Result<Vec<SettingsProblem>, CliError> {
    match entered {
        Ok(_) => Ok(Vec::new()),
        Err(refused) if refused.problems().is_empty() => Err(refused.into()),
        Err(refused) => Ok(refused.problems().to_vec()),
    }
}
