//! GOV.UK Notify: text messages and emails for the public sector.

mod answer;
mod callbacks;
mod key;
mod questions;
mod sender;
mod service;
mod status;
mod times;
mod wire;

pub use answer::GovUkNotifyRefusal;
pub use callbacks::GovUkNotifyCallbacks;
pub use key::GovUkNotifyKey;
pub use sender::{GovUkNotify, GovUkNotifyBuilder};
pub use service::GovUkNotifyService;
