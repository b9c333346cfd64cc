//! The client and its builder.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use emis_credentials::TokenSource;
use emis_types::{ApplicationId, Clock, OdsCode, SystemClock};
use tokio::time::Instant;
use url::Url;

use crate::codec::formats::{DeceasedFlagEncoding, QueryDateFormat};
use crate::codec::{self, Encoding, FieldError, Message};
use crate::error::{ClientError, ClientErrorKind};
use crate::operation::{Effect, Operation};
use crate::pipeline::Pipeline;
use crate::pipeline::breaker::{Breaker, BreakerPolicy};
use crate::pipeline::limits::{Limiter, Limits, SharedLimits};
use crate::pipeline::observer::CallObserver;
use crate::pipeline::retry::RetryPolicy;
use crate::pipeline::retry_budget::RetryBudget;
use crate::transport::Transport;
use crate::transport::connections::{HttpConnections, HttpOptions};
use crate::transport::http::HttpTransport;
use crate::transport::message::{Request, Response};

/// A client of the Partner API for one practice: the one that its tokens belong to.
///
/// Cloning is cheap; clones share connections, tokens, limits and the circuit breaker. Operations
/// are grouped as EMIS groups them: [`appointments`](Self::appointments),
/// [`patient`](Self::patient) and so on.
///
/// Its calls leave no audit trail; those of the client that `emis_partner::Practice::client` returns
/// do.
///
/// # Examples
///
/// ```no_run
/// use std::sync::Arc;
///
/// use emis_client::Client;
/// use emis_credentials::FixedToken;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder(
///     "https://api.platform.emis-x.uk/partner".parse()?,
///     "the-application-id-from-emis".parse()?,
///     Arc::new(FixedToken::new("usually an OpenIdTokenSource")),
/// )
/// .build()?;
/// client.health().await?;
/// let practice = client.organisation().get_organisation().await?;
/// println!("connected to {:?}", practice.ods_code);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client(pub(crate) Arc<Inner>);

#[derive(Debug, Clone)]
pub(crate) struct Inner {
    pub(crate) pipeline: Pipeline,
    pub(crate) dates: QueryDateFormat,
    pub(crate) deceased: DeceasedFlagEncoding,
    #[cfg(feature = "medical-record")]
    pub(crate) filing: Encoding,
}

impl Client {
    /// Starts building a client of the API at `base_url` (such as
    /// `https://api.platform.emis-x.uk/partner`), for the product that `application` names, with
    /// the tokens of one practice.
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
            stream_deadline: Duration::from_secs(10 * 60),
            retry: RetryPolicy::default(),
            limits: Limits::default(),
            shared_limits: None,
            breaker: BreakerPolicy::default(),
            dates: QueryDateFormat::default(),
            deceased: DeceasedFlagEncoding::default(),
            answers: Encoding::default(),
            #[cfg(feature = "medical-record")]
            filing: Encoding::default(),
            connections: None,
            observer: None,
            practice: None,
        }
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.0.pipeline
    }

    pub(crate) fn dates(&self) -> QueryDateFormat {
        self.0.dates
    }

    pub(crate) fn deceased_flag_encoding(&self) -> DeceasedFlagEncoding {
        self.0.deceased
    }

    /// Returns the moment by which a call that begins now must have ended.
    pub(crate) fn deadline(&self) -> Instant {
        self.pipeline().deadline()
    }

    /// Sends a request and decodes its response.
    pub(crate) async fn call<T>(
        &self,
        request: Request,
        decode: impl Fn(&Message) -> Result<T, FieldError>,
    ) -> Result<T, ClientError> {
        self.call_by(self.deadline(), request, decode).await
    }

    /// Sends a request and decodes its response, by a deadline that is set already.
    pub(crate) async fn call_by<T>(
        &self,
        deadline: Instant,
        request: Request,
        decode: impl Fn(&Message) -> Result<T, FieldError>,
    ) -> Result<T, ClientError> {
        let deceased = self.0.deceased;
        let read = |response, operation| codec::read(response, operation, deceased, decode);
        self.read_by(deadline, request, read).await
    }

    /// Sends a request and decodes its response, of which the decoder may keep parts.
    #[cfg(feature = "medical-record")]
    pub(crate) async fn take_by<T>(
        &self,
        deadline: Instant,
        request: Request,
        decode: impl FnOnce(Message) -> Result<T, FieldError>,
    ) -> Result<T, ClientError> {
        let deceased = self.0.deceased;
        let read = |response, operation| codec::take(response, operation, deceased, decode);
        self.read_by(deadline, request, read).await
    }

    async fn read_by<T>(
        &self,
        deadline: Instant,
        request: Request,
        read: impl FnOnce(Response, Operation) -> Result<T, FieldError>,
    ) -> Result<T, ClientError> {
        let operation = request.operation();
        let decode = |response: Response| {
            let status = response.status();
            read(response, operation).map_err(|fault| {
                let kind = match operation.effect() {
                    Effect::Read => ClientErrorKind::Decode,
                    Effect::Write => ClientErrorKind::Ambiguous,
                };
                let facts = fault.facts();
                ClientError::of(kind)
                    .with_operation(operation)
                    .with_answer(status, facts.message_id, facts.legacy_outcome, None)
                    .with_source(fault)
            })
        };
        self.pipeline().call(&request, deadline, decode).await
    }
}

