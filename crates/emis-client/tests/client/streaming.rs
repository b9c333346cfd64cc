//! Booked patients as they arrive: the same as from the whole, wherever the pieces end.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{answered, builder, id};
use async_trait::async_trait;
use emis_client::model::{Listing, MinutesWindow};
use emis_client::{
    BodyStream, BookedPatientStream, Client, ClientError, ClientErrorKind, Request, Response,
    RetryPolicy, StreamedBooking, StreamingResponse, Transport, TransportError, TransportErrorKind,
};
use emis_credentials::AccessToken;

/// A practice in miniature: a holder by place, one by id, text outside ASCII, a bad record.
const ANSWER: &str = r#"{"time": "01/06/2026 08:00", "bookedList": [
    {"patient": {"dbid": "1", "familyName": "Ünïtest \"T\" Ŵ"}, "appointment": {"id": {"dbid": "21"},
     "date": "02/06/2026", "time": "09:00", "sessionHolder": {"refID": "901"},
     "sessionUsersList": [{"dbid": "6"}, {"refID": "901"}, {"refID": "999"}]}},
    {"patient": {"dbid": "2"}, "appointment": {"id": {"dbid": "22"}, "date": "31/02/2026",
     "time": "09:10"}}, 17, [1], {"new": [{}, {"]": "}"}]},
    {"patient": {"dbid": "3"}, "appointment": {"id": {"dbid": "23"}, "date": "02/06/2026",
     "time": "09:20", "sessionHolder": {"dbid": "5"}}}],
    "more": {"bookedList": [1, 2]}, "sessionHolderList": [{"dbid": "7", "refID": "901"}]} "#;

/// Gives its pieces one by one, and then the end or a failure.
#[derive(Debug)]
struct Pieces {
    pieces: VecDeque<Vec<u8>>,
    then: Option<TransportErrorKind>,
}

#[async_trait]
impl BodyStream for Pieces {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        match (self.pieces.pop_front(), self.then) {
            (None, Some(kind)) => Err(TransportError::new(kind, "scripted failure")),
            (piece, _) => Ok(piece),
        }
    }
}

/// A transport that opens one answer.
#[derive(Debug)]
struct Opening(Mutex<Option<StreamingResponse>>);

#[async_trait]
impl Transport for Opening {
    async fn send(&self, _: &Request, _: Option<&AccessToken>) -> Result<Response, TransportError> {
        panic!("nothing here is to be held as a whole")
    }

    async fn open(
        &self,
        _: &Request,
        _: Option<&AccessToken>,
    ) -> Result<StreamingResponse, TransportError> {
        let incoming = self.0.lock().unwrap().take();
        Ok(incoming.expect("one answer, asked for once"))
    }
}

fn opened(incoming: StreamingResponse) -> Client {
    let transport = Opening(Mutex::new(Some(incoming)));
    let builder = builder().retry(RetryPolicy::never());
    builder.build_with_transport(Arc::new(transport))
}

fn in_pieces(answer: &[u8], size: usize, then: Option<TransportErrorKind>) -> Client {
    let pieces = answer.chunks(size).map(<[u8]>::to_vec).collect();
    let rest = Box::new(Pieces { pieces, then });
    opened(StreamingResponse::begun(Response::new(200, ""), rest))
}

fn window() -> MinutesWindow {
    MinutesWindow::new(0, 43_200).unwrap()
}

async fn stream(client: &Client) -> Result<BookedPatientStream, ClientError> {
    client.appointments().stream_booked_patients(window()).await
}

/// All that a stream has, its holders in place, in the form that the whole answer has.
async fn collected(
    client: &Client,
) -> Result<Listing<emis_client::model::BookedPatient>, ClientError> {
    let mut stream = stream(client).await?;
    let mut listing = Listing::default();
    let mut streamed: Vec<StreamedBooking> = Vec::new();
    while let Some(record) = stream.next().await? {
        match record {
            Ok(booking) => streamed.push(booking),
            Err(skipped) => listing.skipped.push(skipped),
        }
    }
    for mut one in streamed {
        one.booking.session_holders = stream.session_holders(&one).unwrap();
        listing.items.push(one.booking);
    }
    assert!(
        matches!(stream.next().await, Ok(None)),
        "the end stays the end"
    );
    Ok(listing)
}

#[tokio::test]
async fn a_stream_has_what_the_whole_has_wherever_its_pieces_end() {
    let whole = answered(200, ANSWER)
        .appointments()
        .get_booked_patients(window())
        .await
        .unwrap();
    assert_eq!(whole.items.len(), 2);
    assert_eq!(whole.items[0].session_holders, [id("7"), id("6")]);
    let skipped: Vec<String> = whole.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        [
            "record 1: appointment.date is not a date",
            "record 2: the whole has another form than documented",
            "record 3: the whole has another form than documented",
            "record 4: patient is missing",
        ]
    );
    for size in (1..64).chain([300, 4096]) {
        let streamed = collected(&in_pieces(ANSWER.as_bytes(), size, None))
            .await
            .unwrap();
        assert_eq!(streamed, whole, "in pieces of {size}");
    }
    let marked = format!("\u{feff}{ANSWER}");
    assert_eq!(
        collected(&in_pieces(marked.as_bytes(), 1, None))
            .await
            .unwrap(),
        whole
    );
    assert_eq!(
        collected(&answered(200, ANSWER)).await.unwrap(),
        whole,
        "without pieces"
    );
}

