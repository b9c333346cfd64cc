//! Why there is no token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{ResponsibleParty, ServiceFault};

/// Why a token could not be had.
///
/// Cheap to clone, because everyone who waited for the same request is given the same failure.
/// Its text is ours alone: never the identity service's words, an address, a password or a
/// token.
#[derive(Debug, Clone)]
pub struct TokenError(Arc<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: TokenErrorKind,
    message: &'static str,
    provider_code: Option<String>,
    fault: Option<ServiceFault>,
    http_status: Option<u16>,
    retry_after: Option<Duration>,
    /// Whether the request may have reached the service.
    sent: bool,
    source: Option<TokenError>,
}

/// What kind of failure it was.
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
    /// The answer is not what OAuth 2.0 or OpenID discovery say it should be.
    Malformed,
    /// The [memory of refused passwords](crate::RefusedPasswords) or the [store of refresh
    /// tokens](crate::RefreshTokenStore) could not be asked, and nothing was sent without it.
    MemoryUnavailable,
    /// Another process of the product is trying the password just now, and it is not sent by two
    /// at a time: if it is wrong, one of them finds out. Or it is left alone for some minutes,
    /// because it was tried several times in vain.
    Busy,
    /// An address that is not `https`. Only loopback addresses may be `http`.
    InsecureUrl,
    /// The [way out to the network](crate::Network) contradicts itself, or TLS can't be set up.
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
            Self::MemoryUnavailable => {
                "it could not be looked up whether the password was refused before"
            }
            Self::Busy => {
                "the Partner API password is being tried by another process, or is left alone for \
                 some minutes after tries that came to nothing"
            }
            Self::Configuration => "the connection to the identity service is set up wrongly",
            Self::InsecureUrl => "the identity service's address is not https",
        }
    }
}

impl TokenError {
    /// An error of a kind, with the kind's own text. For token sources written elsewhere.
    pub fn new(kind: TokenErrorKind) -> Self {
        Self::with_message(kind, kind.message())
    }

    pub(crate) fn with_message(kind: TokenErrorKind, message: &'static str) -> Self {
        Self(Arc::new(Inner {
            kind,
            message,
            provider_code: None,
            fault: None,
            http_status: None,
            retry_after: None,
            sent: false,
            source: None,
        }))
    }

    /// The same error with how long to wait before the next try.
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

    /// Whether the service, if it was asked at all, may have counted the password as wrong without
    /// our hearing of it.
    pub(crate) fn leaves_the_password_in_doubt(&self) -> bool {
        self.0.sent
            && matches!(
                self.kind(),
                TokenErrorKind::Unreachable | TokenErrorKind::Malformed
            )
    }

    pub(crate) fn with_source(self, source: TokenError) -> Self {
        self.change(|inner| inner.source = Some(source))
    }

    fn change(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> TokenErrorKind {
        self.0.kind
    }

    /// Who has to do something about it.
    pub fn responsible_party(&self) -> ResponsibleParty {
        match self.kind() {
            TokenErrorKind::InvalidUserCredentials
            | TokenErrorKind::HeldBack
            | TokenErrorKind::UserRefused => ResponsibleParty::Practice,
            TokenErrorKind::SignInAgain => ResponsibleParty::User,
            TokenErrorKind::ClientRefused
            | TokenErrorKind::ScopeRefused
            | TokenErrorKind::MemoryUnavailable
            | TokenErrorKind::InsecureUrl
            | TokenErrorKind::Configuration => ResponsibleParty::Product,
            TokenErrorKind::Unreachable | TokenErrorKind::Malformed => ResponsibleParty::Emis,
            TokenErrorKind::Throttled | TokenErrorKind::Busy => ResponsibleParty::NoOne,
        }
    }

    /// How long to wait before the next try, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What went wrong between us and the identity service, where it was that.
    pub fn service_fault(&self) -> Option<ServiceFault> {
        self.0.fault
    }

    /// The status of the answer, where that is all that was made of it.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The identity service's own code, such as `AADB2C90225`: for a conversation with EMIS's
    /// support, not for decisions.
    pub fn provider_code(&self) -> Option<&str> {
        self.0.provider_code.as_deref()
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.message)?;
        if let Some(code) = &self.0.provider_code {
            write!(f, " ({code})")?;
        }
        Ok(())
    }
}

impl std::error::Error for TokenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}
