//! Shared by the test suites of this workspace; never published.
//!
//! - [`LeakGuard`], [`LeakNet`] and [`CapturedOutput`] find secrets and patients in logs, panics,
//!   `Debug` output and error texts. A suite needs one line in its fixture:
//!
//!   ```
//!   let _guard = emis_test_support::LeakGuard::for_words(["Invented-Password-1"]);
//!   ```
//!
//!   With feature `sim`, `LeakGuard::for_sim` knows the secrets and patients of a simulated practice.
//! - [`openapi_document`] finds EMIS's published OpenAPI document for contract tests.
//! - [`snapshots`] reads the snapshot files below a folder.
//! - With feature `client`, `client_builder` connects a client to a simulated practice.
//! - With feature `bookings`, `bookings` checks self-booking against a model.
//!
//! Without features it depends on no other crate of the workspace, so that the tests of every crate can
//! use it.
//!
//! # Examples
//!
//! ```
//! use emis_test_support::{CapturedOutput, LeakNet, OutputChannel};
//!
//! let output = CapturedOutput::global();
//! let net = LeakNet::new(["Invented-Password-1"])?;
//! output.record_debug(&"a harmless text");
//! output.check(&net)?;
//!
//! output.record_debug(&"the password is Invented-Password-1");
//! let leaks = output.leaks(&net);
//! assert!(leaks[&OutputChannel::Recorded].contains("Invented-Password-1"));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```

#[cfg(feature = "bookings")]
pub mod bookings;
mod captured_output;
#[cfg(feature = "client")]
mod fixtures;
mod leak_guard;
mod leak_net;
mod openapi;
mod report;
#[cfg(feature = "sim")]
mod sensitive_words;
mod snapshots;

pub use captured_output::{CapturedOutput, LeakError, OutputChannel};
#[cfg(feature = "client")]
pub use fixtures::{api_user_grant, client_builder, token_source_builder};
pub use leak_guard::LeakGuard;
pub use leak_net::LeakNet;
pub use openapi::openapi_document;
pub use report::report;
#[cfg(feature = "sim")]
pub use sensitive_words::sensitive_words;
pub use snapshots::snapshots;
