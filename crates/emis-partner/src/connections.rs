//! Connects practices to EMIS as their settings say.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use emis_client::{Client, ClientBuilder, ClientCache, HttpConnections, SharedLimits};
use emis_credentials::{
    ApiUser, Grant, IdentityRing, OpenIdTokenSource, PasswordFingerprint, PasswordReleases,
    RefusedPasswordStore, ReleaseOutcome, SealedApiUser, TokenSource, release_password,
};
use emis_diagnostics::ActivityLog;
use emis_settings::{EmisEnvironment, PracticeSettings, ProblemCode};
use emis_types::{ApplicationId, Clock, OdsCode, OrganisationId};
use url::Url;

use crate::Error;
use crate::work_memory::WorkMemory;

/// The way in which the product signs in to practices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SignIn {
    /// As the EMIS API user that the practice entered: the resource-owner-password grant.
    #[default]
    ApiUser,
    /// As the application alone: the client-credentials grant. The practice enters no user, so
    /// a missing user is not a problem of its connection, although
    /// [`PracticeSettings::problems`](emis_settings::PracticeSettings::problems) reports one.
    /// EMIS does not publish how such a token is bound to one practice.
    Application,
}

/// Everything that a connection needs besides the practice's settings.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) api_url: Url,
    pub(crate) application_id: ApplicationId,
    pub(crate) emis: EmisEnvironment,
    /// Every practice's source is derived from this one: they share the connection set-up.
    pub(crate) tokens: OpenIdTokenSource,
    pub(crate) sign_in: SignIn,
    pub(crate) practice_parameter: Option<String>,
    pub(crate) client_options: ClientOptions,
    pub(crate) keys: IdentityRing,
    pub(crate) refused: Arc<dyn RefusedPasswordStore>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Connections and limits that all practices share.
    pub(crate) http: HttpConnections,
    pub(crate) process_limits: SharedLimits,
}

/// The product's options for every client.
#[derive(Clone)]
pub(crate) struct ClientOptions(Arc<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>);

impl ClientOptions {
    pub(crate) fn new(
        options: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(options))
    }
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self::new(|builder| builder)
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientOptions")
    }
}

/// The clients of all practices: one each, because a client is the token cache and remembers a
/// refused password.
#[derive(Debug)]
pub(crate) struct Connections {
    pub(crate) endpoint: Endpoint,
    clients: ClientCache<ConnectionSettings>,
    activities: Mutex<HashMap<OdsCode, Arc<ActivityLog>>>,
    pub(crate) work: WorkMemory,
}

/// The settings that a client was built from.
#[derive(Debug, Clone)]
struct ConnectionSettings {
    organisation_id: OrganisationId,
    application_id: Option<ApplicationId>,
    api_user: Option<SealedApiUser>,
    /// Stays the same when the same password is sealed anew.
    password: Option<PasswordFingerprint>,
}

