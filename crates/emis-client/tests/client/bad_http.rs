//! Answers that are broken on the way, or are not what their head says, byte for byte from a
//! socket: a typed error that names the operation, one request for a write, and never a value.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use crate::support::id;
use crate::support::operations::{Read, call};
use emis_client::{BreakerPolicy, Client, ClientError, ClientErrorKind, Operation, RetryPolicy};
use emis_credentials::FixedToken;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

const READ: Operation = Operation::GetSlotsForSessionV2;
const WRITE: Operation = Operation::CancelAppointment;

/// A slot with a patient who must not appear in any text.
const JSON: &str = r#"{"slot": [{"dbid": 21, "startTime": "09:05", "status": "Booked",
    "patientList": {"patient": {"dbid": 17, "fullName": "Zebedee"}}}]}"#;
const XML: &str = "<SlotList><Slot><DBID>21</DBID><StartTime>09:05</StartTime>\
    <Status>Booked</Status><Reason>Zebedee</Reason></Slot></SlotList>";
/// `{"slot": []}`, compressed.
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x2a\xce\xc9\x2f\x51\xb2\
    \x52\x88\x8e\xad\x05\x00\x6a\x9b\xb7\x06\x0c\x00\x00\x00";

/// Answers each request with the same bytes, sends `more` for as long as the other side reads, and
/// hangs up.
#[derive(Debug)]
struct Server {
    client: Client,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn answering(bytes: impl Into<Vec<u8>>, more: &'static [u8], times: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let (bytes, counter) = (bytes.into(), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, SeqCst);
                let bytes = bytes.clone();
                tokio::spawn(async move {
                    // Who has heard enough closes the connection, which is not this test's matter.
                    let _ = answer(stream, &bytes, more, times).await;
                });
            }
        });
        let client = client(&url);
        Self { client, requests }
    }

    /// Returns the result of an operation and checks that it was called once.
    async fn asked(&self, operation: Operation) -> Result<Read, ClientError> {
        let before = self.requests.load(SeqCst);
        let read = call(&self.client, operation).await;
        assert_eq!(self.requests.load(SeqCst), before + 1, "{operation}");
        if let Err(error) = &read {
            assert_eq!(error.operation(), Some(operation));
            let shown = format!("{} {error:?}", error.report());
            assert!(
                !shown.contains("Zebedee") && !shown.contains("127.0"),
                "{shown}"
            );
        }
        read
    }

    async fn refused(&self, operation: Operation) -> ClientErrorKind {
        self.asked(operation).await.unwrap_err().kind()
    }
}

fn client(url: &str) -> Client {
    let bearer = Arc::new(FixedToken::new("test-bearer"));
    Client::builder(url.parse().unwrap(), id("test-application"), bearer)
        .retry(RetryPolicy::never())
        .breaker(BreakerPolicy::never())
        .attempt_timeout(Duration::from_secs(60))
        .build()
        .unwrap()
}

async fn answer(
    mut stream: TcpStream,
    bytes: &[u8],
    more: &[u8],
    times: usize,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(&mut stream).lines();
    while lines
        .next_line()
        .await?
        .is_some_and(|line| !line.is_empty())
    {}
    stream.write_all(bytes).await?;
    for _ in 0..times {
        stream.write_all(more).await?;
    }
    stream.shutdown().await
}

async fn server(bytes: impl Into<Vec<u8>>) -> Server {
    Server::answering(bytes, b"", 0).await
}

