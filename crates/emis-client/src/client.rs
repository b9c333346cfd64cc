//! The client, and how to build one.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use emis_credentials::{Discovery, FixedToken, TokenClaims, TokenSource};
use emis_types::{ApplicationId, Clock, OdsCode, SystemClock};
use sync_wrapper::SyncFuture;
use tokio::time::Instant;
use tracing::Instrument;
use url::Url;

use crate::appointments::Appointments;
use crate::booked_stream::{BookedPatientStream, Conduct};
use crate::breaker::{Breaker, BreakerPolicy};
use crate::codec::{self, Encoding, FieldError};
use crate::connections::{HttpConnections, HttpOptions};
use crate::error::{Error, ErrorKind};
use crate::exchange;
use crate::formats::{DeadEncoding, QueryDateFormat};
use crate::http::HttpTransport;
use crate::limits::{Limiter, Limits, SharedLimits};
use crate::medical_record::MedicalRecords;
use crate::observer::CallObserver;
use crate::operation::{Effect, Operation};
use crate::organisation::OrganisationGroup;
use crate::patient::PatientGroup;
use crate::patient_matching::PatientMatching;
use crate::request::{Request, Response, Transport};
use crate::retry::RetryPolicy;
use crate::retry_budget::RetryBudget;
use crate::search::SearchGroup;
use crate::telemetry;
use crate::user::UserGroup;

/// A client of the Partner API for one practice, the one that its tokens are for.
///
/// Cheap to clone; clones share connections and tokens. Operations are grouped as EMIS groups
/// them: `client.appointments()`, `client.patient()` and so on.
#[derive(Debug, Clone)]
pub struct Client(pub(crate) Arc<Inner>);

#[derive(Debug, Clone)]
pub(crate) struct Inner {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) tokens: Arc<dyn TokenSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) attempt_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) retry_budget: Arc<RetryBudget>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) dates: QueryDateFormat,
    pub(crate) dead: DeadEncoding,
    pub(crate) filing: Encoding,
    pub(crate) observer: Option<Arc<dyn CallObserver>>,
    /// The practice that the client was built for, as spans name it.
    pub(crate) practice: Option<OdsCode>,
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
            limits: Limits::default(),
            shared_limits: None,
            breaker: BreakerPolicy::default(),
            dates: QueryDateFormat::default(),
            dead: DeadEncoding::default(),
            answers: Encoding::default(),
            filing: Encoding::default(),
            connections: None,
            observer: None,
            practice: None,
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
        let token = exchange::token(&self.0, exchange::deadline(&self.0));
        let token = SyncFuture::new(token).await?;
        Ok(token.claims().clone())
    }

    /// The same client with a token that is asked for just now, whatever is held from before: for
    /// diagnosis, which wants to know whether the credentials still work. A password that was
    /// refused is not sent for it.
    ///
    /// It keeps to that token. Where EMIS does not accept it, none of its calls asks for another,
    /// which would send the password once more.
    ///
    /// # Errors
    /// As [`token_claims`](Self::token_claims).
    pub async fn with_fresh_token(&self) -> Result<Self, Error> {
        let deadline = exchange::deadline(&self.0);
        let token = exchange::within(deadline, self.0.tokens.fresh_token());
        let token = FixedToken::from(SyncFuture::new(token).await?);
        let inner = Inner {
            tokens: Arc::new(token),
            ..Inner::clone(&self.0)
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Whether the identity service is there and says where it gives tokens. No secret is sent, so
    /// this tells a service that can't be reached, or an address that is wrong, from credentials
    /// that are refused.
    ///
    /// # Errors
    /// As [`token_claims`](Self::token_claims).
    pub async fn discover(&self) -> Result<Discovery, Error> {
        let discovery = exchange::within(exchange::deadline(&self.0), self.0.tokens.discover());
        SyncFuture::new(discovery).await
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

    /// Patients' medical records.
    pub fn medical_record(&self) -> MedicalRecords<'_> {
        MedicalRecords::new(self)
    }

    /// The search for patients.
    pub fn patient_matching(&self) -> PatientMatching<'_> {
        PatientMatching::new(self)
    }

    /// What its searches found.
    pub fn search(&self) -> SearchGroup<'_> {
        SearchGroup::new(self)
    }

    pub(crate) fn dates(&self) -> QueryDateFormat {
        self.0.dates
    }

    pub(crate) fn dead_encoding(&self) -> DeadEncoding {
        self.0.dead
    }

    pub(crate) fn filing_encoding(&self) -> Encoding {
        self.0.filing
    }

    /// When a call that begins now must have ended.
    pub(crate) fn deadline(&self) -> Instant {
        exchange::deadline(&self.0)
    }

    /// Sends a request by the rules of [`crate::retry`] and decodes its answer.
    pub(crate) async fn call<T>(
        &self,
        request: Request,
        decode: impl FnOnce(&Response) -> Result<T, FieldError>,
    ) -> Result<T, Error> {
        self.call_by(self.deadline(), request, decode).await
    }

    /// The same, by a deadline that is set already.
    pub(crate) async fn call_by<T>(
        &self,
        deadline: Instant,
        request: Request,
        decode: impl FnOnce(&Response) -> Result<T, FieldError>,
    ) -> Result<T, Error> {
        self.take_by(deadline, request, |response| decode(&response))
            .await
    }

    /// The same, for an answer of which something is kept as it came.
    pub(crate) async fn take_by<T>(
        &self,
        deadline: Instant,
        request: Request,
        decode: impl FnOnce(Response) -> Result<T, FieldError>,
    ) -> Result<T, Error> {
        let operation = request.operation();
        // Transports and token sources promise futures that can be sent, and callers get ones that
        // can be shared as well.
        telemetry::call(&self.0, operation, async {
            let response = exchange::exchange(&self.0, &request, deadline);
            let response = SyncFuture::new(response).await?;
            let status = response.status();
            self.decoded(operation, response, decode).map_err(|fault| {
                let kind = match operation.effect() {
                    Effect::Read => ErrorKind::Decode,
                    Effect::Write => ErrorKind::Ambiguous,
                };
                exchange::error(operation, kind)
                    .with_answer(status, None, None, None)
                    .with_source(fault)
            })
        })
        .await
    }

    /// Sends a request by the same rules, for booked patients to be read as they arrive.
    pub(crate) async fn open(&self, request: Request) -> Result<BookedPatientStream, Error> {
        let call = telemetry::Call::begin(&self.0, request.operation());
        let span = call.span();
        let opening = async {
            match exchange::open(&self.0, &request, self.deadline()).await {
                Ok((incoming, under_way)) => {
                    let conduct = Conduct { call, under_way };
                    BookedPatientStream::begin(self, incoming, conduct).await
                }
                Err(error) => {
                    call.end(Err(&error));
                    Err(error)
                }
            }
        };
        SyncFuture::new(opening.instrument(span)).await
    }

    /// What an answer comes to, whatever encoding it is in.
    fn decoded<T>(
        &self,
        operation: Operation,
        response: Response,
        decode: impl FnOnce(Response) -> Result<T, FieldError>,
    ) -> Result<T, FieldError> {
        // GetHealth may answer with anything, and is not read.
        if operation == Operation::GetHealth {
            return decode(response);
        }
        decode(codec::in_json(response, self.0.dead)?)
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
    limits: Limits,
    shared_limits: Option<SharedLimits>,
    breaker: BreakerPolicy,
    dates: QueryDateFormat,
    dead: DeadEncoding,
    answers: Encoding,
    filing: Encoding,
    connections: Option<HttpConnections>,
    observer: Option<Arc<dyn CallObserver>>,
    practice: Option<OdsCode>,
}

