//! A double of NHS Notify and of the NHS's token service.

mod account;
mod assertion;
mod check;
mod desk;
mod double;
mod error;
mod patients;
mod resources;

pub use account::NhsNotifyMessage;
pub use double::NhsNotifyDouble;
