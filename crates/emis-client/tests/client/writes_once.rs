//! A write leaves this machine once, counted at a socket: no layer below resends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::id;
use emis_client::model::medical_record::{NewConsultation, NewEntry};
use emis_client::{Client, ClientError, ClientErrorKind, RetryPolicy, SentStatus};
use emis_credentials::FixedToken;
use jiff::civil::date;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// The reaction of the server to one request, after reading it.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Answers and keeps the connection.
    Answer(&'static str),
    /// Answers with a kept connection, and closes it all the same.
    AnswerAndHangUp(&'static str),
    /// Sends this much and closes.
    BreakOff(&'static str),
    /// Never answers.
    Hang,
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"slot\":[],\"dbid\":0}";
const ERROR: &str = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
const HALF: &str = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"appointmentInfo";
const HALF_CONFLICT: &str = "HTTP/1.1 409 Conflict\r\nContent-Length: 99\r\n\r\n{\"mess";

/// Counts requests and connections; the first act is for the first request, the last for the
/// rest.
#[derive(Debug, Default)]
struct Counts {
    requests: AtomicUsize,
    connections: AtomicUsize,
}

async fn serve(acts: Vec<Act>) -> (String, Arc<Counts>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let counts = Arc::new(Counts::default());
    let shared = counts.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(converse(stream, acts.clone(), shared.clone()));
        }
    });
    (url, counts)
}

async fn converse(mut stream: TcpStream, acts: Vec<Act>, counts: Arc<Counts>) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        let number = counts.requests.fetch_add(1, Ordering::SeqCst);
        match acts.get(number).or(acts.last()).copied() {
            Some(Act::Answer(text)) => stream.write_all(text.as_bytes()).await.unwrap(),
            Some(Act::AnswerAndHangUp(text) | Act::BreakOff(text)) => {
                stream.write_all(text.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
                return;
            }
            Some(Act::Hang) | None => std::future::pending().await,
        }
    }
}

fn client(url: &str, timeout: Duration) -> Client {
    Client::builder(
        url.parse().unwrap(),
        id("test-application"),
        Arc::new(FixedToken::new("test-bearer")),
    )
    .attempt_timeout(timeout)
    .retry(RetryPolicy::new(
        3,
        Duration::from_millis(1),
        Duration::from_millis(2),
    ))
    .build()
    .unwrap()
}

const LONG: Duration = Duration::from_secs(60);

async fn cancel(client: &Client) -> Result<(), ClientError> {
    client
        .appointments()
        .cancel_appointment(id("21"), id("17"))
        .await
        .map(drop)
}

async fn comment(client: &Client) -> Result<(), ClientError> {
    client
        .appointments()
        .add_slot_comment(id("21"), "Reminded")
        .await
        .map(drop)
}

/// The one write with a body.
async fn file(client: &Client) -> Result<(), ClientError> {
    let at = date(2026, 6, 2).at(9, 10, 0, 0);
    let comment = NewEntry::Comment("Invented".to_owned().into());
    let consultation = NewConsultation::new(at, id("5"), comment);
    let records = client.medical_record();
    records.file_record(id("17"), &consultation).await.map(drop)
}

async fn read(client: &Client) -> Result<(), ClientError> {
    client
        .appointments()
        .get_slots_for_session(id("31"))
        .await
        .map(drop)
}

/// Compares the number of requests that were sent. One that is given up may be so before it is
/// sent, on a busy machine.
fn assert_sent(counts: &Counts, number: usize, act: Act) {
    let sent = counts.requests.load(Ordering::SeqCst);
    match act {
        Act::Hang => assert!(sent <= number, "{sent} of {number}"),
        _ => assert_eq!(sent, number, "{act:?}"),
    }
}

#[tokio::test]
async fn a_write_that_fails_was_sent_once_and_a_read_three_times() {
    for (act, timeout) in [
        (Act::Answer(ERROR), LONG),
        (Act::BreakOff(""), LONG),
        (Act::BreakOff("HTTP/1.1 200 OK\r\n"), LONG),
        (Act::BreakOff(HALF), LONG),
        (Act::Hang, Duration::from_millis(500)),
    ] {
        let (url, counts) = serve(vec![act]).await;
        let client = client(&url, timeout);
        for number in [1, 2, 3] {
            let result = match number {
                1 => cancel(&client).await,
                2 => comment(&client).await,
                _ => file(&client).await,
            };
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ClientErrorKind::Ambiguous, "{act:?}");
            assert_ne!(error.sent(), SentStatus::NotSent, "{act:?}");
            assert_sent(&counts, number, act);
        }
        read(&client).await.unwrap_err();
        assert_sent(&counts, 3 + 3, act);
    }
}

#[tokio::test]
async fn a_write_never_travels_on_a_connection_that_was_kept() {
    // A server that hangs up on kept connections is what makes the layers below send again. It
    // answers each write on the connection of its own that the write opened.
    let (url, counts) = serve(vec![Act::AnswerAndHangUp(OK)]).await;
    let client = client(&url, LONG);
    for number in 1..=20 {
        comment(&client).await.unwrap();
        assert_eq!(counts.requests.load(Ordering::SeqCst), number);
        assert_eq!(counts.connections.load(Ordering::SeqCst), number);
    }

    // Not even where the server would keep it, nor on one that a read left behind.
    let (url, counts) = serve(vec![Act::Answer(OK)]).await;
    let client = self::client(&url, LONG);
    for _ in 0..3 {
        read(&client).await.unwrap();
        comment(&client).await.unwrap();
    }
    assert_eq!(counts.requests.load(Ordering::SeqCst), 6);
    assert_eq!(counts.connections.load(Ordering::SeqCst), 1 + 3);
}

#[tokio::test]
async fn a_refusal_stands_even_where_its_body_breaks_off() {
    let (url, _) = serve(vec![Act::BreakOff(HALF_CONFLICT)]).await;
    let error = cancel(&client(&url, LONG)).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Conflict);
    assert_eq!(error.sent(), SentStatus::Answered);
}

#[tokio::test]
async fn without_a_connection_a_write_provably_was_not_sent() {
    // A port that is taken and that nothing listens to.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let error = cancel(&client(&url, LONG)).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Unreachable);
    assert_eq!(error.sent(), SentStatus::NotSent);
    assert!(!error.is_ambiguous());
}
