//! An EMIS for the tests of those who embed this crate: every operation can be expected, and told
//! what to answer. (Feature `testing`; never switch it on outside of tests.)
//!
//! Each operation has a method here by the name that it has in the client, with the same
//! parameters. What comes of it says what EMIS answers, in the types of [`crate::model`]: one
//! answer, refusal or [`Fault`] after the other, of which the last is repeated.
//!
//! ```
//! use emis_client::ClientErrorKind;
//! use emis_client::model::{BookedAppointment, KnownSlotStatus, NewBooking, Slot};
//! use emis_client::testing::{Fault, MockEmis, Refusal};
//! use jiff::civil::time;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let emis = MockEmis::start().await;
//! let (session, slot, patient) = ("31".parse()?, "21".parse()?, "17".parse()?);
//! let booking = NewBooking::new(slot, patient, "5".parse()?, "Booked online");
//!
//! // EMIS is down for a moment, and then has one free slot.
//! let free = Slot::new(slot, time(9, 30, 0, 0), KnownSlotStatus::SlotAvailable.into());
//! emis.get_slots_for_session(session)
//!     .refuse(503)
//!     .answer(vec![free])
//!     .mount()
//!     .await;
//! // The connection breaks when it is booked: it must not be sent again.
//! emis.book_appointment(&booking)
//!     .fault(Fault::Disconnect)
//!     .called(1)
//!     .mount()
//!     .await;
//!
//! // The code under test, given `emis.client()` or a client that `emis.builder()` begins:
//! let client = emis.client();
//! let slots = client.appointments().get_slots_for_session(session).await?;
//! assert!(slots.items[0].status.is_free());
//! let booked = client.appointments().book_appointment(&booking).await;
//! assert_eq!(booked.unwrap_err().kind(), ClientErrorKind::Ambiguous);
//!
//! emis.verify().await;
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(example())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A call that was not expected, a count that does not fit, and an expectation that says nothing to
//! answer fail the test: at [`MockEmis::verify`], or at the latest when the mock is dropped.

#![allow(clippy::expect_used, reason = "what fails here fails a test")]

mod appointments;
mod encode;
mod expectation;
#[cfg(feature = "medical-record")]
mod medical_record;
mod practice;

use std::sync::Arc;
use std::time::Duration;

use emis_credentials::FixedToken;
use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub use encode::{Answer, Json};
pub use expectation::{Expectation, Fault, Refusal};
#[cfg(feature = "medical-record")]
pub use medical_record::File;

use crate::client::{Client, ClientBuilder};
use crate::operation::Operation;
use crate::pipeline::limits::Limits;
use crate::pipeline::retry::RetryPolicy;

/// A practice's EMIS on this machine that answers by script.
#[derive(Debug)]
pub struct MockEmis {
    server: MockServer,
    base_url: Url,
}

/// Where the API lies on the mock.
const BASE: &str = "/partner";

impl MockEmis {
    /// Starts one that expects no call yet. It needs a Tokio runtime with I/O and time.
    ///
    /// # Panics
    /// Where this machine lets nothing be listened to.
    pub async fn start() -> Self {
        // One of its own, not of wiremock's pool: a request that comes late, because its caller
        // stopped waiting, must not be counted by the next test.
        let server = MockServer::builder().start().await;
        // Refused in a way that no client tries again.
        Mock::given(any())
            .respond_with(ResponseTemplate::new(400))
            .with_priority(u8::MAX)
            .named("calls that were not expected")
            .expect(0)
            .mount(&server)
            .await;
        let base_url = format!("{}{BASE}", server.uri());
        Self {
            server,
            base_url: base_url.parse().expect("the mock has an address"),
        }
    }

    /// The address to build a client for. It is `http` on this machine.
    pub fn base_url(&self) -> Url {
        self.base_url.clone()
    }

    /// Begins a client of this EMIS, with a token that never ends, without waits between attempts
    /// and with limits that no test reaches; set it up further as you like.
    pub fn builder(&self) -> ClientBuilder {
        let application = "a-product-under-test".parse();
        let application = application.expect("the mock's application ID is one");
        let tokens = Arc::new(FixedToken::new("a-token-of-the-mock"));
        Client::builder(self.base_url(), application, tokens)
            .limits(Limits::new(1_000, 100_000))
            .retry(RetryPolicy::new(3, Duration::ZERO, Duration::ZERO))
    }

    /// A client of this EMIS as [`builder`](Self::builder) begins it.
    ///
    /// # Panics
    /// Where this machine has no TLS to set up.
    pub fn client(&self) -> Client {
        let client = self.builder().build();
        client.expect("the mock's client can be built")
    }

    /// Makes sure that everything expected was called, and nothing else.
    ///
    /// # Panics
    /// Where that is not so; it says which operation was called how often.
    pub async fn verify(&self) {
        self.server.verify().await;
    }

    /// How often an operation was called until now.
    pub async fn calls(&self, operation: Operation) -> usize {
        let path = format!("{BASE}{}", operation.spec().path);
        let received = self.server.received_requests().await.unwrap_or_default();
        received
            .iter()
            .filter(|request| request.url.path() == path)
            .count()
    }

    fn expect<A: Answer>(&self, operation: Operation) -> Expectation<'_, A> {
        Expectation::new(&self.server, operation)
    }
}
