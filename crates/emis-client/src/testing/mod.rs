//! A mock of EMIS for the tests of embedders: every operation can be expected and given responses.
//! (Feature `testing`; never enable it outside of tests.)
//!
//! Each operation has a method here with the name and the parameters that it has in the client. The
//! returned [`Expectation`] takes the responses, in the types of [`crate::model`]: one answer,
//! refusal or [`Fault`] after the other. The last one is repeated.
//!
//! # Examples
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
//! An unexpected call, a wrong number of calls and an expectation without a response fail the test:
//! at [`MockEmis::verify`], or at the latest when the mock is dropped.

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

/// A scripted EMIS of one practice, on a loopback port.
#[derive(Debug)]
pub struct MockEmis {
    server: MockServer,
    base_url: Url,
}

/// The path of the API on the mock.
const BASE: &str = "/partner";

impl MockEmis {
    /// Starts a mock that expects no call yet. Requires a Tokio runtime with I/O and time.
    ///
    /// # Panics
    /// Panics if no port can be opened.
    pub async fn start() -> Self {
        // Not from wiremock's pool: a late request of a test that stopped waiting must not be counted
        // by the next test.
        let server = MockServer::builder().start().await;
        // Refused with a status that no client retries.
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

    /// Returns the base URL for a client: `http` on a loopback address.
    pub fn base_url(&self) -> Url {
        self.base_url.clone()
    }

    /// Starts building a client of this EMIS, with a token that never expires, without delays between
    /// attempts and with limits that no test reaches.
    pub fn builder(&self) -> ClientBuilder {
        let application = "a-product-under-test".parse();
        let application = application.expect("the mock's application ID is one");
        let tokens = Arc::new(FixedToken::new("a-token-of-the-mock"));
        Client::builder(self.base_url(), application, tokens)
            .limits(Limits::new(1_000, 100_000))
            .retry(RetryPolicy::new(3, Duration::ZERO, Duration::ZERO))
    }

    /// Builds a client of this EMIS with the settings of [`builder`](Self::builder).
    ///
    /// # Panics
    /// Panics if TLS can't be set up.
    pub fn client(&self) -> Client {
        let client = self.builder().build();
        client.expect("the mock's client can be built")
    }

    /// Verifies that everything expected was called, and nothing else.
    ///
    /// # Panics
    /// Panics otherwise, with the operations and their numbers of calls.
    pub async fn verify(&self) {
        self.server.verify().await;
    }

    /// Returns the number of calls of an operation so far.
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
