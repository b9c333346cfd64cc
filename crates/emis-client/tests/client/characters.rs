//! A character that is none, or that is written in another charset, costs no record and no page.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::support::{Scripted, Step, builder, id};
use async_trait::async_trait;
use emis_client::model::{BookedPatient, Listing, MinutesWindow};
use emis_client::{
    BodyStream, Client, ClientError, Request, Response, RetryPolicy, StreamingResponse, Transport,
    TransportError,
};
use emis_credentials::AccessToken;
use emis_types::Sensitive;
use proptest::prelude::*;

const JSON: &str = "application/json";
const XML: &str = "application/xml";

fn in_json(note: &str) -> String {
    format!(
        r#"{{"bookedList":[{{"patient":{{"dbid":17,"familyName":"Person","callingName":"Renée",
            "notes":"{note}"}},"appointment":{{"id":{{"dbid":21}},"date":"02/06/2026","time":"09:05"}}}},
          {{"patient":{{"dbid":18}},"appointment":
            {{"id":{{"dbid":22}},"date":"02/06/2026","time":"10:05"}}}}]}}"#
    )
}

fn in_xml(declaration: &str, note: &str) -> String {
    format!(
        "{declaration}<BookedPatients><BookedList><Booked><Patient><DBID>17</DBID><FamilyName>Person\
         </FamilyName><CallingName>Renée</CallingName><Notes>{note}</Notes></Patient><Appointment><ID>\
         <DBID>21</DBID></ID><Date>02/06/2026</Date><Time>09:05</Time></Appointment></Booked><Booked>\
         <Patient><DBID>18</DBID></Patient><Appointment><ID><DBID>22</DBID></ID><Date>02/06/2026</Date>\
         <Time>10:05</Time></Appointment></Booked></BookedList></BookedPatients>"
    )
}

fn window() -> MinutesWindow {
    MinutesWindow::new(0, 1440).unwrap()
}

/// Gives its pieces one by one.
#[derive(Debug)]
struct Pieces(VecDeque<Vec<u8>>);

#[async_trait]
impl BodyStream for Pieces {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        Ok(self.0.pop_front())
    }
}

/// Opens one answer.
#[derive(Debug)]
struct Opening(Mutex<Option<StreamingResponse>>);

#[async_trait]
impl Transport for Opening {
    async fn send(&self, _: &Request, _: Option<&AccessToken>) -> Result<Response, TransportError> {
        panic!("nothing here is read as a whole")
    }

    async fn open(
        &self,
        _: &Request,
        _: Option<&AccessToken>,
    ) -> Result<StreamingResponse, TransportError> {
        Ok(self.0.lock().unwrap().take().expect("asked for once"))
    }
}

fn client(transport: Arc<dyn Transport>) -> Client {
    builder()
        .retry(RetryPolicy::never())
        .build_with_transport(transport)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(future)
}

/// Reads an answer as a whole.
fn whole(label: &str, body: &[u8]) -> Result<Listing<BookedPatient>, ClientError> {
    let answer = Response::new(200, body).with_content_type(label);
    let client = client(Scripted::new([Step::Answer(answer)]));
    run(client.appointments().get_booked_patients(window()))
}

/// Reads an answer as it arrives in pieces of a size.
fn streamed(label: &str, body: &[u8], size: usize) -> Result<Listing<BookedPatient>, ClientError> {
    let head = Response::new(200, "").with_content_type(label);
    let pieces = body.chunks(size).map(<[u8]>::to_vec).collect();
    let response = StreamingResponse::begun(head, Box::new(Pieces(pieces)));
    let client = client(Arc::new(Opening(Mutex::new(Some(response)))));
    run(async {
        let mut stream = client
            .appointments()
            .stream_booked_patients(window())
            .await?;
        let mut listing = Listing::default();
        while let Some(record) = stream.next().await? {
            match record {
                Ok(streamed) => listing.items.push(streamed.booking),
                Err(skipped) => listing.skipped.push(skipped),
            }
        }
        listing.repaired_characters = stream.repaired_characters();
        Ok(listing)
    })
}

/// Reads an answer in every way, which has to come to the same.
fn read(label: &str, body: &[u8]) -> Listing<BookedPatient> {
    let listing = whole(label, body).unwrap_or_else(|error| panic!("{}", error.report()));
    for size in [1, 2, 3, 7, 64, 4096] {
        let streamed = streamed(label, body, size);
        assert_eq!(streamed.unwrap(), listing, "{label} in pieces of {size}");
    }
    listing
}

