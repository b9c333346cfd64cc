//! The sender.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use emis_settings::Channel;
use emis_types::Clock;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret as _, SecretString};

use super::super::setup_error::{SenderSetupError, SenderSetupErrorKind};
use super::mail::mail;
use super::session::{MailServer, Tls};
use crate::{
    Contact, Delivery, DeliveryRoute, Message, MessageBody, Notifier, NotifierFuture, NotifyError,
    NotifyErrorKind as Kind, RepeatSafety, SenderCapabilities,
};

/// Sends plain text emails by the product's mail server.
///
/// A mail server neither recognises a mail that is handed over again nor tells whether it has one: an
/// answer that is lost after the mail was sent leaves it to a person. `Message-ID` is the message's
/// reference at the domain of the sender's address.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use emis_messaging::senders::SmtpNotifier;
/// use emis_types::SystemClock;
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let sender = SmtpNotifier::builder(Arc::new(SystemClock), "mail.example.com")
///     .from("The surgery <reminders@example.com>")
///     .login("reminders", "invented-password".to_owned().into())
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub struct SmtpNotifier {
    server: MailServer,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    clock: Arc<dyn Clock>,
    capabilities: SenderCapabilities,
}

/// Builds a [`SmtpNotifier`].
#[must_use]
pub struct SmtpNotifierBuilder {
    clock: Arc<dyn Clock>,
    host: String,
    port: Option<u16>,
    security: Security,
    /// None, or certificates in PEM.
    roots: Option<Vec<u8>>,
    login: Option<(String, SecretString)>,
    from: Option<String>,
    reply_to: Option<String>,
    hello: Option<String>,
    timeout: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Security {
    Implicit,
    StartTls,
    None,
}

impl SmtpNotifierBuilder {
    /// Sets the sender's address: `reminders@example.com`, or with a name before it in angle brackets.
    pub fn from(mut self, address: impl Into<String>) -> Self {
        self.from = Some(address.into());
        self
    }

    /// Sets the address that replies go to.
    pub fn reply_to(mut self, address: impl Into<String>) -> Self {
        self.reply_to = Some(address.into());
        self
    }

    /// Sets the login.
    pub fn login(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.login = Some((user.into(), password));
        self
    }

    /// Starts TLS after connecting, on port 587 by default, instead of connecting by TLS on port 465.
    /// Nothing is sent if the server does not start it.
    pub fn start_tls(mut self) -> Self {
        self.security = Security::StartTls;
        self
    }

    /// Uses no TLS, on port 25 by default: for a mail server on this machine.
    pub fn without_tls(mut self) -> Self {
        self.security = Security::None;
        self
    }

    /// Adds root certificates (PEM, one or more) to those of the platform, for a mail server with a
    /// certificate of the organisation's own.
    pub fn add_root_certificates(mut self, pem: &[u8]) -> Self {
        self.roots = Some([self.roots.unwrap_or_default().as_slice(), pem, b"\n"].concat());
        self
    }

    /// Sets the port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Sets the name by which the product introduces itself to the mail server.
    pub fn hello_name(mut self, name: impl Into<String>) -> Self {
        self.hello = Some(name.into());
        self
    }

    /// Sets the timeout of each step; 10 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Builds the sender.
    ///
    /// # Errors
    /// If the sender's address is absent, an address is not one, a root certificate
    /// is not in PEM, TLS cannot be set up, or it is off for a server that is not on this machine.
    pub fn build(self) -> Result<SmtpNotifier, SenderSetupError> {
        let connection = |message| SenderSetupError::new(SenderSetupErrorKind::Connection, message);
        let mailbox = |text: String| {
            text.parse::<Mailbox>().map_err(|_| {
                let message = "the sender's address or the reply address is not an email address";
                SenderSetupError::new(SenderSetupErrorKind::Content, message)
            })
        };
        let from = mailbox(self.from.unwrap_or_default())?;
        let parameters = || {
            let mut builder = TlsParameters::builder(self.host.clone());
            if let Some(pem) = &self.roots {
                builder = builder.add_root_certificate(roots(pem)?);
            }
            builder
                .build()
                .map_err(|_| connection("TLS can't be set up"))
        };
        let (tls, port) = match self.security {
            Security::Implicit => (Tls::Implicit(parameters()?), 465),
            Security::StartTls => (Tls::Required(parameters()?), 587),
            Security::None if !is_this_machine(&self.host) => {
                return Err(connection("a mail server on another machine needs TLS"));
            }
            Security::None => (Tls::None, 25),
        };
        let hello = self.hello.unwrap_or_else(|| from.email.domain().to_owned());
        let login = self
            .login
            .map(|(user, password)| Credentials::new(user, password.expose_secret().to_owned()));
        let mut capabilities = SenderCapabilities::new("smtp");
        capabilities.routes = vec![DeliveryRoute::direct(Channel::Email)];
        capabilities.repeat = RepeatSafety::None;
        Ok(SmtpNotifier {
            server: MailServer {
                host: self.host,
                port: self.port.unwrap_or(port),
                tls,
                login,
                hello: ClientId::Domain(hello),
                timeout: self.timeout,
            },
            from,
            reply_to: self.reply_to.map(mailbox).transpose()?,
            clock: self.clock,
            capabilities,
        })
    }
}

fn roots(pem: &[u8]) -> Result<Certificate, SenderSetupError> {
    let kind = SenderSetupErrorKind::Connection;
    let begin = b"-----BEGIN CERTIFICATE-----";
    Certificate::from_pem(pem)
        .ok()
        // It takes a text without certificates for none.
        .filter(|_| pem.windows(begin.len()).any(|window| window == begin))
        .ok_or(SenderSetupError::new(
            kind,
            "the root certificates are not in PEM",
        ))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

impl SmtpNotifier {
    /// Starts to build a sender by the mail server `host`. Mails are dated by `clock`.
    pub fn builder(clock: Arc<dyn Clock>, host: impl Into<String>) -> SmtpNotifierBuilder {
        SmtpNotifierBuilder {
            clock,
            host: host.into(),
            port: None,
            security: Security::Implicit,
            roots: None,
            login: None,
            from: None,
            reply_to: None,
            hello: None,
            timeout: Duration::from_secs(10),
        }
    }

    async fn deliver(&self, message: &Message) -> Result<Delivery, NotifyError> {
        let rejected = |message| NotifyError::new(Kind::Rejected, message);
        let now = self.clock.now();
        if message.is_expired(now) {
            return Err(rejected("the message's time has passed"));
        }
        let Some(Contact::Email(to)) = message.contact() else {
            let message = "a mail server needs an email address";
            return Err(NotifyError::new(Kind::NoContact, message));
        };
        let MessageBody::Text {
            subject: Some(subject),
            text,
        } = message.body()
        else {
            return Err(rejected("an email is free text with a subject"));
        };
        let mail = mail(
            &self.from,
            self.reply_to.as_ref(),
            to,
            subject,
            text.expose(),
            message.reference(),
            now,
        )?;
        self.server.deliver(mail).await?;
        Ok(Delivery::with_id(message.reference().to_string()))
    }
}

impl Notifier for SmtpNotifier {
    fn capabilities(&self) -> &SenderCapabilities {
        &self.capabilities
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(self.deliver(message))
    }
}

impl fmt::Debug for SmtpNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpNotifier")
            .field("host", &self.server.host)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SmtpNotifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpNotifierBuilder")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}
