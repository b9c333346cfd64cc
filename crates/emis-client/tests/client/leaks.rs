//! That nothing about a patient, and no secret, gets into an error, a `Debug` or a log line.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Scripted, Step, id, json};
use emis_client::model::{DateRange, MatchedTerms, MinutesWindow, NewBooking};
use emis_client::{
    BreakerPolicy, Client, ClientError, Limits, Request, Response, RetryPolicy, TransportErrorKind,
};
use emis_credentials::FixedToken;
use emis_test_support::LeakNet;
use jiff::civil::date;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// The words that must never appear: parameter values, the token, the party key, and what answers say.
const SECRETS: [&str; 11] = [
    "8675309",
    "8675310",
    "Zebedee",
    "Quokka",
    "ref-4711",
    "Bearer",
    "s3cr3t-bearer",
    "party-key-xyz",
    "999 000 0018",
    "9990000018",
    "07700 900123",
];

const BODIES: [&str; 7] = [
    r#"{"messageId": "6f9619ff-8b86-d011-b42d-00c04fc964ff", "legacyOutcome": 2,
        "text": {"status": "x", "div": "Zebedee Quokka 999 000 0018"},
        "issue": {"code": "Quokka", "diagnostics": "patientNumber=8675309"}}"#,
    r#"{"slot": [{"dbid": "Zebedee", "startTime": "9990000018", "status": "Quokka"},
        {"dbid": 1, "startTime": "09:00", "status": "Quokka", "notes": "Zebedee"}],
        "appointment": [{"slotID": 8675309, "date": "Zebedee"}],
        "registration": {"dbid": "8675309", "dateOfBirth": "Zebedee"},
        "patientList": [{"dbid": "Quokka"}, {"dbid": "17", "mobile": "07700 900123"}],
        "bookedList": [{"patient": {"dbid": {"Zebedee": 1}}}],
        "appointmentInformation": {"slotId": "Quokka"}}"#,
    r#"{"slot": "Zebedee", "bookedList": "Zebedee", "appointment": "Quokka", "Quokka": 1,
        "registration": "Zebedee", "patientList": 999, "appointmentInformation": "Zebedee"}"#,
    "<html>Zebedee Quokka 07700 900123</html>",
    r#"{"registration": {"dbid": 17, "familyName": "Quokka", "nhsNumber": "999 000 0018",
        "mobile": "07700 900123", "email": "Zebedee", "dateOfBirth": "01/02/1980"},
        "appointmentInformation": {"slotId": 8675310}}"#,
    "Zebedee",
    r#"{"Zebedee Quokka": [1, }"#,
];

/// Makes calls full of secrets and gives everything that can be printed of what they come to.
async fn printed(client: &Client) -> Vec<String> {
    let appointments = client.appointments();
    let june = DateRange::new(date(2026, 6, 1), date(2026, 6, 30)).unwrap();
    let terms = MatchedTerms::new("Zebedee Quokka").unwrap();
    let mut booking = NewBooking::new(id("8675310"), id("8675309"), id("5"), "Quokka online");
    booking.note = Some("ref-4711".to_owned().into());
    let window = MinutesWindow::new(0, 60).unwrap();

    fn show<T: std::fmt::Debug>(result: Result<T, ClientError>) -> String {
        match result {
            // An answer's own ids are the caller's business; whom they belong to is not.
            Ok(answer) => format!("{answer:?}")
                .replace("8675309", "")
                .replace("8675310", ""),
            Err(error) => format!("{error} {error:?} {error:#?} {}", error.report()),
        }
    }
    vec![
        show(appointments.get_slots_for_session(id("8675310")).await),
        show(appointments.get_booked_patients(window).await),
        show(
            appointments
                .get_patient_appointments(id("8675309"), june)
                .await,
        ),
        show(appointments.book_appointment(&booking).await),
        show(
            appointments
                .cancel_appointment(id("8675310"), id("8675309"))
                .await,
        ),
        show(
            appointments
                .add_slot_comment(id("8675310"), "ref-4711")
                .await,
        ),
        show(
            client
                .patient()
                .get_patient_demographics(id("8675309"))
                .await,
        ),
        show(client.patient_matching().get_matched_patients(&terms).await),
        show(
            appointments
                .add_slot_comment(id("8675310"), "Zebedee\0")
                .await,
        ),
        format!("{client:?} {terms:?}"),
    ]
}

fn assert_clean(texts: &[String], of: &str) {
    let net = LeakNet::new(SECRETS).unwrap();
    for text in texts {
        let caught = net.find_in(text);
        assert!(caught.is_empty(), "{caught:?} in {text} of {of}");
    }
}

