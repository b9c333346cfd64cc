//! One answer through the whole client: decoded, or refused in fixed words.

use std::sync::Arc;

use async_trait::async_trait;
use emis_client::model::{DateRange, MatchedTerms, MinutesWindow, NewBooking, SearchReport};
use emis_client::{Client, ClientError, Request, Response, RetryPolicy, Transport, TransportError};
use emis_credentials::{AccessToken, FixedToken};
use jiff::civil::date;
use uuid::Uuid;

/// Answers every request with one response.
#[derive(Debug)]
struct Answer(Response);

#[async_trait]
impl Transport for Answer {
    async fn send(&self, _: &Request, _: Option<&AccessToken>) -> Result<Response, TransportError> {
        Ok(self.0.clone())
    }
}

thread_local! {
    static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
}

/// Decodes an input. Its first byte chooses the operation and whether the status is a success; the
/// rest is the body.
pub fn decode(input: &[u8], content_type: &str) {
    let Some((first, body)) = input.split_first() else {
        return;
    };
    let status = if first & 0x80 == 0 { 200 } else { 400 };
    let response = Response::new(status, body).with_content_type(content_type);
    let client = Client::builder(
        "http://127.0.0.1:9".parse().expect("a URL"),
        "fuzz".parse().expect("an application ID"),
        Arc::new(FixedToken::new("fuzz")),
    )
    .retry(RetryPolicy::never())
    .build_with_transport(Arc::new(Answer(response)));
    let result = RUNTIME.with(|runtime| runtime.block_on(call(&client, first & 0x7f)));
    if let Err(error) = result {
        let text = format!("{} {error:?}", error.report());
        assert!(
            text.is_ascii() && text.len() < 1_000,
            "an error tells too much"
        );
    }
}

async fn call(client: &Client, operation: u8) -> Result<(), ClientError> {
    let (patient, slot) = ("17".parse().expect("an id"), "41".parse().expect("an id"));
    let range = DateRange::new(date(2026, 6, 1), date(2026, 6, 30))?;
    let window = MinutesWindow::new(0, 60)?;
    let appointments = client.appointments();
    let matching = client.patient_matching();
    let record = client.medical_record();
    match operation % 17 {
        0 => drop(appointments.get_booked_patients(window).await?),
        1 => drop(appointments.get_appointment_sessions(range, None).await?),
        2 => drop(
            appointments
                .get_slots_for_session("5".parse().expect("an id"))
                .await?,
        ),
        3 => drop(
            appointments
                .get_patient_appointments(patient, range)
                .await?,
        ),
        4 => drop(appointments.get_appointment_configuration(range).await?),
        5 => {
            let user = "5".parse().expect("an id");
            let booking = NewBooking::new(slot, patient, user, "Booked online");
            drop(appointments.book_appointment(&booking).await?);
        }
        6 => appointments
            .add_slot_comment(slot, "comment")
            .await
            .map(drop)?,
        7 => drop(client.organisation().get_organisation().await?),
        8 => drop(
            client
                .user()
                .get_user_by_id("5".parse().expect("an id"))
                .await?,
        ),
        9 => drop(client.patient().get_patient_demographics(patient).await?),
        10 => drop(
            matching
                .get_matched_patients(&MatchedTerms::new("Person")?)
                .await?,
        ),
        11 => {
            let search = client.search();
            let report = SearchReport::HowAmIDriving;
            drop(
                search
                    .get_patient_searches(Uuid::nil(), "1", report)
                    .await?,
            );
        }
        12 => drop(
            record
                .get_base64_attachment_data(patient, Uuid::nil())
                .await?,
        ),
        13 => drop(matching.get_changed_patients_mr(None).await?),
        14 => drop(record.get_medical_record(patient).await?),
        15 => {
            let mut stream = appointments.stream_booked_patients(window).await?;
            while let Some(record) = stream.next().await? {
                drop(record);
            }
        }
        _ => drop(appointments.get_booked_patients_in_full(window).await?),
    }
    Ok(())
}