fn with_head(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn an_answer_that_breaks_off_on_the_way_is_none() {
    let length = JSON.len() + 1;
    let chunk = format!("{:x}\r\n{JSON}\r\n", JSON.len());
    for (what, bytes) in [
        ("nothing", Vec::new()),
        ("a status line", b"HTTP/1.1 200 OK".to_vec()),
        (
            "a head",
            b"HTTP/1.1 200 OK\r\nContent-Type: application/js".to_vec(),
        ),
        (
            "too short",
            with_head(
                &format!("200 OK\r\nContent-Length: {length}"),
                JSON.as_bytes(),
            ),
        ),
        (
            "announced beyond all measure",
            with_head(
                "200 OK\r\nContent-Length: 9223372036854775807",
                JSON.as_bytes(),
            ),
        ),
        (
            "no last chunk",
            with_head("200 OK\r\nTransfer-Encoding: chunked", chunk.as_bytes()),
        ),
        (
            "a chunk of no size",
            with_head(
                "200 OK\r\nTransfer-Encoding: chunked",
                b"Zebedee\r\n{}\r\n0\r\n\r\n",
            ),
        ),
        (
            "no HTTP",
            b"220 mail.example.com ESMTP Zebedee\r\n".to_vec(),
        ),
        (
            "a length that is none",
            with_head("200 OK\r\nContent-Length: Zebedee", b"{}"),
        ),
        (
            "two lengths",
            with_head("200 OK\r\nContent-Length: 2\r\nContent-Length: 3", b"{}"),
        ),
        (
            "an upgrade",
            with_head("101 Switching Protocols\r\nUpgrade: x", b""),
        ),
    ] {
        let server = server(bytes).await;
        let kind = server.refused(READ).await;
        let known = [ClientErrorKind::Interrupted, ClientErrorKind::Decode].contains(&kind);
        assert!(known, "{what}: {kind:?}");
        assert_eq!(
            server.refused(WRITE).await,
            ClientErrorKind::Ambiguous,
            "{what}"
        );
    }
}

#[tokio::test]
async fn what_its_head_belies_is_refused_or_read_for_what_it_is() {
    // The head, the body, and how many slots a read comes to.
    let cases: [(&str, &[u8], Option<usize>); 17] = [
        (
            "200 OK\r\nContent-Type: application/json",
            JSON.as_bytes(),
            Some(1),
        ),
        (
            "200 OK\r\nContent-Type: application/xml",
            XML.as_bytes(),
            Some(1),
        ),
        ("200 OK", JSON.as_bytes(), Some(1)),
        ("200 OK", XML.as_bytes(), Some(1)),
        (
            "200 OK\r\nContent-Type: text/plain",
            JSON.as_bytes(),
            Some(1),
        ),
        (
            "200 OK\r\nContent-Type: \u{fc}\u{fc}",
            JSON.as_bytes(),
            Some(1),
        ),
        ("203 Non-Authoritative", JSON.as_bytes(), Some(1)),
        // Nobody asked for it.
        (
            "200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip",
            GZIP,
            None,
        ),
        (
            "200 OK\r\nContent-Type: application/xml\r\nContent-Encoding: gzip",
            GZIP,
            None,
        ),
        (
            "200 OK\r\nContent-Encoding: br",
            b"\x8b\x05\x80{}\x03",
            None,
        ),
        (
            "200 OK\r\nContent-Type: application/json",
            XML.as_bytes(),
            None,
        ),
        (
            "200 OK\r\nContent-Type: application/xml",
            JSON.as_bytes(),
            None,
        ),
        (
            "200 OK\r\nContent-Type: text/html",
            b"<html>Zebedee</html>",
            None,
        ),
        ("200 OK\r\nContent-Type: text/html", JSON.as_bytes(), None),
        (
            "200 OK\r\nContent-Type: image/png",
            b"\x89PNG\r\n\x1a\n",
            None,
        ),
        (
            "200 OK\r\nContent-Type: application/json",
            b"{\"slot\": \"Z\xe9bedee\"}",
            None,
        ),
        ("200 OK\r\nContent-Length: 0", b"", None),
    ];
    for (head, body, slots) in cases {
        let server = server(with_head(head, body)).await;
        match slots {
            Some(slots) => {
                let read = server.asked(READ).await.unwrap();
                assert_eq!((read.records, read.skipped), (slots, vec![]), "{head}");
            }
            None => assert_eq!(
                server.refused(READ).await,
                ClientErrorKind::Decode,
                "{head}"
            ),
        }
        // It names no slot, or another than the one that was asked for.
        assert_eq!(
            server.refused(WRITE).await,
            ClientErrorKind::Ambiguous,
            "{head}"
        );
    }
}

#[tokio::test]
async fn the_page_of_a_proxy_is_no_answer_whatever_its_status() {
    use ClientErrorKind::{Ambiguous, Decode, Forbidden, Interrupted, NotFound, Rejected, Server};
    for (status, of_read, of_write) in [
        ("200 OK", Decode, Ambiguous),
        (
            "302 Found\r\nLocation: https://example.com/?Zebedee",
            Decode,
            Ambiguous,
        ),
        ("307 Moved\r\nLocation: /Zebedee", Decode, Ambiguous),
        ("403 Forbidden", Forbidden, Forbidden),
        ("404 Not Found", NotFound, NotFound),
        ("407 Proxy", Rejected, Rejected),
        ("408 Timeout", Interrupted, Ambiguous),
        ("502 Bad Gateway", Server, Ambiguous),
        ("599 Zebedee", Server, Ambiguous),
        ("999 Zebedee", Decode, Ambiguous),
    ] {
        let page = b"<!DOCTYPE html><html><title>Zebedee</title></html>";
        let server = server(with_head(
            &format!("{status}\r\nContent-Type: text/html"),
            page,
        ))
        .await;
        assert_eq!(server.refused(READ).await, of_read, "{status}");
        assert_eq!(server.refused(WRITE).await, of_write, "{status}");
    }
}

#[tokio::test]
async fn a_204_is_done_whatever_comes_after_it() {
    for body in ["", JSON, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"] {
        let bytes = with_head("204 No Content", body.as_bytes());
        let server = server(bytes).await;
        for _ in 0..3 {
            server.asked(WRITE).await.unwrap();
            server.asked(Operation::SetAppointmentStatus).await.unwrap();
        }
        // To a read it is nothing.
        assert_eq!(server.refused(READ).await, ClientErrorKind::Decode);
    }
    // What is only announced, before the answer itself, is none.
    let early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".as_slice();
    let server = server([early, &with_head("200 OK", JSON.as_bytes())].concat()).await;
    assert_eq!(server.asked(READ).await.unwrap().records, 1);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    const MIB: &[u8] = &[b' '; 1024 * 1024];
    for head in [
        "200 OK".to_owned(),
        format!("200 OK\r\nContent-Length: {}", u64::MAX / 4),
    ] {
        let server = Server::answering(with_head(&head, b"{"), MIB, usize::MAX).await;
        let error = server.asked(READ).await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Decode);
        assert!(
            error.report().ends_with("longer than 64 MiB"),
            "{}",
            error.report()
        );
        assert_eq!(server.refused(WRITE).await, ClientErrorKind::Ambiguous);
    }
    // The same of the head alone.
    let server = Server::answering(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), MIB, 64).await;
    assert_eq!(server.refused(READ).await, ClientErrorKind::Interrupted);
}

