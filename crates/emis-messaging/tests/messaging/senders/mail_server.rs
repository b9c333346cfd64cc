//! A mail server on this machine, which keeps mails and fails as it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use emis_messaging::senders::testing::SenderFault;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// The step of a session at which the server fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailFault {
    /// Answers a command with this line: `RCPT`, `DATA`, or `.` for the mail itself.
    Answer(&'static str, &'static str),
    /// Closes the connection at a command.
    HangUp(&'static str),
    /// Never answers a command.
    Stall(&'static str),
    /// Takes the mail, and closes the connection.
    HangUpAfterCommit,
    /// Takes the mail, and never answers.
    StallAfterCommit,
}

impl MailFault {
    /// Returns the mail server's form of a fault, if it has one.
    pub(super) fn of(fault: SenderFault) -> Option<Self> {
        Some(match fault {
            SenderFault::Status(400) => Self::Answer(".", "554 5.6.0 refused\r\n"),
            SenderFault::Status(403) => Self::Answer("MAIL", "530 5.7.0 log in first\r\n"),
            SenderFault::HangUp => Self::HangUp("DATA"),
            SenderFault::HangUpAfterCommit => Self::HangUpAfterCommit,
            SenderFault::Stall => Self::Stall("RCPT"),
            SenderFault::StallAfterCommit => Self::StallAfterCommit,
            _ => return None,
        })
    }
}

pub(super) struct MailServer {
    pub(super) port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

/// The TLS of a mail server.
#[derive(Clone)]
pub(super) enum ServerTls {
    None,
    Implicit(TlsAcceptor),
    AfterStartTls(TlsAcceptor),
}

#[derive(Default)]
struct State {
    mails: Mutex<Vec<String>>,
    faults: Mutex<VecDeque<MailFault>>,
}

impl MailServer {
    pub(super) async fn start() -> Self {
        Self::with_tls(ServerTls::None).await
    }

    pub(super) async fn with_tls(tls: ServerTls) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, tls) = (Arc::clone(&shared), tls.clone());
                tokio::spawn(async move {
                    let _ = converse(stream, tls, &state).await;
                });
            }
        });
        Self { port, state, task }
    }

    pub(super) fn fail_next(&self, fault: MailFault) {
        self.state.faults.lock().unwrap().push_back(fault);
    }

    /// Returns the mails as they were sent, with their headers.
    pub(super) fn mails(&self) -> Vec<String> {
        self.state.mails.lock().unwrap().clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(stream: TcpStream, tls: ServerTls, state: &State) -> std::io::Result<()> {
    match tls {
        ServerTls::None => drop(session(stream, state, true, false).await?),
        ServerTls::Implicit(tls) => {
            drop(session(tls.accept(stream).await?, state, true, false).await?);
        }
        ServerTls::AfterStartTls(tls) => {
            if let Some(stream) = session(stream, state, true, true).await? {
                drop(session(tls.accept(stream).await?, state, false, false).await?);
            }
        }
    }
    Ok(())
}

/// Holds a session. Returns the stream when the client wants to start TLS.
async fn session<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    state: &State,
    greets: bool,
    offers_tls: bool,
) -> std::io::Result<Option<S>> {
    let mut stream = BufReader::new(stream);
    if greets {
        stream.write_all(b"220 mail.example.com\r\n").await?;
    }
    let mut fault = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let command = line.get(..4).unwrap_or_default().to_uppercase();
        if command == "MAIL" {
            fault = state.faults.lock().unwrap().pop_front();
        }
        match fault {
            Some(MailFault::Answer(at, answer)) if at == command => {
                stream.write_all(answer.as_bytes()).await?;
                continue;
            }
            Some(MailFault::HangUp(at)) if at == command => return Ok(None),
            Some(MailFault::Stall(at)) if at == command => std::future::pending().await,
            _ => {}
        }
        match command.as_str() {
            "EHLO" if offers_tls => {
                let answer = b"250-mail.example.com\r\n250 STARTTLS\r\n";
                stream.write_all(answer).await?;
            }
            "EHLO" => stream.write_all(b"250-mail\r\n250 AUTH PLAIN\r\n").await?,
            "STAR" => {
                stream.write_all(b"220 go on\r\n").await?;
                return Ok(Some(stream.into_inner()));
            }
            "AUTH" => {
                let good = line.contains("AHJlbWluZGVycwBJbnZlbnRlZC0x");
                let answer: &[u8] = if good { b"235 in\r\n" } else { b"535 no\r\n" };
                stream.write_all(answer).await?;
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut mail).await? == 0 {
                        return Ok(None);
                    }
                }
                if let Some(MailFault::Answer(".", answer)) = fault {
                    stream.write_all(answer.as_bytes()).await?;
                    continue;
                }
                state.mails.lock().unwrap().push(mail);
                match fault {
                    Some(MailFault::HangUpAfterCommit) => return Ok(None),
                    Some(MailFault::StallAfterCommit) => std::future::pending().await,
                    _ => stream.write_all(b"250 taken\r\n").await?,
                }
            }
            "QUIT" => {
                stream.write_all(b"221 goodbye\r\n").await?;
                return Ok(None);
            }
            _ => stream.write_all(b"250 ok\r\n").await?,
        }
    }
}
