//! Doubles of the services over real HTTP, and the contract of every sender as tests.
//!
//! [`GovUkNotifyDouble`] and [`NhsNotifyDouble`] keep to the services' published contracts, as far as
//! they can be told from outside: third-party tools hold them against the OpenAPI documents, and the
//! services' own clients work with them. They listen on this machine, keep what they are sent, fail as
//! they are [told to](SenderFault), and write the callbacks that the services would post.
//!
//! [`contract`] holds what is asked of a sender of your own.

#![allow(
    clippy::indexing_slicing,
    reason = "only JSON is indexed: a member that is absent is null, and is added when it is assigned"
)]

mod callbacks;
pub mod contract;
mod fault;
mod govuk_notify;
mod nhs_notify;
mod server;

pub use callbacks::DoubleCallback;
pub use fault::{SenderFault, SenderLie};
pub use govuk_notify::{GovUkNotifyDouble, GovUkNotifyMessage};
pub use nhs_notify::{NhsNotifyDouble, NhsNotifyMessage};
