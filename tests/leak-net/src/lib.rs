//! Catches secrets and patients in whatever a test prints, logs, panics with or keeps.
//!
//! A [`Net`] knows the words that must not get out, in every form in which they might: plain,
//! URL-encoded, JSON-escaped, as Rust prints them, in base64 and in hex. [`Overheard`] hears
//! everything that the process says, by [`Channel`]: each log line down to traces, each panic, and
//! what the test shows it of errors and `Debug` output. [`snapshots`] reads the snapshot files.
//!
//! It depends on no crate of the workspace, so that the tests of each can use it:
//!
//! ```
//! use emis_leak_net::{Channel, Net, Overheard};
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

mod net;
mod overheard;
mod snapshots;

pub use net::Net;
pub use overheard::{Channel, Leak, Overheard};
pub use snapshots::snapshots;
