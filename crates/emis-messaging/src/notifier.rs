//! The trait that sends messages.

use std::fmt::Debug;
use std::pin::Pin;

use emis_types::OdsCode;

use crate::capabilities::SenderCapabilities;
use crate::message::Message;
use crate::notify_error::{NotifyError, NotifyErrorKind};
use crate::reference::MessageReference;
use crate::state::{DeliveryFailure, MessageState};

/// The future that a [`Notifier`] returns: `Box::pin(async move { … })`.
pub type NotifierFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, NotifyError>> + Send + 'a>>;

/// Sends messages: by GOV.UK Notify, NHS Notify, a text message gateway, or the product's mail
/// server.
///
/// A call sends one message once. It must not retry unless it knows that nothing was sent, and
/// must report what it knows: a message that *may* have been sent is
/// [`NotifyErrorKind::Unknown`].
///
/// Callers drop a call after their timeout and count it as [`Unknown`](NotifyErrorKind::Unknown):
/// give up sooner if more can be known, and leave no inconsistent state when dropped. A call must
/// not block its thread.
///
/// # Examples
/// ```
/// use emis_messaging::{Delivery, Message, Notifier, NotifierFuture, SenderCapabilities};
///
/// #[derive(Debug)]
/// struct Gateway {
///     capabilities: SenderCapabilities,
/// }
///
/// impl Notifier for Gateway {
///     fn capabilities(&self) -> &SenderCapabilities {
///         &self.capabilities
///     }
///
///     fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
///         Box::pin(async move {
///             let _to_and_text = (message.contact(), message.body().expose_text());
///             Ok(Delivery::with_id(message.reference().to_string()))
///         })
///     }
/// }
///
/// let gateway = Gateway { capabilities: SenderCapabilities::new("gateway") };
/// ```
pub trait Notifier: Debug + Send + Sync {
    /// Returns the sender's capabilities.
    fn capabilities(&self) -> &SenderCapabilities;

    /// Hands a message over for delivery.
    ///
    /// # Errors
    /// The known fate of the message: see [`NotifyErrorKind`].
    ///
    /// # Cancel safety
    /// Dropping the future leaves the outcome unknown: the message may have been sent.
    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery>;

    /// Returns the receipt of the message that was handed over under a reference, or `None` if the
    /// sender certainly has none. For senders that are
    /// [searchable](crate::RepeatSafety::Searchable); the provided method fails.
    ///
    /// # Errors
    /// If the sender could not be asked.
    fn find<'a>(
        &'a self,
        practice: &'a OdsCode,
        reference: MessageReference,
    ) -> NotifierFuture<'a, Option<Delivery>> {
        let _ = (practice, reference);
        Box::pin(async {
            Err(NotifyError::new(
                NotifyErrorKind::Rejected,
                "the sender can't be searched",
            ))
        })
    }
}

/// The receipt of a message handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// The sender's own ID of the message, to ask for its outcome and to recognise its receipts.
    pub id: Option<String>,
    /// The state, as far as the sender knows it: mostly [`Accepted`](MessageState::Accepted).
    pub state: MessageState,
    /// The reason, if the state is [`Failed`](MessageState::Failed).
    pub failure: Option<DeliveryFailure>,
}

impl Delivery {
    /// Creates a receipt without an ID.
    pub const fn new() -> Self {
        Self {
            id: None,
            state: MessageState::Accepted,
            failure: None,
        }
    }

    /// Creates a receipt with the sender's ID.
    pub fn with_id(id: impl Into<String>) -> Self {
        Self {
            id: Some(id.into()),
            ..Self::new()
        }
    }

    /// Sets a later state that the sender knows already.
    #[must_use]
    pub const fn in_state(mut self, state: MessageState) -> Self {
        self.state = state;
        self
    }
}

impl Default for Delivery {
    fn default() -> Self {
        Self::new()
    }
}
