//! A double of GOV.UK Notify.

mod account;
mod desk;
mod double;
mod error;
mod reading;
mod request;
mod resources;
mod templates;
mod token;

pub use account::GovUkNotifyMessage;
pub use double::GovUkNotifyDouble;
