//! One client for each practice, kept: it is the token cache, and it remembers a refused password.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use emis_client::{Client, HttpConnections, Limits, SharedLimits};
use emis_credentials::{Grant, OpenIdTokenSource, SealedApiUser, SealingIdentity};
use emis_settings::{PracticeSettings, ProblemCode};
use emis_types::{ApplicationId, Clock, OdsCode, OrganisationId};
use url::Url;

use crate::{Error, SignIn};

/// Everything that a connection needs besides the practice's settings.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) api_url: Url,
    pub(crate) application_id: ApplicationId,
    /// The source of which every practice's is a branch: they share the connection set-up.
    pub(crate) tokens: OpenIdTokenSource,
    pub(crate) sign_in: SignIn,
    pub(crate) practice_parameter: Option<String>,
    pub(crate) sealing_identity: SealingIdentity,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    /// What all practices' calls go over.
    pub(crate) http: HttpConnections,
    pub(crate) limits: Limits,
    /// What all practices share.
    pub(crate) process_limits: SharedLimits,
}

/// The connections that are open, by practice.
#[derive(Debug)]
pub(crate) struct Connections {
    endpoint: Endpoint,
    open: Mutex<HashMap<OdsCode, Connection>>,
}

/// A client, and the settings that it was made from.
#[derive(Debug)]
struct Connection {
    organisation_id: OrganisationId,
    api_user: Option<SealedApiUser>,
    client: Client,
}

impl Connections {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            open: Mutex::default(),
        }
    }

    /// The practice's client: the one at hand, unless the connection settings changed since.
    pub(crate) fn client(&self, settings: &PracticeSettings) -> Result<Client, Error> {
        let by_user = self.endpoint.sign_in == SignIn::ApiUser;
        let mut problems = settings.connection_problems();
        problems.retain(|problem| by_user || problem.code() != ProblemCode::ApiUserMissing);
        let (Some(organisation_id), true) = (settings.organisation_id(), problems.is_empty())
        else {
            return Err(Error::not_set_up(problems));
        };
        let api_user = settings.api_user().filter(|_| by_user);

        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = open.get(settings.ods_code())
            && connection.organisation_id == *organisation_id
            && connection.api_user.as_ref() == api_user
        {
            return Ok(connection.client.clone());
        }
        let client = self.endpoint.connect(settings, api_user)?;
        open.insert(
            settings.ods_code().clone(),
            Connection {
                organisation_id: organisation_id.clone(),
                api_user: api_user.cloned(),
                client: client.clone(),
            },
        );
        Ok(client)
    }
}

impl Endpoint {
    fn connect(
        &self,
        settings: &PracticeSettings,
        api_user: Option<&SealedApiUser>,
    ) -> Result<Client, Error> {
        let grant = match api_user.zip(settings.seal_context()) {
            Some((sealed, context)) => {
                Grant::Password(self.sealing_identity.open(sealed, &context)?)
            }
            None => Grant::ClientCredentials,
        };
        let organisation = settings.organisation_id().map(OrganisationId::as_str);
        let parameters = self.practice_parameter.as_deref().zip(organisation);
        let mut builder = Client::builder(
            self.api_url.clone(),
            self.application_id.clone(),
            Arc::new(self.tokens.for_grant(grant, parameters)),
        )
        .clock(Arc::clone(&self.clock))
        .practice(settings.ods_code().clone())
        .connections(&self.http)
        .limits(self.limits)
        .shared_limits(self.process_limits.clone());
        if let Some(timeout) = self.attempt_timeout {
            builder = builder.attempt_timeout(timeout);
        }
        if let Some(deadline) = self.deadline {
            builder = builder.deadline(deadline);
        }
        Ok(builder.build()?)
    }
}