impl Connections {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            clients: ClientCache::new(),
            activities: Mutex::default(),
            work: WorkMemory::default(),
        }
    }

    /// Returns the practice's client; a new one only if the connection settings have changed.
    pub(crate) fn client(&self, settings: &PracticeSettings) -> Result<Client, Error> {
        let by_user = self.endpoint.sign_in == SignIn::ApiUser;
        let mut problems = settings.connection_problems();
        problems.retain(|problem| by_user || problem.code() != ProblemCode::ApiUserMissing);
        problems.extend(settings.environment_problem(self.endpoint.emis));
        let (Some(organisation_id), true) = (settings.organisation_id(), problems.is_empty())
        else {
            return Err(Error::not_set_up(problems));
        };
        let sealed = settings.api_user().filter(|_| by_user);
        let mut wanted = ConnectionSettings {
            organisation_id: organisation_id.clone(),
            application_id: settings.application_id().cloned(),
            api_user: sealed.cloned(),
            password: None,
        };
        self.clients.get_or_replace(settings.ods_code(), |held| {
            let held = held.filter(|(from, _)| {
                from.organisation_id == wanted.organisation_id
                    && from.application_id == wanted.application_id
            });
            if let Some((from, client)) = held
                && from.api_user == wanted.api_user
            {
                return Ok((from.clone(), client.clone()));
            }
            let user = self.endpoint.open(settings, sealed)?;
            wanted.password = user
                .as_ref()
                .and_then(|user| user.fingerprints.first())
                .copied();
            let client = match held {
                // Sealed anew, or typed in again: no reason to send the password again.
                Some((from, client)) if from.password == wanted.password => client.clone(),
                _ => self.connect(settings, user)?,
            };
            Ok((wanted, client))
        })
    }

    /// Returns the log of how the practice's calls ended, over all its clients.
    pub(crate) fn activity(&self, practice: &OdsCode) -> Arc<ActivityLog> {
        let activities = self.activities.lock();
        let mut activities = activities.unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(ActivityLog::new(Arc::clone(&self.endpoint.clock)));
        Arc::clone(activities.entry(practice.clone()).or_insert_with(new))
    }

    /// Lets a refused password be tried once more.
    pub(crate) async fn try_again(
        &self,
        settings: &PracticeSettings,
    ) -> Result<ReleaseOutcome, Error> {
        let endpoint = &self.endpoint;
        let Some(user) = endpoint.open(settings, settings.api_user())? else {
            return Ok(ReleaseOutcome::NotRefused);
        };
        let user_refused = self.activity(settings.ods_code()).user_refused();
        let (store, clock) = (endpoint.refused.as_ref(), endpoint.clock.as_ref());
        let outcome = release_password(store, &user.fingerprints, user_refused, clock).await?;
        if outcome == ReleaseOutcome::Released {
            // What the client itself remembers goes with it.
            self.clients.remove(settings.ods_code());
        }
        Ok(outcome)
    }

    /// Returns the releases of the stored password, if they can be read.
    pub(crate) async fn releases(&self, settings: &PracticeSettings) -> Option<PasswordReleases> {
        let user = self.endpoint.open(settings, settings.api_user());
        let fingerprints = user.ok()??.fingerprints;
        let store = self.endpoint.refused.as_ref();
        PasswordReleases::of(store, &fingerprints).await.ok()
    }

    fn connect(
        &self,
        settings: &PracticeSettings,
        api_user: Option<OpenedApiUser>,
    ) -> Result<Client, Error> {
        let endpoint = &self.endpoint;
        let organisation = settings.organisation_id().map(OrganisationId::as_str);
        let parameters = endpoint.practice_parameter.as_deref().zip(organisation);
        let tokens = match api_user {
            Some(OpenedApiUser { user, fingerprints }) => {
                let tokens = endpoint.tokens.for_grant(Grant::Password(user), parameters);
                tokens.remembering(Arc::clone(&endpoint.refused), fingerprints)
            }
            None => endpoint
                .tokens
                .for_grant(Grant::ClientCredentials, parameters),
        };
        let builder = endpoint
            .client(
                Arc::new(tokens.for_practice(settings.ods_code().clone())),
                settings.application_id(),
            )
            .observer(self.activity(settings.ods_code()))
            .practice(settings.ods_code().clone());
        Ok((endpoint.client_options.0)(builder).build()?)
    }
}

/// An API user, and the fingerprints of its password.
struct OpenedApiUser {
    user: ApiUser,
    fingerprints: Vec<PasswordFingerprint>,
}

impl Endpoint {
    /// Fails if the API's address is unusable, so that the first practice need not find out.
    pub(crate) fn check(&self, tokens: Arc<dyn TokenSource>) -> Result<(), Error> {
        (self.client_options.0)(self.client(tokens, None)).build()?;
        Ok(())
    }

    fn open(
        &self,
        settings: &PracticeSettings,
        sealed: Option<&SealedApiUser>,
    ) -> Result<Option<OpenedApiUser>, Error> {
        let Some((sealed, context)) = sealed.zip(settings.seal_context()) else {
            return Ok(None);
        };
        let user = self.keys.open(sealed, &context)?;
        let fingerprints = self.keys.fingerprints(&user, &context);
        Ok(Some(OpenedApiUser { user, fingerprints }))
    }

    fn client(
        &self,
        tokens: Arc<dyn TokenSource>,
        application_id: Option<&ApplicationId>,
    ) -> ClientBuilder {
        let application_id = application_id.unwrap_or(&self.application_id).clone();
        Client::builder(self.api_url.clone(), application_id, tokens)
            .clock(Arc::clone(&self.clock))
            .connections(&self.http)
            .shared_limits(self.process_limits.clone())
    }
}
