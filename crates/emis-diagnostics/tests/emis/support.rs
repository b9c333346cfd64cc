//! A practice with its settings at the product, both set up and working, to be broken.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::sync::Arc;

use emis_client::{Client, RetryPolicy};
use emis_credentials::{ClientCredentials, Grant, OpenIdTokenSource, SealingIdentity};
use emis_diagnostics::{
    Certainty, Check, CheckResult, Diagnosis, DiagnosisInput, Probe, Product, Report, Step, labels,
};
use emis_settings::PracticeSettings;
use emis_sim::{Operation, Practice, Sim, SimBuilder};
use emis_types::{Clock, ManualClock};
use jiff::civil::date;
use url::Url;

pub(crate) struct Story {
    pub(crate) sim: Sim,
    pub(crate) settings: PracticeSettings,
    pub(crate) product: Product,
    pub(crate) api_url: Url,
    pub(crate) application_id: String,
    pub(crate) client_secret: String,
    pub(crate) scopes: Vec<&'static str>,
    clock: ManualClock,
    identity: SealingIdentity,
}

impl Story {
    /// A Tuesday morning on which everything works.
    pub(crate) async fn start() -> Self {
        Self::start_with(Sim::builder()).await
    }

    pub(crate) async fn start_with(builder: SimBuilder) -> Self {
        let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
        let builder = builder.patients(20).clock(Arc::new(clock.clone()));
        let sim = builder.start().await.unwrap();
        let mut story = Self {
            settings: PracticeSettings::new(sim.practice().ods().parse().unwrap()),
            product: Product::new("Patchs", "patchs").unwrap(),
            api_url: sim.api_url().parse().unwrap(),
            application_id: sim.application_id().to_owned(),
            client_secret: sim.client_secret().to_owned(),
            scopes: Vec::new(),
            identity: SealingIdentity::generate(),
            clock,
            sim,
        };
        let cdb = story.practice().cdb().to_owned();
        story.settings.update_organisation_id(&cdb).unwrap();
        story.enter_password(&story.practice().password());
        story
    }

    pub(crate) fn practice(&self) -> Practice {
        self.sim.practice()
    }

    /// "Update EMIS API user details".
    pub(crate) fn enter_password(&mut self, password: &str) {
        let username = self.practice().username().to_owned();
        let recipient = self.identity.recipient();
        self.settings
            .update_api_user(&username, password.to_owned().into(), &recipient)
            .unwrap();
    }

    /// A client with a token cache of its own, made of the settings.
    pub(crate) fn client(&self) -> Client {
        let sealed = self.settings.api_user().unwrap();
        let context = self.settings.seal_context().unwrap();
        self.client_for(Grant::Password(
            self.identity.open(sealed, &context).unwrap(),
        ))
    }

    pub(crate) fn client_for(&self, grant: Grant) -> Client {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let tokens = OpenIdTokenSource::builder(
            self.sim.identity_url().parse().unwrap(),
            ClientCredentials::new(self.sim.client_id(), self.client_secret.clone().into()),
            grant,
        )
        .scopes(self.scopes.iter().copied())
        .clock(Arc::clone(&clock))
        .build()
        .unwrap();
        let application = self.application_id.parse().unwrap();
        Client::builder(self.api_url.clone(), application, Arc::new(tokens))
            .clock(clock)
            .retry(RetryPolicy::never())
            .build()
            .unwrap()
    }

    pub(crate) async fn diagnose(&self) -> Report {
        self.diagnose_with(Some(&self.client())).await
    }

    pub(crate) async fn diagnose_with(&self, client: Option<&Client>) -> Report {
        let writes_before = self.writes();
        let report = Diagnosis::run(&DiagnosisInput {
            settings: &self.settings,
            client,
            product: &self.product,
            clock: &self.clock,
        })
        .await;
        assert_eq!(self.writes(), writes_before, "a diagnosis never writes");
        report
    }

    fn writes(&self) -> usize {
        [
            Operation::BookAppointment,
            Operation::CancelAppointment,
            Operation::SetAppointmentStatusEx,
            Operation::AddSlotComment,
        ]
        .into_iter()
        .map(|operation| self.sim.count(operation))
        .sum()
    }

    /// Does what a reader of the steps does, click by click, at the practice and in the product.
    pub(crate) fn carry_out(&mut self, steps: &[Step]) {
        const NEW_PASSWORD: &str = "Fresh-Password-1";
        let emas = self.practice().emas();
        for step in steps {
            let edits_users = step
                .path
                .last()
                .is_some_and(|menu| menu == labels::EDIT_USERS);
            match step.label.as_deref() {
                Some(labels::DEACTIVATE_APPLICATION | labels::CROSS) => {
                    emas.deactivate_application();
                }
                Some(labels::ACTIVATE_APPLICATION | labels::TICK) => emas.activate_application(),
                Some(labels::ALLOW_LOGIN) => emas.set_allow_login(true),
                Some(labels::AUTO_LOGIN) => emas.set_auto_login(true),
                Some("patchs") if edits_users && step.action.starts_with("Tick") => {
                    emas.add_user();
                    emas.tick_in_edit_users();
                }
                Some("patchs") if edits_users => emas.set_user_password(NEW_PASSWORD),
                Some(labels::UPDATE_EMIS_ORGANISATION_ID) => {
                    let cdb = self.practice().cdb().to_owned();
                    self.settings.update_organisation_id(&cdb).unwrap();
                }
                Some(labels::UPDATE_EMIS_API_USER_DETAILS) => {
                    let password = self.practice().password();
                    self.enter_password(&password);
                }
                _ => {}
            }
        }
    }
}

pub(crate) fn summary(report: &Report) -> Vec<(&'static str, Certainty)> {
    report
        .findings
        .iter()
        .map(|finding| (finding.cause.code(), finding.certainty))
        .collect()
}

pub(crate) fn result_of(report: &Report, probe: Probe) -> CheckResult {
    let checks: &[Check] = &report.checks;
    checks
        .iter()
        .find(|check| check.probe == probe)
        .unwrap()
        .result
}