/// Returns the calling name of the first of two patients, and how many characters were repaired.
fn name_of(label: &str, body: &[u8]) -> (String, usize) {
    let listing = read(label, body);
    assert_eq!(
        (listing.items.len(), listing.skipped.len()),
        (2, 0),
        "{label}"
    );
    assert_eq!(listing.items[1].patient.number, id("18"));
    let name = listing.items[0].patient.name.expose();
    let name = name.calling_name.as_ref().map(Sensitive::expose);
    (name.unwrap().clone(), listing.repaired_characters)
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap())
        .collect()
}

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn mark_charset_and_declaration_are_honoured() {
    let right = ("Renée".to_owned(), 0);
    let (json, xml) = (in_json("café"), in_xml("", "café"));
    for charset in [
        "ISO-8859-1",
        "iso-8859-1",
        "windows-1252",
        "\"Windows-1252\"",
        "latin1",
    ] {
        let labels = [JSON, XML].map(|label| format!("{label}; charset={charset}"));
        assert_eq!(name_of(&labels[0], &latin_1(&json)), right, "{charset}");
        assert_eq!(name_of(&labels[1], &latin_1(&xml)), right, "{charset}");
    }
    for declaration in [
        r#"<?xml version="1.0" encoding="ISO-8859-1"?>"#,
        "<?xml version='1.0' encoding = 'windows-1252' standalone='yes' ?>\n",
    ] {
        let xml = in_xml(declaration, "café");
        for label in [XML, "text/xml", "text/plain"] {
            assert_eq!(name_of(label, &latin_1(&xml)), right, "{declaration}");
        }
    }
    for text in [
        json,
        xml,
        in_xml(r#"<?xml version="1.0" encoding="utf-16"?>"#, "😀"),
    ] {
        let label = if text.starts_with('{') { JSON } else { XML };
        let marked = format!("\u{feff}{text}");
        // What the bytes show counts for more than a label that contradicts them.
        for label in [
            label.to_owned(),
            format!("{label}; charset=utf-8"),
            format!("{label};charset=utf-16"),
        ] {
            assert_eq!(name_of(&label, text.as_bytes()), right, "{label}");
            assert_eq!(name_of(&label, marked.as_bytes()), right, "{label}");
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                assert_eq!(name_of(&label, &utf_16(&text, bytes)), right, "{label}");
                assert_eq!(name_of(&label, &utf_16(&marked, bytes)), right, "{label}");
            }
        }
    }
    let euro = in_json("").replace("Renée", "R\u{80}");
    let label = "application/json; charset=windows-1252";
    assert_eq!(name_of(label, &latin_1(&euro)), ("R€".to_owned(), 0));
}

#[test]
fn a_byte_that_is_no_character_costs_no_record_and_is_noted() {
    let right = ("Renée".to_owned(), 1);
    let around = |before: &str, bytes: &[u8], after: &str| {
        [before.as_bytes(), bytes, after.as_bytes()].concat()
    };
    for (label, text) in [(JSON, in_json("caf@")), (XML, in_xml("", "caf@"))] {
        let (before, after) = text.split_once('@').unwrap();
        for bytes in [&b"\xe9"[..], b"\xff", b"\xc3", b"\xf0\x9f\x98", b"\xed"] {
            assert_eq!(
                name_of(label, &around(before, bytes, after)),
                right,
                "{bytes:?}"
            );
        }
        let two = around(before, b"\xe9\xe9", after);
        assert_eq!(name_of(label, &two).1, 2);
    }
    // In a field that is read, the character is replaced and the rest of it stays.
    let json = in_json("").replace("Renée", "Ren@e");
    let (before, after) = json.split_once('@').unwrap();
    let read = name_of(JSON, &around(before, b"\xe9", after));
    assert_eq!(read, ("Ren\u{fffd}e".to_owned(), 1));
    let half = [utf_16(&in_json("caf"), u16::to_le_bytes), vec![]].concat();
    let place = half
        .windows(8)
        .position(|found| found == utf_16("caf\"", u16::to_le_bytes))
        .unwrap();
    let mut lone_surrogate = half.clone();
    lone_surrogate.splice(place + 6..place + 6, [0x3d, 0xd8]);
    assert_eq!(name_of(JSON, &lone_surrogate), right);
}

