//! Emails by a mail server.

use std::sync::Arc;
use std::time::Duration;

use emis_messaging::senders::testing::SenderFault;
use emis_messaging::senders::testing::contract::SenderHarness;
use emis_messaging::senders::{SenderSetupErrorKind, SmtpNotifier};
use emis_messaging::{Notifier, NotifyErrorKind as Kind};
use emis_test_support::LeakGuard;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::mail_server::{MailFault, MailServer, ServerTls};
use super::support::{clock, email, guard, is_punctual};

struct Mail {
    _guard: LeakGuard,
    server: MailServer,
    sender: SmtpNotifier,
}

impl Mail {
    async fn start() -> Self {
        let (guard, server) = (guard(), MailServer::start().await);
        let sender = SmtpNotifier::builder(clock(), "127.0.0.1")
            .without_tls()
            .port(server.port)
            .from("The surgery <reminders@surgery.example.com>")
            .reply_to("desk@surgery.example.com")
            .timeout(Duration::from_secs(5))
            .build()
            .unwrap();
        Self {
            _guard: guard,
            server,
            sender,
        }
    }
}

impl SenderHarness for Mail {
    fn sender(&self) -> &dyn Notifier {
        &self.sender
    }

    fn fail_next(&self, fault: SenderFault) -> bool {
        let fault = MailFault::of(fault);
        if let Some(fault) = fault {
            self.server.fail_next(fault);
        }
        fault.is_some()
    }

    fn taken(&self) -> Vec<(String, String)> {
        let read = |mail: String| {
            let id = mail.split("Message-ID: <").nth(1).unwrap();
            let body = mail.split("\r\n\r\n").nth(1).unwrap();
            let body = body.trim_end_matches("\r\n.\r\n");
            (id.split('@').next().unwrap().to_owned(), body.to_owned())
        };
        self.server.mails().into_iter().map(read).collect()
    }
}

emis_messaging::sender_contract!(Mail::start);

#[tokio::test]
async fn a_mail_is_plain_text_from_the_practice_under_the_reference() {
    let it = Mail::start().await;
    let message = email(
        "a@example.com",
        "Eich apwyntiad – dŵr",
        "Am 9:30am.\nÔl.\n.\n",
    );
    it.sender.send(&message).await.unwrap();
    let mail = it.server.mails().remove(0);
    for line in [
        &format!("Message-ID: <{}@surgery.example.com>", message.reference()),
        "From: \"The surgery\" <reminders@surgery.example.com>",
        "Reply-To: desk@surgery.example.com",
        "To: a@example.com",
        "Date: Mon, 01 Jun 2026 08:00:00 +0000",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(
            mail.contains(&format!("{line}\r\n")),
            "{line} is not in {mail}"
        );
    }
    assert!(mail.is_ascii());
}

#[tokio::test]
async fn a_failure_tells_whether_the_mail_was_taken() {
    let it = Mail::start().await;
    for (fault, kind) in [
        (
            MailFault::Answer("RCPT", "550 5.1.1 no such user\r\n"),
            Kind::Permanent,
        ),
        (
            MailFault::Answer("RCPT", "450 4.2.1 try later\r\n"),
            Kind::Temporary,
        ),
        (
            MailFault::Answer("MAIL", "550 5.7.1 who are you\r\n"),
            Kind::Temporary,
        ),
        (
            MailFault::Answer("DATA", "451 4.3.0 disk full\r\n"),
            Kind::Temporary,
        ),
        (
            MailFault::Answer(".", "451 4.3.0 disk full\r\n"),
            Kind::Temporary,
        ),
        (MailFault::Answer(".", "554 5.6.0 spam\r\n"), Kind::Rejected),
        (MailFault::HangUp("RCPT"), Kind::Temporary),
        (MailFault::HangUp("DATA"), Kind::Temporary),
        (MailFault::Stall("DATA"), Kind::Temporary),
        (MailFault::HangUpAfterCommit, Kind::Unknown),
        (MailFault::StallAfterCommit, Kind::Unknown),
    ] {
        it.server.fail_next(fault);
        let message = email("a@example.com", "Your appointment", "At 9:30am.");
        let error = it.sender.send(&message).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}: {error:?}");
    }
    assert_eq!(it.server.mails().len(), 2);
}

#[test]
fn a_mail_server_elsewhere_needs_tls() {
    let sender =
        || SmtpNotifier::builder(clock(), "mail.example.com").from("reminders@example.com");
    let error = sender().without_tls().build().unwrap_err();
    assert_eq!(error.kind(), SenderSetupErrorKind::Connection);
    sender().build().unwrap();
    sender().start_tls().build().unwrap();
    let error = sender().reply_to("no address").build().unwrap_err();
    assert_eq!(error.kind(), SenderSetupErrorKind::Content);
}

/// Returns a certificate authority in PEM, and a TLS server for this machine that it certified.
fn certified() -> (String, TlsAcceptor) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned()];
    let certificate = CertificateParams::new(names).unwrap();
    let certificate = certificate.signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    (root, TlsAcceptor::from(Arc::new(config)))
}

#[tokio::test]
async fn mails_go_over_tls_to_a_server_that_is_certified_only() {
    let (root, tls) = certified();
    for start_tls in [false, true] {
        let tls = tls.clone();
        let server = MailServer::with_tls(match start_tls {
            false => ServerTls::Implicit(tls),
            true => ServerTls::AfterStartTls(tls),
        })
        .await;
        let builder = |password: &str| {
            let password = password.to_owned().into();
            let builder = SmtpNotifier::builder(clock(), "localhost")
                .port(server.port)
                .from("reminders@example.com")
                .login("reminders", password);
            if start_tls {
                builder.start_tls()
            } else {
                builder
            }
        };
        let trusting = |password| builder(password).add_root_certificates(root.as_bytes());
        let message = email("a@example.com", "Your appointment", "At 9:30am.");
        // Neither a server without a certificate that is known nor a refused login gets the mail.
        for sender in [builder("Invented-1"), trusting("Invented-2")] {
            let error = sender.build().unwrap().send(&message).await.unwrap_err();
            assert_eq!(error.kind(), Kind::Temporary);
            assert!(error.is_of_sender() && server.mails().is_empty());
        }
        let sender = trusting("Invented-1").build().unwrap();
        sender.send(&message).await.unwrap();
        assert_eq!(server.mails().len(), 1);
    }
    let wrong = SmtpNotifier::builder(clock(), "localhost")
        .from("reminders@example.com")
        .add_root_certificates(b"no certificate");
    assert_eq!(
        wrong.build().unwrap_err().kind(),
        SenderSetupErrorKind::Connection
    );
}

#[tokio::test]
async fn nothing_is_sent_without_tls_when_it_is_asked_for() {
    let server = MailServer::start().await;
    let sender = SmtpNotifier::builder(clock(), "127.0.0.1")
        .start_tls()
        .port(server.port)
        .from("reminders@example.com")
        .build()
        .unwrap();
    let message = email("a@example.com", "Your appointment", "At 9:30am.");
    let error = sender.send(&message).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Temporary);
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_message_is_not_sent_after_its_time() {
    is_punctual(
        &Mail::start().await,
        email("a@example.com", "Your appointment", "At 9:30am."),
    )
    .await;
}
