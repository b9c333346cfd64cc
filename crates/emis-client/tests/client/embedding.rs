//! Guarantees for embedders: calls may be made from any thread, and clients are cheap to clone.

use std::fmt::Debug;
use std::time::Duration;

use crate::support::operations::{call, call_in_full};
use crate::support::{builder, id};
use emis_client::model::{DateRange, MinutesWindow};
use emis_client::{
    BookedPatientStream, Client, ClientBuilder, ClientError, HttpConnections, HttpOptions,
    Operation, SharedLimits,
};
use jiff::civil::date;

fn send_and_sync<T: Send + Sync>(_: &T) {}

fn a_value<T: Send + Sync + Unpin + Debug + 'static>() {}

#[tokio::test]
async fn every_call_is_a_future_for_any_thread() {
    let client = builder().build().unwrap();
    // Whichever operation it is: the future has room for them all.
    send_and_sync(&call(&client, Operation::GetHealth));
    send_and_sync(&call_in_full(&client, Operation::GetHealth));
    send_and_sync(&client.token_claims());
    send_and_sync(&client.with_fresh_token());
    let practice = "A20047".parse().unwrap();
    send_and_sync(&client.confirm_practice(&practice, None));
    let window = MinutesWindow::new(0, 60).unwrap();
    send_and_sync(&client.appointments().stream_booked_patients(window));
    let next = |mut stream: BookedPatientStream| async move {
        send_and_sync(&stream.next());
        stream.next().await.map(drop)
    };
    let opened = async {
        let stream = client.appointments().stream_booked_patients(window).await?;
        next(stream).await
    };
    send_and_sync(&opened);
    let years = DateRange::new(date(2026, 1, 1), date(2028, 1, 1)).unwrap();
    let appointments = client.appointments();
    let long = appointments.get_patient_appointments(id("17"), years);
    // Not only by its type.
    let client = client.clone();
    let elsewhere = tokio::spawn(async move { client.organisation().get_organisation().await });
    elsewhere.abort();
    send_and_sync(&long);
}

#[test]
fn what_is_handed_around_is_a_plain_value() {
    a_value::<Client>();
    a_value::<ClientBuilder>();
    a_value::<HttpConnections>();
    a_value::<HttpOptions>();
    a_value::<SharedLimits>();
    a_value::<BookedPatientStream>();
    a_value::<ClientError>();
    // A clone is another pointer to the same.
    assert_eq!(size_of::<Client>(), size_of::<usize>());
    assert_eq!(size_of::<ClientError>(), size_of::<usize>());
    let client = builder().deadline(Duration::from_secs(1)).build().unwrap();
    assert_eq!(format!("{client:?}"), format!("{:?}", client.clone()));
}
