//! How a message leaves the house.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt::{self, Debug};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::message::Message;

/// What sends messages: GOV.UK Notify, a text message gateway, a mail server of the product's.
///
/// A call sends one message once. It must not try again by itself unless it knows that nothing
/// was sent, and must say honestly what it knows: a message that *may* have gone is
/// [`NotifyErrorKind::Unknown`], and is then never sent again.
///
/// A call may take so long as [`Reminders::send_timeout`](crate::Reminders::send_timeout) allows,
/// 30 seconds by default. Then it is dropped, and counts as
/// [`Unknown`](NotifyErrorKind::Unknown): give up sooner where more can be known, and leave no
/// half-done state behind when dropped. It must not block its thread, which no timeout can end.
#[async_trait]
pub trait Notifier: Debug + Send + Sync {
    /// Hands a message over for delivery.
    ///
    /// # Errors
    /// What became of the message instead: see [`NotifyErrorKind`].
    async fn send(&self, message: &Message) -> Result<Delivery, NotifyError>;
}

/// The receipt of a message handed over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Delivery {
    /// The sender's own id of the message, to ask for its fate.
    pub id: Option<String>,
}

impl Delivery {
    /// A receipt without an id.
    pub const fn new() -> Self {
        Self { id: None }
    }

    /// A receipt with the sender's id.
    pub fn with_id(id: impl Into<String>) -> Self {
        Self {
            id: Some(id.into()),
        }
    }
}

/// Why a message was not, or may not have been, handed over.
///
/// Its text, and that of its cause, must hold nothing of the message.
#[derive(Debug)]
pub struct NotifyError {
    kind: NotifyErrorKind,
    message: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What is known of a message that was not handed over as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotifyErrorKind {
    /// It was definitely not sent, and may be tried later: the sender is down, busy, or does not
    /// know us.
    Temporary,
    /// It was definitely not sent, and never will be to this contact.
    Permanent,
    /// It may have been sent: no answer came, or none that could be read.
    Unknown,
}

impl NotifyError {
    /// An error with a sentence that says what could not be done. For notifiers.
    pub const fn new(kind: NotifyErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    /// Adds the cause. Its text must hold nothing of the message either.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// What is known of the message.
    pub fn kind(&self) -> NotifyErrorKind {
        self.kind
    }
}

impl fmt::Display for NotifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl Error for NotifyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// A notifier that keeps messages instead of sending them: for tests, and to see what would be
/// sent.
///
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
    /// An empty outbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// The messages so far, in order.
    pub fn messages(&self) -> Vec<Message> {
        self.lock().messages.clone()
    }

    /// Lets the next message fail; called again, the one after it. A message of
    /// [`Unknown`](NotifyErrorKind::Unknown) fate is kept, since it may have gone.
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
