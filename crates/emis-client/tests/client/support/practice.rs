//! A practice whose EMIS has a latency and failures, and records requests.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use emis_client::model::NewBooking;
use emis_client::{
    Client, ClientBuilder, ClientError, Operation, Request, Response, Transport, TransportError,
    TransportErrorKind,
};
use emis_credentials::AccessToken;
use tokio::time::Instant;

use super::{NOTHING, builder, id};

/// The behaviour of the practice's EMIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Answers(u16),
    Fails(TransportErrorKind),
    Hangs,
}

/// A recorded request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) at: Instant,
    pub(crate) operation: Operation,
    pub(crate) first_parameter: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Practice {
    mood: Mutex<Mood>,
    takes: Duration,
    asked: Mutex<Vec<Asked>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Practice {
    /// A practice whose answers take so long.
    pub(crate) fn new(takes: Duration) -> Arc<Self> {
        Arc::new(Self {
            mood: Mutex::new(Mood::Answers(200)),
            takes,
            asked: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
        })
    }

    pub(crate) fn feels(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(SeqCst)
    }

    /// A builder of clients of this practice, and what carries their calls.
    pub(crate) fn client(
        self: &Arc<Self>,
        set: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Client {
        set(builder()).build_with_transport(self.clone())
    }
}

/// Counts one attempt as in flight until it is dropped, answered or not.
struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[async_trait]
impl Transport for Practice {
    async fn send(
        &self,
        request: &Request,
        _: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        self.asked.lock().unwrap().push(Asked {
            at: Instant::now(),
            operation: request.operation(),
            first_parameter: request
                .parameters()
                .next()
                .map(|(_, value)| value.to_owned()),
        });
        let now = self.in_flight.fetch_add(1, SeqCst) + 1;
        let _in_flight = InFlight(&self.in_flight);
        self.most_in_flight.fetch_max(now, SeqCst);
        tokio::time::sleep(self.takes).await;
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Answers(status) => Ok(Response::new(status, NOTHING)),
            Mood::Fails(kind) => Err(TransportError::new(kind, "scripted failure")),
            Mood::Hangs => std::future::pending().await,
        }
    }
}

/// Reads the slots of a session.
pub(crate) async fn read(client: &Client) -> Result<(), ClientError> {
    read_session(client, 5).await
}

/// Reads the slots of one session of many.
pub(crate) async fn read_session(client: &Client, session: usize) -> Result<(), ClientError> {
    let session = id(&session.to_string());
    let slots = client.appointments().get_slots_for_session(session).await;
    slots.map(drop)
}

/// Books a slot. The practice's empty answer to a booking leaves it unknown.
pub(crate) async fn book(client: &Client) -> Result<(), ClientError> {
    let booking = NewBooking::new(id("21"), id("17"), id("5"), "Booked online");
    let booked = client.appointments().book_appointment(&booking).await;
    booked.map(drop)
}