#[test]
fn a_raw_control_character_costs_no_record() {
    for (control, meaning) in [
        ("\u{1}", "\u{fffd}"),
        ("\u{0}", "\u{fffd}"),
        ("\u{b}", "\u{fffd}"),
        ("\u{1f}", "\u{fffd}"),
        ("\n", "\n"),
        ("\t", "\t"),
        ("\\\\\r", "\\\r"),
        ("\\\"\n", "\"\n"),
    ] {
        let json = in_json(&format!("a{control}b"));
        assert_eq!(
            name_of(JSON, json.as_bytes()),
            ("Renée".to_owned(), 1),
            "{control:?}"
        );
        let json = in_json("").replace("Renée", &format!("R{control}e"));
        let expected = (format!("R{meaning}e"), 1);
        assert_eq!(name_of(JSON, json.as_bytes()), expected, "{control:?}");
    }
    // Line breaks between values are no repair.
    let pretty = in_json("x").replace(',', ",\r\n\t");
    assert_eq!(name_of(JSON, pretty.as_bytes()).1, 0);
}

#[test]
fn an_escape_that_is_none_costs_no_record() {
    for (escape, meaning, repairs) in [
        // Half of a surrogate pair, as a text that was cut off between them ends.
        (r"\ud83d", "\u{fffd}", 1),
        (r"\uDE00", "\u{fffd}", 1),
        (r"\ude00\ud83d", "\u{fffd}\u{fffd}", 2),
        (r"\ud83d\ud83d\ude00", "\u{fffd}😀", 1),
        (r"\ud83d\n", "\u{fffd}\n", 1),
        (r"\ud83d\u0041", "\u{fffd}A", 1),
        (r"\ud83dx", "\u{fffd}x", 1),
        // A backslash that was not doubled.
        (r"\x41", r"\x41", 1),
        (r"\'", r"\'", 1),
        (r"C:\Users\é", r"C:\Users\é", 2),
        (r"\u12", r"\u12", 1),
        (r"\u12G4", r"\u12G4", 1),
        (r"\u+123", r"\u+123", 1),
        ("\\\n", "\\\n", 2),
        // Escapes.
        (r"\ud83d\ude00\u00e9\/\\", r"😀é/\", 0),
    ] {
        let json = in_json("").replace("Renée", &format!("R{escape}e"));
        let expected = (format!("R{meaning}e"), repairs);
        assert_eq!(name_of(JSON, json.as_bytes()), expected, "{escape:?}");
        let unread = name_of(JSON, in_json(escape).as_bytes());
        assert_eq!(unread.0, "Renée", "{escape:?}");
    }
}

#[test]
fn a_reference_to_no_character_and_a_bare_ampersand_cost_no_record() {
    let right = ("Renée".to_owned(), 1);
    for note in [
        "&#x0;",
        "&#0;",
        "&#xD800;",
        "&#x110000;",
        "&#xyz;",
        "a & b",
        "&",
        "A&B",
        "\u{0}",
    ] {
        let xml = in_xml("", note);
        assert_eq!(name_of(XML, xml.as_bytes()), right, "{note}");
    }
    let xml = in_xml("", "").replace("Renée", "A&#x0;B & C");
    assert_eq!(
        name_of(XML, xml.as_bytes()),
        ("A\u{fffd}B & C".to_owned(), 2)
    );
    let xml = in_xml("", "").replace("<DBID>17</DBID>", "<DBID>17</DBID><RefID GUID=\"&#x0;\"/>");
    assert_eq!(name_of(XML, xml.as_bytes()), right);
    let good = in_xml("", "&amp;&lt;&#233;&#xE9;");
    assert_eq!(name_of(XML, good.as_bytes()).1, 0);
}

#[test]
fn a_record_in_small_pieces_is_read_once() {
    // Quadratic work would take hours.
    let note = "x".repeat(600_000);
    let body = in_json(&note);
    assert_eq!(streamed(JSON, body.as_bytes(), 1).unwrap().items.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any bytes in a text that is not read, but for those that end it.
    #[test]
    fn no_bytes_in_a_text_cost_a_record(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
        let bytes: Vec<u8> = bytes
            .into_iter()
            .filter(|byte| !b"\"\\<&]".contains(byte))
            .collect();
        for (label, text) in [(JSON, in_json("x@y")), (XML, in_xml("", "x@y"))] {
            let (before, after) = text.split_once('@').unwrap();
            let body = [before.as_bytes(), &bytes, after.as_bytes()].concat();
            let (name, repaired) = name_of(label, &body);
            prop_assert_eq!(name, "Renée");
            let control = |byte: &u8| *byte < 0x20;
            if std::str::from_utf8(&bytes).is_err() || (label == JSON && bytes.iter().any(control)) {
                prop_assert!(repaired > 0);
            }
        }
    }
}
