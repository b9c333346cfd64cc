//! The mail.

use emis_types::EmailAddress;
use jiff::Timestamp;
use lettre::Address;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};

use crate::{MessageReference, NotifyError, NotifyErrorKind as Kind};

/// A mail as it is sent.
pub(super) struct Mail {
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) content: Vec<u8>,
}

/// Tells other systems that no person wrote the mail, so that none answers it by itself (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Writes a plain text mail. Its `Message-ID` is the reference at the sender's domain, and with it
/// equal for a mail that is sent again.
pub(super) fn mail(
    from: &Mailbox,
    reply_to: Option<&Mailbox>,
    to: &EmailAddress,
    subject: &str,
    text: &str,
    reference: MessageReference,
    now: Timestamp,
) -> Result<Mail, NotifyError> {
    let address = to.expose().parse::<Address>().map_err(|_| {
        NotifyError::new(
            Kind::Permanent,
            "the email address is not one that mail servers take",
        )
    })?;
    let mut builder = MessageBuilder::new()
        .date(now.into())
        .message_id(Some(format!("<{reference}@{}>", from.email.domain())))
        .from(from.clone())
        .to(Mailbox::new(None, address.clone()))
        .subject(subject)
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN);
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    let message = builder
        .body(text.to_owned())
        .map_err(|_| NotifyError::new(Kind::Rejected, "the mail could not be written"))?;
    Ok(Mail {
        from: from.email.clone(),
        to: address,
        content: message.formatted(),
    })
}
