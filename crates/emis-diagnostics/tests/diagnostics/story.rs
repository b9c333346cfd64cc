//! A practice and its settings in the product, set up and working until a test breaks them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use emis_client::{
    Client, HttpConnections, HttpOptions, Limits, Request, Response, RetryPolicy, Transport,
    TransportError,
};
use emis_credentials::{
    AccessToken, ClientCredentials, Grant, KeptSignIn, MemoryRefreshTokenStore, OpenIdTokenSource,
    PasswordFingerprint, PasswordReleases, SealingIdentity, SignInRequest,
};
use emis_diagnostics::{
    ActivityLog, Cause, Certainty, Check, CheckResult, Diagnosis, DiagnosisInput, DiagnosisStore,
    MemoryDiagnosisStore, Probe, Product, Report,
};
use emis_settings::{BookingSettings, PracticeSettings, SettingsProblem};
use emis_sim::{Sim, SimBuilder, SimOperation, SimPractice};
use emis_test_support::LeakGuard;
use emis_types::{BookedBy, Clock, ManualClock};
use jiff::civil::date;
use url::Url;

use crate::emis_faults::EmisFaults;
use crate::failing_store::FailingStore;
use crate::middlebox;

/// The scopes that reminders, booking and the diagnosis need.
pub(crate) const SCOPES: [&str; 4] = [
    "papi-appt.read",
    "papi-appt.write",
    "papi-subjects.read",
    "papi-config.read",
];

pub(crate) struct Story {
    shared_sim: Arc<SharedSim>,
    practice: SimPractice,
    pub(crate) settings: PracticeSettings,
    pub(crate) product: Product,
    pub(crate) api_url: Url,
    pub(crate) identity_url: Url,
    pub(crate) application_id: String,
    pub(crate) client_secret: String,
    pub(crate) scopes: Vec<&'static str>,
    /// The product's clock, which may differ from EMIS's.
    pub(crate) clock: ManualClock,
    pub(crate) identity: SealingIdentity,
    pub(crate) refused: Arc<FailingStore>,
    /// The problems of the last input.
    pub(crate) refused_settings: Vec<SettingsProblem>,
    /// The session of a member of staff, if the product acts in their name.
    pub(crate) session: Option<Arc<MemoryRefreshTokenStore>>,
    /// The password that a second set-up gave the user.
    pub(crate) taken_over: Option<String>,
    pub(crate) activity: Arc<ActivityLog>,
    /// The password as the product has it.
    pub(crate) stored_password: Option<String>,
    /// The faults of EMIS.
    pub(crate) emis_faults: EmisFaults,
    /// The user has a role, but another than the one named.
    pub(crate) other_role: bool,
    /// The stored user is another practice's.
    pub(crate) foreign_user: bool,
    /// The results of the diagnoses.
    pub(crate) history: Arc<MemoryDiagnosisStore>,
    /// The number of calls of the API.
    calls: Arc<AtomicUsize>,
}

/// A simulator on a Tuesday morning, with the token source that its clients share.
pub(crate) struct SharedSim {
    pub(crate) sim: Sim,
    tokens: OpenIdTokenSource,
    clock: ManualClock,
    /// The port of a server that answers instead of EMIS, with an untrusted certificate.
    pub(crate) middlebox: u16,
    /// The number of tokens that diagnoses requested.
    pub(crate) tokens_asked_for: AtomicUsize,
    _listening: LeakGuard,
}

/// Shared by all simulators: setting up TLS takes longer than most tests.
static HTTP: LazyLock<HttpConnections> =
    LazyLock::new(|| HttpConnections::new(HttpOptions::new().no_proxy()).unwrap());

pub(crate) async fn start_sim(builder: SimBuilder) -> Arc<SharedSim> {
    start_sim_with(builder, Duration::from_secs(5)).await
}