#[tokio::test]
async fn what_is_nested_beyond_measure_is_refused_or_skipped() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let lists = deep("[", "]");
    let elements = deep("<Slot>", "</Slot>");
    let in_xml = format!("<SlotList>{elements}</SlotList>");
    let skipped = format!(r#"{{"new": {lists}, "slot": []}}"#);
    let record = format!(r#"{{"slot": [{{"dbid": 21, "notes": {lists}}}]}}"#);
    for (body, told) in [
        (in_xml, Err("the whole is nested too deeply")),
        (
            lists.clone(),
            Err("the whole has another form than documented"),
        ),
        (skipped, Ok(vec![])),
        (record, Ok(vec!["record 0: notes is not a text"])),
    ] {
        let result = server(with_head("200 OK", body.as_bytes()))
            .await
            .asked(READ)
            .await;
        match (result, told) {
            (Err(error), Err(told)) => {
                assert_eq!(error.kind(), ClientErrorKind::Decode);
                assert!(error.report().ends_with(told), "{}", error.report());
            }
            (Ok(read), Ok(told)) => {
                let skipped: Vec<_> = read.skipped.iter().map(ToString::to_string).collect();
                assert_eq!(skipped, told);
            }
            (result, told) => panic!("{told:?}, but {:?}", result.is_ok()),
        }
    }
}