#[tokio::test]
async fn records_come_before_the_answer_has_ended() {
    let client = in_pieces(
        ANSWER.as_bytes(),
        400,
        Some(TransportErrorKind::Interrupted),
    );
    let mut stream = stream(&client).await.unwrap();
    let first = stream.next().await.unwrap().unwrap().unwrap();
    assert_eq!(first.booking.patient.number, id("1"));
    assert_eq!(first.booking.session_holders, [id("6")]);
    assert_eq!(
        stream.session_holders(&first),
        None,
        "their list is still to come"
    );
    let error = loop {
        if let Err(error) = stream.next().await {
            break error;
        }
    };
    assert_eq!(error.kind(), ClientErrorKind::Interrupted);
    assert!(matches!(stream.next().await, Ok(None)));
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_decode_error() {
    let long = format!(
        r#"{{"bookedList": [{{"patient": "{}"}}]}}"#,
        "x".repeat(3 << 20)
    );
    for (answer, cause) in [
        (
            &br#"{"bookedList": [{"patient": {"dbid": "1"}"#[..],
            "the whole breaks off",
        ),
        (b"", "the whole breaks off"),
        (b"[1, 2]", "the whole has another form than documented"),
        (
            b"{\"bookedList\": 7}",
            "bookedList has another form than documented",
        ),
        (
            b"{\"bookedList\": []} and more",
            "the whole goes on after its end",
        ),
        (b"{\"bookedList\": [}", "the whole is not JSON"),
        (
            b"{\"error\": {\"message\": \"Person\"}}",
            "the whole is an error document",
        ),
        (
            b"{\"BookedList\": [{\"Patient\": {\"Dbid\": 17}}]}",
            "the whole holds none of the documented fields",
        ),
        (b"{\"bookedList\": [{\"a\": \"\xc3", "the whole breaks off"),
        (long.as_bytes(), "the whole holds a value that is too long"),
    ] {
        let error = collected(&in_pieces(answer, 64 * 1024, None))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Decode, "{}", error.report());
        assert_eq!(error.http_status(), Some(200));
        assert!(error.report().ends_with(cause), "{}", error.report());
    }
}

#[tokio::test]
async fn an_error_status_is_an_error_before_there_is_a_stream() {
    let client = opened(StreamingResponse::whole(Response::new(
        403,
        r#"{"legacyOutcome": 3}"#,
    )));
    let error = stream(&client).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.legacy_outcome()),
        (ClientErrorKind::Forbidden, Some(3))
    );
}

/// The practice in miniature in XML, with what XML alone has: other namespaces, comments, sections,
/// a `>` in a value, elements that turn out to be empty.
const XML: &str = r#"<?xml version="1.0"?><!-- > --><e:BookedPatients xmlns:e="urn:e" xmlns:x="a>b">
    <Time/><BookedList><Booked><Patient><DBID>1</DBID><FamilyName><![CDATA[<"T">]]> &#x174;</FamilyName>
    <GivenName></GivenName></Patient><Appointment><ID><DBID>21</DBID></ID><Date>02/06/2026</Date>
    <Time>09:00</Time><SessionHolder><RefID>901</RefID></SessionHolder></Appointment></Booked>
    <Booked><Patient><DBID>2</DBID></Patient><Appointment><ID><DBID>22</DBID></ID>
    <Date>31/02/2026</Date><Time>09:10</Time></Appointment></Booked><Booked/><Booked>17</Booked>
    <Booked><Patient><DBID>3</DBID></Patient><Appointment><ID><DBID>23</DBID></ID>
    <Date>02/06/2026</Date><Time>09:20</Time><SessionHolder><DBID>5</DBID></SessionHolder>
    </Appointment></Booked></BookedList><SessionHolderList><Holder><DBID>7</DBID><RefID>901</RefID>
    </Holder></SessionHolderList></e:BookedPatients> "#;

#[tokio::test]
async fn a_stream_in_xml_has_what_the_whole_has_wherever_its_pieces_end() {
    let whole = answered(200, XML)
        .appointments()
        .get_booked_patients(window())
        .await
        .unwrap();
    assert_eq!((whole.items.len(), whole.skipped.len()), (2, 3));
    assert_eq!(whole.items[0].session_holders, [id("7")]);
    for size in 1..XML.len() {
        let listing = collected(&in_pieces(XML.as_bytes(), size, None)).await;
        assert_eq!(listing.unwrap(), whole, "in pieces of {size}");
    }
}