impl ClientBuilder {
    /// Somebody who is told how each call ends; nobody by default.
    pub fn observer(mut self, observer: Arc<dyn CallObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

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

    /// How much is asked of the practice's EMIS at once. Clones of the client share it.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Limits that other clients share, such as all those of a process; none by default.
    pub fn shared_limits(mut self, limits: SharedLimits) -> Self {
        self.shared_limits = Some(limits);
        self
    }

    /// When the practice is left alone because its EMIS only fails.
    pub fn breaker(mut self, policy: BreakerPolicy) -> Self {
        self.breaker = policy;
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

    /// The ODS code of the practice, as [spans](crate::telemetry) are to name it. It chooses nothing:
    /// the tokens do, and [`confirm_practice`](Client::confirm_practice) compares.
    pub fn practice(mut self, practice: OdsCode) -> Self {
        self.practice = Some(practice);
        self
    }

    /// In which encoding consultations are filed (`FileRecord`), JSON by default. In JSON the
    /// document lets a consultation refer to its entry and no more; in XML the entry stands in the
    /// consultation, as in EMIS Open. See which of the two EMIS takes before relying on either.
    pub fn file_in(mut self, encoding: Encoding) -> Self {
        self.filing = encoding;
        self
    }

    /// In which encoding EMIS is asked to answer, JSON by default. Whatever it answers in is read:
    /// both come to the same values.
    pub fn answers_in(mut self, encoding: Encoding) -> Self {
        self.answers = encoding;
        self
    }

    /// Calls over connections that other clients use as well; by default over connections of its
    /// own, by the default [`HttpOptions`]. A product with many practices makes them once.
    pub fn connections(mut self, connections: &HttpConnections) -> Self {
        self.connections = Some(connections.clone());
        self
    }

    /// A client over HTTP.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] where the base URL is not https (http is allowed to a
    /// loopback host only), holds a user, password, query or fragment, or TLS is not to be had.
    pub fn build(self) -> Result<Client, Error> {
        let connections = match &self.connections {
            Some(connections) => connections.clone(),
            None => HttpConnections::new(HttpOptions::new())?,
        };
        let transport = HttpTransport::new(
            self.base_url.clone(),
            &self.application,
            self.answers,
            &connections,
        )?;
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
            retry_budget: Arc::new(RetryBudget::new(self.retry.budget)),
            limiter: Arc::new(Limiter::new(self.limits, self.shared_limits)),
            breaker: Arc::new(Breaker::new(self.breaker)),
            dates: self.dates,
            dead: self.dead,
            filing: self.filing,
            observer: self.observer,
            practice: self.practice,
            confirmed: OnceLock::new(),
        }))
    }
}
