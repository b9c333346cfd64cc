//! Catches secrets and patients in whatever a test prints, logs, panics with or keeps.
//!
//! A [`Net`] knows the words that must not get out, in every form in which they might: plain,
//! URL-encoded, JSON-escaped, as Rust prints them, in base64 and in hex. [`Overheard`] hears
//! everything that the process says, by [`Channel`]: each log line down to traces, each panic, and
//! what the test shows it of errors and `Debug` output. [`snapshots`] reads the snapshot files.
//!
//! A suite needs a line in its fixture, which fails each test in which something got out:
//!
//! ```
//! let _listening = emis_test_support::Listening::for_words(["Invented-Password-1"]);
//! ```
//!
//! With feature `sim`, `Listening::at` knows the secrets and patients of a simulated practice.
//! Otherwise it depends on no crate of the workspace, so that the tests of each can use it:
//!
//! ```
//! use emis_test_support::{Channel, Net, Overheard};
//!
//! let heard = Overheard::everything();
//! let net = Net::new(["Invented-Password-1"])?;
//! heard.shown(&"nothing of importance");
//! heard.must_not_hold(&net)?;
//!
//! heard.shown(&"user said Invented-Password-1");
//! let leaks = heard.leaks(&net);
//! assert!(leaks[&Channel::Shown].contains("Invented-Password-1"));
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```

mod listening;
mod net;
mod overheard;
mod snapshots;
#[cfg(feature = "sim")]
mod words;

pub use listening::Listening;
pub use net::Net;
pub use overheard::{Channel, Leak, Overheard};
pub use snapshots::snapshots;
#[cfg(feature = "sim")]
pub use words::words_of;
