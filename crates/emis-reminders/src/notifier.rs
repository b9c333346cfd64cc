//! The trait that delivers messages.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::message::Message;

/// Delivers messages: by GOV.UK Notify, a text message gateway, or the product's mail server.
///
/// A call sends one message once. It must not retry unless it knows that nothing was sent, and
/// must report what it knows: a message that *may* have been sent is
/// [`NotifyErrorKind::Unknown`], and is never sent again.
///
/// A call is dropped after [`Reminders::send_timeout`](crate::Reminders::send_timeout), 30 seconds
/// by default, and counts as [`Unknown`](NotifyErrorKind::Unknown) then: give up sooner if more
/// can be known, and leave no inconsistent state when dropped. It must not block its thread.
///
/// # Examples
/// ```
/// use async_trait::async_trait;
/// use emis_reminders::{Delivery, Message, Notifier, NotifyError};
///
/// #[derive(Debug)]
/// struct Gateway;
///
/// #[async_trait]
/// impl Notifier for Gateway {
///     async fn send(&self, message: &Message) -> Result<Delivery, NotifyError> {
///         let _to_and_text = (message.to(), message.body().expose());
///         Ok(Delivery::with_id(message.reference().to_string()))
///     }
/// }
/// ```
#[async_trait]
pub trait Notifier: Debug + Send + Sync {
    /// Hands a message over for delivery.
    ///
    /// # Errors
    /// The known fate of the message: see [`NotifyErrorKind`].
    ///
    /// # Cancel safety
    /// Dropping the future leaves the outcome unknown: the message may have been sent. The reminder is
    /// then in doubt, and is not sent again.
    async fn send(&self, message: &Message) -> Result<Delivery, NotifyError>;
}

/// The receipt of a message handed over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Delivery {
    /// The service's own ID of the message, to ask for its outcome.
    pub id: Option<String>,
}

impl Delivery {
    /// Creates a receipt without an ID.
    pub const fn new() -> Self {
        Self { id: None }
    }

    /// Creates a receipt with the service's ID.
    pub fn with_id(id: impl Into<String>) -> Self {
        Self {
            id: Some(id.into()),
        }
    }
}

/// The failure to hand over a message.
///
/// Its text, and that of its source, must contain nothing of the message.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct NotifyError {
    kind: NotifyErrorKind,
    message: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kinds of [`NotifyError`]: what is known about the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotifyErrorKind {
    /// It was certainly not sent, and may be tried later: the service is down, busy, or does not
    /// accept the product's credentials.
    Temporary,
    /// It was certainly not sent, and never will be to this contact.
    Permanent,
    /// It may have been sent: no answer came, or none that could be decoded.
    Unknown,
}

impl NotifyError {
    /// Creates an error whose message says what could not be done. For notifiers.
    pub const fn new(kind: NotifyErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    /// Adds the source. Its text must contain nothing of the message either.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Returns the kind: what is known about the message.
    pub fn kind(&self) -> NotifyErrorKind {
        self.kind
    }

    /// Returns the error and its sources in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

/// A notifier that keeps messages instead of sending them: for tests, and to see what would be
/// sent.
///
/// # Examples
/// ```
/// use emis_reminders::Outbox;
/// let outbox = Outbox::new();
/// assert!(outbox.messages().is_empty());
/// ```
#[derive(Debug, Default)]
pub struct Outbox(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    messages: Vec<Message>,
    failures: VecDeque<NotifyErrorKind>,
}

impl Outbox {
    /// Creates an empty outbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the messages so far, in order.
    pub fn messages(&self) -> Vec<Message> {
        self.lock().messages.clone()
    }

    /// Makes the next message fail; called again, the one after it. An
    /// [`Unknown`](NotifyErrorKind::Unknown) message is kept, because it may have been sent.
    pub fn fail_next(&self, kind: NotifyErrorKind) {
        self.lock().failures.push_back(kind);
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        // Changed in single steps: a panic elsewhere cannot leave it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for Outbox {
    async fn send(&self, message: &Message) -> Result<Delivery, NotifyError> {
        let mut contents = self.lock();
        let failure = contents.failures.pop_front();
        if matches!(failure, None | Some(NotifyErrorKind::Unknown)) {
            contents.messages.push(message.clone());
        }
        match failure {
            None => Ok(Delivery::with_id(message.reference().to_string())),
            Some(kind) => Err(NotifyError::new(kind, "the outbox was told to fail")),
        }
    }
}
