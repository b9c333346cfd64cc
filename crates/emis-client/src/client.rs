//! The client, and how to build one.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use emis_credentials::{TokenClaims, TokenSource};
use emis_types::{ApplicationId, Clock, OdsCode, SystemClock};
use url::Url;

use crate::appointments::Appointments;
use crate::codec::FieldError;
use crate::error::{Error, ErrorKind};
use crate::exchange;
use crate::formats::{DeadEncoding, QueryDateFormat};
use crate::http::HttpTransport;
use crate::operation::{Effect, Operation};
use crate::organisation::OrganisationGroup;
use crate::patient::PatientGroup;
use crate::patient_matching::PatientMatching;
use crate::request::{Request, Response, Transport};
use crate::retry::RetryPolicy;
use crate::user::UserGroup;

/// A client of the Partner API for one practice, the one that its tokens are for.
///
/// Cheap to clone; clones share connections and tokens. Operations are grouped as EMIS groups
/// them: `client.appointments()`, `client.patient()` and so on.
#[derive(Debug, Clone)]
pub struct Client(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) tokens: Arc<dyn TokenSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) attempt_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) dates: QueryDateFormat,
    pub(crate) dead: DeadEncoding,
    /// The practice that `GetOrganisation` named, for tokens that name none.
    pub(crate) confirmed: OnceLock<OdsCode>,
}

impl Client {
    /// Begins a client of the API at `base_url` (such as
    /// `https://api.platform.emis-x.uk/partner`), for the product that `application` names, with
    /// tokens of one practice.
    pub fn builder(
        base_url: Url,
        application: ApplicationId,
        tokens: Arc<dyn TokenSource>,
    ) -> ClientBuilder {
        ClientBuilder {
            base_url,
            application,
            tokens,
            clock: Arc::new(SystemClock),
            attempt_timeout: Duration::from_secs(20),
            deadline: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            dates: QueryDateFormat::default(),
            dead: DeadEncoding::default(),
        }
    }

    /// Asks whether the API is there at all (`GetHealth`). No token is sent, so this tells a
    /// network that is down from credentials that are wrong; a 401 comes from an API that is there.
    ///
    /// # Errors
    /// Where the API can't be reached or does not answer well.
    pub async fn health(&self) -> Result<(), Error> {
        let answer = self
            .call(Request::new(Operation::GetHealth), |_| Ok(()))
            .await;
        match answer {
            Err(error) if error.kind() == ErrorKind::Unauthenticated => Ok(()),
            other => other,
        }
    }

    /// What the token says that the next call would carry, fetching one if need be. Not verified,
    /// and so a hint for diagnosis only.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`] where no token could be had;
    /// [`Error::token_error`] says why.
    pub async fn token_claims(&self) -> Result<TokenClaims, Error> {
        let token = exchange::token(&self.0, exchange::deadline(&self.0)).await?;
        Ok(token.claims().clone())
    }

    /// What a token says that is asked for just now: whether the credentials still work, whatever
    /// is held from before. A password that was refused is not sent for it.
    ///
    /// # Errors
    /// As [`token_claims`](Self::token_claims).
    pub async fn fresh_token_claims(&self) -> Result<TokenClaims, Error> {
        let deadline = tokio::time::Instant::now() + self.0.deadline;
        let token = exchange::within(deadline, self.0.tokens.fresh_token()).await?;
        Ok(token.claims().clone())
    }

    /// The practice.
    pub fn organisation(&self) -> OrganisationGroup<'_> {
        OrganisationGroup::new(self)
    }

    /// Its staff.
    pub fn user(&self) -> UserGroup<'_> {
        UserGroup::new(self)
    }

    /// Its appointment book.
    pub fn appointments(&self) -> Appointments<'_> {
        Appointments::new(self)
    }

    /// A patient's record.
    pub fn patient(&self) -> PatientGroup<'_> {
        PatientGroup::new(self)
    }

    /// The search for patients.
    pub fn patient_matching(&self) -> PatientMatching<'_> {
        PatientMatching::new(self)
    }

    pub(crate) fn dates(&self) -> QueryDateFormat {
        self.0.dates
    }

    pub(crate) fn dead_encoding(&self) -> DeadEncoding {
        self.0.dead
    }

    /// Sends a request by the rules of [`crate::retry`] and decodes its answer.
    pub(crate) async fn call<T>(
        &self,
        request: Request,
        decode: impl FnOnce(&Response) -> Result<T, FieldError>,
    ) -> Result<T, Error> {
        let response = exchange::exchange(&self.0, &request).await?;
        decode(&response).map_err(|fault| {
            let operation = request.operation();
            let kind = match operation.effect() {
                Effect::Read => ErrorKind::Decode,
                Effect::Write => ErrorKind::Ambiguous,
            };
            exchange::error(operation, kind)
                .with_answer(response.status(), None, None, None)
                .with_source(fault)
        })
    }
}

/// Settings of a [`Client`].
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    base_url: Url,
    application: ApplicationId,
    tokens: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    attempt_timeout: Duration,
    deadline: Duration,
    retry: RetryPolicy,
    dates: QueryDateFormat,
    dead: DeadEncoding,
}

impl ClientBuilder {
    /// The clock against which a `Retry-After` date is read; the machine's by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long one attempt may take, from connecting to the end of the answer; 20 seconds by
    /// default.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// How long a call may take in all, with its token, attempts and waits; 60 seconds by default,
    /// a day at most.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How often reads are tried again. Writes never are.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How dates are written into queries.
    pub fn date_format(mut self, format: QueryDateFormat) -> Self {
        self.dates = format;
        self
    }

    /// How a patient's `dead` flag is read.
    pub fn dead_encoding(mut self, encoding: DeadEncoding) -> Self {
        self.dead = encoding;
        self
    }

    /// A client over HTTP.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the base URL is not https (http is allowed to a
    /// loopback host only), holds a user, password, query or fragment, or TLS is not to be had.
    pub fn build(self) -> Result<Client, Error> {
        let transport = HttpTransport::new(self.base_url.clone(), &self.application)?;
        Ok(self.build_with_transport(Arc::new(transport)))
    }

    /// A client whose calls something else carries; the base URL and the application ID are then
    /// that one's business.
    pub fn build_with_transport(self, transport: Arc<dyn Transport>) -> Client {
        Client(Arc::new(Inner {
            transport,
            tokens: self.tokens,
            clock: self.clock,
            attempt_timeout: self.attempt_timeout,
            deadline: self.deadline,
            retry: self.retry,
            dates: self.dates,
            dead: self.dead,
            confirmed: OnceLock::new(),
        }))
    }
}
