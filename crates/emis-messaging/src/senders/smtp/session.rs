//! One session with a mail server: one mail, step by step, so that a failure tells whether the server
//! can have taken it.

use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::ClientId;

use super::mail::Mail;
use crate::{NotifyError, NotifyErrorKind as Kind};

/// The server and its login.
pub(super) struct MailServer {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) login: Option<Credentials>,
    pub(super) hello: ClientId,
    pub(super) timeout: Duration,
}

pub(super) enum Tls {
    /// From the first byte.
    Implicit(TlsParameters),
    /// After `STARTTLS`, without which nothing is sent.
    Required(TlsParameters),
    /// None: to this machine only.
    None,
}

/// The failure of a step. The server's words may quote the address, so that they are left out.
#[derive(Clone, Copy)]
enum StepFailure {
    Refused,
    PutOff,
    Broken,
}

impl StepFailure {
    /// Returns the error of a step before the server was given the mail.
    fn not_sent(self, message: &'static str) -> NotifyError {
        NotifyError::new(Kind::Temporary, message).of_sender()
    }
}

impl MailServer {
    /// Sends a mail.
    pub(super) async fn deliver(&self, mail: Mail) -> Result<(), NotifyError> {
        let mut session = self.open().await?;
        self.hand_over(&mut session, mail).await?;
        // The mail is taken: a failure to say goodbye changes nothing.
        let _ = self.step(session.quit()).await;
        Ok(())
    }

    async fn step<T>(
        &self,
        step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
    ) -> Result<T, StepFailure> {
        match tokio::time::timeout(self.timeout, step).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) if error.is_permanent() => Err(StepFailure::Refused),
            Ok(Err(error)) if error.is_transient() => Err(StepFailure::PutOff),
            Ok(Err(_)) | Err(_) => Err(StepFailure::Broken),
        }
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, NotifyError> {
        let server = (self.host.as_str(), self.port);
        let implicit = match &self.tls {
            Tls::Implicit(tls) => Some(tls.clone()),
            Tls::Required(_) | Tls::None => None,
        };
        let connect =
            AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, implicit, None);
        let mut session = self
            .step(connect)
            .await
            .map_err(|failure| failure.not_sent("the mail server could not be reached"))?;
        if let Tls::Required(tls) = &self.tls {
            self.step(session.starttls(tls.clone(), &self.hello))
                .await
                .map_err(|failure| failure.not_sent("the mail server did not start TLS"))?;
        }
        if let Some(login) = &self.login {
            self.step(session.auth(&[Mechanism::Plain, Mechanism::Login], login))
                .await
                .map_err(|failure| failure.not_sent("the mail server did not accept the login"))?;
        }
        Ok(session)
    }

    async fn hand_over(
        &self,
        session: &mut AsyncSmtpConnection,
        mail: Mail,
    ) -> Result<(), NotifyError> {
        self.step(session.command(MailFrom::new(Some(mail.from), Vec::new())))
            .await
            .map_err(|failure| failure.not_sent("the mail server did not accept the sender"))?;
        self.step(session.command(Rcpt::new(mail.to, Vec::new())))
            .await
            .map_err(|failure| match failure {
                StepFailure::Refused => {
                    NotifyError::new(Kind::Permanent, "the mail server refused the address")
                }
                StepFailure::PutOff | StepFailure::Broken => {
                    NotifyError::new(Kind::Temporary, "the mail server did not take the address")
                }
            })?;
        self.step(session.command(Data))
            .await
            .map_err(|failure| failure.not_sent("the mail server did not take the mail"))?;
        self.step(session.message(&mail.content))
            .await
            .map_err(|failure| match failure {
                StepFailure::Refused => {
                    NotifyError::new(Kind::Rejected, "the mail server refused the mail")
                }
                StepFailure::PutOff => {
                    NotifyError::new(Kind::Temporary, "the mail server put the mail off")
                }
                StepFailure::Broken => {
                    NotifyError::new(Kind::Unknown, "the mail server's answer did not arrive")
                }
            })?;
        Ok(())
    }
}