/// Starts a simulator. A token request ends after the timeout, and so does a wait for another
/// process that has the password.
pub(crate) async fn start_sim_with(builder: SimBuilder, timeout: Duration) -> Arc<SharedSim> {
    let clock = morning();
    let builder = builder.patients(20).clock(Arc::new(clock.clone()));
    let sim = builder.start().await.unwrap();
    let client = ClientCredentials::new(sim.client_id(), sim.client_secret().into());
    let issuer = sim.identity_url().parse().unwrap();
    let tokens = OpenIdTokenSource::builder(issuer, client, Grant::ClientCredentials);
    let tokens = tokens.timeout(timeout);
    Arc::new(SharedSim {
        tokens: tokens.clock(Arc::new(clock.clone())).build().unwrap(),
        clock,
        middlebox: middlebox::open().await,
        tokens_asked_for: AtomicUsize::new(0),
        _listening: LeakGuard::for_sim(&sim),
        sim,
    })
}

fn morning() -> ManualClock {
    ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0))
}

impl Story {
    /// A Tuesday morning on which everything works.
    pub(crate) async fn start() -> Self {
        Self::start_with(Sim::builder()).await
    }

    pub(crate) async fn start_with(builder: SimBuilder) -> Self {
        let shared_sim = start_sim(builder).await;
        let practice = shared_sim.sim.practice();
        Self::at(shared_sim, practice)
    }

    /// Starts at one of a simulator's practices.
    pub(crate) fn at(shared_sim: Arc<SharedSim>, practice: SimPractice) -> Self {
        let clock = morning();
        let sim = &shared_sim.sim;
        let mut story = Self {
            settings: PracticeSettings::new(practice.ods().parse().unwrap()),
            product: Product::new("Patchs", "patchs").unwrap(),
            api_url: sim.api_url().parse().unwrap(),
            identity_url: sim.identity_url().parse().unwrap(),
            application_id: sim.application_id().to_owned(),
            client_secret: sim.client_secret().to_owned(),
            scopes: Vec::new(),
            identity: SealingIdentity::generate(),
            refused: Arc::default(),
            refused_settings: Vec::new(),
            session: None,
            taken_over: None,
            activity: Arc::new(ActivityLog::new(Arc::new(clock.clone()))),
            clock,
            stored_password: None,
            emis_faults: EmisFaults::default(),
            other_role: false,
            foreign_user: false,
            history: Arc::default(),
            calls: Arc::default(),
            practice,
            shared_sim,
        };
        let cdb = story.practice.cdb().to_owned();
        story.settings.update_organisation_id(&cdb).unwrap();
        story.enter_password(&story.practice().password());
        story
    }

    pub(crate) fn shared_sim(&self) -> Arc<SharedSim> {
        Arc::clone(&self.shared_sim)
    }

    pub(crate) fn sim(&self) -> &Sim {
        &self.shared_sim.sim
    }

    /// EMIS ends its faults with such a cause.
    pub(crate) fn end_emis_faults(&mut self, ends: impl Fn(Cause) -> bool) {
        self.emis_faults.end(&self.shared_sim.sim, ends);
    }

    pub(crate) fn practice(&self) -> SimPractice {
        self.practice.clone()
    }

    /// "Update EMIS API user details".
    pub(crate) fn enter_password(&mut self, password: &str) {
        self.enter_user(self.practice().username(), password);
    }

    pub(crate) fn enter_user(&mut self, username: &str, password: &str) {
        let recipient = self.identity.recipient();
        self.settings
            .update_api_user(username, password.to_owned().into(), recipient)
            .unwrap();
        self.stored_password = Some(password.to_owned());
    }

    /// Returns a client built from the settings, with its own token cache, if they allow one. All
    /// clients share the store of refused passwords.
    pub(crate) fn try_client(&self) -> Option<Client> {
        if let Some(session) = &self.session {
            let grant = Grant::Refresh(session.clone());
            return Some(self.client_over(self.staff_tokens(grant)));
        }
        let sealed = self.settings.api_user()?;
        let context = self.settings.seal_context()?;
        let user = self.identity.open(sealed, &context).ok()?;
        let fingerprint = self.identity.fingerprint(&user, &context);
        let tokens = self.tokens(Grant::Password(user));
        let refused = Arc::clone(&self.refused);
        Some(self.client_over(tokens.remembering(refused, [fingerprint])))
    }

