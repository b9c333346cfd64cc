//! Errors of fetching tokens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use emis_types::ResponsibleParty;

use crate::service_fault::ServiceFault;

/// The error of a token that could not be had.
///
/// Cheap to clone: all who waited for the same request receive the same failure. Its text is fixed:
/// it never quotes the identity service, an address, a password or a token.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{inner}")]
pub struct TokenError {
    inner: Arc<Inner>,
    source: Option<Box<TokenError>>,
}

#[derive(Debug, Clone)]
struct Inner {
    kind: TokenErrorKind,
    message: &'static str,
    provider_code: Option<String>,
    fault: Option<ServiceFault>,
    http_status: Option<u16>,
    retry_after: Option<Duration>,
    /// `true` if the request may have reached the service.
    sent: bool,
    /// The party that has to act, if it is not that of the kind.
    responsible_party: Option<ResponsibleParty>,
}

/// The kind of a [`TokenError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenErrorKind {
    /// The username is unknown, the password is wrong, or the user is not ticked under EMAS
    /// Manager > Edit Users. EMIS answers the same for all three.
    InvalidUserCredentials,
    /// This password was refused before. It was not sent again, so that the practice's account
    /// is not locked, and will not be until it changes. The source is the first refusal.
    HeldBack,
    /// The product's client ID or client secret was refused, or the product may not use this
    /// way of logging in.
    ClientRefused,
    /// The product asked for a scope that it does not hold.
    ScopeRefused,
    /// The API user is known but may not log in: expired, locked, disabled, or the password
    /// must be changed first.
    UserRefused,
    /// The member of staff has to sign in again: their sign-in was ended, has run out, was not
    /// finished, or is not the one that was begun.
    SignInAgain,
    /// Too many requests: see [`TokenError::retry_after`].
    Throttled,
    /// The identity service could not be reached, did not answer in time, or failed.
    Unreachable,
    /// The answer is not what OAuth 2.0 or OpenID discovery define.
    Malformed,
    /// The [store of refused passwords](crate::RefusedPasswordStore) or the [store of refresh
    /// tokens](crate::RefreshTokenStore) failed, and nothing was sent without it.
    StoreUnavailable,
    /// Another process of the product is trying the password, and two at a time never do: if it
    /// is wrong, one of them finds out. Or several attempts failed, and the next waits some minutes.
    /// Both end by themselves within 30 minutes, also after a clock ran fast. Or a diagnosis has sent
    /// the password as often as it may: the error then [names](TokenError::responsible_party)
    /// the practice, or EMIS if it never answered.
    Busy,
    /// An address that is not `https`. Only loopback addresses may be `http`.
    InsecureUrl,
    /// The [network settings](crate::Network) contradict themselves, or TLS can't be set up.
    Configuration,
}

impl TokenErrorKind {
    fn message(self) -> &'static str {
        match self {
            Self::InvalidUserCredentials => {
                "the API user was not accepted: the username is unknown, the Partner API password \
                 is wrong, or the user is not ticked under EMAS Manager > Edit Users"
            }
            Self::HeldBack => {
                "the Partner API password was refused before and is not sent again until it changes"
            }
            Self::ClientRefused => "the product's client ID or client secret was refused",
            Self::ScopeRefused => "the product may not ask for the scopes that it asked for",
            Self::UserRefused => {
                "the API user may not log in: expired, locked, disabled or its password must be \
                 changed"
            }
            Self::SignInAgain => "the user must sign in to EMIS again",
            Self::Throttled => "the identity service asks for fewer requests",
            Self::Unreachable => "the identity service could not be reached",
            Self::Malformed => "the identity service gave an answer that cannot be understood",
            Self::StoreUnavailable => {
                "the store that says whether the password was refused before failed"
            }
            Self::Busy => {
                "the Partner API password is being tried by another process, or waits some minutes \
                 after failed attempts: no one has to act, it ends within 30 minutes"
            }
            Self::Configuration => "the connection to the identity service is set up wrongly",
            Self::InsecureUrl => "the identity service's address is not https",
        }
    }

    /// Returns the kind in snake case, for the labels of metrics.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::InvalidUserCredentials => "invalid_user_credentials",
            Self::HeldBack => "held_back",
            Self::ClientRefused => "client_refused",
            Self::ScopeRefused => "scope_refused",
            Self::UserRefused => "user_refused",
            Self::SignInAgain => "sign_in_again",
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Malformed => "malformed",
            Self::StoreUnavailable => "store_unavailable",
            Self::Busy => "busy",
            Self::InsecureUrl => "insecure_url",
            Self::Configuration => "configuration",
        }
    }
}

