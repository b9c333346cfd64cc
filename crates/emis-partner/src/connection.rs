//! One client for each practice, kept: it is the token cache, and it remembers a refused password.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use emis_client::{CallObserver, Client, ClientBuilder, HttpConnections, SharedLimits};
use emis_credentials::{
    ApiUser, Grant, IdentityRing, OpenIdTokenSource, PasswordFingerprint, RefusedPasswords,
    SealedApiUser, TokenSource,
};
use emis_diagnostics::ActivityLog;
use emis_settings::{EmisEnvironment, PracticeSettings, ProblemCode};
use emis_types::{ApplicationId, Clock, OdsCode, OrganisationId};
use url::Url;

use crate::{Error, SignIn};

/// Everything that a connection needs besides the practice's settings.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) api_url: Url,
    pub(crate) application_id: ApplicationId,
    pub(crate) emis: EmisEnvironment,
    /// The source of which every practice's is a branch: they share the connection set-up.
    pub(crate) tokens: OpenIdTokenSource,
    pub(crate) sign_in: SignIn,
    pub(crate) practice_parameter: Option<String>,
    pub(crate) client_options: ClientOptions,
    pub(crate) keys: IdentityRing,
    pub(crate) refused: Arc<dyn RefusedPasswords>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What all practices' calls go over.
    pub(crate) http: HttpConnections,
    /// What all practices share.
    pub(crate) process_limits: SharedLimits,
}

/// What the product changes about every client.
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

/// The connections that are open, by practice.
#[derive(Debug)]
pub(crate) struct Connections {
    endpoint: Endpoint,
    open: Mutex<HashMap<OdsCode, Connection>>,
    activities: Mutex<HashMap<OdsCode, Arc<ActivityLog>>>,
}

/// A client, and the settings that it was made from.
#[derive(Debug)]
struct Connection {
    organisation_id: OrganisationId,
    api_user: Option<SealedApiUser>,
    /// Of the API user's password: it stays the same when the password is sealed anew.
    password: Option<PasswordFingerprint>,
    application_id: Option<ApplicationId>,
    client: Client,
}

impl Connections {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            open: Mutex::default(),
            activities: Mutex::default(),
        }
    }

    pub(crate) fn keys(&self) -> &IdentityRing {
        &self.endpoint.keys
    }

    pub(crate) fn refused(&self) -> &dyn RefusedPasswords {
        self.endpoint.refused.as_ref()
    }

    /// The practice's client: the one at hand, unless the connection settings changed since.
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

        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at_hand = open
            .get_mut(settings.ods_code())
            .filter(|connection| connection.organisation_id == *organisation_id);
        if let Some(connection) = &at_hand
            && connection.api_user.as_ref() == sealed
            && connection.application_id.as_ref() == settings.application_id()
        {
            return Ok(connection.client.clone());
        }
        let user = self.endpoint.api_user(settings, sealed)?;
        let password = user
            .as_ref()
            .and_then(|user| user.fingerprints.first())
            .copied();
        if let Some(connection) = at_hand
            && connection.password == password
        {
            // Sealed anew, or typed in again: no reason to send it to EMIS again.
            connection.api_user = sealed.cloned();
            return Ok(connection.client.clone());
        }
        let activity = self.activity(settings.ods_code());
        let client = self.endpoint.connect(settings, user, activity)?;
        open.insert(
            settings.ods_code().clone(),
            Connection {
                organisation_id: organisation_id.clone(),
                application_id: settings.application_id().cloned(),
                api_user: sealed.cloned(),
                password,
                client: client.clone(),
            },
        );
        Ok(client)
    }

    /// What the practice's calls came to, over all its clients.
    pub(crate) fn activity(&self, practice: &OdsCode) -> Arc<ActivityLog> {
        let mut activities = self
            .activities
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(ActivityLog::new(Arc::clone(&self.endpoint.clock)));
        Arc::clone(activities.entry(practice.clone()).or_insert_with(new))
    }

    /// Lets a password that was refused be tried once more.
    pub(crate) async fn try_again(&self, settings: &PracticeSettings) -> Result<(), Error> {
        if let Some(user) = self.endpoint.api_user(settings, settings.api_user())? {
            for password in &user.fingerprints {
                self.endpoint.refused.forget(password).await?;
            }
        }
        // With the client goes what it remembers of its own.
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(settings.ods_code());
        Ok(())
    }
}

/// An API user, and the fingerprints of its password.
struct Opened {
    user: ApiUser,
    fingerprints: Vec<PasswordFingerprint>,
}

impl Endpoint {
    fn api_user(
        &self,
        settings: &PracticeSettings,
        sealed: Option<&SealedApiUser>,
    ) -> Result<Option<Opened>, Error> {
        let Some((sealed, context)) = sealed.zip(settings.seal_context()) else {
            return Ok(None);
        };
        let user = self.keys.open(sealed, &context)?;
        let fingerprints = self.keys.fingerprints(&user, &context);
        Ok(Some(Opened { user, fingerprints }))
    }

    fn connect(
        &self,
        settings: &PracticeSettings,
        api_user: Option<Opened>,
        observer: Arc<dyn CallObserver>,
    ) -> Result<Client, Error> {
        let organisation = settings.organisation_id().map(OrganisationId::as_str);
        let parameters = self.practice_parameter.as_deref().zip(organisation);
        let tokens = match api_user {
            Some(Opened { user, fingerprints }) => {
                let tokens = self.tokens.for_grant(Grant::Password(user), parameters);
                tokens.remembering(Arc::clone(&self.refused), fingerprints)
            }
            None => self.tokens.for_grant(Grant::ClientCredentials, parameters),
        };
        let builder = self
            .client(Arc::new(tokens), Some(observer), settings.application_id())
            .practice(settings.ods_code().clone());
        Ok(builder.build()?)
    }

    /// A client with the product's options, which have the last word, and the product's
    /// application ID or the practice's.
    pub(crate) fn client(
        &self,
        tokens: Arc<dyn TokenSource>,
        observer: Option<Arc<dyn CallObserver>>,
        application_id: Option<&ApplicationId>,
    ) -> ClientBuilder {
        let application_id = application_id.unwrap_or(&self.application_id).clone();
        let mut builder = Client::builder(self.api_url.clone(), application_id, tokens)
            .clock(Arc::clone(&self.clock))
            .connections(&self.http)
            .shared_limits(self.process_limits.clone());
        if let Some(observer) = observer {
            builder = builder.observer(observer);
        }
        (self.client_options.0)(builder)
    }
}
