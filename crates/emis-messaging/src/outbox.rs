//! A notifier that keeps messages.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use emis_types::OdsCode;

use crate::capabilities::{RepeatSafety, SenderCapabilities};
use crate::message::Message;
use crate::notifier::{Delivery, Notifier, NotifierFuture};
use crate::notify_error::{NotifyError, NotifyErrorKind};
use crate::reference::MessageReference;

/// A notifier that keeps messages instead of sending them: for tests, and to see what would be
/// sent.
///
/// # Examples
/// ```
/// use emis_messaging::Outbox;
/// let outbox = Outbox::new();
/// assert!(outbox.messages().is_empty());
/// ```
#[derive(Debug)]
pub struct Outbox {
    capabilities: SenderCapabilities,
    contents: Mutex<Contents>,
}

#[derive(Debug, Default)]
struct Contents {
    messages: Vec<Message>,
    failures: VecDeque<NotifyErrorKind>,
}

impl Default for Outbox {
    fn default() -> Self {
        let mut capabilities = SenderCapabilities::new("outbox");
        capabilities.repeat = RepeatSafety::Searchable;
        Self::with_capabilities(capabilities)
    }
}

impl Outbox {
    /// Creates an empty outbox, which sends at any time and can be searched.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty outbox that states other capabilities.
    pub fn with_capabilities(capabilities: SenderCapabilities) -> Self {
        Self {
            capabilities,
            contents: Mutex::default(),
        }
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
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, message: &Message) -> Result<Delivery, NotifyError> {
        let mut contents = self.lock();
        let failure = contents.failures.pop_front();
        let is_repeat = self.capabilities.repeat == RepeatSafety::Idempotent
            && contents.has(message.practice(), message.reference());
        if matches!(failure, None | Some(NotifyErrorKind::Unknown)) && !is_repeat {
            contents.messages.push(message.clone());
        }
        match failure {
            None => Ok(Delivery::with_id(message.reference().to_string())),
            Some(kind) => Err(NotifyError::new(kind, "the outbox was told to fail")),
        }
    }
}

impl Contents {
    fn has(&self, practice: &OdsCode, reference: MessageReference) -> bool {
        let mut messages = self.messages.iter();
        messages.any(|it| it.practice() == practice && it.reference() == reference)
    }
}

impl Notifier for Outbox {
    fn capabilities(&self) -> &SenderCapabilities {
        &self.capabilities
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(async move { self.keep(message) })
    }

    fn find<'a>(
        &'a self,
        practice: &'a OdsCode,
        reference: MessageReference,
    ) -> NotifierFuture<'a, Option<Delivery>> {
        Box::pin(async move {
            let found = self.lock().has(practice, reference);
            Ok(found.then(|| Delivery::with_id(reference.to_string())))
        })
    }
}