/// Settings of a [`Client`].
///
/// # Examples
///
/// ```no_run
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use emis_client::{Client, HttpConnections, HttpOptions, Limits, RetryPolicy, SharedLimits};
/// use emis_credentials::FixedToken;
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// // Once per process, for the clients of all practices:
/// let connections = HttpConnections::new(HttpOptions::new().user_agent("product/2.1"))?;
/// let shared = SharedLimits::new(Limits::new(128, 200));
///
/// // Once per practice:
/// let client = Client::builder(
///     "https://api.platform.emis-x.uk/partner".parse()?,
///     "the-application-id-from-emis".parse()?,
///     Arc::new(FixedToken::new("of one practice")),
/// )
/// .practice("A81001".parse()?)
/// .connections(&connections)
/// .shared_limits(shared.clone())
/// .limits(Limits::new(4, 10))
/// .retry(RetryPolicy::new(2, Duration::from_millis(500), Duration::from_secs(5)))
/// .deadline(Duration::from_secs(30))
/// .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    base_url: Url,
    application: ApplicationId,
    tokens: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    attempt_timeout: Duration,
    deadline: Duration,
    stream_deadline: Duration,
    retry: RetryPolicy,
    limits: Limits,
    shared_limits: Option<SharedLimits>,
    breaker: BreakerPolicy,
    dates: QueryDateFormat,
    deceased: DeceasedFlagEncoding,
    answers: Encoding,
    #[cfg(feature = "medical-record")]
    filing: Encoding,
    connections: Option<HttpConnections>,
    observer: Option<Arc<dyn CallObserver>>,
    practice: Option<OdsCode>,
}

impl ClientBuilder {
    /// Sets an observer that is told how each call ends. There is none by default.
    pub fn observer(mut self, observer: Arc<dyn CallObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Sets the clock against which a `Retry-After` date is read; the system clock by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the timeout of one attempt, from connecting to the end of the response; 20 seconds by
    /// default. For a [streamed](crate::BookedPatientStream) response it is the timeout for its
    /// beginning and for each further piece.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets the deadline of a call, with its token, attempts and waits; 60 seconds by default, at
    /// most a day.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the deadline of a [streamed](crate::BookedPatientStream) response as a whole, the
    /// reader's own time included; 10 minutes by default, at most a day.
    pub fn stream_deadline(mut self, deadline: Duration) -> Self {
        self.stream_deadline = deadline;
        self
    }

    /// Sets the policy for retrying reads. Writes are never retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the limits of this practice, which clones of the client share.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets limits that other clients share, such as all those of a process. There are none by
    /// default.
    pub fn shared_limits(mut self, limits: SharedLimits) -> Self {
        self.shared_limits = Some(limits);
        self
    }

    /// Sets the policy of this practice's circuit breaker.
    pub fn breaker(mut self, policy: BreakerPolicy) -> Self {
        self.breaker = policy;
        self
    }

    /// Sets the format of dates in queries.
    pub fn date_format(mut self, format: QueryDateFormat) -> Self {
        self.dates = format;
        self
    }

    /// Sets the meaning of a patient's `dead` flag.
    pub fn deceased_flag_encoding(mut self, encoding: DeceasedFlagEncoding) -> Self {
        self.deceased = encoding;
        self
    }

    /// Sets the ODS code of the practice that [spans](crate::telemetry) name. It selects nothing:
    /// the tokens do, and [`confirm_practice`](Client::confirm_practice) compares.
    pub fn practice(mut self, practice: OdsCode) -> Self {
        self.practice = Some(practice);
        self
    }

    /// Sets the encoding in which consultations are filed (`FileRecord`); JSON by default.
    ///
    /// In JSON the document lets a consultation refer to its entry and no more; in XML the entry
    /// is part of the consultation, as in EMIS Open. Find out which of the two EMIS accepts before
    /// relying on either.
    #[cfg(feature = "medical-record")]
    pub fn file_in(mut self, encoding: Encoding) -> Self {
        self.filing = encoding;
        self
    }

    /// Sets the encoding in which EMIS is asked to answer; JSON by default. Responses in either
    /// encoding decode to the same values.
    pub fn answers_in(mut self, encoding: Encoding) -> Self {
        self.answers = encoding;
        self
    }

    /// Sets connections that other clients share. By default each client has its own, with the
    /// default [`HttpOptions`]. A product with many practices creates them once.
    pub fn connections(mut self, connections: &HttpConnections) -> Self {
        self.connections = Some(connections.clone());
        self
    }

    /// Builds a client over HTTP.
    ///
    /// # Errors
    /// Fails with [`ClientErrorKind::Configuration`] if the base URL is not https (http is allowed
    /// to a loopback host), has a user, password, query or fragment, or if TLS can't be set up.
    pub fn build(self) -> Result<Client, ClientError> {
        let connections = match &self.connections {
            Some(connections) => connections.clone(),
            None => HttpConnections::new(HttpOptions::new())?,
        };
        let transport = HttpTransport::new(
            self.base_url.clone(),
            &self.application,
            self.answers.media_type(),
            &connections,
        )?;
        Ok(self.build_with_transport(Arc::new(transport)))
    }

    /// Builds a client over another transport, which the base URL and the application ID are then
    /// left to.
    pub fn build_with_transport(self, transport: Arc<dyn Transport>) -> Client {
        Client(Arc::new(Inner {
            pipeline: Pipeline {
                transport,
                tokens: self.tokens,
                clock: self.clock,
                attempt_timeout: self.attempt_timeout,
                deadline: self.deadline,
                stream_deadline: self.stream_deadline,
                retry: self.retry,
                retry_budget: Arc::new(RetryBudget::new(self.retry.budget)),
                limiter: Arc::new(Limiter::new(self.limits, self.shared_limits)),
                breaker: Arc::new(Breaker::new(self.breaker)),
                observer: self.observer,
                practice: self.practice,
                confirmed: OnceLock::new(),
            },
            dates: self.dates,
            deceased: self.deceased,
            #[cfg(feature = "medical-record")]
            filing: self.filing,
        }))
    }
}