fn builder(url: &str) -> emis_client::ClientBuilder {
    Client::builder(
        url.parse().unwrap(),
        id("party-key-xyz"),
        Arc::new(FixedToken::new("s3cr3t-bearer")),
    )
    .retry(RetryPolicy::new(2, Duration::ZERO, Duration::ZERO))
    .attempt_timeout(Duration::from_secs(2))
    // Every call is to fail in its own way, and soon.
    .breaker(BreakerPolicy::never())
    .limits(Limits::new(1_000, 1_000_000))
}

/// Everything that is logged on this thread while it lives.
#[derive(Debug, Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Captured {
    fn start() -> (Self, tracing::subscriber::DefaultGuard) {
        let captured = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(captured.clone())
            .finish();
        (captured, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn no_answer_over_http_leaks() {
    let (logged, _guard) = Captured::start();
    let server = MockServer::start().await;
    for status in [200, 302, 400, 401, 403, 404, 409, 429, 500] {
        for body in BODIES {
            server.reset().await;
            let answer = ResponseTemplate::new(status)
                .insert_header("location", "https://example.com/?patientNumber=8675309")
                .set_body_string(body);
            Mock::given(any()).respond_with(answer).mount(&server).await;
            let client = builder(&server.uri()).build().unwrap();
            assert_clean(&printed(&client).await, &format!("{status} {body}"));
        }
    }
    let text = logged.text();
    assert!(
        text.contains("GetSlotsForSessionV2"),
        "something was logged"
    );
    assert_clean(&[text], "the log");
}

#[tokio::test]
async fn no_failure_of_the_connection_leaks() {
    let (logged, _guard) = Captured::start();
    // A port that is taken and that nothing listens to, and names that do not resolve.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/partner", socket.local_addr().unwrap());
    let client = builder(&url).build().unwrap();
    assert_clean(&printed(&client).await, "a refused connection");
    for kind in [
        TransportErrorKind::Unsendable,
        TransportErrorKind::Unreachable,
        TransportErrorKind::TimedOut,
        TransportErrorKind::Interrupted,
        TransportErrorKind::TooLarge,
    ] {
        let steps = vec![Step::Fail(kind); 20];
        let client = builder("https://example.com").build_with_transport(Scripted::new(steps));
        let mut texts = printed(&client).await;
        // The script's own log of what was sent is not the client's to hide.
        texts.pop();
        assert_clean(&texts, &format!("{kind:?}"));
    }
    assert_clean(&[logged.text()], "the log");
}

/// Prints the requests that it is given.
#[derive(Debug, Default)]
struct Printer(Mutex<Vec<String>>);

#[async_trait::async_trait]
impl emis_client::Transport for Printer {
    async fn send(
        &self,
        request: &Request,
        token: Option<&emis_credentials::AccessToken>,
    ) -> Result<Response, emis_client::TransportError> {
        let response = Response::new(200, BODIES[3]).with_retry_after("Zebedee");
        let text = format!("{request:?} {token:?} {response:?}");
        self.0.lock().unwrap().push(text);
        Ok(response)
    }
}

#[tokio::test]
async fn requests_and_answers_print_no_values() {
    let printer = Arc::new(Printer::default());
    let client = builder("https://example.com").build_with_transport(printer.clone());
    assert_clean(&printed(&client).await, "the client");
    let texts = printer.0.lock().unwrap().clone();
    assert_eq!(texts.len(), 8);
    assert!(texts[3].contains("bookingNote"), "{}", texts[3]);
    assert_clean(&texts, "requests and answers");
}

#[tokio::test]
async fn each_attempt_is_one_event_of_few_words() {
    let (logged, _guard) = Captured::start();
    let steps = [json(503, BODIES[0]), json(200, r#"{"slot": []}"#)];
    let client = builder("https://example.com").build_with_transport(Scripted::new(steps));
    client
        .appointments()
        .get_slots_for_session(id("8675310"))
        .await
        .unwrap();
    let text = logged.text();
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.split_once("partner API call ").expect("one of ours").1)
        .collect();
    assert_eq!(
        lines,
        [
            "operation=GetSlotsForSessionV2 attempt=1 outcome=\"answered\" status=503 \
             message_id=6f9619ff-8b86-d011-b42d-00c04fc964ff",
            "operation=GetSlotsForSessionV2 attempt=2 outcome=\"answered\" status=200",
        ]
    );
}