#[tokio::test]
async fn xml_that_is_none_is_refused_wherever_its_pieces_end() {
    let long = format!(
        "<BookedPatients><BookedList><Booked><Note>{}",
        "x".repeat(3 << 20)
    );
    let tag = format!(
        "<BookedPatients><BookedList><Booked a='{}",
        "x".repeat(3 << 20)
    );
    for (answer, cause) in [
        (
            "<BookedPatients><BookedList></BookedPatients>",
            "is not XML",
        ),
        ("<BookedPatients></e:BookedPatients>", "is not XML"),
        ("<BookedPatients/></BookedPatients>", "is not XML"),
        ("<BookedPatients/><BookedPatients/>", "is not XML"),
        ("<BookedPatients><BookedList>", "breaks off"),
        ("<BookedPatients><BookedList></BookedLi", "breaks off"),
        ("<BookedPatients/><!-- ", "breaks off"),
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><BookedPatients/>",
            "not read",
        ),
        ("<BookedPatients>&b;</BookedPatients>", "not read"),
        (
            "<Error><Message>x</Message></Error>",
            "is an error document",
        ),
        ("<html></html>", "is a web page"),
        (&long, "holds a value that is too long"),
        (&tag, "holds a value that is too long"),
    ] {
        for size in [1, 7, 64 * 1024] {
            if size < 100 && answer.len() > 1_000 {
                continue;
            }
            let listing = collected(&in_pieces(answer.as_bytes(), size, None)).await;
            let error = listing.expect_err(answer.get(..60).unwrap_or(answer));
            assert_eq!(error.kind(), ClientErrorKind::Decode, "{}", error.report());
            assert!(
                error.report().ends_with(cause),
                "{} in {size}",
                error.report()
            );
        }
    }
}

/// The first record of XML is there as soon as its end has come.
#[tokio::test(start_paused = true)]
async fn a_record_in_xml_does_not_wait_for_the_next() {
    let end = XML.find("</Booked>").unwrap() + "</Booked>".len();
    let begun = Response::new(200, &XML.as_bytes()[..end]);
    let client = opened(StreamingResponse::begun(begun, Box::new(Silence)));
    let mut stream = stream(&client).await.unwrap();
    let first = stream.next().await.unwrap().unwrap().unwrap();
    assert_eq!(first.booking.slot, id("21"));
}

/// Never says anything again.
#[derive(Debug)]
struct Silence;

#[async_trait]
impl BodyStream for Silence {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stops_coming_is_given_up() {
    let begun = Response::new(200, r#"{"bookedList": ["#);
    let client = opened(StreamingResponse::begun(begun, Box::new(Silence)));
    let mut stream = stream(&client).await.unwrap();
    let error = stream.next().await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Interrupted);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_in_flight_until_it_ends() {
    let begun = Response::new(200, r#"{"bookedList": []}"#);
    let open = Opening(Mutex::new(Some(StreamingResponse::begun(
        begun,
        Box::new(Silence),
    ))));
    let limits = emis_client::Limits::new(1, 20);
    let one = builder()
        .retry(RetryPolicy::never())
        .limits(limits)
        .build_with_transport(Arc::new(open));
    let held = stream(&one).await.unwrap();
    let refused = stream(&one).await.unwrap_err();
    assert_eq!(refused.kind(), ClientErrorKind::Busy);
    drop(held);
}

/// Sends a record every few seconds, without end.
#[derive(Debug)]
struct Trickle(Vec<u8>);

#[async_trait]
impl BodyStream for Trickle {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok(Some(self.0.clone()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_a_deadline_as_a_whole() {
    let record = r#"{"patient": {"dbid": "1"}, "appointment": {"id": {"dbid": "21"},
        "date": "02/06/2026", "time": "09:00"}},"#;
    let begun = StreamingResponse::begun(
        Response::new(200, r#"{"bookedList": ["#),
        Box::new(Trickle(record.into())),
    );
    let client = builder()
        .stream_deadline(Duration::from_secs(62))
        .build_with_transport(Arc::new(Opening(Mutex::new(Some(begun)))));
    let mut stream = stream(&client).await.unwrap();
    let mut records = 0;
    let error = loop {
        match stream.next().await {
            Ok(record) => drop(record.expect("the answer does not end").unwrap()),
            Err(error) => break error,
        }
        records += 1;
    };
    assert_eq!(records, 12);
    assert_eq!(error.kind(), ClientErrorKind::Interrupted);
    assert!(error.report().ends_with("deadline"), "{}", error.report());
    assert!(matches!(stream.next().await, Ok(None)));
}

#[tokio::test]
async fn a_long_value_may_arrive_byte_by_byte() {
    let note = "x".repeat(600_000);
    let answer = format!(
        r#"{{"note": "{note}", "bookedList": [{{"patient": {{"dbid": "1"}}, "appointment":
        {{"id": {{"dbid": "21"}}, "date": "02/06/2026", "time": "09:00", "note": "{note}"}}}}]}}"#
    );
    let listing = collected(&in_pieces(answer.as_bytes(), 1, None)).await;
    assert_eq!(listing.unwrap().items.len(), 1);
}

#[tokio::test]
async fn white_space_before_an_answer_is_not_kept() {
    let mut answer = vec![b' '; 3 * 1024 * 1024];
    answer.extend_from_slice(br#"{"bookedList": []}"#);
    let listing = collected(&in_pieces(&answer, 1024, None)).await;
    assert_eq!(listing.unwrap().items, []);
}