    /// The fingerprint of the stored password, if it opens.
    pub(crate) fn fingerprint(&self) -> Option<PasswordFingerprint> {
        let context = self.settings.seal_context()?;
        let user = self
            .identity
            .open(self.settings.api_user()?, &context)
            .ok()?;
        Some(self.identity.fingerprint(&user, &context))
    }

    async fn releases(&self) -> Option<PasswordReleases> {
        let fingerprint = self.fingerprint()?;
        let releases = PasswordReleases::of(self.refused.as_ref(), &[fingerprint]).await;
        releases.ok()
    }

    /// Returns the tokens of a member of staff who is signing in or has signed in.
    fn staff_tokens(&self, grant: Grant) -> OpenIdTokenSource {
        let client =
            ClientCredentials::new(self.sim().client_id(), self.client_secret.clone().into());
        OpenIdTokenSource::builder(self.identity_url.clone(), client, grant)
            .scopes(SCOPES)
            .clock(Arc::new(self.clock.clone()))
            .build()
            .unwrap()
    }

    /// Signs in to EMIS without a prompt.
    pub(crate) async fn sign_in(&mut self) {
        let back = "http://127.0.0.1:9/signed-in".parse().unwrap();
        let request = SignInRequest::new(back)
            .extra_parameter("prompt", "none")
            .extra_parameter("login_hint", self.practice.username());
        let product = self.staff_tokens(Grant::ClientCredentials);
        let pending = product.begin_sign_in(request).await.unwrap();
        let browser = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let answer = browser.get(pending.address().clone()).send().await.unwrap();
        let location = answer.headers().get("location").unwrap();
        let came_back_to = location.to_str().unwrap().parse().unwrap();
        let kept = KeptSignIn::restore(&pending.keep().expose_secret()).unwrap();
        let session = Arc::new(MemoryRefreshTokenStore::new());
        product
            .finish_sign_in(kept, &came_back_to, session.clone())
            .await
            .unwrap();
        self.session = Some(session);
    }

    pub(crate) fn client(&self) -> Client {
        self.try_client().unwrap()
    }

    pub(crate) fn client_for(&self, grant: Grant) -> Client {
        self.client_over(self.tokens(grant))
    }

    /// Returns a client with an explicit token endpoint.
    pub(crate) fn client_with_token_endpoint(&self, endpoint: Url) -> Client {
        let context = self.settings.seal_context().unwrap();
        let sealed = self.settings.api_user().unwrap();
        let user = self.identity.open(sealed, &context).unwrap();
        let sim = self.sim();
        let client = ClientCredentials::new(sim.client_id(), self.client_secret.clone().into());
        let grant = Grant::Password(user);
        let tokens = OpenIdTokenSource::builder(self.identity_url.clone(), client, grant)
            .token_endpoint(endpoint)
            .clock(Arc::new(self.clock.clone()));
        self.client_over(tokens.build().unwrap())
    }

    fn tokens(&self, grant: Grant) -> OpenIdTokenSource {
        let sim = self.sim();
        let as_set_up = self.identity_url.as_str() == sim.identity_url()
            && self.client_secret == sim.client_secret()
            && self.scopes.is_empty()
            && !self.clock_is_wrong();
        if as_set_up {
            return self
                .shared_sim
                .tokens
                .for_grant(grant, None::<(&str, &str)>);
        }
        OpenIdTokenSource::builder(
            self.identity_url.clone(),
            ClientCredentials::new(self.sim().client_id(), self.client_secret.clone().into()),
            grant,
        )
        .scopes(self.scopes.iter().copied())
        .clock(Arc::new(self.clock.clone()))
        .build()
        .unwrap()
    }

    fn client_over(&self, tokens: OpenIdTokenSource) -> Client {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let application = self.application_id.parse().unwrap();
        Client::builder(self.api_url.clone(), application, Arc::new(tokens))
            .clock(clock)
            .retry(RetryPolicy::never())
            // A wait between calls would be most of the time of a test.
            .limits(Limits::new(8, 10_000))
            .observer(self.activity.clone())
            .connections(&HTTP)
            .build()
            .unwrap()
            .with_transport_layer(|inner| {
                let calls = Arc::clone(&self.calls);
                Arc::new(CountedCalls { inner, calls })
            })
    }