impl TokenError {
    /// Creates an error of a kind, with the kind's own text. For token sources written elsewhere.
    pub fn new(kind: TokenErrorKind) -> Self {
        Self::with_message(kind, kind.message())
    }

    pub(crate) fn with_message(kind: TokenErrorKind, message: &'static str) -> Self {
        let inner = Arc::new(Inner {
            kind,
            message,
            provider_code: None,
            fault: None,
            http_status: None,
            retry_after: None,
            sent: false,
            responsible_party: None,
        });
        Self {
            inner,
            source: None,
        }
    }

    /// Sets the time to wait before the next attempt.
    #[must_use]
    pub fn with_retry_after(self, retry_after: Option<Duration>) -> Self {
        self.change(|inner| inner.retry_after = retry_after)
    }

    pub(crate) fn with_provider_code(self, code: Option<String>) -> Self {
        self.change(|inner| inner.provider_code = code)
    }

    pub(crate) fn with_fault(self, fault: ServiceFault) -> Self {
        self.change(|inner| inner.fault = Some(fault))
    }

    pub(crate) fn with_http_status(self, status: u16) -> Self {
        self.change(|inner| inner.http_status = Some(status))
    }

    pub(crate) fn after_sending(self) -> Self {
        self.change(|inner| inner.sent = true)
    }

    pub(crate) fn before_sending(self) -> Self {
        self.change(|inner| inner.sent = false)
    }

    pub(crate) fn with_source(mut self, source: TokenError) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Names another responsible party than that of the kind.
    pub(crate) fn for_party(self, party: ResponsibleParty) -> Self {
        self.change(|inner| inner.responsible_party = Some(party))
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.inner));
        self
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> TokenErrorKind {
        self.inner.kind
    }

    /// Returns the party that has to act.
    pub fn responsible_party(&self) -> ResponsibleParty {
        if let Some(party) = self.inner.responsible_party {
            return party;
        }
        match self.kind() {
            TokenErrorKind::InvalidUserCredentials
            | TokenErrorKind::HeldBack
            | TokenErrorKind::UserRefused => ResponsibleParty::Practice,
            TokenErrorKind::SignInAgain => ResponsibleParty::User,
            TokenErrorKind::ClientRefused
            | TokenErrorKind::ScopeRefused
            | TokenErrorKind::StoreUnavailable
            | TokenErrorKind::InsecureUrl
            | TokenErrorKind::Configuration => ResponsibleParty::Product,
            TokenErrorKind::Unreachable | TokenErrorKind::Malformed => ResponsibleParty::Emis,
            TokenErrorKind::Throttled | TokenErrorKind::Busy => ResponsibleParty::NoOne,
        }
    }

    /// Returns `true` if the same request may succeed later without a change by anyone.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.responsible_party(),
            ResponsibleParty::Emis | ResponsibleParty::NoOne
        ) || self.kind() == TokenErrorKind::StoreUnavailable
    }

    /// Returns `true` if the service may have counted the password as wrong without our knowing.
    pub(crate) fn leaves_the_password_in_doubt(&self) -> bool {
        self.inner.sent
            && matches!(
                self.kind(),
                TokenErrorKind::Unreachable | TokenErrorKind::Malformed
            )
    }

    /// Returns `true` if the password was sent and neither accepted nor refused: no answer came, the
    /// user is locked, expired or disabled, or the service asked for fewer requests.
    pub(crate) fn leaves_the_password_undecided(&self) -> bool {
        let undecided = matches!(
            self.kind(),
            TokenErrorKind::UserRefused | TokenErrorKind::Throttled
        );
        self.leaves_the_password_in_doubt() || (self.inner.sent && undecided)
    }

    /// Returns the time to wait before the next attempt, if known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Returns the fault in the exchange with the identity service, if it was that.
    pub fn service_fault(&self) -> Option<ServiceFault> {
        self.inner.fault
    }

    /// Returns the HTTP status of the answer if nothing else could be read from it.
    pub fn http_status(&self) -> Option<u16> {
        self.inner.http_status
    }

    /// Returns the identity service's own code, such as `AADB2C90225`, for a conversation with
    /// EMIS's support and not for decisions.
    pub fn provider_code(&self) -> Option<&str> {
        self.inner.provider_code.as_deref()
    }

    /// Returns the error and its causes in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)?;
        if let Some(code) = &self.provider_code {
            write!(f, " ({code})")?;
        }
        Ok(())
    }
}
