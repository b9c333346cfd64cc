//! A GOV.UK Notify service, as a practice or a product set it up.

use uuid::Uuid;

use super::key::GovUkNotifyKey;

/// A service at GOV.UK Notify: its key and templates.
///
/// A message of free text needs a template that consists of the placeholder `((body))`; the subject of
/// an email template is `((subject))`. A message that names a template of its own needs neither.
///
/// # Examples
/// ```
/// use emis_messaging::senders::{GovUkNotifyKey, GovUkNotifyService};
///
/// # fn example(key: GovUkNotifyKey) -> Result<(), Box<dyn std::error::Error>> {
/// let service = GovUkNotifyService::new(key)
///     .sms_template("f33517ff-2a88-4f6e-b855-c550268ce08a".parse()?)
///     .email_template("9d751e0e-f929-4891-82a1-a3e1c3c18ee3".parse()?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct GovUkNotifyService {
    pub(super) key: GovUkNotifyKey,
    pub(super) sms_template: Option<Uuid>,
    pub(super) email_template: Option<Uuid>,
    pub(super) sms_sender: Option<Uuid>,
    pub(super) email_reply_to: Option<Uuid>,
}

impl GovUkNotifyService {
    /// Creates a service without templates, which sends nothing.
    pub const fn new(key: GovUkNotifyKey) -> Self {
        Self {
            key,
            sms_template: None,
            email_template: None,
            sms_sender: None,
            email_reply_to: None,
        }
    }

    /// Sets the template of text messages: `((body))`.
    pub const fn sms_template(mut self, id: Uuid) -> Self {
        self.sms_template = Some(id);
        self
    }

    /// Sets the template of emails: `((body))` under the subject `((subject))`.
    pub const fn email_template(mut self, id: Uuid) -> Self {
        self.email_template = Some(id);
        self
    }

    /// Sets the sender of text messages. The default is the one chosen at GOV.UK Notify.
    pub const fn sms_sender(mut self, id: Uuid) -> Self {
        self.sms_sender = Some(id);
        self
    }

    /// Sets the address that replies to emails go to. The default is the one chosen at GOV.UK Notify.
    pub const fn email_reply_to(mut self, id: Uuid) -> Self {
        self.email_reply_to = Some(id);
        self
    }
}
