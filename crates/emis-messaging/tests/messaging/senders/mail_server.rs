//! A mail server on this machine, which keeps mails and fails as it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use emis_messaging::senders::testing::SenderFault;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

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

#[derive(Default)]
struct State {
    mails: Mutex<Vec<String>>,
    faults: Mutex<VecDeque<MailFault>>,
}

impl MailServer {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    let _ = session(stream, &state).await;
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

async fn session(stream: TcpStream, state: &State) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.example.com\r\n").await?;
    let mut fault = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
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
            Some(MailFault::HangUp(at)) if at == command => return Ok(()),
            Some(MailFault::Stall(at)) if at == command => std::future::pending().await,
            _ => {}
        }
        match command.as_str() {
            "EHLO" => stream.write_all(b"250 mail.example.com\r\n").await?,
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut mail).await? == 0 {
                        return Ok(());
                    }
                }
                if let Some(MailFault::Answer(".", answer)) = fault {
                    stream.write_all(answer.as_bytes()).await?;
                    continue;
                }
                state.mails.lock().unwrap().push(mail);
                match fault {
                    Some(MailFault::HangUpAfterCommit) => return Ok(()),
                    Some(MailFault::StallAfterCommit) => std::future::pending().await,
                    _ => stream.write_all(b"250 taken\r\n").await?,
                }
            }
            "QUIT" => {
                stream.write_all(b"221 goodbye\r\n").await?;
                return Ok(());
            }
            _ => stream.write_all(b"250 ok\r\n").await?,
        }
    }
}