    /// Returns the number of calls of the API so far.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Returns the same practice in another process of the product: with the same settings and
    /// stores, and without what the process remembers.
    pub(crate) fn in_another_process(&self) -> Self {
        let mut other = Self::at(self.shared_sim(), self.practice());
        other.settings = self.settings.clone();
        other.identity = self.identity.clone();
        other.refused = Arc::clone(&self.refused);
        other.stored_password = self.stored_password.clone();
        other.clock = self.clock.clone();
        other.history = Arc::clone(&self.history);
        other.activity = Arc::new(ActivityLog::new(Arc::new(other.clock.clone())));
        other
    }

    /// Lets patients book the first slot type.
    pub(crate) fn let_patients_book(&mut self) {
        let holder = self.practice.staff().into_iter();
        let holder = holder.filter(|it| it.holds_sessions).min_by_key(|it| it.id);
        let slot_type = self.practice.slot_types()[0].id.to_string();
        let mut booking = BookingSettings::default();
        booking.enabled = true;
        booking.slot_types = [slot_type.parse().unwrap()].into();
        booking.booked_by = holder.map(|it| BookedBy::Guid(it.guid));
        self.settings.set_booking(booking).unwrap();
    }

    pub(crate) async fn diagnose(&self) -> Report {
        self.diagnose_with(self.try_client().as_ref()).await
    }

    pub(crate) async fn diagnose_with(&self, client: Option<&Client>) -> Report {
        let history = self.history.diagnoses(self.settings.ods_code()).await;
        let report = Diagnosis::run(&DiagnosisInput {
            settings: &self.settings,
            refused: &self.refused_settings,
            client,
            product: &self.product,
            activity: Some(&self.activity),
            releases: self.releases().await,
            history: &history.unwrap(),
            pulse: None,
            clock: &self.clock,
        })
        .await;
        let record = report.record();
        let noted = self
            .history
            .note_diagnosis(self.settings.ods_code(), &record);
        noted.await.unwrap();
        let asked = result_of(&report, Probe::Token) != CheckResult::NotChecked;
        let counter = &self.shared_sim.tokens_asked_for;
        counter.fetch_add(usize::from(asked), Ordering::SeqCst);
        report
    }

    /// Sets the product's clock to the true time.
    pub(crate) fn correct_clock(&self) {
        self.clock.set(self.shared_sim.clock.now());
    }

    /// Returns true if the product's clock differs from EMIS's.
    pub(crate) fn clock_is_wrong(&self) -> bool {
        self.clock.now() != self.shared_sim.clock.now()
    }

    /// Advances the clock, unless other practices share the simulator.
    pub(crate) fn advance_clock(&self, time: jiff::SignedDuration) {
        // Two: the other lends its user, and has no diagnoses of its own.
        if self.sim().practices().len() <= 2 {
            self.shared_sim.clock.advance(time);
            self.clock.advance(time);
        }
    }
}

/// A transport that counts its calls.
#[derive(Debug)]
struct CountedCalls {
    inner: Arc<dyn Transport>,
    calls: Arc<AtomicUsize>,
}

#[async_trait]
impl Transport for CountedCalls {
    async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.inner.send(request, token).await
    }
}

impl SharedSim {
    /// Returns the number of passwords sent, right or wrong.
    pub(crate) fn password_attempts(&self) -> usize {
        let practices = self.sim.practices().iter();
        let mut users: BTreeSet<_> = practices.map(|it| it.username().to_owned()).collect();
        users.insert("APIUSER1".to_owned());
        users.iter().map(|it| self.sim.password_attempts(it)).sum()
    }

    /// Returns the number of calls that write.
    pub(crate) fn writes(&self) -> usize {
        [
            SimOperation::BookAppointment,
            SimOperation::CancelAppointment,
            SimOperation::SetAppointmentStatus,
            SimOperation::SetAppointmentStatusEx,
            SimOperation::SetSlotType,
            SimOperation::SetSlotNotes,
            SimOperation::AddSlotComment,
        ]
        .into_iter()
        .map(|operation| self.sim.count(operation))
        .sum()
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
